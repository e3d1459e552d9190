//! Ensembles: what many scenarios of a plan say together.

use crate::arguments::{choice, destination, handle, out, text};
use crate::ensemble_options::{self, STATISTICS, flowtime_ensemble_options};
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::give;
use crate::model::flowtime_series;
use crate::plan::flowtime_plan;
use crate::status::flowtime_status;
use crate::text::{flowtime_str, flowtime_text};
use crate::warnings::flowtime_warnings;
use flowtime_core::ndarray::ArrayView1;
use flowtime_core::{Ensemble, Statistic};
use std::ffi::c_char;

/// The statistics of many scenarios: immutable, for use from any number of threads.
pub struct flowtime_ensemble {
    ensemble: Ensemble,
    // Views of what the ensemble itself holds.
    ids: Vec<flowtime_str>,
    chances: Vec<Chance>,
    warnings: flowtime_warnings,
}

// How likely a node is above or below a threshold.
struct Chance {
    id: String,
    above: bool,
    threshold: f64,
    numbers: Vec<f64>,
}

impl flowtime_ensemble {
    pub(crate) fn new(ensemble: Ensemble) -> Self {
        let mut chances = Vec::new();
        for id in ensemble.ids() {
            let (above, below) = ensemble.thresholds(id);
            let all = above.into_iter().map(|x| (true, x)).chain(below.into_iter().map(|x| (false, x)));
            chances.extend(all.filter_map(|(above, threshold)| {
                let numbers =
                    if above { ensemble.above(id, threshold) } else { ensemble.below(id, threshold) };
                Some(Chance { id: id.to_owned(), above, threshold, numbers: numbers? })
            }));
        }
        flowtime_ensemble {
            ids: ensemble.ids().map(flowtime_str::of).collect(),
            chances,
            warnings: flowtime_warnings::new(ensemble.warnings()),
            ensemble,
        }
    }

    fn chance(&self, id: &str, above: bool, threshold: f64) -> Result<flowtime_series, Failure> {
        let asked =
            |chance: &&Chance| chance.id == id && chance.above == above && chance.threshold == threshold;
        let found = self.chances.iter().find(asked);
        found.map(|chance| flowtime_series::of(&chance.numbers)).ok_or_else(|| not_asked(id))
    }
}

/// Something was asked for that is not there.
fn not_asked(id: &str) -> Failure {
    let message = format!("no node is called `{id}`, or the options did not ask for this of it");
    Failure::new(flowtime_status::INVALID_ARGUMENT, message)
}

fn view(numbers: Option<ArrayView1<'_, f64>>, id: &str) -> Result<flowtime_series, Failure> {
    numbers.and_then(|numbers| numbers.to_slice()).map(flowtime_series::of).ok_or_else(|| not_asked(id))
}

/// Copies numbers to the caller's memory, which must have room for exactly these.
// SAFETY: `to` is NULL or has room for `length` numbers.
unsafe fn copy<T: Copy>(from: &[T], to: *mut T, length: usize, name: &str) -> Result<(), Failure> {
    let to = destination(to, length, name)?;
    if from.len() != length {
        let message = format!("the length of `{name}` is {length}, but there are {} numbers", from.len());
        return Err(Failure::new(flowtime_status::OUT_OF_RANGE, message));
    }
    // SAFETY: the caller's promise.
    unsafe { std::ptr::copy(from.as_ptr(), to, length) };
    Ok(())
}

/// The seed of scenario `scenario` of an ensemble with `seed`.
#[unsafe(no_mangle)]
pub extern "C" fn flowtime_scenario_seed(seed: u64, scenario: u64) -> u64 {
    flowtime_core::scenario_seed(seed, scenario)
}

/// Runs many scenarios of the plan and takes statistics over them. `options` is needed: it has the number of
/// scenarios.
///
/// FLOWTIME_STATUS_INVALID_ARGUMENT for unknown names, wrong lengths, infinities, quantiles outside 0 to 1,
/// edges that do not rise, and no scenario at all; FLOWTIME_STATUS_LIMIT_EXCEEDED before anything is
/// computed; FLOWTIME_STATUS_CANCELLED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_ensemble(
    plan: *const flowtime_plan,
    options: *const flowtime_ensemble_options,
    out_ensemble: *mut *mut flowtime_ensemble,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let plan = handle(plan, "plan")?;
            let options = handle(options, "options")?;
            let out_ensemble = out(out_ensemble, "out_ensemble")?;
            // Options are not held meanwhile: callbacks may change them.
            let options = options.options()?;
            out_ensemble.set(give(flowtime_ensemble::new(plan.plan.ensemble(&options)?)));
            Ok(())
        })
    }
}

/// How many scenarios there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_scenarios(ensemble: *const flowtime_ensemble) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, 0, |ensemble| Some(ensemble.ensemble.scenarios())) }
}

/// The seed that the scenarios' seeds come from; without a meaning where they were given one by one. 0 for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_seed(ensemble: *const flowtime_ensemble) -> u64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, 0, |ensemble| Some(ensemble.ensemble.seed())) }
}

/// How many bins each series has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_bins(ensemble: *const flowtime_ensemble) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, 0, |ensemble| Some(ensemble.ensemble.plan().grid().bins())) }
}

