//! From options to everything that the threads of an ensemble share.

use super::inputs::Inputs;
use super::layout::Layout;
use super::moments::LEAF;
use super::options::{EnsembleOptions, Measure, Seeds, Statistic};
use super::part::EnsembleRound;
use super::quantile::Bracket;
use super::sample::Sample;
use super::search::Interval;
use crate::error::{Error, ErrorKind};
use crate::eval::control::Control;
use crate::eval::execute::{Given, Workspace};
use crate::eval::kernels::memory::Isa;
use crate::eval::kernels::scenarios::{Draws, Row};
use crate::eval::prepare::{self, readable_bytes};
use crate::names::counted;
use crate::plan::Plan;
use crate::plan::feed::{Feed, random};
use crate::plan::scenarios::{Request, ScenarioProgram};
use crate::rng::scenario_seed;
use ndarray::Array2;
use std::ops::Range;

/// A statistic of counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Counter {
    Above(f64),
    Below(f64),
    /// Edges of the buckets.
    Histogram(Vec<f64>),
}

impl Counter {
    /// How many numbers it counts.
    pub(crate) fn len(&self) -> usize {
        match self {
            Counter::Histogram(edges) => edges.len() - 1,
            _ => 1,
        }
    }
}

/// What is wanted of one kept series.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wish {
    pub(crate) mean: bool,
    pub(crate) deviation: bool,
    pub(crate) minimum: bool,
    pub(crate) maximum: bool,
    pub(crate) quantiles: Vec<f64>,
    pub(crate) counters: Vec<Counter>,
    /// Is it kept for some scenarios?
    pub(crate) series: bool,
}

/// Everything that is known before the first scenario is computed.
pub(crate) struct Setup {
    pub(crate) plan: Plan,
    pub(crate) program: ScenarioProgram,
    /// The nodes of the kept series.
    pub(crate) kept: Vec<u32>,
    /// By kept series.
    pub(crate) wishes: Vec<Wish>,
    /// Nodes and how each scenario's series is summed up.
    pub(crate) measures: Vec<(u32, Measure)>,
    /// Scenarios whose series are kept.
    pub(crate) series: Vec<usize>,
    pub(crate) seed: u64,
    pub(crate) seeds: Seeds,
    /// The first scenario: 0, but in parts.
    pub(crate) first: usize,
    /// In parts: where ranks are looked for, by kept series and bin.
    pub(crate) intervals: Option<Vec<Vec<Vec<Interval>>>>,
    /// How many scenarios are computed beforehand, to bracket the quantiles; 0 if they are not.
    pub(crate) sample: usize,
    /// The brackets, by kept series, bin and quantile; `None` where nothing is known.
    pub(crate) brackets: Vec<Vec<Vec<Option<Bracket>>>>,
    /// By input: how it is drawn, where it is.
    pub(crate) draws: Vec<Option<Draws>>,
    /// By input: a number a scenario, laid out in blocks.
    pub(crate) numbers: Vec<Option<Vec<Row>>>,
    /// By input: a series a scenario.
    pub(crate) matrices: Vec<Option<Array2<f64>>>,
    /// What all scenarios share, a number or a series a column.
    pub(crate) shared: Vec<Vec<f64>>,
    /// How often the shared part divides by zero, by node; in each scenario.
    pub(crate) shared_zeros: Vec<u64>,
    pub(crate) layout: Layout,
    pub(crate) threads: usize,
    pub(crate) isa: Isa,
}

/// How many of the scenarios bracket the quantiles: what a larger sample costs is saved by narrower brackets.
fn sample_of(scenarios: usize) -> usize {
    (scenarios / 64).clamp(4096, 16384).min(scenarios.div_ceil(4))
}

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::call(ErrorKind::InvalidArgument, message)
}

