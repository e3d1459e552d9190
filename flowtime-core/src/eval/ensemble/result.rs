//! What an ensemble found.

use super::collected::{PointSeries, Results};
use super::job::EnsembleJob;
use super::moments::LEAF;
use super::options::{EnsembleOptions, Measure, Seeds, Statistic};
use super::setup::{Counter, Extent, Setup, Wish, seed_of};
use super::simulate::simulate;
use crate::error::Error;
use crate::eval::control::{Control, Progress};
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::eval::prepare::readable_bytes;
use crate::eval::run::RunWarning;
use crate::names::counted;
use crate::plan::Plan;
use ndarray::{ArrayView1, ArrayView2};
use std::borrow::Cow;
use std::sync::Arc;

/// The statistics of many scenarios of one plan.
///
/// Statistics of a series are one number a bin, those of a scenario one number a scenario.
///
/// ```
/// use flowtime_core::{EnsembleOptions, Measure, Model, RunOptions, Statistic, scenario_seed};
/// let plan = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 24, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: demand, kind: pmf, pmf: {values: [80, 100, 150], probabilities: [0.3, 0.5, 0.2]}, policy: sample}
///   - {id: capacity, kind: const, values: 110}
///   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - capacity)'}
/// ")?.compile()?;
/// let options = EnsembleOptions::new(2000)
///     .seed(1)
///     .keep(["backlog"])
///     .statistics([Statistic::Mean, Statistic::Quantile(0.95)])
///     .above("backlog", 100.0)
///     .measure("backlog", Measure::Maximum);
/// let ensemble = plan.ensemble(&options)?;
/// let likely = ensemble.above("backlog", 100.0).unwrap();
/// assert!(likely[23] > 0.05 && likely[23] < 0.5);
///
/// // Scenario 7 is a run with the seed of scenario 7.
/// let seventh = plan.run(&RunOptions::new().seed(scenario_seed(1, 7)))?;
/// let peak = seventh.series("backlog").unwrap().iter().copied().fold(0.0, f64::max);
/// assert_eq!(ensemble.measure("backlog", Measure::Maximum).unwrap()[7], peak);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ensemble {
    pub(super) common: Arc<Common>,
    /// By kept series.
    pub(super) series: Vec<PointSeries>,
    /// By kept series with chosen scenarios: by chosen scenario and bin.
    pub(super) chosen: Vec<Vec<f64>>,
    /// By measure: by scenario.
    pub(super) measures: Vec<Vec<f64>>,
}

/// What all points of a sweep have in common.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) plan: Plan,
    pub(super) kept: Vec<u32>,
    pub(super) wishes: Vec<Wish>,
    pub(super) measures: Vec<(u32, Measure)>,
    pub(super) chosen: Vec<usize>,
    pub(super) seed: u64,
    pub(super) seeds: Seeds,
    pub(super) scenarios: usize,
    pub(super) warnings: Vec<RunWarning>,
    pub(super) work: EnsembleWork,
}

/// How an ensemble was computed: what the planner chose, and the memory it took.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EnsembleWork {
    /// Scenarios, of all points of a sweep together.
    pub scenarios: usize,
    /// Scenarios that advanced side by side.
    pub lanes: usize,
    /// Bins that all scenarios advanced before the next ones began.
    pub bins_at_a_time: usize,
    /// Passes over the horizon: one more than the depth of SUMs and MEANs that differ between scenarios.
    pub passes: usize,
    /// Threads that worked.
    pub threads: usize,
    /// Numbers that each scenario keeps from bin to bin.
    pub state: usize,
    /// Values that all scenarios share; they were computed once.
    pub shared: usize,
    /// Scenarios that were computed beforehand to bracket the quantiles, where there are many scenarios; 0 if none.
    pub sample: usize,
    /// Bytes of working memory, without the result.
    pub bytes: u64,
    /// Parts in which the scenarios were computed one after the other, as all together would have
    /// needed more memory than the limit; 1 if they were not.
    pub parts: usize,
    /// How often the parts were computed: quantiles take two rounds mostly, as the first only brackets them.
    pub rounds: usize,
}

