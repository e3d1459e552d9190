//! How cost grows with nodes, bins and text: one process a point, so that its peak memory is its own.
//!
//! `flowtime-bench-scaling [--quick] [results.json]` prints the tables. `--quick` leaves out the points
//! of a million nodes times bins and more.

use flowtime_bench::models;
use flowtime_core::{Model, RunOptions};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// What is measured at a point.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Expressions without feedback, the last one kept.
    Feed,
    /// The same, every node kept.
    Kept,
    /// Queues with feedback, three nodes each, the last backlog kept.
    Queues,
    /// Text alone: many nodes, one long series on a line, one number a line.
    Nodes,
    Line,
    Lines,
}

const SHAPES: [(Shape, &str); 6] = [
    (Shape::Feed, "feed"),
    (Shape::Kept, "kept"),
    (Shape::Queues, "queues"),
    (Shape::Nodes, "nodes"),
    (Shape::Line, "line"),
    (Shape::Lines, "lines"),
];

impl Shape {
    fn name(self) -> &'static str {
        SHAPES.iter().find(|(shape, _)| *shape == self).map_or("", |(_, name)| name)
    }
}

/// The numbers of one point, in the order in which the processes hand them over.
const FIELDS: [&str; 9] = [
    "document_bytes",
    "parse_s",
    "parse_peak_bytes",
    "compile_s",
    "compile_peak_bytes",
    "prepare_s",
    "run_s",
    "run_peak_bytes",
    "series_bytes",
];

#[derive(Clone, Copy)]
struct Point {
    shape: Shape,
    nodes: usize,
    bins: usize,
    numbers: [f64; FIELDS.len()],
}

impl Point {
    fn get(&self, field: &str) -> f64 {
        FIELDS.iter().position(|f| *f == field).map_or(f64::NAN, |n| self.numbers[n])
    }
}

/// The largest resident memory since the last call; without `/proc` there is none to tell.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    // "5" sets the mark back; where that is not allowed the next peak is that of both steps.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes * 1024.0)
}

fn measure(shape: Shape, nodes: usize, bins: usize) -> Result<[f64; FIELDS.len()], flowtime_core::Error> {
    const TEN_MEGABYTES: usize = 10_000_000;
    let text = match shape {
        Shape::Feed | Shape::Kept | Shape::Nodes => models::feed_forward(nodes, bins, 1),
        Shape::Queues => models::queues(nodes / 3, bins),
        Shape::Line => models::long_series(TEN_MEGABYTES, true),
        Shape::Lines => models::long_series(TEN_MEGABYTES, false),
    };
    peak();
    let start = Instant::now();
    let model = Model::from_yaml(&text)?;
    let (parse, parse_peak) = (start.elapsed(), peak());
    if matches!(shape, Shape::Nodes | Shape::Line | Shape::Lines) {
        let mut numbers = [f64::NAN; FIELDS.len()];
        numbers[..3].copy_from_slice(&[text.len() as f64, parse.as_secs_f64(), parse_peak]);
        return Ok(numbers);
    }
    let start = Instant::now();
    let plan = model.compile()?;
    let (compile, compile_peak) = (start.elapsed(), peak());
    let options = match shape {
        Shape::Feed => RunOptions::new().keep([models::last(nodes)]),
        Shape::Queues => RunOptions::new().keep([format!("backlog_{}", nodes / 3 - 1)]),
        _ => RunOptions::new(),
    };
    let start = Instant::now();
    let mut runner = plan.runner(&options)?;
    let prepare = start.elapsed();
    let start = Instant::now();
    runner.run()?;
    let (run, run_peak) = (start.elapsed(), peak());
    let kept = if shape == Shape::Kept { plan.nodes().len() } else { 1 };
    Ok([
        text.len() as f64,
        parse.as_secs_f64(),
        parse_peak,
        compile.as_secs_f64(),
        compile_peak,
        prepare.as_secs_f64(),
        run.as_secs_f64(),
        run_peak,
        (kept * bins * 8) as f64,
    ])
}

/// Measures a point three times, each in a process of its own, and takes the fastest of each time.
fn point(shape: Shape, nodes: usize, bins: usize) -> Result<Point, String> {
    let mut best: Option<[f64; FIELDS.len()]> = None;
    for _ in 0..if nodes * bins > 100_000_000 { 1 } else { 3 } {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let output = Command::new(program)
            .args(["point", shape.name(), &nodes.to_string(), &bins.to_string()])
            .output()
            .map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = [f64::NAN; FIELDS.len()];
        let mut found = 0;
        for (number, word) in numbers.iter_mut().zip(text.split_whitespace()) {
            *number = word.parse().map_err(|_| format!("`{word}` is not a number"))?;
            found += 1;
        }
        if !output.status.success() || found != FIELDS.len() {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{} {nodes} × {bins}: {error}", shape.name()));
        }
        best = Some(best.map_or(numbers, |best| std::array::from_fn(|n| best[n].min(numbers[n]))));
    }
    let numbers = best.unwrap_or([f64::NAN; FIELDS.len()]);
    Ok(Point { shape, nodes, bins, numbers })
}

