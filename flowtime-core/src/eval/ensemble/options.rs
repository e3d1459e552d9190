//! What an ensemble can be asked for.

use crate::eval::control::{Cancel, Progress};
use crate::eval::kernels::memory::Isa;
use crate::limits::Limits;
pub use crate::plan::measure::Measure;
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What the scenarios of an ensemble have in the place of a const or pmf node. NaN is a missing value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ScenarioInput {
    /// The same number in every scenario and bin.
    Number(f64),
    /// The same series in every scenario, one number a bin.
    Series(Vec<f64>),
    /// One number a scenario.
    Numbers(Vec<f64>),
    /// One series a scenario: the axes are (scenario, bin).
    SeriesEach(Array2<f64>),
}

impl From<f64> for ScenarioInput {
    fn from(number: f64) -> Self {
        ScenarioInput::Number(number)
    }
}

impl From<Array2<f64>> for ScenarioInput {
    fn from(series: Array2<f64>) -> Self {
        ScenarioInput::SeriesEach(series)
    }
}

/// A statistic of each kept series in each bin, over the scenarios. Missing values are left out; a
/// statistic of nothing is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// The arithmetic mean.
    Mean,
    /// The standard deviation, with one degree of freedom less than there are values.
    Deviation,
    /// The smallest value.
    Minimum,
    /// The greatest value.
    Maximum,
    /// The value below which this part of the scenarios lies, 0 to 1: exact, interpolated linearly.
    Quantile(f64),
}

/// What is asked of every kept series when nothing is said.
const USUAL: [Statistic; 7] = [
    Statistic::Mean,
    Statistic::Deviation,
    Statistic::Minimum,
    Statistic::Maximum,
    Statistic::Quantile(0.05),
    Statistic::Quantile(0.5),
    Statistic::Quantile(0.95),
];

/// From so many scenarios on, a sample costs less than keeping all results until a bin is complete.
const SAMPLED_FROM: usize = 1 << 15;

/// Which seeds the scenarios have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seeds {
    /// So many, from one seed.
    Count(usize),
    /// These.
    List(Arc<[u64]>),
}

/// How an ensemble is run. The plan never changes; options belong to one ensemble.
///
/// ```
/// use flowtime_core::{EnsembleOptions, Measure, Statistic};
/// let options = EnsembleOptions::new(10_000)
///     .seed(7)
///     .input("capacity", 120.0)
///     .keep(["backlog"])
///     .statistics([Statistic::Mean, Statistic::Quantile(0.95)])
///     .above("backlog", 500.0)
///     .measure("backlog", Measure::Maximum)
///     .threads(2);
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct EnsembleOptions {
    pub(crate) seeds: Seeds,
    pub(crate) seed: Option<u64>,
    pub(crate) inputs: Vec<(String, ScenarioInput)>,
    pub(crate) keep: Option<Vec<String>>,
    pub(crate) statistics: Option<Vec<Statistic>>,
    pub(crate) above: Vec<(String, f64)>,
    pub(crate) below: Vec<(String, f64)>,
    pub(crate) histograms: Vec<(String, Vec<f64>)>,
    pub(crate) measures: Vec<(String, Measure)>,
    pub(crate) series: Vec<usize>,
    pub(crate) threads: usize,
    pub(crate) tolerance: f64,
    pub(crate) limits: Limits,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) progress: Option<Progress>,
    pub(crate) isa: Option<Isa>,
    /// Ensembles of so many scenarios have their quantiles bracketed by a sample beforehand.
    pub(crate) sampled_from: usize,
}

impl EnsembleOptions {
    /// `scenarios` scenarios; scenario k is the run with [`scenario_seed`](crate::scenario_seed)`(seed, k)`.
    pub fn new(scenarios: usize) -> Self {
        EnsembleOptions {
            seeds: Seeds::Count(scenarios),
            seed: None,
            inputs: Vec::new(),
            keep: None,
            statistics: None,
            above: Vec::new(),
            below: Vec::new(),
            histograms: Vec::new(),
            measures: Vec::new(),
            series: Vec::new(),
            threads: 1,
            tolerance: 0.0,
            limits: Limits::default(),
            cancel: None,
            progress: None,
            isa: None,
            sampled_from: SAMPLED_FROM,
        }
    }

    /// One scenario a seed; scenario k is the run with `seeds[k]`.
    pub fn with_seeds(seeds: impl Into<Vec<u64>>) -> Self {
        EnsembleOptions { seeds: Seeds::List(seeds.into().into()), ..EnsembleOptions::new(0) }
    }

