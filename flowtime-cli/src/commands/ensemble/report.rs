//! What is said of an ensemble: tables for people, an object for programs.

use super::Finished;
use super::answer::{Point, Spread, Threshold, measure_name, quantile_name, thresholds};
use super::table::number_value;
use crate::exit::Exit;
use crate::input;
use crate::report::{counted, diagnostics, duration, grid};
use crate::table::{Align, Table};
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::provenance::format_number;
use flowtime_core::{Ensemble, Grid};
use flowtime_draw::{readable, sparkline};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Rows of a table unless all are asked for.
const MOST_ROWS: usize = 30;

/// Digits of the numbers in tables.
const DIGITS: usize = 5;

/// From which probability on something may happen, and from which it rather does.
const LIKELY: [f64; 2] = [0.05, 0.5];

const MOST_WIDE_SPARK: usize = 40;
const LEAST_WIDE_SPARK: usize = 8;

/// The tables, and how it went.
pub(crate) fn text(finished: &Finished<'_>, written: Option<&Path>, terminal: &Terminal) -> String {
    let bold = terminal.style(Style::new().bold());
    let points = finished.answer.points();
    let first = &finished.answer.first;
    let mut parts: Vec<String> = Vec::new();
    match &points[..] {
        [point] => {
            parts.extend(series(finished, point, terminal));
            parts.extend(probabilities(finished, point).map(|table| table.text(bold)));
            parts.extend(measures(point, &finished.arguments.quantiles).map(|table| table.text(bold)));
        }
        points => {
            parts.push(sweep(finished, points, terminal));
            let stops: String = thresholds(first).iter().filter_map(|t| stop(points, t)).collect();
            parts.extend((!stops.is_empty()).then_some(stops));
        }
    }
    let mut text = parts.join("\n");
    let mut facts = vec![counted(first.scenarios(), "scenario")];
    if points.len() > 1 {
        facts[0].push_str(&format!(" at each of {} points", points.len()));
    }
    facts.push(grid(finished.plan.grid()));
    facts.push(format!("seed {}", first.seed()));
    facts.push(duration(finished.took));
    text.push_str(&format!("\n{}\n", facts.join(" · ")));
    if finished.arguments.verbose {
        text.push_str(&format!("{}\n", first.work()));
        for given in finished.overrides {
            text.push_str(&format!("set {given}\n"));
        }
    }
    if let Some(path) = written {
        text.push_str(&format!("{bold}{}{bold:#}\n", path.display()));
    }
    text
}

/// `5 %`
fn percent(part: f64) -> String {
    format!("{} %", readable(part * 100.0, 3))
}

/// How bins are called in tables.
struct Clock<'a> {
    grid: &'a Grid,
    /// All bins are of one day.
    one_day: bool,
}

impl<'a> Clock<'a> {
    fn of(grid: &'a Grid) -> Self {
        let day = |bin: usize| grid.bin_start(bin).map(|time| time.chars().take(10).collect::<String>());
        Clock { grid, one_day: day(0) == day(grid.bins() - 1) }
    }

    /// `11:55`, `2013-07-03 14:00`, `bin 143`
    fn name(&self, bin: usize) -> String {
        let Some(time) = self.grid.bin_start(bin) else { return format!("bin {bin}") };
        let time = time.trim_end_matches('Z').replace('T', " ");
        let time = time.strip_suffix(":00").unwrap_or(&time);
        if self.one_day { time.get(11..).unwrap_or(time) } else { time }.to_owned()
    }
}

/// The first bin with the greatest number.
fn peak(values: &[f64]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (bin, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        if best.is_none_or(|best| *value > values[best]) {
            best = Some(bin);
        }
    }
    best
}

