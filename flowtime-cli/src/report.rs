//! What is said of a run: a table for people, an object for programs.

use crate::args::RunArguments;
use crate::exit::{Exit, Failure};
use crate::table::{Align, Table};
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::Grid;
use flowtime_core::diagnostics::{Diagnostic, Source, render};
use flowtime_core::provenance::format_number;
use flowtime_draw::{readable, sparkline};
use flowtime_registry::{Execution, Outcome, OutputSeries, PLOT_FILE, RunRef};
use serde_json::{Value, json};
use std::time::Duration;

/// Rows of the table unless all are asked for.
const MOST_ROWS: usize = 30;

/// Digits of the numbers in the table.
const DIGITS: usize = 5;

const MOST_WIDE_SPARK: usize = 48;
const LEAST_WIDE_SPARK: usize = 8;

/// The least, mean, greatest and last of a series.
struct Summary {
    min: f64,
    mean: f64,
    max: f64,
    last: f64,
}

impl Summary {
    /// Missing values are left out; the last one is the last.
    fn of(values: &[f64]) -> Self {
        let (mut min, mut max, mut sum, mut count) = (f64::NAN, f64::NAN, 0.0, 0u32);
        for &value in values.iter().filter(|value| !value.is_nan()) {
            // A comparison with NaN is false: the first value is taken.
            min = if min <= value { min } else { value };
            max = if max >= value { max } else { value };
            sum += value;
            count += 1;
        }
        let mean = if count == 0 { f64::NAN } else { sum / f64::from(count) };
        Summary { min, mean, max, last: values.last().copied().unwrap_or(f64::NAN) }
    }
}

/// The table of outputs, the folder, and how it went.
pub(crate) fn text(
    finished: &Execution,
    written: Option<&RunRef>,
    arguments: &RunArguments,
    terminal: &Terminal,
) -> String {
    let outputs = finished.outputs();
    let most = if arguments.verbose { outputs.len() } else { MOST_ROWS };
    let mut text = table(&outputs[..outputs.len().min(most)], terminal);
    if outputs.len() > most {
        text.push_str(&format!("… and {} more (`--verbose` shows all)\n", outputs.len() - most));
    }
    let mut facts = vec![grid(finished.model.grid()), format!("seed {}", finished.run.seed())];
    facts.push(duration(finished.took));
    if !finished.warnings.is_empty() {
        facts.push(counted(finished.warnings.len(), "warning"));
    }
    text.push_str(&format!("\n{}\n", facts.join(" · ")));
    if arguments.verbose {
        text.push_str(&format!("seed    chosen by {}\n", finished.seed_source));
        text.push_str(&format!("model   {}\n", finished.model_hash));
        for given in &finished.overrides {
            text.push_str(&format!("set     {given}\n"));
        }
        for source in &finished.sources {
            let (file, column) = (&source.path, &source.column);
            text.push_str(&format!("source  {} is {file}#{column}, sha256:{}\n", source.node, source.sha256));
        }
    }
    let bold = terminal.style(Style::new().bold());
    text.push_str(&match written {
        Some(run) => {
            let how = match run.outcome {
                Outcome::Reused => " (there already, undamaged)",
                Outcome::Replaced => " (replaced)",
                _ => "",
            };
            format!("{bold}{}{bold:#}{how}\n", run.path.display())
        }
        None => "nothing written (--dry-run)\n".to_owned(),
    });
    if let Some(earlier) =
        written.and_then(|run| run.was_duplicate_of.as_ref().filter(|id| **id != run.run_id))
    {
        text.push_str(&format!("the same as `{earlier}`, bit for bit\n"));
    }
    if let Some(run) = written.filter(|run| arguments.plot && run.path.join(PLOT_FILE).exists()) {
        text.push_str(&format!("{bold}{}{bold:#}\n", run.path.join(PLOT_FILE).display()));
    }
    text
}