/// Which scenarios are computed.
pub(crate) enum Extent<'a> {
    /// All, at each of so many points, which differ in the numbers of inputs.
    Points(usize, &'a [(String, Vec<f64>)]),
    /// A part of one point's, for a round of a job.
    Part(Range<usize>, &'a EnsembleRound),
}

impl Setup {
    /// Checks `options` and prepares for `extent`.
    pub(crate) fn new(plan: &Plan, options: &EnsembleOptions, extent: Extent) -> Result<Setup, Error> {
        let data = &*plan.0;
        let all = options.scenarios();
        let (points, swept, range) = match &extent {
            Extent::Points(points, swept) => (*points, *swept, 0..all),
            Extent::Part(range, _) => (1, &[][..], range.clone()),
        };
        let scenarios = range.len();
        if all == 0 {
            return Err(invalid("an ensemble needs at least one scenario"));
        }
        if !(0.0..=0.5).contains(&options.tolerance) {
            return Err(invalid(format!(
                "the tolerance is {}: it is a share of 0 to 0.5",
                options.tolerance
            )));
        }
        let seed = prepare::seed(data, options.seed)?;
        if let Seeds::List(seeds) = &options.seeds {
            for seed in seeds.iter() {
                prepare::seed(data, Some(*seed))?;
            }
        }
        if let Some(scenario) = options.series.iter().find(|k| **k >= all) {
            return Err(invalid(format!(
                "there is no scenario {scenario} to keep the series of: scenarios are 0 to {}",
                all - 1
            )));
        }
        let (mut kept, mut wishes, mut measures) = wishes(plan, options)?;
        let mut series: Vec<usize> =
            options.series.iter().filter(|k| range.contains(k)).map(|k| k - range.start).collect();
        let mut intervals = None;
        if let Extent::Part(_, round) = &extent {
            if round.number > 0 {
                // Everything but quantiles is known since the first round.
                wishes
                    .iter_mut()
                    .for_each(|wish| *wish = Wish { quantiles: wish.quantiles.clone(), ..Wish::default() });
                kept = kept
                    .into_iter()
                    .zip(&wishes)
                    .filter(|(_, w)| !w.quantiles.is_empty())
                    .map(|(k, _)| k)
                    .collect();
                wishes.retain(|wish| !wish.quantiles.is_empty());
                measures.clear();
                series.clear();
            }
            let mut looked = round.intervals.iter().cloned();
            let of_series = wishes.iter().map(|wish| match wish.quantiles.is_empty() {
                true => vec![Vec::new(); data.grid.bins()],
                false => looked.next().unwrap_or_default(),
            });
            intervals = Some(of_series.collect::<Vec<_>>());
        }
        let inputs = Inputs::new(plan, options, range.clone(), swept)?;
        let mut computed = vec![false; data.nodes.len()];
        let mut stack: Vec<u32> =
            kept.iter().copied().chain(measures.iter().map(|(node, _)| *node)).collect();
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut computed[node as usize], true) {
                stack.extend_from_slice(data.reads.of(node));
            }
        }
        let bins = data.grid.bins();
        let steady: Vec<bool> = inputs.feeds.iter().map(|feed| feed.value().is_some()).collect();
        let request = Request {
            varies: &inputs.varies,
            steady: &steady,
            kept: &kept,
            measures: &measures,
            computed: &computed,
            bins,
        };
        let (program, graph) = data.graph.build_scenarios(&request);
        let isa = options.isa.unwrap_or_else(Isa::best);
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        check_work(&program, options, points, scenarios, bins)?;
        let bracketed = points == 1
            && intervals.is_none()
            && scenarios >= options.sampled_from
            && wishes.iter().any(|wish| !wish.quantiles.is_empty());
        let sample = if bracketed { sample_of(scenarios) } else { 0 };
        let layout = Layout::new(&program, &wishes, points, scenarios, bins, threads, bracketed);
        check(&layout, &wishes, measures.len(), options, bins)?;
        let mut setup = Setup {
            plan: plan.clone(),
            kept,
            wishes,
            measures,
            series,
            seed,
            seeds: options.seeds.clone(),
            first: range.start,
            intervals,
            sample,
            brackets: Vec::new(),
            draws: inputs.draws(data),
            numbers: inputs.laid_out(&layout),
            shared: Vec::new(),
            shared_zeros: vec![0; data.nodes.len()],
            matrices: inputs.matrices,
            threads: threads.min(layout.tasks.len()).max(1),
            layout,
            isa,
            program,
        };
        setup.compute_shared(graph, &inputs.feeds, &computed, options)?;
        Ok(setup)
    }

    /// Runs what all scenarios share, once.
    fn compute_shared(
        &mut self,
        mut graph: crate::plan::graph::Graph,
        feeds: &[Feed],
        computed: &[bool],
        options: &EnsembleOptions,
    ) -> Result<(), Error> {
        let data = &*self.plan.0;
        let bins = data.grid.bins();
        let bytes = self.program.shared.len() as u64 * bins as u64 * 8;
        if bytes > options.limits.result_bytes {
            return Err(too_large("what all scenarios share", bytes, options.limits.result_bytes));
        }
        // Divisions that differ between scenarios are counted there.
        graph.divisions.retain(|(division, _)| !self.program.varying[division.index()]);
        graph.always_zero.clear();
        let uniform: Vec<bool> = feeds.iter().map(|feed| feed.value().is_some()).collect();
        let (program, series) = graph.build(&uniform, &self.program.shared, computed);
        let mut workspace = Workspace::new(&program, bins, data.nodes.len(), feeds.len());
        let streams: Vec<_> =
            data.inputs.iter().map(|input| random(self.seed, &data.nodes[input.node as usize].id)).collect();
        let mut numbers: Vec<Vec<f64>> = program.outs.iter().map(|_| vec![0.0; bins]).collect();
        let mut rows: Vec<&mut [f64]> = numbers.iter_mut().map(Vec::as_mut_slice).collect();
        let mut control = Control::new(options.cancel.clone(), None, bins);
        let given = Given { bins, feeds, random: &streams, isa: self.isa };
        workspace.run(&program, &given, &mut rows, &mut control)?;
        self.shared = series
            .iter()
            .map(|series| {
                let numbers = &numbers[*series as usize];
                let once = numbers.iter().all(|x| x.to_bits() == numbers[0].to_bits());
                if once { numbers[..1].to_vec() } else { numbers.clone() }
            })
            .collect();
        self.shared_zeros.copy_from_slice(&workspace.zero_counts);
        Ok(())
    }

    /// Has a sample say where the quantiles are.
    pub(crate) fn take_sample(&mut self, options: &EnsembleOptions) -> Result<(), Error> {
        let Some(wish) = self.wishes.iter().find(|wish| !wish.quantiles.is_empty()) else { return Ok(()) };
        let sample = Sample::new(&self.plan, options, &wish.quantiles, self.sample)?;
        let data = &*self.plan.0;
        let of_series = |(node, wish): (&u32, &Wish)| {
            let id = &data.nodes[*node as usize].id;
            let of_bin = |t| wish.quantiles.iter().map(|q| sample.bracket(id, *q, t)).collect();
            (0..data.grid.bins()).map(of_bin).collect()
        };
        self.brackets = self.kept.iter().zip(&self.wishes).map(of_series).collect();
        Ok(())
    }

    /// Do all results of a kept series wait until a bin is complete, as its quantiles or leaves need them?
    pub(crate) fn waits(&self, wish: &Wish) -> bool {
        self.sample == 0 && (self.layout.split || !wish.quantiles.is_empty())
    }

    /// The number of the first leaf: parts begin with one.
    pub(crate) fn first_leaf(&self) -> u64 {
        (self.first / LEAF) as u64
    }

    /// The seed of scenario `k` of those that are computed.
    pub(crate) fn seed_of(&self, k: usize) -> u64 {
        seed_of(&self.seeds, self.seed, self.first + k)
    }
}

