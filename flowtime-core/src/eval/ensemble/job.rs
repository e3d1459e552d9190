//! Ensembles in parts, which may be computed anywhere and in any order.
//!
//! Moments and counts of parts add up to those of the whole, bit for bit. Quantiles take rounds: a sample
//! brackets them, a first round counts inside the brackets, and mostly the second collects the few numbers
//! among which they are. Where they may be a little off, fewer are enough.

use super::collected::{PartBin, PointSeries};
use super::moments::LEAF;
use super::options::{EnsembleOptions, Statistic};
use super::quantile::Bracket;
use super::result::{Ensemble, common, part_of};
use super::sample::{Sample, subset};
use super::search::{Found, Interval, key, number};
use super::setup::{Extent, Setup};
use super::simulate::simulate;
use crate::error::{Error, ErrorKind};
use crate::eval::control::Control;
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Scenarios that bracket the quantiles.
const SAMPLE: usize = 4096;

fn invalid(message: impl Into<String>) -> Error {
    Error::call(ErrorKind::InvalidArgument, message)
}

/// What parts need to know in a round: the same for all, and small enough to be sent around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnsembleRound {
    pub(crate) number: u32,
    /// By kept series with quantiles, bin, and rank.
    pub(crate) intervals: Vec<Vec<Vec<Interval>>>,
}

/// What a part of an ensemble found in a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsemblePart {
    round: u32,
    scenarios: Range<usize>,
    /// By kept series and bin.
    series: Vec<Vec<PartBin>>,
    /// By measure: by scenario.
    measures: Vec<Vec<f64>>,
    /// The scenarios whose series are kept, and by kept series: by such a scenario and bin.
    chosen_scenarios: Vec<usize>,
    chosen: Vec<Vec<f64>>,
    zeros: Vec<u64>,
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
            /// [`ErrorKind::InvalidArgument`] for other bytes.
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
    fn resembles(&self, other: &EnsemblePart) -> bool {
        let bin = |a: &PartBin, b: &PartBin| {
            let mut tallies = a.tallies.iter().zip(&b.tallies);
            a.counts.len() == b.counts.len()
                && a.tallies.len() == b.tallies.len()
                && tallies.all(|(a, b)| a.resembles(b))
        };
        self.series.len() == other.series.len()
            && self.series.iter().flatten().zip(other.series.iter().flatten()).all(|(a, b)| bin(a, b))
            && self.measures.len() == other.measures.len()
            && self.chosen.len() == other.chosen.len()
            && self.zeros.len() == other.zeros.len()
    }

    /// Adds the part of the scenarios that follow, which resembles this one.
    fn join(&mut self, next: EnsemblePart) {
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
    /// Computes some scenarios of an ensemble, for a round of an [`EnsembleJob`].
    ///
    /// Inputs that have a number or a series for each scenario may be given for these scenarios alone, so that
    /// no more need be sent to where the part is computed.
    ///
    /// # Errors
    ///
    /// As for [`Plan::ensemble`], and [`ErrorKind::InvalidArgument`] for scenarios that do not begin at a multiple of
    /// 1024, or end neither at one nor with the ensemble, and for a round of another ensemble.
    pub fn ensemble_part(
        &self,
        options: &EnsembleOptions,
        round: &EnsembleRound,
        scenarios: Range<usize>,
    ) -> Result<EnsemblePart, Error> {
        self.part_of_ensemble(options, round, scenarios).map(|(part, _)| part)
    }

    /// The part, and the bytes of working memory that it took.
    fn part_of_ensemble(
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
        let ranks = |bin: &Vec<Interval>| bin.iter().all(|interval| interval.is_valid());
        if quantiles.zip(known).any(|(none, of)| !none && (of.len() != bins || !of.iter().all(ranks))) {
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

    /// Begins an ensemble that is computed in parts.
    ///
    /// # Errors
    ///
    /// As for [`Plan::ensemble`].
    pub fn ensemble_job(&self, options: &EnsembleOptions) -> Result<EnsembleJob, Error> {
        EnsembleJob::new(self, options)
    }
}

/// An ensemble whose parts may be computed anywhere: in other threads, processes, machines; one that is lost
/// is computed again. The result has the bits of [`Plan::ensemble`].
///
/// ```
/// use flowtime_core::{EnsemblePart, EnsembleOptions, Model, Statistic};
/// let plan = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 24, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: demand, kind: pmf, pmf: {values: [80, 100, 150], probabilities: [0.3, 0.5, 0.2]}, policy: sample}
///   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - 110)'}
/// ")?.compile()?;
/// let options = EnsembleOptions::new(5000).keep(["backlog"]).statistics([Statistic::Mean, Statistic::Quantile(0.95)]);
/// let mut job = plan.ensemble_job(&options)?;
/// while let Some(round) = job.round() {
///     for scenarios in job.parts(2) {
///         // Somewhere else; what comes back are bytes.
///         let bytes = plan.ensemble_part(&options, &round, scenarios)?.to_bytes();
///         job.add(EnsemblePart::from_bytes(&bytes)?)?;
///     }
/// }
/// let ensemble = job.finish()?;
/// let whole = plan.ensemble(&options)?;
/// assert_eq!(ensemble.quantile("backlog", 0.95), whole.quantile("backlog", 0.95));
/// assert_eq!(ensemble.mean("backlog"), whole.mean("backlog"));
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug)]
pub struct EnsembleJob {
    plan: Plan,
    options: EnsembleOptions,
    round: Option<EnsembleRound>,
    /// Parts of the present round by their first scenario; neighbours have become one.
    parts: BTreeMap<usize, EnsemblePart>,
    /// How many scenarios they have.
    covered: usize,
    /// Everything but quantiles, since the first round.
    first: Option<EnsemblePart>,
    /// By kept series with quantiles, bin and rank.
    ranks: Vec<Vec<Vec<Rank>>>,
}