/// Two rows a series: at the peak of its mean, and at the end.
fn series(finished: &Finished<'_>, point: &Point<'_>, terminal: &Terminal) -> Option<String> {
    let ensemble = point.ensemble;
    let ids: Vec<&str> = ensemble.ids().filter(|id| ensemble.mean(id).is_some()).collect();
    let units: Vec<Option<&str>> = ids
        .iter()
        .map(|id| finished.plan.nodes().find(|node| node.id == *id).and_then(|node| node.unit))
        .collect();
    let levels = ensemble.quantiles(ids.first()?);
    let has_units = units.iter().any(Option::is_some);
    let mut headings = vec![("series".to_owned(), Align::Left)];
    headings.extend(has_units.then(|| ("unit".to_owned(), Align::Left)));
    headings.push(("when".to_owned(), Align::Left));
    headings.push(("mean".to_owned(), Align::Right));
    headings.extend(levels.iter().map(|q| (percent(*q), Align::Right)));
    headings.push(("mean by bin".to_owned(), Align::Left));
    let clock = Clock::of(finished.plan.grid());
    let shown = if finished.arguments.verbose { ids.len() } else { ids.len().min(MOST_ROWS / 2) };
    let rows = |spark: usize| {
        let kept = headings.len() - usize::from(spark == 0);
        let mut table = Table::new(headings[..kept].iter().cloned());
        for (id, unit) in ids.iter().zip(&units).take(shown) {
            let Some(mean) = ensemble.mean(id) else { continue };
            let Some(mean) = mean.to_slice() else { continue };
            let last = mean.len() - 1;
            let peak = peak(mean).unwrap_or(last);
            let row = |when: String, bin: usize, top: bool| {
                let mut cells = vec![if top { (*id).to_owned() } else { String::new() }];
                cells.extend(has_units.then(|| unit.filter(|_| top).unwrap_or_default().to_owned()));
                cells.push(when);
                cells.push(readable(mean[bin], DIGITS));
                cells.extend(levels.iter().map(|q| {
                    readable(ensemble.quantile(id, *q).map_or(f64::NAN, |series| series[bin]), DIGITS)
                }));
                cells.extend((spark > 0 && top).then(|| sparkline(mean, spark)));
                cells
            };
            table.row(row(format!("peak {}", clock.name(peak)), peak, true));
            table.row(row(format!("last {}", clock.name(last)), last, false));
        }
        table
    };
    let space = terminal.width.saturating_sub(rows(MOST_WIDE_SPARK).width_before_last());
    let spark = if space < LEAST_WIDE_SPARK { 0 } else { space.min(MOST_WIDE_SPARK) };
    let mut text = rows(spark).text(terminal.style(Style::new().bold()));
    if ids.len() > shown {
        text.push_str(&format!("… and {} more (`--verbose` shows all)\n", ids.len() - shown));
    }
    Some(text)
}

/// How likely each threshold is passed, and from when on.
fn probabilities(finished: &Finished<'_>, point: &Point<'_>) -> Option<Table> {
    let thresholds = thresholds(point.ensemble);
    if thresholds.is_empty() {
        return None;
    }
    let mut headings = vec![("probability".to_owned(), Align::Left)];
    headings.extend(
        [("most", Align::Right), ("when", Align::Left)].map(|(name, align)| (name.to_owned(), align)),
    );
    headings.extend(LIKELY.map(|part| (format!("first over {}", percent(part)), Align::Left)));
    let mut table = Table::new(headings);
    let clock = Clock::of(finished.plan.grid());
    for threshold in &thresholds {
        let likely = threshold.probability(point.ensemble);
        let peak = peak(&likely);
        let mut cells = vec![threshold.name()];
        cells.push(peak.map_or_else(|| "NaN".to_owned(), |bin| percent(likely[bin])));
        cells.push(peak.filter(|bin| likely[*bin] > 0.0).map_or_else(String::new, |bin| clock.name(bin)));
        cells.extend(LIKELY.map(|part| {
            let first = likely.iter().position(|p| *p > part);
            first.map_or_else(|| "never".to_owned(), |bin| clock.name(bin))
        }));
        table.row(cells);
    }
    Some(table)
}

/// What was measured of each scenario, over all of them.
fn measures(point: &Point<'_>, levels: &[f64]) -> Option<Table> {
    let spreads = spreads(point.ensemble, levels);
    if spreads.is_empty() {
        return None;
    }
    let gaps = spreads.iter().any(|(_, spread)| spread.missing > 0);
    let mut headings = vec![("of each scenario".to_owned(), Align::Left)];
    headings.extend(["mean", "min"].map(|name| (name.to_owned(), Align::Right)));
    headings.extend(levels.iter().map(|q| (percent(*q), Align::Right)));
    headings.push(("max".to_owned(), Align::Right));
    headings.extend(gaps.then(|| ("without".to_owned(), Align::Right)));
    let mut table = Table::new(headings);
    for (name, spread) in spreads {
        let mut cells = vec![name];
        cells.extend([spread.mean, spread.min].map(|x| readable(x, DIGITS)));
        cells.extend(spread.quantiles.iter().map(|x| readable(*x, DIGITS)));
        cells.push(readable(spread.max, DIGITS));
        cells.extend(gaps.then(|| percent(spread.missing as f64 / point.ensemble.scenarios() as f64)));
        table.row(cells);
    }
    Some(table)
}

