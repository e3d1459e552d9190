//! What the inputs of a run are: numbers laid over the grid, tile by tile.

use crate::rng::{Sampler, stream};
use rand_core::Rng;
use rand_pcg::Lcg64Xsh32;
use std::sync::Arc;

/// The numbers of one input.
#[derive(Debug, Clone)]
pub(crate) enum Feed {
    /// The same in every bin.
    Value(f64),
    /// One a bin.
    Series(Arc<[f64]>),
    /// Laid end to end.
    Repeat(Arc<[f64]>),
    /// Each held for this many bins.
    Stretch(Arc<[f64]>, usize),
    /// One draw a bin.
    Sample(Arc<Sampler>),
}

impl Feed {
    /// The number of every bin, if there is only one.
    pub(crate) fn value(&self) -> Option<f64> {
        match self {
            Feed::Value(x) => Some(*x),
            _ => None,
        }
    }

    /// Writes the numbers of bins `t..t + out.len()`. Draws come from `random`, in order of bins.
    pub(crate) fn fill(&self, t: usize, out: &mut [f64], random: &mut Lcg64Xsh32) {
        match self {
            Feed::Value(x) => out.fill(*x),
            Feed::Series(series) => out.copy_from_slice(&series[t..t + out.len()]),
            Feed::Repeat(values) => {
                let mut from = t % values.len();
                for x in out {
                    *x = values[from];
                    from += 1;
                    if from == values.len() {
                        from = 0;
                    }
                }
            }
            Feed::Stretch(values, hold) => {
                for (i, x) in out.iter_mut().enumerate() {
                    *x = values[(t + i) / hold];
                }
            }
            Feed::Sample(sampler) => {
                for x in out {
                    *x = sampler.choose(random.next_u32());
                }
            }
        }
    }
}

/// The random numbers of input `id`; never used by inputs that draw nothing.
pub(crate) fn random(seed: u64, id: &str) -> Lcg64Xsh32 {
    stream(seed, id)
}
