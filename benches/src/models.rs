//! Models as YAML text, of any size and the same for the same arguments.

use std::fmt::Write;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// A number with three decimals.
    fn number(&mut self, least: f64, most: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((least + unit * (most - least)) * 1000.0).round() / 1000.0
    }
}

/// Series that feed a model.
const INPUTS: usize = 8;

/// How far back in the list of nodes an expression may look.
const WINDOW: usize = 24;

fn head(bins: usize) -> String {
    format!("schemaVersion: 1\ngrid: {{bins: {bins}, binSize: 5, binUnit: minutes}}\nnodes:\n")
}

/// A pattern of up to 100 numbers that is laid over the grid.
fn pattern(text: &mut String, id: &str, bins: usize, random: &mut Random) {
    let length = [100, 50, 20, 10, 5, 2, 1].into_iter().find(|n| bins.is_multiple_of(*n)).unwrap_or(1);
    let numbers: Vec<String> = (0..length).map(|_| random.number(0.5, 100.0).to_string()).collect();
    let _ = writeln!(text, "  - {{id: {id}, kind: const, values: [{}], policy: repeat}}", numbers.join(", "));
}

/// `nodes` expressions without feedback, fed by eight series: each reads the one before it and another
/// one nearby, so that `last` needs them all.
///
/// ```
/// use flowtime_bench::models;
/// use flowtime_core::{Model, RunOptions};
/// let plan = Model::from_yaml(&models::feed_forward(20, 100, 1)).unwrap().compile().unwrap();
/// assert_eq!(plan.nodes().len(), 28);
/// let run = plan.run(&RunOptions::new().keep([models::last(20)])).unwrap();
/// assert!(run.series("n19").unwrap().iter().all(|x| x.is_finite()));
/// ```
pub fn feed_forward(nodes: usize, bins: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = head(bins);
    for input in 0..INPUTS {
        pattern(&mut text, &format!("x{input}"), bins, &mut random);
    }
    for node in 0..nodes {
        let a = if node == 0 { "x0".to_owned() } else { format!("n{}", node - 1) };
        let near = WINDOW.min(node);
        let b = match random.below(INPUTS + near) {
            input if input < INPUTS => format!("x{input}"),
            other => format!("n{}", node - near + other - INPUTS),
        };
        let k = random.number(0.4, 0.8);
        let most = random.number(80.0, 300.0);
        let expr = match random.below(6) {
            0 | 1 => format!("{a} * {k} + {b} * {}", random.number(0.2, 0.5)),
            2 => format!("MIN({a}, {b} * {k} + {})", random.number(1.0, 20.0)),
            3 => format!("MAX({a} - {b}, {})", random.number(1.0, 10.0)),
            4 => format!("CLAMP({a} + {b}, 0, {most})"),
            _ => format!("{a} * {k} / ({b} + {})", random.number(0.2, 1.5)),
        };
        let _ = writeln!(text, "  - {{id: n{node}, kind: expr, expr: '{expr}'}}");
    }
    text
}

/// The node of [`feed_forward`] that needs all others.
pub fn last(nodes: usize) -> String {
    format!("n{}", nodes.saturating_sub(1))
}

/// A service with random demand and failures, and a backlog: 288 bins of five minutes.
pub fn checkout() -> String {
    // A day: least at night, most in the middle.
    let profile: Vec<String> =
        (0..288i32).map(|t| format!("{:?}", 1.5 - f64::from((t - 144).abs()) / 144.0)).collect();
    format!(
        "schemaVersion: 1
grid: {{bins: 288, binSize: 5, binUnit: minutes}}
nodes:
  - {{id: profile, kind: const, values: [{}]}}
  - {{id: base, kind: pmf, pmf: {{values: [40, 60, 90, 140], probabilities: [0.2, 0.4, 0.3, 0.1]}}, policy: sample}}
  - {{id: failed, kind: pmf, pmf: {{values: [0, 10, 45], probabilities: [0.9, 0.08, 0.02]}}, policy: sample}}
  - {{id: demand, kind: expr, expr: base * profile}}
  - {{id: capacity, kind: expr, expr: 105 - failed}}
  - {{id: served, kind: expr, expr: 'MIN(capacity, demand + SHIFT(backlog, 1))'}}
  - {{id: backlog, kind: expr, expr: 'MAX(0, demand + SHIFT(backlog, 1) - served)'}}
  - {{id: utilisation, kind: expr, expr: served / capacity}}
",
        profile.join(", ")
    )
}

/// Queues in series, three nodes each: a queue is fed one bin late by what the one before it served.
///
/// ```
/// use flowtime_bench::models;
/// use flowtime_core::{Model, RunOptions};
/// let plan = Model::from_yaml(&models::queues(3, 50)).unwrap().compile().unwrap();
/// let run = plan.run(&RunOptions::new()).unwrap();
/// let (first, second) = (run.series("served_0").unwrap(), run.series("arrivals_1").unwrap());
/// assert_eq!(first[10], second[11]);
/// ```
pub fn queues(count: usize, bins: usize) -> String {
    let mut random = Random(2);
    let mut text = head(bins);
    pattern(&mut text, "arrivals_0", bins, &mut random);
    for q in 0..count {
        if q > 0 {
            let _ =
                writeln!(text, "  - {{id: arrivals_{q}, kind: expr, expr: 'SHIFT(served_{}, 1)'}}", q - 1);
        }
        let capacity = random.number(50.0, 55.0);
        let _ = writeln!(
            text,
            "  - {{id: capacity_{q}, kind: const, values: {capacity}}}\n  \
             - {{id: served_{q}, kind: expr, expr: 'MIN(capacity_{q}, arrivals_{q} + SHIFT(backlog_{q}, 1))'}}\n  \
             - {{id: backlog_{q}, kind: expr, expr: 'MAX(0, SHIFT(backlog_{q}, 1) + arrivals_{q} - served_{q})'}}"
        );
    }
    text
}

/// `copies` nodes with one expression over the series `x` and `y`, each with an `x` and a `y` of its own,
/// so that no work is shared.
pub fn one_expression(expr: &str, copies: usize, bins: usize) -> String {
    let mut random = Random(3);
    let mut text = head(bins);
    for copy in 0..copies {
        for series in ["x", "y"] {
            let numbers: Vec<String> = (0..bins).map(|_| random.number(0.5, 100.0).to_string()).collect();
            let _ =
                writeln!(text, "  - {{id: {series}{copy}, kind: const, values: [{}]}}", numbers.join(", "));
        }
        // Functions are written in upper case: every `x` and `y` is the series.
        let expr = expr.replace('x', &format!("x{copy}")).replace('y', &format!("y{copy}"));
        let _ = writeln!(text, "  - {{id: n{copy}, kind: expr, expr: '{expr}'}}");
    }
    text
}

/// A document of at least `bytes` bytes: one series of that many numbers, on a line or a line each.
pub fn long_series(bytes: usize, one_line: bool) -> String {
    let mut random = Random(4);
    let mut numbers = String::with_capacity(bytes + 64);
    let mut count = 0;
    while numbers.len() < bytes {
        let x = random.number(0.0, 1000.0);
        let _ = if one_line { write!(numbers, "{x}, ") } else { write!(numbers, "\n      - {x}") };
        count += 1;
    }
    let (open, close) = if one_line { (" [", "]") } else { ("", "") };
    format!("{}  - id: a\n    kind: const\n    values:{open}{numbers}{close}\n", head(count))
}
