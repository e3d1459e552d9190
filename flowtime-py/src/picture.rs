//! Pictures of series, as SVG text.

use flowtime_draw::{FanChart, LineChart, sparkline_svg};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// A series as a small picture in a line of text.
#[pyfunction]
pub(crate) fn sparkline(
    py: Python<'_>,
    numbers: PyReadonlyArray1<'_, f64>,
    width: u32,
    height: u32,
) -> PyResult<String> {
    let numbers = numbers.as_slice()?.to_vec();
    Ok(py.detach(|| sparkline_svg(&numbers, width, height)))
}

/// A series in block characters.
#[pyfunction]
pub(crate) fn sparkline_text(numbers: PyReadonlyArray1<'_, f64>, width: usize) -> PyResult<String> {
    Ok(flowtime_draw::sparkline(numbers.as_slice()?, width))
}

/// A number in so many digits, as people read it.
#[pyfunction]
pub(crate) fn readable(number: f64, digits: usize) -> String {
    flowtime_draw::readable(number, digits)
}

/// One panel of [`charts`]: title, unit, and its series with their names.
type Panel<'py> = (String, String, Vec<(String, PyReadonlyArray1<'py, f64>)>);

/// Charts below each other, over bins, or over time if `start` (unix seconds) is given.
#[pyfunction]
#[pyo3(signature = (title, subtitle, panels, start, seconds_per_bin))]
pub(crate) fn charts(
    title: &str,
    subtitle: &str,
    panels: Vec<Panel<'_>>,
    start: Option<i64>,
    seconds_per_bin: u64,
) -> PyResult<String> {
    let mut chart = LineChart::new(title).subtitle(subtitle).size(860, 150);
    if let Some(start) = start {
        chart = chart.time(start, seconds_per_bin);
    }
    for (title, unit, series) in &panels {
        chart = chart.panel(title.as_str()).unit(unit.as_str());
        for (name, numbers) in series {
            chart = chart.series(name.as_str(), numbers.as_slice()?);
        }
    }
    Ok(chart.to_svg())
}

/// A fan of quantiles, with other lines, and thresholds across.
#[pyfunction]
#[pyo3(signature = (title, unit, quantiles, lines, thresholds, start, seconds_per_bin))]
pub(crate) fn fan(
    title: &str,
    unit: &str,
    quantiles: Vec<(f64, PyReadonlyArray1<'_, f64>)>,
    lines: Vec<(String, PyReadonlyArray1<'_, f64>)>,
    thresholds: Vec<f64>,
    start: Option<i64>,
    seconds_per_bin: u64,
) -> PyResult<String> {
    let levels: Vec<f64> = quantiles.iter().map(|(level, _)| *level).collect();
    let series = quantiles.iter().map(|(_, numbers)| numbers.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let mut chart = FanChart::new(title).unit(unit).size(860, 220).quantiles(&levels, &series);
    if let Some(start) = start {
        chart = chart.time(start, seconds_per_bin);
    }
    for (name, numbers) in &lines {
        chart = chart.overlay(name.as_str(), numbers.as_slice()?);
    }
    for threshold in thresholds {
        chart = chart.threshold("", threshold);
    }
    Ok(chart.to_svg())
}