/// Every measure by its name, `backlog max`.
fn spreads(ensemble: &Ensemble, levels: &[f64]) -> Vec<(String, Spread)> {
    let all = ensemble.measures().filter_map(|(id, measure)| {
        let numbers = ensemble.measure(id, measure)?;
        Some((format!("{id} {}", measure_name(measure)), Spread::of(numbers.as_slice()?, levels)))
    });
    all.collect()
}

/// One row a point: how likely thresholds are passed at most, the measures, then the peaks of series.
fn sweep(finished: &Finished<'_>, points: &[Point<'_>], terminal: &Terminal) -> String {
    let levels = &finished.arguments.quantiles;
    let top = levels.iter().copied().fold(0.5, f64::max);
    let rows: Vec<Vec<(String, String)>> = points.iter().map(|point| summary(point, top)).collect();
    let inputs = points[0].inputs.len();
    let most = rows[0].len();
    let shown = if finished.arguments.verbose { rows.len() } else { rows.len().min(MOST_ROWS) };
    let table = |columns: usize| {
        let mut table = Table::new(rows[0][..columns].iter().map(|(name, _)| (name.clone(), Align::Right)));
        for row in &rows[..shown] {
            table.row(row[..columns].iter().map(|(_, cell)| cell.clone()));
        }
        table
    };
    let mut columns = most;
    while columns > inputs + 1 && !finished.arguments.verbose && table(columns).width() > terminal.width {
        columns -= 1;
    }
    let mut text = table(columns).text(terminal.style(Style::new().bold()));
    if shown < rows.len() {
        text.push_str(&format!(
            "… and {} more (`--verbose` shows all)\n",
            counted(rows.len() - shown, "point")
        ));
    }
    if columns < most {
        text.push_str(&format!("… and {} more (`--verbose` shows all)\n", counted(most - columns, "column")));
    }
    text
}

/// The cells of a point, by heading.
fn summary(point: &Point<'_>, top: f64) -> Vec<(String, String)> {
    let ensemble = point.ensemble;
    let mut cells: Vec<(String, String)> =
        point.inputs.iter().map(|(id, x)| ((*id).to_owned(), format_number(*x))).collect();
    for threshold in thresholds(ensemble) {
        let likely = threshold.probability(ensemble);
        let most = peak(&likely).map_or_else(|| "NaN".to_owned(), |bin| percent(likely[bin]));
        cells.push((format!("P({})", threshold.name()), most));
    }
    for (name, spread) in spreads(ensemble, &[top]) {
        cells.push((format!("{name}, mean"), readable(spread.mean, DIGITS)));
        cells.push((percent(top), readable(spread.quantiles[0], DIGITS)));
    }
    for id in ensemble.ids() {
        let greatest = |series: Option<flowtime_core::ndarray::ArrayView1<'_, f64>>| {
            let series = series?;
            let values = series.to_slice()?;
            Some(readable(peak(values).map_or(f64::NAN, |bin| values[bin]), DIGITS))
        };
        if let Some(mean) = greatest(ensemble.mean(id)) {
            cells.push((format!("{id}, peak mean"), mean));
        }
        if let Some(quantile) = greatest(ensemble.quantile(id, top)) {
            cells.push((percent(top), quantile));
        }
    }
    cells
}