/// The seed of scenario `k` of an ensemble with `seed`.
pub(crate) fn seed_of(seeds: &Seeds, seed: u64, k: usize) -> u64 {
    match seeds {
        Seeds::Count(_) => scenario_seed(seed, k as u64),
        Seeds::List(seeds) => seeds[k],
    }
}

fn too_large(what: &str, bytes: u64, limit: u64) -> Error {
    Error::call(
        ErrorKind::LimitExceeded,
        format!(
            "{what} would need {}, more than the limit of {}: keep fewer series or scenarios, or raise the limit `result_bytes`",
            readable_bytes(bytes),
            readable_bytes(limit)
        ),
    )
}

/// Is the ensemble within the limits?
fn check(
    layout: &Layout,
    wishes: &[Wish],
    measures: usize,
    options: &EnsembleOptions,
    bins: usize,
) -> Result<(), Error> {
    let scenarios = (layout.points * layout.scenarios) as u64;
    let by_bin: usize = wishes
        .iter()
        .map(|wish| 6 + wish.quantiles.len() + wish.counters.iter().map(Counter::len).sum::<usize>())
        .sum();
    let series = options.series.len() * wishes.iter().filter(|wish| wish.series).count();
    let result = 8 * ((layout.points * bins * (by_bin + series)) as u64 + scenarios * measures as u64);
    if result > options.limits.result_bytes {
        return Err(too_large("the result", result, options.limits.result_bytes));
    }
    Ok(())
}

