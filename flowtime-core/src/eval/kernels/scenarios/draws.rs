//! One draw for each scenario.

use super::Width;
use crate::plan::scenarios::LANES;
use crate::rng::{Sampler, advanced, drawn};
use std::sync::Arc;

/// Distributions with more values than this are searched.
const FEW: usize = 16;

/// How an input is drawn in all scenarios.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    sampler: Arc<Sampler>,
    /// The thresholds, exact in float64 as the 32 bits are that are compared with them.
    thresholds: Vec<f64>,
    increment: u64,
}

impl Draws {
    /// Draws from `sampler`, with the increment of the input's stream.
    pub(crate) fn new(sampler: Arc<Sampler>, increment: u64) -> Self {
        let thresholds = sampler.thresholds().iter().map(|t| *t as f64).collect();
        Draws { sampler, thresholds, increment }
    }

    /// One draw a lane.
    #[inline(always)]
    pub(super) fn draw<W: Width>(&self, width: W, states: &mut [u64; LANES], out: &mut [f64; LANES]) {
        let mut bits = [0.0; LANES];
        for (bits, state) in bits.iter_mut().zip(states) {
            *bits = f64::from(drawn(*state));
            *state = advanced(*state, self.increment);
        }
        let values = self.sampler.values();
        if self.thresholds.len() > FEW {
            for (out, bits) in out.iter_mut().zip(&bits) {
                *out = self.sampler.choose(*bits as u32);
            }
        } else {
            width.choose(&bits, &self.thresholds, values, out);
        }
    }
}
