//! What an ensemble is asked for.

use crate::arguments::{choice, handle, items, numbers, optional, text};
use crate::cancel::flowtime_cancel;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::limits;
use crate::options::flowtime_progress;
use crate::progress::Progress;
use crate::status::flowtime_status;
use flowtime_core::ndarray::Array2;
use flowtime_core::{Cancel, EnsembleOptions, Limits, Measure, ScenarioInput, Statistic};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// A statistic of a series in each bin, over the scenarios. Functions take it as int32_t, and refuse other
/// numbers. Quantiles have functions of their own.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_statistic {
    /// The arithmetic mean.
    MEAN = 1,
    /// The standard deviation, with one degree of freedom less than there are values.
    DEVIATION = 2,
    /// The smallest value.
    MINIMUM = 3,
    /// The greatest value.
    MAXIMUM = 4,
}

pub(crate) const STATISTICS: &[(i32, Statistic)] = &[
    (flowtime_statistic::MEAN as i32, Statistic::Mean),
    (flowtime_statistic::DEVIATION as i32, Statistic::Deviation),
    (flowtime_statistic::MINIMUM as i32, Statistic::Minimum),
    (flowtime_statistic::MAXIMUM as i32, Statistic::Maximum),
];

/// A number that sums up the series of one scenario; a missing value in it makes it missing, if not said
/// otherwise. Functions take it as int32_t with a threshold, which is read where the name says so.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_measure {
    /// The greatest value.
    MAXIMUM = 1,
    /// The smallest value.
    MINIMUM = 2,
    /// The sum over the bins.
    TOTAL = 3,
    /// The mean over the bins.
    MEAN = 4,
    /// The value in the last bin.
    LAST = 5,
    /// The first bin above the threshold; NaN if there is none. Missing values are above nothing.
    FIRST_ABOVE = 6,
    /// The number of bins above the threshold. Missing values are above nothing.
    BINS_ABOVE = 7,
}

type OfThreshold = fn(f64) -> Measure;

const MEASURES: &[(i32, OfThreshold)] = &[
    (flowtime_measure::MAXIMUM as i32, |_| Measure::Maximum),
    (flowtime_measure::MINIMUM as i32, |_| Measure::Minimum),
    (flowtime_measure::TOTAL as i32, |_| Measure::Total),
    (flowtime_measure::MEAN as i32, |_| Measure::Mean),
    (flowtime_measure::LAST as i32, |_| Measure::Last),
    (flowtime_measure::FIRST_ABOVE as i32, Measure::FirstAbove),
    (flowtime_measure::BINS_ABOVE as i32, Measure::BinsAbove),
];

pub(crate) fn measure(number: i32, threshold: f64) -> Result<Measure, Failure> {
    Ok(choice(number, MEASURES, "measure")?(threshold))
}

/// How an ensemble is run. Calls that take options copy what they need; the options can be changed or freed
/// afterwards.
pub struct flowtime_ensemble_options {
    state: Exclusive<State>,
}

#[derive(Clone, Default)]
struct State {
    scenarios: usize,
    seeds: Option<Vec<u64>>,
    seed: Option<u64>,
    inputs: Vec<(String, ScenarioInput)>,
    keep: Option<Vec<String>>,
    statistics: Option<Vec<Statistic>>,
    above: Vec<(String, f64)>,
    below: Vec<(String, f64)>,
    histograms: Vec<(String, Vec<f64>)>,
    measures: Vec<(String, Measure)>,
    chosen: Vec<usize>,
    threads: Option<usize>,
    limits: Limits,
    cancel: Option<Cancel>,
    progress: Option<Progress>,
}

impl State {
    fn set_input(&mut self, node: &str, value: ScenarioInput) {
        match self.inputs.iter_mut().find(|(id, _)| id == node) {
            Some((_, old)) => *old = value,
            None => self.inputs.push((node.to_owned(), value)),
        }
    }

