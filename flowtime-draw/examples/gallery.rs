//! Draws one picture of each kind into a folder: `cargo run -p flowtime-draw --example gallery -- <folder>`.
// Data to look at, not results.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

use flowtime_draw::{Dag, FanChart, LineChart, NodeKind, Series, sparkline, sparkline_svg};

/// 1 January 2025 00:00 UTC.
const NEW_YEAR: i64 = 1_735_689_600;

/// Numbers from 0 to 1 that look random and are the same every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1u64 << 24) as f64
    }
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_string());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (name, svg) in pictures() {
        println!("{name:12} {:7} bytes", svg.len());
        std::fs::write(folder.join(name).with_extension("svg"), svg)?;
    }
    Ok(())
}

fn pictures() -> Vec<(&'static str, String)> {
    let airport = airport(8760);
    println!("backlog      {}", sparkline(&airport.backlog, 60));
    vec![
        ("airport", chart_of(&airport).to_svg()),
        ("airport-week", week_of(&airport)),
        ("day", day()),
        ("arranged", arranged(&airport)),
        ("hostile", hostile()),
        ("fan", fan()),
        ("million", million()),
        ("dag-12", hospital()),
        ("dag-200", network(200)),
        ("dag-1000", network(1000)),
        ("spark", sparkline_svg(&airport.backlog[..24 * 30], 160, 28)),
    ]
}

/// A runway: aircraft that want to land, that land, and that wait.
struct Airport {
    demand: Vec<f64>,
    served: Vec<f64>,
    backlog: Vec<f64>,
}

fn airport(hours: usize) -> Airport {
    let mut noise = Noise(7);
    let (mut demand, mut served, mut backlog) = (Vec::new(), Vec::new(), Vec::new());
    let mut waiting = 0.0f64;
    for t in 0..hours {
        let hour = (t % 24) as f64;
        let peaks = 26.0 * (-(hour - 8.0).powi(2) / 6.0).exp() + 30.0 * (-(hour - 18.0).powi(2) / 8.0).exp();
        let season = 1.0 + 0.25 * ((t as f64 / 8760.0 - 0.55) * std::f64::consts::TAU).cos();
        let wanted = ((6.0 + peaks) * season * (0.8 + 0.4 * noise.next())).floor();
        let storm = t % 611 < 9;
        let capacity = if storm { 12.0 } else { 38.0 };
        let lands = (waiting + wanted).min(capacity);
        waiting = waiting + wanted - lands;
        demand.push(wanted);
        served.push(lands);
        backlog.push(waiting);
    }
    Airport { demand, served, backlog }
}

fn chart_of(airport: &Airport) -> LineChart<'_> {
    LineChart::new("Airport, one year")
        .subtitle("8760 hourly bins; storms cut the capacity to a third")
        .time(NEW_YEAR, 3600)
        .panel("Flow")
        .unit("aircraft per hour")
        .series("demand", &airport.demand)
        .series("served", &airport.served)
        .panel("Backlog")
        .unit("aircraft")
        .series("backlog", &airport.backlog)
        .threshold("holding limit", 60.0)
}

fn week_of(airport: &Airport) -> String {
    let observed: Vec<f64> =
        airport.served[..96].iter().enumerate().map(|(i, v)| v + ((i * 7) % 5) as f64 - 2.0).collect();
    LineChart::new("Four days")
        .time(NEW_YEAR, 3600)
        .unit("aircraft")
        .series("served", &airport.served[..96])
        .observed("served, observed", &observed)
        .to_svg()
}

fn day() -> String {
    let arrivals: Vec<f64> = (0..24).map(|t| 10.0 + 8.0 * f64::from(t % 12) / 3.0).collect();
    let mut waiting = 0.0f64;
    let backlog: Vec<f64> = arrivals
        .iter()
        .map(|a| {
            waiting = (waiting + a - 25.0).max(0.0);
            waiting
        })
        .collect();
    let temperature: Vec<f64> = (0..24)
        .map(|t| if t == 7 || (13..15).contains(&t) { f64::NAN } else { f64::from((t * 5) % 11) - 4.0 })
        .collect();
    LineChart::new("A small model")
        .panel("Arrivals and backlog")
        .series("arrivals", &arrivals)
        .series("backlog", &backlog)
        .threshold("capacity", 25.0)
        .panel("Temperature")
        .unit("°C")
        .series("temperature", &temperature)
        .size(720, 150)
        .horizontal_label("hour")
        .to_svg()
}

fn arranged(airport: &Airport) -> String {
    let cost: Vec<f64> = airport.backlog.iter().map(|b| b * 1250.0).collect();
    let series = [
        Series::new("demand", &airport.demand).unit("aircraft"),
        Series::new("served", &airport.served).unit("aircraft"),
        Series::new("backlog", &airport.backlog).unit("aircraft"),
        Series::new("cost_of_waiting", &cost).unit("EUR"),
    ];
    LineChart::arranged("Arranged by unit and magnitude", series).time(NEW_YEAR, 3600).to_svg()
}

fn hostile() -> String {
    let wild =
        [1.0, 3.0, f64::INFINITY, 2.0, f64::NAN, 4.0, f64::NAN, -2.0, f64::NEG_INFINITY, -1.0, 1.0, 2.0];
    let long = "a_very_long_name_of_a_series_that_nobody_can_read_in_a_legend_of_ordinary_width";
    let mut chart = LineChart::new(
        "<script>alert(\"no\")</script> & a title that goes on and on until it no longer fits the picture",
    )
    .panel("A panel with many names")
    .series("wild", &wild)
    .series(long, &[2.0; 12]);
    const LEVELS: [[f64; 12]; 5] = [[0.5; 12], [-1.5; 12], [1.5; 12], [3.0; 12], [-0.5; 12]];
    for (i, level) in LEVELS.iter().enumerate() {
        chart = chart.series(format!("another name {i}"), level);
    }
    chart
        .panel("Nothing")
        .series("empty", &[])
        .panel("")
        .series("tiny", &[1e-7, 2e-7, 3e-7])
        .size(640, 120)
        .to_svg()
}