impl std::fmt::Display for EnsembleWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} side by side in blocks of {}, {} at a time, {}, {}, {} shared; {} kept from bin to bin, {} of memory",
            counted(self.scenarios, "scenario"),
            self.lanes,
            counted(self.bins_at_a_time, "bin"),
            if self.passes == 1 { "1 pass".to_owned() } else { format!("{} passes", self.passes) },
            counted(self.threads, "thread"),
            counted(self.shared, "series").replace("seriess", "series"),
            counted(self.state, "number"),
            readable_bytes(self.bytes)
        )?;
        if self.sample > 0 {
            write!(f, "; {} bracket the quantiles", counted(self.sample, "scenario"))?;
        }
        if self.parts > 1 {
            write!(
                f,
                "; in {} parts, {} times, because of the limit `working_bytes`",
                self.parts, self.rounds
            )?;
        }
        Ok(())
    }
}

impl Plan {
    /// Runs many scenarios of the plan and takes statistics over them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for unknown names, wrong lengths, infinities,
    /// quantiles outside 0 to 1, edges that do not rise, and no scenario at all;
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) before anything is computed;
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub fn ensemble(&self, options: &EnsembleOptions) -> Result<Ensemble, Error> {
        let points = ensembles(self, options, 1, &[])?;
        points.into_iter().next().ok_or_else(crate::eval::control::cancelled)
    }

    /// How [`Plan::ensemble`] would compute it; no scenario is run.
    ///
    /// # Errors
    ///
    /// As for [`Plan::ensemble`].
    pub fn ensemble_work(&self, options: &EnsembleOptions) -> Result<EnsembleWork, Error> {
        let _environment = DefaultEnvironment::enter();
        let setup = Setup::new(self, options, Extent::Points(1, &[]))?;
        let mut work = work_of(&setup);
        if work.bytes > options.limits.working_bytes {
            let leaves = work.scenarios.div_ceil(LEAF);
            work.parts = leaves.div_ceil(leaves.div_ceil(pieces(work.bytes, options)));
            work.sample = 0;
            work.rounds = if setup.wishes.iter().any(|wish| !wish.quantiles.is_empty()) { 2 } else { 1 };
        }
        Ok(work)
    }
}

/// One ensemble for each of `points` points, which differ in the numbers of `swept` inputs.
pub(super) fn ensembles(
    plan: &Plan,
    options: &EnsembleOptions,
    points: usize,
    swept: &[(String, Vec<f64>)],
) -> Result<Vec<Ensemble>, Error> {
    let _environment = DefaultEnvironment::enter();
    let mut setup = Setup::new(plan, options, Extent::Points(points, swept))?;
    let working = setup.layout.working_bytes();
    if working > options.limits.working_bytes {
        return in_parts(plan, options, points, swept, pieces(working, options));
    }
    if points > 1 && options.scenarios() >= options.sampled_from {
        return in_parts(plan, options, points, swept, points);
    }
    let alone = (setup.sample > 0).then(|| at_point(options, swept));
    if let Some(options) = &alone {
        setup.take_sample(options)?;
    }
    let bins = plan.0.grid.bins();
    let total = setup.layout.tasks.len() * bins.div_ceil(setup.layout.bins) * setup.program.passes.len();
    let mut control = Control::new(options.cancel.clone(), options.progress.clone(), total);
    let mut results = simulate(&setup, &mut control)?;
    if let Some(options) = alone
        && results.missed.contains(&true)
    {
        look_again(&setup, options.into_owned(), &mut results)?;
    }
    Ok(parted(setup, results))
}

/// The options at the first of the points of a sweep: what it replaces, all scenarios have.
fn at_point<'a>(options: &'a EnsembleOptions, swept: &[(String, Vec<f64>)]) -> Cow<'a, EnsembleOptions> {
    if swept.is_empty() {
        return Cow::Borrowed(options);
    }
    Cow::Owned(swept.iter().fold(options.clone(), |options, (id, numbers)| options.input(id, numbers[0])))
}

