//! A part of an ensemble, and what it has to know.

use super::collected::PartBin;
use super::moments::LEAF;
use super::options::EnsembleOptions;
use super::search::Interval;
use super::setup::{Extent, Setup, invalid};
use super::simulate::simulate;
use crate::error::Error;
use crate::eval::control::Control;
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What parts need to know in a round: the same for all, and small enough to be sent around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnsembleRound {
    pub(crate) number: u32,
    /// By kept series with quantiles, and bin: where ranks are looked for.
    pub(crate) intervals: Vec<Vec<Vec<Interval>>>,
}

/// What a part of an ensemble found in a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsemblePart {
    pub(super) round: u32,
    pub(super) scenarios: Range<usize>,
    /// By kept series and bin.
    pub(super) series: Vec<Vec<PartBin>>,
    /// By measure: by scenario.
    pub(super) measures: Vec<Vec<f64>>,
    /// The scenarios whose series are kept, and by kept series: by such a scenario and bin.
    pub(super) chosen_scenarios: Vec<usize>,
    pub(super) chosen: Vec<Vec<f64>>,
    pub(super) zeros: Vec<u64>,
}

/// Both as bytes, for other processes and machines.
macro_rules! bytes {
    ($type:ident, $name:literal) => {
        impl $type {
            #[doc = concat!("The ", $name, " as bytes, for another process or machine that runs the same version.")]
            pub fn to_bytes(&self) -> Vec<u8> {
                // Writing to memory does not fail.
                postcard::to_allocvec(self).unwrap_or_default()
            }

            #[doc = concat!("The ", $name, " that was made into `bytes`.")]
            ///
            /// # Errors
            ///
            /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for other bytes.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
                postcard::from_bytes(bytes)
                    .map_err(|_| invalid(concat!("these bytes are not a ", $name, " of an ensemble, or of another version")))
            }
        }
    };
}

bytes!(EnsembleRound, "round");
bytes!(EnsemblePart, "part");

impl EnsemblePart {
    /// The scenarios that it is of.
    pub fn scenarios(&self) -> Range<usize> {
        self.scenarios.clone()
    }

    /// Is it of the same round of the same ensemble, as far as can be seen?
    pub(super) fn resembles(&self, other: &EnsemblePart) -> bool {
        let bin = |a: &PartBin, b: &PartBin| a.counts.len() == b.counts.len();
        self.series.len() == other.series.len()
            && self.series.iter().flatten().zip(other.series.iter().flatten()).all(|(a, b)| bin(a, b))
            && self.measures.len() == other.measures.len()
            && self.chosen.len() == other.chosen.len()
            && self.zeros.len() == other.zeros.len()
    }

    /// Adds the part of the scenarios that follow, which resembles this one.
    pub(super) fn join(&mut self, next: EnsemblePart) {
        self.scenarios.end = next.scenarios.end;
        for (bin, next) in self.series.iter_mut().flatten().zip(next.series.iter().flatten()) {
            bin.tree.extend(&next.tree);
            bin.counts.iter_mut().zip(&next.counts).for_each(|(n, more)| *n += more);
            bin.tallies.iter_mut().zip(&next.tallies).for_each(|(tally, more)| tally.add(more));
        }
        for (measure, next) in self.measures.iter_mut().zip(next.measures) {
            measure.extend(next);
        }
        self.chosen_scenarios.extend(next.chosen_scenarios);
        for (chosen, next) in self.chosen.iter_mut().zip(next.chosen) {
            chosen.extend(next);
        }
        self.zeros.iter_mut().zip(next.zeros).for_each(|(n, more)| *n += more);
    }
}

impl Plan {
    /// Computes some scenarios of an ensemble, for a round of an [`EnsembleJob`](crate::EnsembleJob).
    ///
    /// Inputs that have a number or a series for each scenario may be given for these scenarios alone, so that
    /// no more need be sent to where the part is computed.
    ///
    /// # Errors
    ///
    /// As for [`Plan::ensemble`], and [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for scenarios
    /// that do not begin at a multiple of 1024, or end neither at one nor with the ensemble, and for a round of another
    /// ensemble.
    pub fn ensemble_part(
        &self,
        options: &EnsembleOptions,
        round: &EnsembleRound,
        scenarios: Range<usize>,
    ) -> Result<EnsemblePart, Error> {
        self.part_of_ensemble(options, round, scenarios).map(|(part, _)| part)
    }

    /// The part, and the bytes of working memory that it took.
    pub(super) fn part_of_ensemble(
        &self,
        options: &EnsembleOptions,
        round: &EnsembleRound,
        scenarios: Range<usize>,
    ) -> Result<(EnsemblePart, u64), Error> {
        let _environment = DefaultEnvironment::enter();
        let all = options.scenarios();
        let Range { start, end } = scenarios;
        if start >= end || end > all || start % LEAF != 0 || end % LEAF != 0 && end != all {
            return Err(invalid(format!(
                "scenarios {start} to {end} are no part of an ensemble of {all}: parts begin at multiples of {LEAF}, and end at one or with the ensemble"
            )));
        }
        let setup = Setup::new(self, options, Extent::Part(start..end, round))?;
        let of_another = || invalid("this round is of another ensemble");
        let quantiles = setup.wishes.iter().map(|wish| wish.quantiles.is_empty());
        let known = setup.intervals.iter().flatten();
        let bins = self.0.grid.bins();
        let valid = |bin: &Vec<Interval>| bin.iter().all(|interval| interval.is_valid());
        if quantiles.zip(known).any(|(none, of)| !none && (of.len() != bins || !of.iter().all(valid))) {
            return Err(of_another());
        }
        let total = setup.layout.tasks.len() * bins.div_ceil(setup.layout.bins) * setup.program.passes.len();
        let mut control = Control::new(options.cancel.clone(), options.progress.clone(), total);
        let results = simulate(&setup, &mut control)?;
        let part = EnsemblePart {
            round: round.number,
            scenarios: start..end,
            series: results.parts,
            measures: results.measures,
            chosen_scenarios: setup.series.iter().map(|k| start + k).collect(),
            chosen: results.chosen,
            zeros: results.zeros,
        };
        Ok((part, setup.layout.working_bytes()))
    }
}
