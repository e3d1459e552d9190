//! From options to everything that the threads of an ensemble share.

use super::layout::Layout;
use super::options::{EnsembleOptions, Measure, ScenarioInput, Seeds, Statistic};
use crate::compile::scenarios::{self, Varies};
use crate::error::{Error, ErrorKind};
use crate::eval::control::Control;
use crate::eval::execute::{Given, Workspace};
use crate::eval::kernels::memory::Isa;
use crate::eval::kernels::scenarios::{Draws, Row, numbers_mut};
use crate::eval::options::{InputValue, RunOptions};
use crate::eval::prepare::{self, readable_bytes};
use crate::names::counted;
use crate::plan::feed::{Feed, random};
use crate::plan::scenarios::{LANES, ScenarioProgram};
use crate::plan::{Plan, PlanData};
use crate::rng::{lane, scenario_seed};
use ndarray::Array2;

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

fn invalid(message: impl Into<String>) -> Error {
    Error::call(ErrorKind::InvalidArgument, message)
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

impl Setup {
    /// Checks `options` and prepares for `points` ensembles that differ in the numbers of `swept` inputs.
    pub(crate) fn new(
        plan: &Plan,
        options: &EnsembleOptions,
        points: usize,
        swept: &[(String, Vec<f64>)],
    ) -> Result<Setup, Error> {
        let data = &*plan.0;
        let scenarios = match &options.seeds {
            Seeds::Count(count) => *count,
            Seeds::List(seeds) => seeds.len(),
        };
        if scenarios == 0 {
            return Err(invalid("an ensemble needs at least one scenario"));
        }
        let seed = prepare::seed(data, options.seed)?;
        if let Seeds::List(seeds) = &options.seeds {
            for seed in seeds.iter() {
                prepare::seed(data, Some(*seed))?;
            }
        }
        if let Some(scenario) = options.series.iter().find(|k| **k >= scenarios) {
            return Err(invalid(format!(
                "there is no scenario {scenario} to keep the series of: scenarios are 0 to {}",
                scenarios - 1
            )));
        }
        let (kept, wishes, measures) = wishes(plan, options)?;
        let inputs = Inputs::new(plan, options, scenarios, swept)?;
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
        let request = scenarios::Request {
            varies: &inputs.varies,
            steady: &steady,
            kept: &kept,
            measures: &measures,
            computed: &computed,
            bins,
        };
        let (program, graph) = scenarios::program(&data.graph, &request);
        let isa = options.isa.unwrap_or_else(Isa::best);
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        check_work(&program, options, points, scenarios, bins)?;
        let layout = Layout::new(&program, &wishes, points, scenarios, bins, threads);
        check(&layout, &wishes, measures.len(), options, bins)?;
        let mut setup = Setup {
            plan: plan.clone(),
            kept,
            wishes,
            measures,
            series: options.series.clone(),
            seed,
            seeds: options.seeds.clone(),
            draws: inputs.draws(data),
            numbers: inputs.laid_out(&layout, scenarios),
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
        let (program, series) = crate::compile::values(&graph, &uniform, &self.program.shared, computed);
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

    /// The seed of scenario `k`.
    pub(crate) fn seed_of(&self, k: usize) -> u64 {
        seed_of(&self.seeds, self.seed, k)
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
    let working = layout.working_bytes();
    if working > options.limits.result_bytes {
        return Err(too_large("the ensemble", working, options.limits.result_bytes));
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
    // Even an ensemble that keeps nothing lists its scenarios.
    let state = all * 8.0 * (program.state + 1) as f64;
    if state > options.limits.result_bytes as f64 {
        return Err(too_large("the ensemble", state as u64, options.limits.result_bytes));
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
    for statistic in options.statistics.as_deref().unwrap_or(&USUAL) {
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

/// The inputs of an ensemble, by their numbers.
struct Inputs {
    varies: Vec<Varies>,
    /// What all scenarios share.
    feeds: Vec<Feed>,
    /// A number a scenario, or a point of a sweep.
    numbers: Vec<Option<(Vec<f64>, bool)>>,
    matrices: Vec<Option<Array2<f64>>>,
}

impl Inputs {
    fn new(
        plan: &Plan,
        options: &EnsembleOptions,
        scenarios: usize,
        swept: &[(String, Vec<f64>)],
    ) -> Result<Self, Error> {
        // The checks of single runs, where they are the same.
        let shared: RunOptions =
            options.inputs.iter().fold(RunOptions::new(), |run, (id, value)| match value {
                ScenarioInput::Number(x) => run.input(id, *x),
                ScenarioInput::Series(series) => run.input(id, InputValue::Series(series.clone())),
                ScenarioInput::Numbers(_) | ScenarioInput::SeriesEach(_) => run.input(id, f64::NAN),
            });
        let shared = swept.iter().fold(shared, |run, (id, _)| run.input(id, f64::NAN));
        let feeds = prepare::feeds(plan, &shared)?;
        let count = feeds.len();
        let varies = feeds.iter().map(|feed| match feed {
            Feed::Sample(_) => Varies::Drawn,
            _ => Varies::No,
        });
        let mut inputs = Inputs {
            varies: varies.collect(),
            numbers: vec![None; count],
            matrices: vec![None; count],
            feeds,
        };
        let infinite = |id: &str, k: usize| {
            invalid(format!(
                "the value for `{id}` is infinite in scenario {k}: numbers must be finite, or NaN where one is missing"
            ))
        };
        for (id, value) in &options.inputs {
            let input = plan.input(id)? as usize;
            match value {
                ScenarioInput::Numbers(numbers) => {
                    if numbers.len() != scenarios {
                        let found = counted(numbers.len(), "number");
                        return Err(invalid(format!(
                            "`{id}` has {found}, but there are {}: give one number a scenario",
                            counted(scenarios, "scenario")
                        )));
                    }
                    if let Some(k) = numbers.iter().position(|x| x.is_infinite()) {
                        return Err(infinite(id, k));
                    }
                    inputs.varies[input] = Varies::Number;
                    inputs.numbers[input] = Some((numbers.clone(), false));
                }
                ScenarioInput::SeriesEach(series) => {
                    let wanted = (scenarios, plan.0.grid.bins());
                    if series.dim() != wanted {
                        return Err(invalid(format!(
                            "the series for `{id}` are {} × {}, but there are {} × {}: the axes are (scenario, bin)",
                            series.nrows(),
                            series.ncols(),
                            counted(wanted.0, "scenario"),
                            counted(wanted.1, "bin")
                        )));
                    }
                    if let Some(((k, _), _)) = series.indexed_iter().find(|(_, x)| x.is_infinite()) {
                        return Err(infinite(id, k));
                    }
                    inputs.varies[input] = Varies::Series;
                    inputs.matrices[input] = Some(series.clone());
                }
                _ => {}
            }
        }
        for (id, numbers) in swept {
            let input = plan.input(id)? as usize;
            if let Some(point) = numbers.iter().position(|x| x.is_infinite()) {
                return Err(invalid(format!(
                    "the value for `{id}` is infinite in point {point} of the sweep"
                )));
            }
            inputs.varies[input] = Varies::Number;
            inputs.numbers[input] = Some((numbers.clone(), true));
        }
        Ok(inputs)
    }

    fn draws(&self, data: &PlanData) -> Vec<Option<Draws>> {
        let all = self.feeds.iter().zip(&data.inputs);
        all.map(|(feed, input)| match feed {
            // The increment depends on the name alone.
            Feed::Sample(sampler) => {
                Some(Draws::new(sampler.clone(), lane(0, &data.nodes[input.node as usize].id).1))
            }
            _ => None,
        })
        .collect()
    }

    /// Numbers where the blocks of the layout have them.
    fn laid_out(&self, layout: &Layout, scenarios: usize) -> Vec<Option<Vec<Row>>> {
        let lay_out = |(numbers, by_point): &(Vec<f64>, bool)| {
            let mut rows = vec![Row::ZERO; layout.blocks];
            for task in &layout.tasks {
                let blocks = task.scenarios.div_ceil(LANES);
                let lanes = numbers_mut(&mut rows[task.block..task.block + blocks]);
                for (lane, x) in lanes.iter_mut().enumerate() {
                    // Lanes that are no scenario do as the last one.
                    let at = task.first + lane.min(task.scenarios - 1);
                    *x = numbers[if *by_point { at / scenarios } else { at % scenarios }];
                }
            }
            rows
        };
        self.numbers.iter().map(|numbers| numbers.as_ref().map(lay_out)).collect()
    }
}
