//! Pictures of an ensemble: a fan chart a series, or lines for the points of a sweep.

use super::Finished;
use super::answer::{Point, thresholds_of};
use flowtime_core::provenance::format_number;
use flowtime_draw::{FanChart, LineChart};
use jiff::Timestamp;

/// The file of each picture, and what it shows.
pub(crate) fn pictures(finished: &Finished<'_>) -> Vec<(String, String)> {
    let first = &finished.answer.first;
    let points = finished.answer.points();
    let drawn = first.ids().filter(|id| first.mean(id).is_some());
    drawn
        .map(|id| {
            let svg = match &points[..] {
                [point] => fan(finished, point, id),
                points => lines(finished, points, id),
            };
            (format!("{id}.svg"), svg)
        })
        .collect()
}

/// Where bin 0 begins in unix seconds, and the seconds of a bin.
fn time(finished: &Finished<'_>) -> Option<(i64, u64)> {
    let grid = finished.plan.grid();
    let start = grid.start()?.parse::<Timestamp>().ok()?;
    Some((start.as_second(), grid.bin_minutes() * 60))
}

fn subtitle(finished: &Finished<'_>) -> String {
    let first = &finished.answer.first;
    let facts = format!("{} scenarios, seed {}", first.scenarios(), first.seed());
    match finished.loaded.model.title() {
        Some(title) => format!("{title} · {facts}"),
        None => facts,
    }
}

fn unit<'a>(finished: &Finished<'a>, id: &str) -> &'a str {
    finished.plan.nodes().find(|node| node.id == id).and_then(|node| node.unit).unwrap_or_default()
}

fn fan(finished: &Finished<'_>, point: &Point<'_>, id: &str) -> String {
    let ensemble = point.ensemble;
    let title = if point.inputs.is_empty() { id.to_owned() } else { format!("{id}, {}", point.name()) };
    let mut chart = FanChart::new(title).subtitle(subtitle(finished)).unit(unit(finished, id));
    if let Some((start, step)) = time(finished) {
        chart = chart.time(start, step);
    }
    let levels = ensemble.quantiles(id);
    let quantiles: Vec<_> =
        levels.iter().filter_map(|q| ensemble.quantile(id, *q).and_then(|s| s.to_slice())).collect();
    chart = chart.quantiles(levels, &quantiles);
    if let Some(mean) = ensemble.mean(id).and_then(|mean| mean.to_slice()) {
        chart = chart.overlay("mean", mean);
    }
    let thresholds = thresholds_of(ensemble, id);
    let likely: Vec<_> = thresholds.iter().map(|t| (t.statistic(), t.probability(ensemble))).collect();
    for threshold in &thresholds {
        chart = chart.threshold("", threshold.at);
    }
    for (name, probability) in &likely {
        chart = chart.probability(name, probability);
    }
    chart.to_svg()
}

/// The mean of every point in one panel, the highest quantile and the probabilities in panels of their own.
fn lines(finished: &Finished<'_>, points: &[Point<'_>], id: &str) -> String {
    let mut chart = LineChart::new(id).subtitle(subtitle(finished));
    if let Some((start, step)) = time(finished) {
        chart = chart.time(start, step);
    }
    chart = chart.panel("mean").unit(unit(finished, id));
    for point in points {
        if let Some(mean) = point.ensemble.mean(id).and_then(|mean| mean.to_slice()) {
            chart = chart.series(point.name(), mean);
        }
    }
    let levels = points[0].ensemble.quantiles(id);
    if let Some(level) = levels.iter().copied().reduce(f64::max).filter(|q| *q > 0.5) {
        let percent = format_number((level * 1e6).round() / 1e4);
        chart = chart.panel(format!("{percent} % are below")).unit(unit(finished, id));
        for point in points {
            if let Some(series) = point.ensemble.quantile(id, level).and_then(|s| s.to_slice()) {
                chart = chart.series(point.name(), series);
            }
        }
    }
    let thresholds = thresholds_of(points[0].ensemble, id);
    let likely: Vec<Vec<Vec<f64>>> =
        thresholds.iter().map(|t| points.iter().map(|p| t.probability(p.ensemble)).collect()).collect();
    for (threshold, series) in thresholds.iter().zip(&likely) {
        chart = chart.panel(format!("probability {}", threshold.statistic()));
        for (point, probability) in points.iter().zip(series) {
            chart = chart.series(point.name(), probability);
        }
    }
    chart.to_svg()
}
