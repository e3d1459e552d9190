//! What sums up the series of a scenario.

/// A number that sums up one series of one scenario. A missing value in the series makes it missing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// The greatest value.
    Maximum,
    /// The smallest value.
    Minimum,
    /// The sum over the bins.
    Total,
    /// The mean over the bins.
    Mean,
    /// The value in the last bin.
    Last,
    /// The first bin in which the value is above this number; NaN if there is none. Missing values are above nothing.
    FirstAbove(f64),
    /// In how many bins the value is above this number. Missing values are above nothing.
    BinsAbove(f64),
}

impl Measure {
    /// What it is before bin 0.
    pub(crate) fn start(self) -> f64 {
        match self {
            Measure::Maximum => f64::NEG_INFINITY,
            Measure::Minimum | Measure::FirstAbove(_) => f64::INFINITY,
            Measure::Total | Measure::Mean | Measure::Last | Measure::BinsAbove(_) => 0.0,
        }
    }

    /// The measure, from what is left after the last of `bins`.
    pub(crate) fn finish(self, x: f64, bins: usize) -> f64 {
        match self {
            Measure::Mean => x / bins as f64,
            Measure::FirstAbove(_) if x == f64::INFINITY => f64::NAN,
            _ => x,
        }
    }
}