/// Finds the quantiles that are elsewhere than the sample had them, now with all numbers.
fn look_again(setup: &Setup, options: EnsembleOptions, results: &mut Results) -> Result<(), Error> {
    let nodes = &setup.plan.0.nodes;
    let missed: Vec<usize> = (0..setup.kept.len()).filter(|out| results.missed[*out]).collect();
    let ids = missed.iter().map(|out| &*nodes[setup.kept[*out] as usize].id);
    let quantiles = missed.iter().flat_map(|out| &setup.wishes[*out].quantiles);
    let mut again = options.keep(ids).sampled_from(usize::MAX).series([]);
    again = again.statistics(quantiles.map(|q| Statistic::Quantile(*q)));
    (again.above, again.below, again.histograms, again.measures) = Default::default();
    again.progress = None;
    let found = setup.plan.ensemble(&again)?;
    for (out, series) in missed.into_iter().zip(found.series) {
        results.series[out][0].quantiles = series.quantiles;
    }
    Ok(())
}

/// In how many pieces work that needs so much memory is done.
fn pieces(bytes: u64, options: &EnsembleOptions) -> usize {
    bytes.div_ceil(options.limits.working_bytes.max(1)).saturating_add(1) as usize
}

/// The same in so many pieces: fewer points at a time, and where the states of all scenarios of one need too much
/// memory, its scenarios in parts.
fn in_parts(
    plan: &Plan,
    options: &EnsembleOptions,
    points: usize,
    swept: &[(String, Vec<f64>)],
    pieces: usize,
) -> Result<Vec<Ensemble>, Error> {
    let mut found = Vec::with_capacity(points);
    if points == 1 {
        let mut options = at_point(options, swept);
        if options.tolerance > 0.0 {
            // How much memory there is decides about no number.
            options.to_mut().tolerance = 0.0;
        }
        let leaves = options.scenarios().div_ceil(LEAF);
        found.push(EnsembleJob::new(plan, &options)?.run(leaves.div_ceil(pieces))?);
        return Ok(found);
    }
    let at_a_time = points.div_ceil(pieces);
    let mut from = 0;
    while from < points {
        let to = (from + at_a_time).min(points);
        let some: Vec<_> =
            swept.iter().map(|(id, numbers)| (id.clone(), numbers[from..to].to_vec())).collect();
        let mut options = options.clone();
        options.progress = options.progress.map(|progress| part_of(progress, from, to, points));
        found.extend(ensembles(plan, &options, to - from, &some)?);
        from = to;
    }
    Ok(found)
}

/// What is told of the progress of pieces `from..to` of `all`.
pub(super) fn part_of(progress: Progress, from: usize, to: usize, all: usize) -> Progress {
    Arc::new(move |done| progress((from as f64 + done * (to - from) as f64) / all as f64))
}

/// What every point found.
fn parted(setup: Setup, results: Results) -> Vec<Ensemble> {
    let (points, scenarios) = (setup.layout.points, setup.layout.scenarios);
    let common = Arc::new(common(setup, &results.zeros, scenarios));
    let mut series: Vec<_> = results.series.into_iter().map(Vec::into_iter).collect();
    if points == 1 {
        let series = series.iter_mut().filter_map(Iterator::next).collect();
        return vec![Ensemble { common, series, chosen: results.chosen, measures: results.measures }];
    }
    let slice = |all: &Vec<f64>, point: usize| {
        let size = all.len() / points;
        all[point * size..(point + 1) * size].to_vec()
    };
    (0..points)
        .map(|point| Ensemble {
            common: common.clone(),
            series: series.iter_mut().filter_map(Iterator::next).collect(),
            chosen: results.chosen.iter().map(|all| slice(all, point)).collect(),
            measures: results.measures.iter().map(|all| slice(all, point)).collect(),
        })
        .collect()
}