    /// The options in the engine's own form.
    fn options(self) -> EnsembleOptions {
        let mut options = match self.seeds {
            Some(seeds) => EnsembleOptions::with_seeds(seeds),
            None => EnsembleOptions::new(self.scenarios),
        };
        options = options.limits(self.limits).series(self.chosen).threads(self.threads.unwrap_or(1));
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        if let Some(keep) = self.keep {
            options = options.keep(keep);
        }
        if let Some(statistics) = self.statistics {
            options = options.statistics(statistics);
        }
        options = self.inputs.into_iter().fold(options, |all, (node, value)| all.input(node, value));
        options = self.above.into_iter().fold(options, |all, (node, x)| all.above(node, x));
        options = self.below.into_iter().fold(options, |all, (node, x)| all.below(node, x));
        options = self.histograms.into_iter().fold(options, |all, (node, edges)| all.histogram(node, edges));
        options = self.measures.into_iter().fold(options, |all, (node, measure)| all.measure(node, measure));
        if let Some(cancel) = &self.cancel {
            options = options.cancel(cancel);
        }
        if let Some(progress) = self.progress {
            options = options.watch(progress.at(Arc::default()));
        }
        options
    }
}

impl flowtime_ensemble_options {
    /// What the options say, for one call.
    pub(crate) fn options(&self) -> Result<EnsembleOptions, Failure> {
        Ok(self.state.enter("ensemble options")?.clone().options())
    }
}

/// Makes options for `scenarios` scenarios: scenario k is the run with the seed
/// flowtime_scenario_seed(seed, k). Unless said otherwise, statistics are taken of the model's outputs: the
/// mean, the deviation, the least, the greatest, and the quantiles 0.05, 0.5 and 0.95.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_new(
    scenarios: usize,
    out_options: *mut *mut flowtime_ensemble_options,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_options = crate::arguments::out(out_options, "out_options")?;
            let state = State { scenarios, ..State::default() };
            out_options.set(give(flowtime_ensemble_options { state: Exclusive::new(state) }));
            Ok(())
        })
    }
}

/// Takes the seed that the scenarios' seeds come from, 0 to 2^53 - 1, instead of the model's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_seed(
    options: *mut flowtime_ensemble_options,
    seed: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            options.state.enter("ensemble options")?.seed = Some(seed);
            Ok(())
        })
    }
}

/// Gives each scenario its seed, which are copied: there are then as many scenarios as seeds, and scenario k
/// is the run with `seeds[k]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_seeds(
    options: *mut flowtime_ensemble_options,
    seeds: *const u64,
    seeds_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let seeds = items(seeds, seeds_length, "seeds")?;
            options.state.enter("ensemble options")?.seeds = Some(seeds.to_vec());
            Ok(())
        })
    }
}

/// Puts the same number in the place of a const or pmf node in all scenarios; NaN is a missing number. Names
/// and numbers are checked against the plan when it is run, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_number(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    number: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            options.state.enter("ensemble options")?.set_input(node, ScenarioInput::Number(number));
            Ok(())
        })
    }
}

/// Puts the same numbers, one a bin, in the place of a const or pmf node in all scenarios. They are copied,
/// here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_series(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    values: *const f64,
    values_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            let values = numbers(values, values_length, "values")?;
            options.state.enter("ensemble options")?.set_input(node, ScenarioInput::Series(values.to_vec()));
            Ok(())
        })
    }
}

/// Puts a number of its own in the place of a const or pmf node in each scenario.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_numbers(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    values: *const f64,
    values_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            let values = numbers(values, values_length, "values")?;
            options.state.enter("ensemble options")?.set_input(node, ScenarioInput::Numbers(values.to_vec()));
            Ok(())
        })
    }
}

/// Puts a series of its own in the place of a const or pmf node in each scenario: `values` has the `bins`
/// numbers of scenario 0, then those of scenario 1, and so on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_series_each(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    values: *const f64,
    scenarios: usize,
    bins: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            let length = scenarios.saturating_mul(bins);
            let values = numbers(values, length, "values")?;
            let series = Array2::from_shape_vec((scenarios, bins), values.to_vec())
                .map_err(|error| Failure::new(flowtime_status::INVALID_ARGUMENT, error.to_string()))?;
            options.state.enter("ensemble options")?.set_input(node, ScenarioInput::SeriesEach(series));
            Ok(())
        })
    }
}