    /// The same without what is put in the place of nodes, which may be large.
    pub(crate) fn without_inputs(&self) -> Self {
        EnsembleOptions {
            seeds: self.seeds.clone(),
            seed: self.seed,
            inputs: Vec::new(),
            keep: self.keep.clone(),
            statistics: self.statistics.clone(),
            above: self.above.clone(),
            below: self.below.clone(),
            histograms: self.histograms.clone(),
            measures: self.measures.clone(),
            series: self.series.clone(),
            cancel: self.cancel.clone(),
            progress: self.progress.clone(),
            ..*self
        }
    }

    /// The statistics that are taken.
    pub(crate) fn chosen_statistics(&self) -> &[Statistic] {
        self.statistics.as_deref().unwrap_or(&USUAL)
    }

    /// How many scenarios there are.
    pub fn scenarios(&self) -> usize {
        match &self.seeds {
            Seeds::Count(count) => *count,
            Seeds::List(seeds) => seeds.len(),
        }
    }

    /// The seed that the scenarios' seeds come from, 0 to 2^53 - 1, instead of the model's.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Puts numbers in the place of a const or pmf node.
    #[must_use]
    pub fn input(mut self, node: impl Into<String>, value: impl Into<ScenarioInput>) -> Self {
        self.inputs.push((node.into(), value.into()));
        self
    }

    /// Takes statistics of these nodes, instead of the model's outputs. Nodes that thresholds,
    /// histograms and measures name need not be among them.
    #[must_use]
    pub fn keep<T: Into<String>>(mut self, nodes: impl IntoIterator<Item = T>) -> Self {
        self.keep = Some(nodes.into_iter().map(Into::into).collect());
        self
    }

    /// Takes these statistics of every kept node, instead of all but quantiles other than 0.05, 0.5 and 0.95.
    /// Fewer are faster.
    #[must_use]
    pub fn statistics(mut self, statistics: impl IntoIterator<Item = Statistic>) -> Self {
        self.statistics = Some(statistics.into_iter().collect());
        self
    }

    /// Counts in each bin the scenarios in which `node` is above `threshold`.
    #[must_use]
    pub fn above(mut self, node: impl Into<String>, threshold: f64) -> Self {
        self.above.push((node.into(), threshold));
        self
    }

    /// Counts in each bin the scenarios in which `node` is below `threshold`.
    #[must_use]
    pub fn below(mut self, node: impl Into<String>, threshold: f64) -> Self {
        self.below.push((node.into(), threshold));
        self
    }

    /// Counts in each bin the scenarios by the value of `node`. The buckets are `[a, b)` between
    /// neighbouring `edges`, which rise; the last is `[a, b]`.
    #[must_use]
    pub fn histogram(mut self, node: impl Into<String>, edges: impl Into<Vec<f64>>) -> Self {
        self.histograms.push((node.into(), edges.into()));
        self
    }

    /// Sums up the series of `node` of every scenario by one number.
    #[must_use]
    pub fn measure(mut self, node: impl Into<String>, measure: Measure) -> Self {
        self.measures.push((node.into(), measure));
        self
    }

    /// Keeps the series of these scenarios themselves.
    #[must_use]
    pub fn series(mut self, scenarios: impl IntoIterator<Item = usize>) -> Self {
        self.series = scenarios.into_iter().collect();
        self
    }

    /// Works with so many threads; 0 is as many as there are processors. The results are the same.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Lets quantiles of ensembles in parts be off by `share` of their size, 0 to 0.5; 0 finds them exactly.
    ///
    /// [`EnsembleJob`](crate::EnsembleJob) then needs fewer rounds, as a rank is found when its interval is that narrow. The bound is
    /// kept always: where it is not certain, another round follows. The bits are still the same wherever the parts were computed.
    /// [`Plan::ensemble`](crate::Plan::ensemble) has exact quantiles at no extra cost, whatever is said here.
    #[must_use]
    pub fn tolerance(mut self, share: f64) -> Self {
        self.tolerance = share;
        self
    }

    /// Refuses ensembles that are larger than this.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Stops when `cancel` is asked to.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Calls `f` with the part of the work that is done, from 0 to 1, at most about a thousand times, from the
    /// thread that called; `f` can stop the ensemble: it then ends with
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    #[must_use]
    pub fn watch(mut self, f: impl Fn(f64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(f));
        self
    }

    /// As [`RunOptions::instruction_set`](crate::RunOptions::instruction_set). For tests.
    #[doc(hidden)]
    #[must_use]
    pub fn instruction_set(mut self, number: usize) -> Self {
        self.isa = Isa::all().get(number).copied();
        self
    }

    /// Looks for quantiles in brackets of a sample when there are so many scenarios. For tests: the results are
    /// the same.
    #[doc(hidden)]
    #[must_use]
    pub fn sampled_from(mut self, scenarios: usize) -> Self {
        self.sampled_from = scenarios;
        self
    }
}

impl std::fmt::Debug for EnsembleOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnsembleOptions")
            .field("seeds", &self.seeds)
            .field("seed", &self.seed)
            .field("keep", &self.keep)
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}