/// What the planner chose for scenarios that are computed all together.
fn work_of(setup: &Setup) -> EnsembleWork {
    EnsembleWork {
        scenarios: setup.layout.points * setup.layout.scenarios,
        lanes: crate::plan::scenarios::LANES,
        bins_at_a_time: setup.layout.bins,
        passes: setup.program.passes.len(),
        threads: setup.threads,
        state: setup.program.state,
        shared: setup.program.shared.len(),
        sample: setup.sample,
        bytes: setup.layout.working_bytes(),
        parts: 1,
        rounds: 1,
    }
}

/// What ensembles of a setup have in common.
pub(super) fn common(setup: Setup, zeros: &[u64], scenarios: usize) -> Common {
    let work = work_of(&setup);
    let zeros = zeros.iter().zip(&setup.plan.0.nodes).filter(|(bins, _)| **bins > 0);
    let warnings =
        zeros.map(|(bins, node)| RunWarning::DivisionByZero { node: node.id.clone(), bins: *bins }).collect();
    Common {
        plan: setup.plan,
        kept: setup.kept,
        wishes: setup.wishes,
        measures: setup.measures,
        chosen: setup.series,
        seed: setup.seed,
        seeds: setup.seeds,
        scenarios,
        warnings,
        work,
    }
}

/// A view, if there is something to see.
fn seen(series: &[f64]) -> Option<ArrayView1<'_, f64>> {
    (!series.is_empty()).then(|| ArrayView1::from(series))
}

impl Ensemble {
    /// The plan that was run.
    pub fn plan(&self) -> &Plan {
        &self.common.plan
    }

    /// How many scenarios there are.
    pub fn scenarios(&self) -> usize {
        self.common.scenarios
    }

    /// The seed that the scenarios' seeds come from; without a meaning where the seeds were given one by one.
    pub fn seed(&self) -> u64 {
        self.common.seed
    }

    /// The seed of every scenario.
    pub fn seeds(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        (0..self.common.scenarios).map(|k| seed_of(&self.common.seeds, self.common.seed, k))
    }

