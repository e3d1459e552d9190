//! What an ensemble found, as the command looks at it.

use flowtime_core::provenance::format_number;
use flowtime_core::{Ensemble, Measure, Sweep};
use std::borrow::Cow;

/// One ensemble, or one for each point of a sweep.
pub(crate) struct Answer {
    /// The only one, or that of the first point.
    pub(crate) first: Ensemble,
    pub(crate) sweep: Option<Sweep>,
}

/// An ensemble with the numbers that the swept inputs have in it.
pub(crate) struct Point<'a> {
    pub(crate) inputs: Vec<(&'a str, f64)>,
    pub(crate) ensemble: &'a Ensemble,
}

/// A statistic of a series: its name in tables, and a number a bin.
pub(crate) type Named<'a> = (String, Cow<'a, [f64]>);

impl Answer {
    /// The ensembles, with their points.
    pub(crate) fn points(&self) -> Vec<Point<'_>> {
        let Some(sweep) = &self.sweep else {
            return vec![Point { inputs: Vec::new(), ensemble: &self.first }];
        };
        let points = sweep.points();
        let columns: Vec<(&str, &[f64])> =
            points.inputs().filter_map(|id| Some((id, points.numbers(id)?))).collect();
        let inputs = |n: usize| columns.iter().map(|(id, numbers)| (*id, numbers[n])).collect();
        sweep.iter().enumerate().map(|(n, ensemble)| Point { inputs: inputs(n), ensemble }).collect()
    }
}

impl Point<'_> {
    /// `capacity=80, price=2`
    pub(crate) fn name(&self) -> String {
        let inputs = self.inputs.iter().map(|(id, x)| format!("{id}={}", format_number(*x)));
        inputs.collect::<Vec<_>>().join(", ")
    }
}

/// A threshold that was counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Threshold<'a> {
    pub(crate) node: &'a str,
    pub(crate) above: bool,
    pub(crate) at: f64,
}

impl Threshold<'_> {
    /// `backlog above 500`
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.node, self.statistic())
    }

    /// `above 500`
    pub(crate) fn statistic(&self) -> String {
        format!("{} {}", if self.above { "above" } else { "below" }, format_number(self.at))
    }

    /// How likely it is, bin by bin.
    pub(crate) fn probability(&self, ensemble: &Ensemble) -> Vec<f64> {
        let found = match self.above {
            true => ensemble.above(self.node, self.at),
            false => ensemble.below(self.node, self.at),
        };
        found.unwrap_or_default()
    }
}

/// All thresholds of an ensemble, series by series.
pub(crate) fn thresholds(ensemble: &Ensemble) -> Vec<Threshold<'_>> {
    ensemble.ids().flat_map(|node| thresholds_of(ensemble, node)).collect()
}

/// The thresholds of a series.
pub(crate) fn thresholds_of<'a>(ensemble: &Ensemble, node: &'a str) -> Vec<Threshold<'a>> {
    let (above, below) = ensemble.thresholds(node);
    let above = above.into_iter().map(|at| Threshold { node, above: true, at });
    above.chain(below.into_iter().map(|at| Threshold { node, above: false, at })).collect()
}

/// `q0.05`
pub(crate) fn quantile_name(quantile: f64) -> String {
    format!("q{}", format_number(quantile))
}

/// Everything that is known of a series, in the order of the tables.
pub(crate) fn statistics<'a>(ensemble: &'a Ensemble, id: &str) -> Vec<Named<'a>> {
    let mut all: Vec<Named<'a>> = Vec::new();
    let known = [
        ("mean", ensemble.mean(id)),
        ("deviation", ensemble.deviation(id)),
        ("min", ensemble.minimum(id)),
        ("max", ensemble.maximum(id)),
    ];
    all.extend(
        known
            .into_iter()
            .filter_map(|(name, series)| Some((name.to_owned(), Cow::Borrowed(series?.to_slice()?)))),
    );
    for quantile in ensemble.quantiles(id) {
        if let Some(series) = ensemble.quantile(id, *quantile).and_then(|series| series.to_slice()) {
            all.push((quantile_name(*quantile), Cow::Borrowed(series)));
        }
    }
    for threshold in thresholds_of(ensemble, id) {
        all.push((threshold.statistic(), Cow::Owned(threshold.probability(ensemble))));
    }
    if let Some(missing) = ensemble.missing(id).filter(|missing| missing.iter().any(|n| *n > 0)) {
        all.push(("missing".to_owned(), missing.iter().map(|n| *n as f64).collect()));
    }
    all
}

/// `max`, `first-above=500`: as arguments name it.
pub(crate) fn measure_name(measure: Measure) -> String {
    match measure {
        Measure::Maximum => "max".to_owned(),
        Measure::Minimum => "min".to_owned(),
        Measure::Total => "total".to_owned(),
        Measure::Mean => "mean".to_owned(),
        Measure::Last => "last".to_owned(),
        Measure::FirstAbove(x) => format!("first-above={}", format_number(x)),
        Measure::BinsAbove(x) => format!("bins-above={}", format_number(x)),
        _ => format!("{measure:?}"),
    }
}

/// A measure over all scenarios.
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) quantiles: Vec<f64>,
    /// Scenarios without a number.
    pub(crate) missing: usize,
}

impl Spread {
    /// Missing numbers are left out and counted.
    pub(crate) fn of(numbers: &[f64], quantiles: &[f64]) -> Self {
        let mut there: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
        there.sort_unstable_by(f64::total_cmp);
        let ends = [there.first(), there.last()].map(|x| x.copied().unwrap_or(f64::NAN));
        Spread {
            // Of the sorted numbers: the same whichever scenario had which.
            mean: there.iter().sum::<f64>() / there.len() as f64,
            min: ends[0],
            max: ends[1],
            quantiles: quantiles.iter().map(|q| quantile(&there, *q)).collect(),
            missing: numbers.len() - there.len(),
        }
    }
}

/// A quantile of sorted numbers, interpolated linearly between neighbours as those of ensembles are.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (a, b) = (sorted[low.min(last)], sorted[(low + 1).min(last)]);
    if part == 0.0 || a == b { a } else { a + (b - a) * part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let spread = Spread::of(&[4.0, f64::NAN, 1.0, 2.0, 3.0], &[0.0, 0.5, 0.9, 1.0]);
        assert_eq!((spread.mean, spread.min, spread.max, spread.missing), (2.5, 1.0, 4.0, 1));
        assert_eq!(spread.quantiles, [1.0, 2.5, 1.0 + 0.9 * 3.0, 4.0]);
        let nothing = Spread::of(&[f64::NAN], &[0.5]);
        assert!(nothing.mean.is_nan() && nothing.max.is_nan() && nothing.quantiles[0].is_nan());
    }
}
