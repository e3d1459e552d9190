//! The table of an ensemble as text: every statistic of every series in every bin.

use super::Finished;
use super::answer::{Point, measure_name, statistics};
use crate::interrupt;
use flowtime_core::Grid;
use flowtime_core::provenance::{format_number, write_number};
use flowtime_registry::{Cells, ColumnKind, ParquetTable};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Text is handed on in pieces of about this many bytes.
const PIECE: usize = 1 << 16;

/// Text on its way to a file, which an interruption stops.
struct Pieces<'a> {
    file: &'a mut dyn Write,
    text: String,
}

impl<'a> Pieces<'a> {
    fn new(file: &'a mut dyn Write) -> Self {
        Pieces { file, text: String::with_capacity(PIECE + 1024) }
    }

    /// Hands on what there is, if it is enough.
    fn pass(&mut self) -> io::Result<()> {
        if self.text.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if interrupt::cancel().is_cancelled() {
            return Err(io::Error::other("interrupted"));
        }
        self.file.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

/// `capacity,bin,time,series,statistic,value`: a row for each of them. The columns before `bin` are the swept inputs.
pub(crate) fn write_csv(file: &mut dyn Write, finished: &Finished<'_>) -> io::Result<()> {
    let mut out = Pieces::new(file);
    let points = finished.answer.points();
    out.text.push_str(&heads(&points));
    out.text.push_str("bin,time,series,statistic,value\n");
    let grid = finished.plan.grid();
    let places: Vec<String> = (0..grid.bins()).map(|bin| format!("{bin},{}", time(grid, bin))).collect();
    for point in &points {
        let inputs: String = point.inputs.iter().map(|(_, x)| format_number(*x) + ",").collect();
        for id in point.ensemble.ids() {
            for (name, values) in statistics(point.ensemble, id) {
                for (place, value) in places.iter().zip(values.iter()) {
                    for part in [&inputs, place, ",", id, ",", &name, ","] {
                        out.text.push_str(part);
                    }
                    write_number(&mut out.text, *value);
                    out.text.push('\n');
                    out.pass()?;
                }
            }
        }
    }
    out.flush()
}

/// The rows of the CSV form in columns; without `time` where the grid has no start.
pub(crate) fn write_parquet(file: &mut dyn Write, finished: &Finished<'_>) -> io::Result<()> {
    let grid = finished.plan.grid();
    let points = finished.answer.points();
    let bins: Vec<i64> = (0..grid.bins() as i64).collect();
    let times: Option<Vec<i64>> = (0..grid.bins())
        .map(|bin| Some(grid.bin_start(bin)?.parse::<Timestamp>().ok()?.as_millisecond()))
        .collect();
    let mut columns: Vec<(&str, ColumnKind)> = Vec::new();
    columns.extend(points.iter().take(1).flat_map(|p| &p.inputs).map(|(id, _)| (*id, ColumnKind::Number)));
    columns.push(("bin", ColumnKind::Integer));
    columns.extend(times.iter().map(|_| ("time", ColumnKind::Time)));
    columns.extend([
        ("series", ColumnKind::Text),
        ("statistic", ColumnKind::Text),
        ("value", ColumnKind::Number),
    ]);
    let seed = finished.answer.first.seed().to_string();
    let scenarios = finished.answer.first.scenarios().to_string();
    let facts = [("flowtime.scenarios", scenarios.as_str()), ("flowtime.seed", seed.as_str())];
    let mut table = ParquetTable::new(file, &columns, &facts)?;
    for point in &points {
        for id in point.ensemble.ids() {
            for (name, values) in statistics(point.ensemble, id) {
                // Long horizons in pieces, so that no more than those are held.
                for (piece, some) in values.chunks(PIECE).enumerate() {
                    let here = piece * PIECE..piece * PIECE + some.len();
                    let mut cells: Vec<Cells<'_>> =
                        point.inputs.iter().map(|(_, x)| Cells::Number(*x)).collect();
                    cells.push(Cells::Integers(&bins[here.clone()]));
                    cells.extend(times.iter().map(|times| Cells::Integers(&times[here.clone()])));
                    cells.extend([Cells::Text(id), Cells::Text(&name), Cells::Numbers(some)]);
                    if interrupt::cancel().is_cancelled() {
                        return Err(io::Error::other("interrupted"));
                    }
                    table.rows(some.len(), &cells)?;
                }
            }
        }
    }
    table.finish()
}

/// `capacity,scenario,seed,backlog max`: a row a scenario, with what was measured of it.
pub(crate) fn write_scenarios(file: &mut dyn Write, finished: &Finished<'_>) -> io::Result<()> {
    let mut out = Pieces::new(file);
    let points = finished.answer.points();
    out.text.push_str(&heads(&points));
    out.text.push_str("scenario,seed");
    for (id, measure) in finished.answer.first.measures() {
        out.text.push_str(&format!(",{id} {}", measure_name(measure)));
    }
    out.text.push('\n');
    for point in &points {
        let inputs: String = point.inputs.iter().map(|(_, x)| format_number(*x) + ",").collect();
        let ensemble = point.ensemble;
        let columns: Vec<_> = ensemble.measures().filter_map(|(id, m)| ensemble.measure(id, m)).collect();
        for (scenario, seed) in ensemble.seeds().enumerate() {
            out.text.push_str(&format!("{inputs}{scenario},{seed}"));
            for column in &columns {
                out.text.push(',');
                write_number(&mut out.text, column[scenario]);
            }
            out.text.push('\n');
            out.pass()?;
        }
    }
    out.flush()
}

/// All in one object: points, in each the series with a list for each statistic, and the measures with a number a
/// scenario.
pub(crate) fn write_json(file: &mut dyn Write, finished: &Finished<'_>) -> io::Result<()> {
    let mut out = Pieces::new(file);
    let grid = finished.plan.grid();
    let first = &finished.answer.first;
    let head = json!({"bins": grid.bins(), "binSize": grid.bin_size(), "binUnit": grid.bin_unit().name(), "start": grid.start()});
    out.text.push_str(&format!(
        "{{\"schema_version\": 1, \"scenarios\": {}, \"seed\": {}, \"grid\": {head}, \"points\": [",
        first.scenarios(),
        first.seed()
    ));
    for (number, point) in finished.answer.points().iter().enumerate() {
        let inputs: serde_json::Map<String, Value> =
            point.inputs.iter().map(|(id, x)| ((*id).to_owned(), number_value(*x))).collect();
        out.text.push_str(if number > 0 { ",\n" } else { "\n" });
        out.text.push_str(&format!("{{\"inputs\": {}, \"series\": {{", Value::Object(inputs)));
        for (at, id) in point.ensemble.ids().enumerate() {
            out.text.push_str(&format!("{}\n  \"{id}\": {{", if at > 0 { "," } else { "" }));
            for (at, (name, values)) in statistics(point.ensemble, id).iter().enumerate() {
                out.text.push_str(&format!("{}\n    \"{name}\": ", if at > 0 { "," } else { "" }));
                list(&mut out, values)?;
            }
            out.text.push('}');
        }
        out.text.push_str("}, \"measures\": {");
        for (at, (id, measure)) in point.ensemble.measures().enumerate() {
            let name = measure_name(measure);
            out.text.push_str(&format!("{}\n  \"{id} {name}\": ", if at > 0 { "," } else { "" }));
            let numbers = point.ensemble.measure(id, measure);
            list(&mut out, numbers.as_ref().and_then(|numbers| numbers.as_slice()).unwrap_or_default())?;
        }
        out.text.push_str("}}");
    }
    out.text.push_str("\n]}\n");
    out.flush()
}

fn list(out: &mut Pieces<'_>, values: &[f64]) -> io::Result<()> {
    out.text.push('[');
    for (at, value) in values.iter().enumerate() {
        out.text.push_str(if at > 0 { "," } else { "" });
        let quote = if value.is_finite() { "" } else { "\"" };
        out.text.push_str(quote);
        write_number(&mut out.text, *value);
        out.text.push_str(quote);
        out.pass()?;
    }
    out.text.push(']');
    Ok(())
}

/// A number, or its name where JSON has none.
pub(crate) fn number_value(x: f64) -> Value {
    if x.is_finite() { x.into() } else { format_number(x).into() }
}

/// The names of the swept inputs, each with a comma.
fn heads(points: &[Point<'_>]) -> String {
    points
        .first()
        .map_or_else(String::new, |point| point.inputs.iter().map(|(id, _)| format!("{id},")).collect())
}

fn time(grid: &Grid, bin: usize) -> String {
    grid.bin_start(bin).unwrap_or_default()
}