    /// The ids of the nodes that statistics were taken of.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.common.kept.iter().map(|node| self.common.plan.0.nodes[*node as usize].id.as_str())
    }

    fn of(&self, id: &str) -> Option<(usize, &PointSeries)> {
        let node = self.common.plan.find(id)?;
        let at = self.common.kept.iter().position(|kept| *kept == node)?;
        Some((at, &self.series[at]))
    }

    /// In how many scenarios node `id` is missing (NaN), a number a bin.
    pub fn missing(&self, id: &str) -> Option<ArrayView1<'_, u64>> {
        let (_, series) = self.of(id)?;
        (!series.missing.is_empty()).then(|| ArrayView1::from(&series.missing))
    }

    /// The mean over the scenarios, a number a bin; `None` if it was not asked for.
    pub fn mean(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        seen(&self.of(id)?.1.mean)
    }

    /// The standard deviation with one degree of freedom less, a number a bin.
    pub fn deviation(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        seen(&self.of(id)?.1.deviation)
    }

    /// The smallest value, a number a bin.
    pub fn minimum(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        seen(&self.of(id)?.1.minimum)
    }

    /// The greatest value, a number a bin.
    pub fn maximum(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        seen(&self.of(id)?.1.maximum)
    }

    /// The quantiles that were taken of node `id`, in the order in which they were asked for.
    pub fn quantiles(&self, id: &str) -> &[f64] {
        self.of(id).map_or(&[], |(at, _)| &self.common.wishes[at].quantiles)
    }

    /// Quantile `q`, a number a bin; `None` if it was not asked for.
    pub fn quantile(&self, id: &str, q: f64) -> Option<ArrayView1<'_, f64>> {
        let (at, series) = self.of(id)?;
        let number = self.common.wishes[at].quantiles.iter().position(|known| *known == q)?;
        seen(&series.quantiles[number])
    }

    fn part(&self, id: &str, counter: &Counter) -> Option<Vec<f64>> {
        let (at, series) = self.of(id)?;
        let number = self.common.wishes[at].counters.iter().position(|known| known == counter)?;
        let there = series.missing.iter().map(|missing| self.common.scenarios as u64 - missing);
        Some(series.counts[number].iter().zip(there).map(|(n, all)| *n as f64 / all as f64).collect())
    }

    /// The part of the scenarios in which node `id` is above `threshold`, a number a bin: of those in which it is
    /// not missing, NaN if it always is. `None` if it was not asked for.
    pub fn above(&self, id: &str, threshold: f64) -> Option<Vec<f64>> {
        self.part(id, &Counter::Above(threshold))
    }

    /// The part of the scenarios in which node `id` is below `threshold`, as [`Ensemble::above`].
    pub fn below(&self, id: &str, threshold: f64) -> Option<Vec<f64>> {
        self.part(id, &Counter::Below(threshold))
    }

    /// The histogram of node `id`: its edges, and scenarios by (bin, bucket).
    pub fn histogram(&self, id: &str) -> Option<(&[f64], ArrayView2<'_, u64>)> {
        let (at, series) = self.of(id)?;
        let mut counters = self.common.wishes[at].counters.iter().zip(&series.counts);
        counters.find_map(|(counter, counts)| match counter {
            Counter::Histogram(edges) => {
                let shape = (counts.len() / counter.len(), counter.len());
                ArrayView2::from_shape(shape, counts).ok().map(|view| (edges.as_slice(), view))
            }
            _ => None,
        })
    }

    /// The thresholds that were counted for node `id`: those above, then those below.
    pub fn thresholds(&self, id: &str) -> (Vec<f64>, Vec<f64>) {
        let counters = self.of(id).map_or(&[][..], |(at, _)| &self.common.wishes[at].counters);
        let above = counters.iter().filter_map(|counter| match counter {
            Counter::Above(x) => Some(*x),
            _ => None,
        });
        let below = counters.iter().filter_map(|counter| match counter {
            Counter::Below(x) => Some(*x),
            _ => None,
        });
        (above.collect(), below.collect())
    }

    /// What was measured of each scenario: node and measure.
    pub fn measures(&self) -> impl ExactSizeIterator<Item = (&str, Measure)> {
        let id = |node: u32| self.common.plan.0.nodes[node as usize].id.as_str();
        self.common.measures.iter().map(move |(node, measure)| (id(*node), *measure))
    }

    /// A measure of node `id`, a number a scenario; `None` if it was not asked for.
    pub fn measure(&self, id: &str, measure: Measure) -> Option<ArrayView1<'_, f64>> {
        let node = self.common.plan.find(id)?;
        let number = self.common.measures.iter().position(|known| *known == (node, measure))?;
        Some(ArrayView1::from(&self.measures[number]))
    }

    /// The scenarios whose series were kept.
    pub fn chosen(&self) -> &[usize] {
        &self.common.chosen
    }

    /// The series of node `id` in the scenarios that were chosen: the axes are (chosen scenario, bin).
    pub fn series(&self, id: &str) -> Option<ArrayView2<'_, f64>> {
        let (at, _) = self.of(id)?;
        if !self.common.wishes[at].series {
            return None;
        }
        let place = self.common.wishes[..at].iter().filter(|wish| wish.series).count();
        let bins = self.common.plan.0.grid.bins();
        ArrayView2::from_shape((self.common.chosen.len(), bins), &self.chosen[place]).ok()
    }

    /// Divisions by zero: a warning for each node that divided, its bins counted over all scenarios, and
    /// over all points of a sweep.
    pub fn warnings(&self) -> &[RunWarning] {
        &self.common.warnings
    }

    /// How it was computed.
    pub fn work(&self) -> &EnsembleWork {
        &self.common.work
    }
}