/// From which value of the swept input on a threshold is hardly ever passed.
fn stop(points: &[Point<'_>], threshold: &Threshold<'_>) -> Option<String> {
    let [(input, _)] = points[0].inputs[..] else { return None };
    let rare = |point: &Point<'_>| threshold.probability(point.ensemble).iter().all(|p| *p <= LIKELY[0]);
    let rare: Vec<bool> = points.iter().map(rare).collect();
    let first = rare.iter().rposition(|rare| !rare).map_or(0, |last| last + 1);
    let limit = percent(LIKELY[0]);
    let name = threshold.name();
    Some(match points.get(first) {
        None => format!(
            "{name}: over {limit} in some bin at {input}={} still\n",
            format_number(points.last()?.inputs[0].1)
        ),
        Some(_) if first == 0 => format!("{name}: never over {limit}\n"),
        Some(point) => {
            format!("{name}: never over {limit} from {input}={} on\n", format_number(point.inputs[0].1))
        }
    })
}

/// An ensemble as an object.
pub(crate) fn json(finished: &Finished<'_>, written: Option<&Path>) -> Value {
    let first = &finished.answer.first;
    let grid = finished.plan.grid();
    let work = first.work();
    let points = finished.answer.points();
    let points = points.iter().map(|point| {
        let inputs: Map<String, Value> =
            point.inputs.iter().map(|(id, x)| ((*id).to_owned(), number_value(*x))).collect();
        json!({
            "inputs": inputs,
            "series": series_of(point.ensemble),
            "probabilities": probabilities_of(point.ensemble),
            "measures": measures_of(point.ensemble, &finished.arguments.quantiles),
        })
    });
    json!({
        "model": input::name_of(&finished.arguments.model),
        "status": "complete",
        "exit_code": Exit::Fine as u8,
        "path": written.map(|path| path.display().to_string()),
        "scenarios": first.scenarios(),
        "seed": first.seed(),
        "grid": {
            "bins": grid.bins(),
            "binSize": grid.bin_size(),
            "binUnit": grid.bin_unit().name(),
            "start": grid.start(),
        },
        "execution_time_ms": finished.took.as_micros() as f64 / 1e3,
        "work": {
            "scenarios": work.scenarios,
            "lanes": work.lanes,
            "bins_at_a_time": work.bins_at_a_time,
            "passes": work.passes,
            "threads": work.threads,
            "state": work.state,
            "shared": work.shared,
            "bytes": work.bytes,
        },
        "points": points.collect::<Vec<_>>(),
        "remarks": finished.remarks,
        "diagnostics": diagnostics(&finished.loaded.warnings, finished.loaded.model.source_text()),
    })
}

/// Each series at the peak of its mean and at the end.
fn series_of(ensemble: &Ensemble) -> Vec<Value> {
    let described = ensemble.ids().filter_map(|id| {
        let mean = ensemble.mean(id)?;
        let mean = mean.to_slice()?;
        let last = mean.len() - 1;
        let at = |bin: usize| {
            let mut object = Map::new();
            object.insert("bin".to_owned(), bin.into());
            object.insert("mean".to_owned(), number_value(mean[bin]));
            for q in ensemble.quantiles(id) {
                let value = ensemble.quantile(id, *q).map_or(f64::NAN, |series| series[bin]);
                object.insert(quantile_name(*q), number_value(value));
            }
            Value::Object(object)
        };
        Some(json!({"id": id, "peak": at(peak(mean).unwrap_or(last)), "last": at(last)}))
    });
    described.collect()
}

fn probabilities_of(ensemble: &Ensemble) -> Vec<Value> {
    let described = thresholds(ensemble).into_iter().map(|threshold| {
        let likely = threshold.probability(ensemble);
        let peak = peak(&likely);
        json!({
            "id": threshold.node,
            "when": if threshold.above { "above" } else { "below" },
            "threshold": threshold.at,
            "most": peak.map(|bin| likely[bin]),
            "bin": peak,
            "first_over_5_percent": likely.iter().position(|p| *p > LIKELY[0]),
            "first_over_50_percent": likely.iter().position(|p| *p > LIKELY[1]),
        })
    });
    described.collect()
}

fn measures_of(ensemble: &Ensemble, levels: &[f64]) -> Vec<Value> {
    let described = ensemble.measures().filter_map(|(id, measure)| {
        let numbers = ensemble.measure(id, measure)?;
        let spread = Spread::of(numbers.as_slice()?, levels);
        let mut object = Map::new();
        object.insert("id".to_owned(), id.into());
        object.insert("measure".to_owned(), measure_name(measure).into());
        for (name, x) in [("mean", spread.mean), ("min", spread.min), ("max", spread.max)] {
            object.insert(name.to_owned(), number_value(x));
        }
        for (q, x) in levels.iter().zip(&spread.quantiles) {
            object.insert(quantile_name(*q), number_value(*x));
        }
        object.insert("missing".to_owned(), spread.missing.into());
        Some(Value::Object(object))
    });
    described.collect()
}