/// A rank that is looked for.
#[derive(Debug, Clone, Copy)]
struct Rank {
    interval: Interval,
    /// Its key, when it is found.
    key: Option<u64>,
}

impl EnsembleJob {
    pub(super) fn new(plan: &Plan, options: &EnsembleOptions) -> Result<Self, Error> {
        // Everything is checked before anything is computed.
        let setup = Setup::new(plan, &one_leaf(options), Extent::Points(1, &[]))?;
        let bins = plan.0.grid.bins();
        let mut ranks = Vec::new();
        let quantiles: Vec<f64> = setup
            .wishes
            .iter()
            .find(|wish| !wish.quantiles.is_empty())
            .map_or(Vec::new(), |w| w.quantiles.clone());
        if !quantiles.is_empty() {
            // Where there are few scenarios, all are as good as a sample.
            let sample = match options.scenarios() > 4 * SAMPLE {
                true => Some(Sample::new(plan, options, &quantiles, SAMPLE)?),
                false => None,
            };
            for (node, _) in
                setup.kept.iter().zip(&setup.wishes).filter(|(_, wish)| !wish.quantiles.is_empty())
            {
                let id = &plan.0.nodes[*node as usize].id;
                let of_bin = |t: usize| {
                    // The rank below the quantile, and the one above.
                    let rank = |q: &f64| {
                        let bracket = sample.as_ref().and_then(|sample| sample.bracket(id, *q, t));
                        [Rank { interval: first_interval(bracket), key: None }; 2]
                    };
                    quantiles.iter().flat_map(rank).collect()
                };
                ranks.push((0..bins).map(of_bin).collect());
            }
        }
        let mut job = EnsembleJob {
            plan: plan.clone(),
            options: options.clone(),
            round: None,
            parts: BTreeMap::new(),
            covered: 0,
            first: None,
            ranks,
        };
        job.next_round(0);
        Ok(job)
    }

    /// What parts are to do now; `None` when all is known.
    pub fn round(&self) -> Option<EnsembleRound> {
        self.round.clone()
    }

    /// The scenarios that are still missing in this round, in parts of at most `leaves` times 1024.
    pub fn parts(&self, leaves: usize) -> Vec<Range<usize>> {
        let all = self.options.scenarios();
        let size = leaves.max(1).saturating_mul(LEAF);
        let mut missing = Vec::new();
        let mut from = 0;
        let known = self.parts.values().map(EnsemblePart::scenarios).chain(std::iter::once(all..all));
        for part in known {
            while from < part.start {
                let to = from.saturating_add(size).min(part.start);
                missing.push(from..to);
                from = to;
            }
            from = from.max(part.end);
        }
        if self.round.is_some() { missing } else { Vec::new() }
    }