/// How many nodes statistics were taken of, those of thresholds and histograms among them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_series_count(ensemble: *const flowtime_ensemble) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, 0, |ensemble| Some(ensemble.ids.len())) }
}

/// The id of a node that statistics were taken of; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_series_id(
    ensemble: *const flowtime_ensemble,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, flowtime_str::NONE, |ensemble| ensemble.ids.get(index).copied()) }
}

/// Copies the seed of every scenario to the caller's memory, which has room for exactly `length` of them;
/// FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of scenarios.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_copy_seeds(
    ensemble: *const flowtime_ensemble,
    seeds: *mut u64,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let all: Vec<u64> = ensemble.ensemble.seeds().collect();
            copy(&all, seeds, length, "seeds")
        })
    }
}

/// A statistic, one of flowtime_statistic, one number a bin, without copying: it lives as long as the
/// ensemble, here and below. Missing values are left out; a statistic of nothing is NaN.
/// FLOWTIME_STATUS_INVALID_ARGUMENT if the options did not ask for it, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_statistic(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    statistic: i32,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            let ensemble = &ensemble.ensemble;
            let numbers = match choice(statistic, STATISTICS, "statistic")? {
                Statistic::Mean => ensemble.mean(id),
                Statistic::Deviation => ensemble.deviation(id),
                Statistic::Minimum => ensemble.minimum(id),
                Statistic::Maximum => ensemble.maximum(id),
                _ => None,
            };
            out_series.set(view(numbers, id)?);
            Ok(())
        })
    }
}

/// A quantile, one number a bin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_quantile(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    quantile: f64,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            out_series.set(view(ensemble.ensemble.quantile(id, quantile), id)?);
            Ok(())
        })
    }
}

/// The part of the scenarios in which the node is above a threshold, one number a bin: of those in which it
/// is not missing, NaN if it always is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_above(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    threshold: f64,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            out_series.set(ensemble.chance(id, true, threshold)?);
            Ok(())
        })
    }
}

/// The part of the scenarios in which the node is below a threshold, as flowtime_ensemble_above().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_below(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    threshold: f64,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            out_series.set(ensemble.chance(id, false, threshold)?);
            Ok(())
        })
    }
}

/// Copies to the caller's memory, which has room for exactly `length` numbers, in how many scenarios the node
/// is missing (NaN), one number a bin; FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of bins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_copy_missing(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    counts: *mut u64,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let missing = ensemble.ensemble.missing(id).ok_or_else(|| not_asked(id))?;
            copy(missing.to_slice().unwrap_or_default(), counts, length, "counts")
        })
    }
}

/// The edges of a histogram, one more than there are buckets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_histogram_edges(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            let (edges, _) = ensemble.ensemble.histogram(id).ok_or_else(|| not_asked(id))?;
            out_series.set(Ok::<_, Failure>(flowtime_series::of(edges))?);
            Ok(())
        })
    }
}

/// Copies to the caller's memory, which has room for exactly `length` numbers, how many scenarios are in each
/// bucket of a histogram: all buckets of bin 0, then those of bin 1, and so on.
/// FLOWTIME_STATUS_OUT_OF_RANGE if the length is not bins times buckets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_copy_histogram(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    counts: *mut u64,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let (_, found) = ensemble.ensemble.histogram(id).ok_or_else(|| not_asked(id))?;
            copy(found.to_slice().unwrap_or_default(), counts, length, "counts")
        })
    }
}

/// A measure, one of flowtime_measure with its threshold, one number a scenario.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_measure(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    measure: i32,
    threshold: f64,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            let measure = ensemble_options::measure(measure, threshold)?;
            out_series.set(view(ensemble.ensemble.measure(id, measure), id)?);
            Ok(())
        })
    }
}

/// The series of the node in the chosen scenarios: the bins of the first one, then those of the next, in the
/// order in which the scenarios were given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_chosen_series(
    ensemble: *const flowtime_ensemble,
    id: *const c_char,
    id_length: usize,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            let found = ensemble.ensemble.series(id).ok_or_else(|| not_asked(id))?;
            let numbers = found.to_slice().unwrap_or_default();
            out_series.set(Ok::<_, Failure>(flowtime_series::of(numbers))?);
            Ok(())
        })
    }
}

/// What is worth knowing about it, bins counted over all scenarios (of all points of a sweep). The list
/// belongs to the ensemble; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_warnings(
    ensemble: *const flowtime_ensemble,
) -> *const flowtime_warnings {
    // SAFETY: the contract of the header.
    unsafe { guard::read(ensemble, std::ptr::null(), |ensemble| Some(&raw const ensemble.warnings)) }
}

/// How it was computed, for people: what the planner chose, the memory it took.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_describe(
    ensemble: *const flowtime_ensemble,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let ensemble = handle(ensemble, "ensemble")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(ensemble.ensemble.work().to_string())));
            Ok(())
        })
    }
}

/// Frees an ensemble that flowtime_plan_ensemble() made. NULL is fine. Its numbers are gone with it. The
/// ensembles that flowtime_sweep_at() shows belong to their sweep.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_ensemble_free(ensemble: *mut flowtime_ensemble) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(ensemble) }
}