fn table(outputs: &[OutputSeries<'_>], terminal: &Terminal) -> String {
    let units = outputs.iter().any(|output| output.unit.is_some());
    let mut headings = vec![("series", Align::Left)];
    headings.extend(units.then_some(("unit", Align::Left)));
    headings.extend(["min", "mean", "max", "last"].map(|name| (name, Align::Right)));
    headings.push(("", Align::Left));
    let rows = |spark: usize| {
        let mut table = Table::new(headings.iter().copied());
        for output in outputs {
            let summary = Summary::of(output.values);
            let mut cells = vec![output.id.to_owned()];
            cells.extend(units.then(|| output.unit.unwrap_or("").to_owned()));
            let numbers = [summary.min, summary.mean, summary.max, summary.last];
            cells.extend(numbers.map(|number| readable(number, DIGITS)));
            cells.extend((spark > 0).then(|| sparkline(output.values, spark)));
            table.row(cells);
        }
        table
    };
    let space = terminal.width.saturating_sub(rows(0).width_before_last());
    let spark = if space < LEAST_WIDE_SPARK { 0 } else { space.min(MOST_WIDE_SPARK) };
    rows(spark).text(terminal.style(Style::new().bold()))
}

/// `8760 bins of 1 hour`
pub(crate) fn grid(grid: &Grid) -> String {
    let unit = grid.bin_unit().name().trim_end_matches('s');
    format!("{} of {}", counted(grid.bins(), "bin"), counted(grid.bin_size() as usize, unit))
}

/// `1 warning`, `2 warnings`
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `12 ms`, `3.4 s`
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        ..0.01 => format!("{:.1} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        ..60.0 => format!("{seconds:.1} s"),
        _ => format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor()),
    }
}

/// A run as an object.
pub(crate) fn json(name: &str, finished: &Execution, written: Option<&RunRef>) -> Value {
    let outputs = finished.outputs();
    let series = outputs.iter().map(|output| {
        let summary = Summary::of(output.values);
        json!({
            "id": output.id,
            "path": format!("series/{}", output.file),
            "kind": output.kind,
            "unit": output.unit,
            "min": number(summary.min),
            "mean": number(summary.mean),
            "max": number(summary.max),
            "last": number(summary.last),
        })
    });
    let outcome = written.map(|run| match run.outcome {
        Outcome::Reused => "reused",
        Outcome::Replaced => "replaced",
        _ => "written",
    });
    let grid = finished.model.grid();
    json!({
        "model": name,
        "status": "complete",
        "exit_code": Exit::Fine as u8,
        "run_id": finished.run_id,
        "path": written.map(|run| run.path.display().to_string()),
        "outcome": outcome,
        "was_duplicate_of": written.and_then(|run| run.was_duplicate_of.as_deref()),
        "model_id": finished.provenance.as_ref().and_then(|provenance| provenance.model_id()),
        "model_hash": finished.model_hash,
        "seed": finished.run.seed(),
        "seed_source": finished.seed_source,
        "grid": {
            "bins": grid.bins(),
            "binSize": grid.bin_size(),
            "binUnit": grid.bin_unit().name(),
            "start": grid.start(),
        },
        "execution_time_ms": finished.took.as_micros() as f64 / 1e3,
        "series": series.collect::<Vec<_>>(),
        "diagnostics": diagnostics(&finished.warnings, finished.model.source_text()),
    })
}

/// A failure as an object.
pub(crate) fn failure(name: &str, failure: &Failure) -> Value {
    json!({
        "model": name,
        "status": if failure.exit == Exit::Interrupted { "interrupted" } else { "failed" },
        "exit_code": failure.exit as u8,
        "error": if failure.message.is_empty() { Value::Null } else { failure.message.clone().into() },
        "help": failure.help,
        "diagnostics": diagnostics(&failure.diagnostics, failure.source.as_ref()),
    })
}

/// Diagnostics as a list of objects.
pub(crate) fn diagnostics(found: &[Diagnostic], source: Option<&Source>) -> Value {
    serde_json::from_str(&render::json(found, source)).unwrap_or_default()
}

/// Pretty JSON with a line end.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A number, or its name where JSON has none.
fn number(value: f64) -> Value {
    if value.is_finite() { value.into() } else { format_number(value).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (milliseconds, text) in
            [(0.42, "0.4 ms"), (12.4, "12 ms"), (3400.0, "3.4 s"), (125_000.0, "2 min 5 s")]
        {
            assert_eq!(duration(Duration::from_secs_f64(milliseconds / 1e3)), text);
        }
    }

    #[test]
    fn missing_values_are_left_out_of_summaries() {
        let summary = Summary::of(&[f64::NAN, 1.0, 4.0, f64::NAN]);
        assert_eq!((summary.min, summary.mean, summary.max), (1.0, 2.5, 4.0));
        assert!(summary.last.is_nan());
        assert!(Summary::of(&[f64::NAN]).mean.is_nan());
    }
}