    /// Adds a part of this round; one that is known already changes nothing. When the last is there, the next
    /// round begins.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for a part of another round or ensemble, and for one that overlaps another.
    pub fn add(&mut self, part: EnsemblePart) -> Result<(), Error> {
        let Some(round) = &self.round else { return Err(invalid("the ensemble is complete")) };
        let Range { start, end } = part.scenarios;
        let number = round.number;
        if part.round != number || end > self.options.scenarios() || start >= end || !self.fits(&part) {
            return Err(invalid("this part is of another round, or of another ensemble"));
        }
        match self.parts.range(..end).next_back().map(|(_, known)| known.scenarios()) {
            Some(known) if known.start <= start && known.end >= end => return Ok(()),
            Some(known) if known.end > start => {
                return Err(invalid(format!("scenarios {start} to {end} overlap with another part")));
            }
            _ => {}
        }
        self.covered += end - start;
        self.insert(part);
        if self.covered == self.options.scenarios() {
            self.covered = 0;
            if let Some((_, merged)) = self.parts.pop_first() {
                self.find(merged);
            }
            self.next_round(number + 1);
        }
        Ok(())
    }

    /// Computes what is missing here, parts of `leaves` leaves one after the other.
    pub(super) fn run(mut self, leaves: usize) -> Result<Ensemble, Error> {
        let plan = self.plan.clone();
        let all = self.options.scenarios();
        let progress = self.options.progress.clone();
        let mut options = self.options.clone();
        let expected = if self.ranks.is_empty() { 1 } else { 2 };
        let (mut rounds, mut parts, mut bytes) = (0, 0, 0);
        while let Some(round) = self.round() {
            let missing = self.parts(leaves);
            parts = missing.len();
            for part in missing {
                // Quantiles mostly take two rounds; during later ones all looks done.
                let at = |k: usize| (rounds * all + k).min(expected * all);
                let (from, to) = (at(part.start), at(part.end));
                options.progress =
                    progress.clone().map(|progress| part_of(progress, from, to, expected * all));
                let (part, taken) = plan.part_of_ensemble(&options, &round, part)?;
                bytes = taken.max(bytes);
                self.add(part)?;
            }
            rounds += 1;
        }
        let mut ensemble = self.finish()?;
        if let Some(common) = Arc::get_mut(&mut ensemble.common) {
            (common.work.parts, common.work.rounds, common.work.bytes) = (parts, rounds, bytes);
        }
        Ok(ensemble)
    }

    /// Is the part of the shape that this round's parts have?
    fn fits(&self, part: &EnsemblePart) -> bool {
        let bins = self.plan.0.grid.bins();
        let known = self.parts.values().next();
        let leaves = part.scenarios.start as u64 / LEAF as u64..part.scenarios.end.div_ceil(LEAF) as u64;
        part.series.iter().all(|series| {
            series.len() == bins && series.iter().all(|bin| bin.tree.leaves().is_some_and(|of| of == leaves))
        }) && part.measures.iter().all(|measure| measure.len() == part.scenarios.len())
            && part.chosen.iter().all(|chosen| chosen.len() == part.chosen_scenarios.len() * bins)
            && known.is_none_or(|known| known.resembles(part))
    }

    /// Joins a part that fits to its neighbours: however many there are, few are in memory.
    fn insert(&mut self, mut part: EnsemblePart) {
        if let Some(next) = self.parts.remove(&part.scenarios.end) {
            part.join(next);
        }
        match self.parts.range_mut(..part.scenarios.start).next_back() {
            Some((_, before)) if before.scenarios.end == part.scenarios.start => before.join(part),
            _ => drop(self.parts.insert(part.scenarios.start, part)),
        }
    }

    /// Narrows down all ranks by what a round has found.
    fn find(&mut self, mut merged: EnsemblePart) {
        let quantiles = self.quantiles();
        let with_quantiles =
            merged.series.iter_mut().filter(|series| series.iter().any(|bin| !bin.tallies.is_empty()));
        for (series, ranks) in with_quantiles.zip(&mut self.ranks) {
            for (bin, ranks) in series.iter_mut().zip(ranks) {
                let count = bin.tree.root().count;
                for (number, (rank, tally)) in ranks.iter_mut().zip(&mut bin.tallies).enumerate() {
                    if rank.key.is_some() || count == 0 {
                        rank.key = rank.key.or(Some(key(f64::NAN)));
                        continue;
                    }
                    let position = (quantiles[number / 2] * (count - 1) as f64) as u64;
                    let wanted = (position.min(count - 1) + number as u64 % 2).min(count - 1);
                    match tally.find(wanted) {
                        Found::Key(key) => rank.key = Some(key),
                        Found::In(interval) => match interval.within(self.options.tolerance) {
                            Some(key) => rank.key = Some(key),
                            None => rank.interval = interval,
                        },
                    }
                }
            }
        }
        if self.first.is_none() {
            // Tallies have served.
            merged.series.iter_mut().flatten().for_each(|bin| bin.tallies = Vec::new());
            self.first = Some(merged);
        }
    }