/// Adds a node to those that statistics are taken of. Once there is one, the model's outputs are not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_keep(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            options.state.enter("ensemble options")?.keep.get_or_insert_default().push(node.to_owned());
            Ok(())
        })
    }
}

/// Adds a statistic, one of flowtime_statistic, of every kept node. Once a statistic or a quantile was added,
/// only those are taken, which is faster.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_add_statistic(
    options: *mut flowtime_ensemble_options,
    statistic: i32,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let statistic = choice(statistic, STATISTICS, "statistic")?;
            options.state.enter("ensemble options")?.statistics.get_or_insert_default().push(statistic);
            Ok(())
        })
    }
}

/// Adds a quantile, 0 to 1, of every kept node: exact, interpolated linearly.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_add_quantile(
    options: *mut flowtime_ensemble_options,
    quantile: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let mut state = options.state.enter("ensemble options")?;
            state.statistics.get_or_insert_default().push(Statistic::Quantile(quantile));
            Ok(())
        })
    }
}

/// Counts in each bin the scenarios in which `node`, kept or not, is above `threshold`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_above(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    threshold: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            options.state.enter("ensemble options")?.above.push((node.to_owned(), threshold));
            Ok(())
        })
    }
}

/// Counts in each bin the scenarios in which `node`, kept or not, is below `threshold`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_below(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    threshold: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            options.state.enter("ensemble options")?.below.push((node.to_owned(), threshold));
            Ok(())
        })
    }
}

/// Counts in each bin the scenarios by the value of `node`. The buckets are [a, b) between neighbouring
/// edges, which rise; the last is [a, b].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_histogram(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    edges: *const f64,
    edges_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            let edges = numbers(edges, edges_length, "edges")?;
            options.state.enter("ensemble options")?.histograms.push((node.to_owned(), edges.to_vec()));
            Ok(())
        })
    }
}

/// Sums up the series of `node` of every scenario by a number, one of flowtime_measure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_measure(
    options: *mut flowtime_ensemble_options,
    node: *const c_char,
    node_length: usize,
    measure: i32,
    threshold: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            let measure = crate::ensemble_options::measure(measure, threshold)?;
            options.state.enter("ensemble options")?.measures.push((node.to_owned(), measure));
            Ok(())
        })
    }
}

/// Keeps the series of these scenarios themselves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_chosen(
    options: *mut flowtime_ensemble_options,
    scenarios: *const usize,
    scenarios_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let scenarios = items(scenarios, scenarios_length, "scenarios")?;
            options.state.enter("ensemble options")?.chosen = scenarios.to_vec();
            Ok(())
        })
    }
}

/// Works with so many threads, which live as long as the call; 1 unless said, 0 is as many as there are
/// processors. The results are the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_threads(
    options: *mut flowtime_ensemble_options,
    threads: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            options.state.enter("ensemble options")?.threads = Some(threads);
            Ok(())
        })
    }
}

/// Sets a limit, one of flowtime_limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_limit(
    options: *mut flowtime_ensemble_options,
    limit: i32,
    value: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let mut state = options.state.enter("ensemble options")?;
            state.limits = limits::with(state.limits, limit, value)?;
            Ok(())
        })
    }
}

/// Stops ensembles when `cancel` is asked to; NULL for nothing. The request may be freed before the options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_cancel(
    options: *mut flowtime_ensemble_options,
    cancel: *const flowtime_cancel,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let cancel = optional(cancel, "cancel")?.map(|cancel| cancel.cancel.clone());
            options.state.enter("ensemble options")?.cancel = cancel;
            Ok(())
        })
    }
}

/// Calls `progress` during ensembles, in the thread of the call; NULL for nothing. `user_data` must live as
/// long as the options are used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_set_progress(
    options: *mut flowtime_ensemble_options,
    progress: flowtime_progress,
    user_data: *mut c_void,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let progress = progress.map(|function| Progress { function, user_data });
            options.state.enter("ensemble options")?.progress = progress;
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_options_free(options: *mut flowtime_ensemble_options) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(options) }
}