fn fan() -> String {
    let mut noise = Noise(3);
    let paths: Vec<Vec<f64>> = (0..400)
        .map(|_| {
            let mut level = 20.0f64;
            (0..120)
                .map(|t| {
                    level = (level + 6.0 * (noise.next() - 0.47) + if t > 60 { 0.2 } else { 0.0 }).max(0.0);
                    level
                })
                .collect()
        })
        .collect();
    let levels = [0.05, 0.25, 0.5, 0.75, 0.95];
    let quantiles: Vec<Vec<f64>> = levels
        .iter()
        .map(|q| {
            (0..120)
                .map(|t| {
                    let mut at: Vec<f64> = paths.iter().map(|p| p[t]).collect();
                    at.sort_by(f64::total_cmp);
                    at[(q * 399.0) as usize]
                })
                .collect()
        })
        .collect();
    let series: Vec<&[f64]> = quantiles.iter().map(Vec::as_slice).collect();
    FanChart::new("Backlog of 400 scenarios")
        .subtitle("quantiles per bin")
        .unit("jobs")
        .time(NEW_YEAR, 86_400)
        .quantiles(&levels, &series)
        .overlay("scenario 17", &paths[17])
        .threshold("service level", 55.0)
        .threshold("shut down", 58.0)
        .to_svg()
}

fn million() -> String {
    let mut noise = Noise(11);
    let mut level = 0.0;
    let mut walk: Vec<f64> = (0..1_000_000)
        .map(|_| {
            level += noise.next() - 0.5;
            level
        })
        .collect();
    walk[400_000] = 1500.0;
    LineChart::new("A million minutes with one peak").time(NEW_YEAR, 60).series("walk", &walk).to_svg()
}

fn hospital() -> String {
    let nodes = [
        ("arrivals", NodeKind::Pmf, "patients per hour"),
        ("acuity", NodeKind::Const, "share of urgent cases"),
        ("nurses", NodeKind::Const, "on shift"),
        ("beds", NodeKind::Const, "in the ward"),
        ("urgent", NodeKind::Expr, "arrivals * acuity"),
        ("walk_in", NodeKind::Expr, "arrivals - urgent + SHIFT(returns, 24)"),
        ("triage_capacity", NodeKind::Expr, "nurses * 4"),
        ("triage_queue", NodeKind::Expr, "MAX(0, SHIFT(triage_queue, 1) + walk_in - triage_capacity)"),
        ("seen", NodeKind::Expr, "MIN(triage_capacity, SHIFT(triage_queue, 1) + walk_in)"),
        ("admitted", NodeKind::Expr, "MIN(urgent + seen * 0.2, SHIFT(free_beds, 1))"),
        ("free_beds", NodeKind::Expr, "CLAMP(SHIFT(free_beds, 1) - admitted + 2, 0, beds)"),
        ("returns", NodeKind::Expr, "seen * 0.05"),
    ];
    let edges = [
        ("arrivals", "urgent", 0),
        ("acuity", "urgent", 0),
        ("arrivals", "walk_in", 0),
        ("urgent", "walk_in", 0),
        ("returns", "walk_in", 24),
        ("nurses", "triage_capacity", 0),
        ("triage_queue", "triage_queue", 1),
        ("walk_in", "triage_queue", 0),
        ("triage_capacity", "triage_queue", 0),
        ("triage_capacity", "seen", 0),
        ("triage_queue", "seen", 1),
        ("walk_in", "seen", 0),
        ("urgent", "admitted", 0),
        ("seen", "admitted", 0),
        ("free_beds", "admitted", 1),
        ("free_beds", "free_beds", 1),
        ("admitted", "free_beds", 0),
        ("beds", "free_beds", 0),
        ("seen", "returns", 0),
    ];
    let dag = nodes.iter().fold(Dag::new("Emergency department"), |dag, n| dag.node(n.0, n.1, n.2));
    edges.iter().fold(dag, |dag, e| dag.edge(e.0, e.1, e.2)).to_svg()
}

/// A chain of stages, each with an input, a capacity, a queue and some links to earlier stages.
fn network(nodes: usize) -> String {
    let mut noise = Noise(5);
    let mut dag = Dag::new(format!("{nodes} nodes"));
    for stage in 0..nodes / 5 {
        let name = |part: &str, stage: usize| format!("{part}_{stage}");
        let (arrivals, capacity) = (name("arrivals", stage), name("capacity", stage));
        let (queue, served, load) = (name("queue", stage), name("served", stage), name("load", stage));
        dag = dag
            .node(&arrivals, NodeKind::Pmf, "")
            .node(&capacity, NodeKind::Const, "")
            .node(&load, NodeKind::Expr, "")
            .node(&queue, NodeKind::Expr, "")
            .node(&served, NodeKind::Expr, "")
            .edge(&arrivals, &load, 0)
            .edge(&load, &queue, 0)
            .edge(&capacity, &queue, 0)
            .edge(&capacity, &served, 0)
            .edge(&load, &served, 0)
            .edge(&queue, &queue, 1)
            .edge(&queue, &served, 1);
        if stage > 0 {
            let earlier = (noise.next() * stage as f64) as usize;
            dag = dag.edge(name("served", earlier), &load, 0);
            if stage % 6 == 0 {
                dag = dag.edge(&served, name("load", earlier), 2);
            }
        }
    }
    dag.to_svg()
}
