//! What an ensemble found, as it is collected.

use super::moments::{Moments, Tree};
use super::setup::{Counter, Setup, Wish};
use super::tally::Tally;
use crate::eval::kernels::pages::prefer_large;
use serde::{Deserialize, Serialize};

/// The statistics of one kept series in one point, a number a bin where they are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct PointSeries {
    pub(crate) missing: Vec<u64>,
    pub(crate) mean: Vec<f64>,
    pub(crate) deviation: Vec<f64>,
    pub(crate) minimum: Vec<f64>,
    pub(crate) maximum: Vec<f64>,
    /// By quantile and bin.
    pub(crate) quantiles: Vec<Vec<f64>>,
    /// By counter: by bin, and in it by bucket.
    pub(crate) counts: Vec<Vec<u64>>,
}

impl PointSeries {
    pub(crate) fn new(wish: &Wish, bins: usize) -> Self {
        let room = |wanted: bool| if wanted { vec![f64::NAN; bins] } else { Vec::new() };
        PointSeries {
            missing: vec![0; bins],
            mean: room(wish.mean),
            deviation: room(wish.deviation),
            minimum: room(wish.minimum),
            maximum: room(wish.maximum),
            quantiles: wish.quantiles.iter().map(|_| room(true)).collect(),
            counts: wish.counters.iter().map(|counter: &Counter| vec![0; counter.len() * bins]).collect(),
        }
    }

    /// The statistics of bin `t`.
    pub(crate) fn set(
        &mut self,
        t: usize,
        scenarios: usize,
        of: &Moments,
        quantiles: &[f64],
        counts: &[u64],
    ) {
        self.missing[t] = scenarios as u64 - of.count;
        let single = [
            (&mut self.mean, of.mean()),
            (&mut self.deviation, of.deviation()),
            (&mut self.minimum, of.smallest()),
            (&mut self.maximum, of.greatest()),
        ];
        let each = self.quantiles.iter_mut().zip(quantiles.iter().copied());
        for (series, x) in single.into_iter().chain(each) {
            if let Some(place) = series.get_mut(t) {
                *place = x;
            }
        }
        let bins = self.missing.len();
        let mut from = 0;
        for series in &mut self.counts {
            let width = series.len() / bins;
            series[t * width..(t + 1) * width].copy_from_slice(&counts[from..from + width]);
            from += width;
        }
    }
}

/// What a part of an ensemble found for one kept series in one bin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartBin {
    pub(crate) tree: Tree,
    /// By counter and bucket.
    pub(crate) counts: Vec<u64>,
    /// By interval in which a rank is looked for.
    pub(crate) tallies: Vec<Tally>,
}

/// What an ensemble, or every point of a sweep, found.
pub(crate) struct Results {
    /// By kept series and bin, where the scenarios are a part of an ensemble.
    pub(crate) parts: Vec<Vec<PartBin>>,
    /// By kept series and point.
    pub(crate) series: Vec<Vec<PointSeries>>,
    /// By kept series with chosen scenarios: by point, chosen scenario and bin.
    pub(crate) chosen: Vec<Vec<f64>>,
    /// By measure: by point and scenario.
    pub(crate) measures: Vec<Vec<f64>>,
    /// By kept series: is a quantile elsewhere than the sample had it, and missing?
    pub(crate) missed: Vec<bool>,
    /// Bins in which nodes divided by zero, by node, over all scenarios.
    pub(crate) zeros: Vec<u64>,
}

impl Results {
    /// Room for the series of chosen scenarios.
    pub(crate) fn room_for_series(setup: &Setup, bins: usize) -> Vec<Vec<f64>> {
        let count = setup.layout.points * setup.series.len() * bins;
        setup
            .wishes
            .iter()
            .filter(|wish| wish.series)
            .map(|_| {
                // Zeros come without being written.
                let mut room = vec![0.0; count];
                prefer_large(&mut room);
                room
            })
            .collect()
    }

    /// Where the chosen scenarios of kept series `out` are.
    pub(crate) fn place_of_series(setup: &Setup, out: usize) -> usize {
        setup.wishes[..out].iter().filter(|wish| wish.series).count()
    }
}
