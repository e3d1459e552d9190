//! Ensembles in parts, which may be computed anywhere and in any order.
//!
//! Moments and counts of parts add up to those of the whole, bit for bit. Quantiles take rounds: a sample
//! brackets them, a first round counts at and inside the brackets, and mostly the second collects the few
//! numbers among which they are. Where they may be a little off, fewer are enough.

use super::collected::PointSeries;
use super::moments::LEAF;
use super::options::{EnsembleOptions, Statistic};
use super::part::{EnsemblePart, EnsembleRound};
use super::quantile::Bracket;
use super::result::{Ensemble, common, part_of};
use super::sample::{Sample, subset};
use super::search::{How, Interval, key, number};
use super::setup::{Extent, Setup, invalid};
use super::tally::Found;
use crate::error::Error;
use crate::eval::control::cancelled;
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Scenarios that bracket the quantiles.
const SAMPLE: usize = 4096;

impl Plan {
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
    /// By kept series: has it quantiles?
    sought: Vec<bool>,
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
            sought: setup.wishes.iter().map(|wish| !wish.quantiles.is_empty()).collect(),
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
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for a part of another round or ensemble, and
    /// for one that overlaps another.
    pub fn add(&mut self, part: EnsemblePart) -> Result<(), Error> {
        let Some(round) = &self.round else { return Err(invalid("the ensemble is complete")) };
        let Range { start, end } = part.scenarios;
        let number = round.number;
        if part.round != number || end > self.options.scenarios() || start >= end || !self.fits(&part, round)
        {
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
        // Equal numbers may have been found sooner.
        if rounds < expected
            && let Some(progress) = progress
            && progress(1.0).is_break()
        {
            return Err(cancelled());
        }
        let mut ensemble = self.finish()?;
        if let Some(common) = Arc::get_mut(&mut ensemble.common) {
            (common.work.parts, common.work.rounds, common.work.bytes) = (parts, rounds, bytes);
        }
        Ok(ensemble)
    }

    /// Is the part of the shape that this round's parts have?
    fn fits(&self, part: &EnsemblePart, round: &EnsembleRound) -> bool {
        let bins = self.plan.0.grid.bins();
        let known = self.parts.values().next();
        let leaves = part.scenarios.start as u64 / LEAF as u64..part.scenarios.end.div_ceil(LEAF) as u64;
        // In later rounds there is nothing but quantiles.
        let series = self.sought.iter().filter(|sought| round.number == 0 || **sought);
        let mut intervals = round.intervals.iter();
        part.series.len() == series.clone().count()
            && part.series.iter().zip(series).all(|(series, sought)| {
                let of_bins = if *sought { intervals.next() } else { None };
                series.len() == bins
                    && series.iter().enumerate().all(|(t, bin)| {
                        let wanted = of_bins.map_or(&[][..], |of_bins| &of_bins[t]);
                        bin.tree.leaves().is_some_and(|of| of == leaves)
                            && bin.tallies.len() == wanted.len()
                            && bin.tallies.iter().zip(wanted).all(|(tally, wanted)| tally.is_of(*wanted))
                    })
            })
            && part.measures.iter().all(|measure| measure.len() == part.scenarios.len())
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
        // Buckets have to be those that the parts have counted in.
        let _environment = DefaultEnvironment::enter();
        let quantiles = self.quantiles();
        let with_quantiles: Vec<_> = match self.first {
            None => merged
                .series
                .iter()
                .zip(&self.sought)
                .filter(|(_, sought)| **sought)
                .map(|(s, _)| s)
                .collect(),
            Some(_) => merged.series.iter().collect(),
        };
        for (series, ranks) in with_quantiles.into_iter().zip(&mut self.ranks) {
            for (bin, ranks) in series.iter().zip(ranks) {
                let count = bin.tree.root().count;
                for (number, rank) in ranks.iter_mut().enumerate().filter(|(_, rank)| rank.key.is_none()) {
                    if count == 0 {
                        rank.key = Some(key(f64::NAN));
                        continue;
                    }
                    let position = (quantiles[number / 2] * (count - 1) as f64) as u64;
                    let wanted = (position.min(count - 1) + number as u64 % 2).min(count - 1);
                    let tally = bin.tallies.iter().find(|tally| tally.is_of(rank.interval));
                    match tally.map(|tally| tally.find(wanted)) {
                        Some(Found::Key(key)) => rank.key = Some(key),
                        Some(Found::In(interval)) => match interval.within(self.options.tolerance) {
                            Some(key) => rank.key = Some(key),
                            None => rank.interval = interval,
                        },
                        // Parts that fit have one for each interval.
                        None => {}
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
        // Ranks side by side are mostly looked for in one place.
        let of_bin = |ranks: &Vec<Rank>| {
            let mut open: Vec<Interval> =
                ranks.iter().filter(|rank| rank.key.is_none()).map(|rank| rank.interval).collect();
            open.dedup();
            open
        };
        let of_bins = |bins: &Vec<Vec<Rank>>| bins.iter().map(of_bin).collect();
        self.round = Some(EnsembleRound { number, intervals: self.ranks.iter().map(of_bins).collect() });
    }

    /// The ensemble.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) when parts are missing.
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
        Some(Bracket { low, middle, high }) => {
            let middle = Some(middle).filter(|x| !x.is_nan()).map(key);
            Interval::new(key(low), middle, key(high), How::Evenly)
        }
        None => Interval::all(),
    }
}
