//! One number a scenario: what sums up its series.

use super::options::Measure;
use crate::eval::kernels::scenarios::Row;
use crate::plan::scenarios::LANES;

impl Measure {
    /// What it is before bin 0.
    pub(crate) fn start(self) -> Row {
        Row([match self {
            Measure::Maximum => f64::NEG_INFINITY,
            Measure::Minimum => f64::INFINITY,
            Measure::FirstAbove(_) => f64::NAN,
            _ => 0.0,
        }; LANES])
    }

    /// Takes in bin `t` of `bins`.
    #[inline(always)]
    pub(crate) fn take(self, so_far: &mut Row, x: &Row, t: usize, bins: usize) {
        let so_far = so_far.0.iter_mut().zip(&x.0);
        match self {
            // NaN, once there, stays; comparisons with it are false.
            Measure::Maximum => so_far.for_each(|(m, x)| *m = if *x > *m || x.is_nan() { *x } else { *m }),
            Measure::Minimum => so_far.for_each(|(m, x)| *m = if *x < *m || x.is_nan() { *x } else { *m }),
            Measure::Total => so_far.for_each(|(m, x)| *m += x),
            Measure::Mean => {
                so_far.for_each(|(m, x)| {
                    let sum = *m + x;
                    *m = if t + 1 == bins { sum / bins as f64 } else { sum };
                });
            }
            Measure::Last => so_far.for_each(|(m, x)| *m = *x),
            Measure::FirstAbove(threshold) => {
                so_far.for_each(|(m, x)| *m = if m.is_nan() && *x > threshold { t as f64 } else { *m });
            }
            Measure::BinsAbove(threshold) => {
                so_far.for_each(|(m, x)| *m += if *x > threshold { 1.0 } else { 0.0 });
            }
        }
    }
}