/// Is the work within the limits? Asked before anything is laid out.
fn check_work(
    program: &ScenarioProgram,
    options: &EnsembleOptions,
    points: usize,
    scenarios: usize,
    bins: usize,
) -> Result<(), Error> {
    let all = points as f64 * scenarios as f64;
    // Ensembles in parts keep little of each scenario, but the list of their leaves.
    let leaves = all / LEAF as f64 * 512.0;
    if leaves > options.limits.result_bytes as f64 {
        return Err(too_large("the ensemble", leaves as u64, options.limits.result_bytes));
    }
    let operations = all * bins as f64 * program.code.len().max(1) as f64;
    if operations > options.limits.operations {
        return Err(Error::call(
            ErrorKind::LimitExceeded,
            format!(
                "{all} scenarios of {} would take about {operations:.1e} operations, more than the limit of {:.1e}: use fewer scenarios or bins, or raise the limit `operations`",
                counted(bins, "bin"),
                options.limits.operations
            ),
        ));
    }
    Ok(())
}

/// The kept nodes, what is wanted of each, and the measures.
#[allow(clippy::type_complexity)]
fn wishes(
    plan: &Plan,
    options: &EnsembleOptions,
) -> Result<(Vec<u32>, Vec<Wish>, Vec<(u32, Measure)>), Error> {
    let mut kept: Vec<u32> = Vec::new();
    let mut wishes: Vec<Wish> = Vec::new();
    let mut place = vec![usize::MAX; plan.0.nodes.len()];
    let mut of = |kept: &mut Vec<u32>, wishes: &mut Vec<Wish>, node: u32| {
        let at = &mut place[node as usize];
        if *at == usize::MAX {
            *at = kept.len();
            kept.push(node);
            wishes.push(Wish::default());
        }
        *at
    };
    let chosen: Vec<u32> = match &options.keep {
        Some(ids) => ids.iter().map(|id| plan.node(id)).collect::<Result<_, _>>()?,
        None => plan.0.outputs.iter().map(|(node, _)| *node).collect(),
    };
    for node in chosen {
        let at = of(&mut kept, &mut wishes, node);
        wishes[at].series = true;
    }
    for statistic in options.chosen_statistics() {
        for wish in &mut wishes {
            match *statistic {
                Statistic::Mean => wish.mean = true,
                Statistic::Deviation => wish.deviation = true,
                Statistic::Minimum => wish.minimum = true,
                Statistic::Maximum => wish.maximum = true,
                Statistic::Quantile(q) if !(0.0..=1.0).contains(&q) => {
                    return Err(invalid(format!("there is no quantile {q}: quantiles are 0 to 1")));
                }
                Statistic::Quantile(q) if !wish.quantiles.contains(&q) => wish.quantiles.push(q),
                Statistic::Quantile(_) => {}
            }
        }
    }
    let thresholds = options.above.iter().map(|(id, x)| (id, x, Counter::Above(*x)));
    let thresholds = thresholds.chain(options.below.iter().map(|(id, x)| (id, x, Counter::Below(*x))));
    for (id, threshold, counter) in thresholds {
        if threshold.is_nan() {
            return Err(invalid(format!("the threshold for `{id}` is NaN: nothing is above or below that")));
        }
        let at = of(&mut kept, &mut wishes, plan.node(id)?);
        if !wishes[at].counters.contains(&counter) {
            wishes[at].counters.push(counter);
        }
    }
    for (id, edges) in &options.histograms {
        if edges.len() < 2 || !edges.is_sorted_by(|a, b| a < b) {
            return Err(invalid(format!(
                "the edges of the histogram of `{id}` must be two or more rising numbers"
            )));
        }
        let at = of(&mut kept, &mut wishes, plan.node(id)?);
        if wishes[at].counters.iter().any(|counter| matches!(counter, Counter::Histogram(_))) {
            return Err(invalid(format!("`{id}` has two histograms")));
        }
        wishes[at].counters.push(Counter::Histogram(edges.clone()));
    }
    let mut measures = Vec::new();
    for (id, measure) in &options.measures {
        let measure = (plan.node(id)?, *measure);
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    Ok((kept, wishes, measures))
}