/// One table: a row a point, and what the last step cost for each node, bin or number.
fn table(title: &str, shape: Shape, sizes: &[(usize, usize)], all: &mut Vec<Point>) -> Result<(), String> {
    println!("\n{title}");
    println!(
        "{:>8} {:>10} | {:>10} {:>8} {:>8} | {:>10} {:>8} {:>8} | {:>10} | {:>10} {:>8} {:>8}",
        "nodes",
        "bins",
        "parse ms",
        "µs/node",
        "MiB",
        "compile ms",
        "µs/node",
        "MiB",
        "prepare ms",
        "run ms",
        "ns/n·bin",
        "MiB"
    );
    for &(nodes, bins) in sizes {
        let point = point(shape, nodes, bins)?;
        let milliseconds = |field: &str| point.get(field) * 1e3;
        let each = |field: &str| point.get(field) * 1e6 / nodes as f64;
        let mebibytes = |field: &str| point.get(field) / f64::from(1 << 20);
        println!(
            "{:>8} {:>10} | {:>10.3} {:>8.3} {:>8.1} | {:>10.3} {:>8.3} {:>8.1} | {:>10.3} | {:>10.3} {:>8.3} {:>8.1}",
            nodes,
            bins,
            milliseconds("parse_s"),
            each("parse_s"),
            mebibytes("parse_peak_bytes"),
            milliseconds("compile_s"),
            each("compile_s"),
            mebibytes("compile_peak_bytes"),
            milliseconds("prepare_s"),
            milliseconds("run_s"),
            point.get("run_s") * 1e9 / (nodes as f64 * bins as f64),
            mebibytes("run_peak_bytes")
        );
        all.push(point);
    }
    Ok(())
}

fn targets(all: &mut Vec<Point>) -> Result<(), String> {
    println!("\ntargets");
    for (shape, title, nodes) in [
        (Shape::Line, "parse 10 MB of YAML, one series on one line", 1),
        (Shape::Lines, "parse 10 MB of YAML, one number a line", 1),
        (Shape::Nodes, "parse 100 000 nodes", 99_992),
    ] {
        let point = point(shape, nodes, 100)?;
        let seconds = point.get("parse_s") * 1e7 / point.get("document_bytes");
        println!("  {title}: {:.0} ms for 10 MB, target 1000", seconds * 1e3);
        all.push(point);
    }
    let point = point(Shape::Feed, 10_000, 100)?;
    println!(
        "  compile a 10 000-node model: {:.1} ms, target 100 (and {:.1} ms for the program of its first run)",
        point.get("compile_s") * 1e3,
        point.get("prepare_s") * 1e3
    );
    all.push(point);
    Ok(())
}

fn json(all: &[Point]) -> String {
    let rows: Vec<String> = all
        .iter()
        .map(|point| {
            let shape = point.shape.name();
            let mut row =
                format!("{{\"shape\": \"{shape}\", \"nodes\": {}, \"bins\": {}", point.nodes, point.bins);
            for (field, number) in FIELDS.iter().zip(point.numbers) {
                if number.is_finite() {
                    row += &format!(", \"{field}\": {number}");
                }
            }
            row + "}"
        })
        .collect();
    format!("[\n {}\n]\n", rows.join(",\n "))
}

fn tables(quick: bool, results: Option<&str>) -> Result<(), String> {
    let mut all = Vec::new();
    let most = if quick { 10_000_000 } else { usize::MAX };
    let within = |sizes: &[(usize, usize)]| -> Vec<(usize, usize)> {
        sizes.iter().copied().filter(|(nodes, bins)| nodes * bins <= most).collect()
    };
    // 8 of the nodes of a feed-forward model are inputs, so the largest has 100 000 in all.
    let by_nodes = within(&[(100, 1000), (1000, 1000), (10_000, 1000), (99_992, 1000)]);
    let by_bins = within(&[
        (100, 100),
        (100, 1000),
        (100, 10_000),
        (100, 100_000),
        (100, 1_000_000),
        (100, 10_000_000),
    ]);
    table("nodes, feed-forward, the last one kept", Shape::Feed, &by_nodes, &mut all)?;
    table("bins, feed-forward, the last one kept", Shape::Feed, &by_bins, &mut all)?;
    table("nodes, feed-forward, every node kept", Shape::Kept, &by_nodes, &mut all)?;
    table("bins, feed-forward, every node kept", Shape::Kept, &by_bins[..by_bins.len().min(5)], &mut all)?;
    // A queue is three nodes and its capacity.
    let queues = within(&[(99, 1000), (999, 1000), (9999, 1000), (75_000, 1000)]);
    table("nodes, queues in series with feedback, the last backlog kept", Shape::Queues, &queues, &mut all)?;
    let long: Vec<_> = by_bins.iter().map(|(_, bins)| (99, *bins)).collect();
    table("bins, queues in series with feedback, the last backlog kept", Shape::Queues, &long, &mut all)?;
    targets(&mut all)?;
    if let Some(path) = results {
        std::fs::write(path, json(&all)).map_err(|e| format!("`{path}`: {e}"))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["point", shape, nodes, bins] => {
            let shape = SHAPES.iter().find(|(_, name)| *name == shape);
            match (shape, nodes.parse(), bins.parse()) {
                (Some((shape, _)), Ok(nodes), Ok(bins)) => measure(*shape, nodes, bins)
                    .map(|numbers| println!("{}", numbers.map(|x| x.to_string()).join(" ")))
                    .map_err(|error| error.to_string()),
                _ => Err("point SHAPE NODES BINS".to_owned()),
            }
        }
        [] => tables(false, None),
        ["--quick"] => tables(true, None),
        ["--quick", path] => tables(true, Some(path)),
        [path] => tables(false, Some(path)),
        _ => Err("flowtime-bench-scaling [--quick] [results.json]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