    /// The quantiles of the series that have some.
    fn quantiles(&self) -> Vec<f64> {
        let mut all: Vec<f64> = Vec::new();
        for statistic in self.options.chosen_statistics() {
            if let Statistic::Quantile(q) = statistic
                && !all.contains(q)
            {
                all.push(*q);
            }
        }
        all
    }

    fn next_round(&mut self, number: u32) {
        let open = self.ranks.iter().flatten().flatten().any(|rank| rank.key.is_none());
        if number > 0 && !open {
            self.round = None;
            return;
        }
        // What is found is looked for no more: an interval that is empty of keys.
        let nothing = Interval { first: u64::MAX, last: u64::MAX, collect: true };
        let interval = |rank: &Rank| if rank.key.is_some() { nothing } else { rank.interval };
        let of_bins =
            |bins: &Vec<Vec<Rank>>| bins.iter().map(|ranks| ranks.iter().map(interval).collect()).collect();
        self.round = Some(EnsembleRound { number, intervals: self.ranks.iter().map(of_bins).collect() });
    }

    /// The ensemble.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] when parts are missing.
    pub fn finish(self) -> Result<Ensemble, Error> {
        if self.round.is_some() {
            return Err(invalid("parts of the ensemble are still missing"));
        }
        let Some(first) = self.first else { return Err(invalid("parts of the ensemble are still missing")) };
        let mut setup = Setup::new(&self.plan, &one_leaf(&self.options), Extent::Points(1, &[]))?;
        let (bins, scenarios) = (self.plan.0.grid.bins(), self.options.scenarios());
        let mut ranks = self.ranks.iter();
        let mut series = Vec::new();
        for (wish, found) in setup.wishes.iter().zip(&first.series) {
            let mut of_series = PointSeries::new(wish, bins);
            let ranks = if wish.quantiles.is_empty() { None } else { ranks.next() };
            for (t, bin) in found.iter().enumerate() {
                let moments = bin.tree.root();
                let quantiles: Vec<f64> = wish
                    .quantiles
                    .iter()
                    .enumerate()
                    .map(|(n, q)| {
                        let of = |which: usize| {
                            ranks.and_then(|ranks| ranks[t][2 * n + which].key).map_or(f64::NAN, number)
                        };
                        super::quantile::between(moments.count as usize, *q, of(0), of(1))
                    })
                    .collect();
                of_series.set(t, scenarios, &moments, &quantiles, &bin.counts);
            }
            series.push(of_series);
        }
        // In the order in which they were asked for.
        let place = |k: &usize| first.chosen_scenarios.iter().position(|known| known == k).unwrap_or(0);
        let places: Vec<usize> = self.options.series.iter().map(place).collect();
        let in_order =
            |all: &Vec<f64>| places.iter().flat_map(|at| &all[at * bins..(at + 1) * bins]).copied().collect();
        let chosen = if places.is_empty() {
            first.chosen.clone()
        } else {
            first.chosen.iter().map(in_order).collect()
        };
        setup.seeds = self.options.seeds.clone();
        setup.series = self.options.series.clone();
        let mut common = common(setup, &first.zeros, scenarios);
        common.work.scenarios = scenarios;
        Ok(Ensemble { common: Arc::new(common), series, chosen, measures: first.measures })
    }
}

/// The options with one leaf of their scenarios: what all checks need, and little else.
fn one_leaf(options: &EnsembleOptions) -> EnsembleOptions {
    let chosen: Vec<usize> = (0..options.scenarios().min(LEAF)).collect();
    let mut few = subset(options, options.seed.unwrap_or(0), &chosen);
    few.series.clear();
    few.seed = options.seed;
    few
}

/// Where the quantile is looked for first.
fn first_interval(bracket: Option<Bracket>) -> Interval {
    match bracket {
        Some(Bracket { low, high, .. }) => Interval { first: key(low), last: key(high), ..Interval::ALL },
        None => Interval::ALL,
    }
}
