//! Runs: the series of a plan.

use crate::arguments::{destination, handle, out, text};
use crate::diagnostics::flowtime_diagnostics;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::give;
use crate::model::{flowtime_model, flowtime_series};
use crate::plan::flowtime_plan;
use crate::status::flowtime_status;
use crate::text::flowtime_str;
use crate::warnings::flowtime_warnings;
use flowtime_core::Run;
use flowtime_core::analysis::findings;
use std::ffi::c_char;

/// The series of one run: immutable, for use from any number of threads.
pub struct flowtime_run {
    run: Run,
    // Views of what the run itself holds, so that every index is found at once.
    kept: Vec<(flowtime_str, flowtime_series)>,
    warnings: flowtime_warnings,
}

impl flowtime_run {
    pub(crate) fn new(run: Run) -> Self {
        let kept = run.iter().map(|(id, series)| {
            (flowtime_str::of(id), series.to_slice().map_or(flowtime_series::NONE, flowtime_series::of))
        });
        flowtime_run { kept: kept.collect(), warnings: flowtime_warnings::new(run.warnings()), run }
    }

    fn series(&self, id: &str) -> Result<&[f64], Failure> {
        self.run.series(id).and_then(|series| series.to_slice()).ok_or_else(|| not_kept(id))
    }
}

/// A series was asked for that is not there.
pub(crate) fn not_kept(id: &str) -> Failure {
    Failure::new(flowtime_status::INVALID_ARGUMENT, format!("no series is called `{id}`, or it was not kept"))
}

/// The seed that was used; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_seed(run: *const flowtime_run) -> u64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, 0, |run| Some(run.run.seed())) }
}

/// How many bins each series has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_bins(run: *const flowtime_run) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, 0, |run| Some(run.run.plan().grid().bins())) }
}

/// How many series were kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_series_count(run: *const flowtime_run) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, 0, |run| Some(run.kept.len())) }
}

/// The id of a series, in the order of the model or as they were asked for; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_series_id(run: *const flowtime_run, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, flowtime_str::NONE, |run| Some(run.kept.get(index)?.0)) }
}

/// The numbers of a series, without copying; they live as long as the run. NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_series_at(run: *const flowtime_run, index: usize) -> flowtime_series {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, flowtime_series::NONE, |run| Some(run.kept.get(index)?.1)) }
}

/// The numbers of the series called `id`, without copying; they live as long as the run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_series(
    run: *const flowtime_run,
    id: *const c_char,
    id_length: usize,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let run = handle(run, "run")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            out_series.set(flowtime_series::of(run.series(id)?));
            Ok(())
        })
    }
}

/// Copies the numbers of the series called `id` to the caller's memory, which has room for exactly
/// `length` numbers; FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of bins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_copy_series(
    run: *const flowtime_run,
    id: *const c_char,
    id_length: usize,
    numbers: *mut f64,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let run = handle(run, "run")?;
            let id = text(id, id_length, "id")?;
            let numbers = destination(numbers, length, "numbers")?;
            let series = run.series(id)?;
            if series.len() != length {
                let message = format!("`length` is {length}, but the series has {} numbers", series.len());
                return Err(Failure::new(flowtime_status::OUT_OF_RANGE, message));
            }
            std::ptr::copy(series.as_ptr(), numbers, length);
            Ok(())
        })
    }
}

/// What is worth knowing about the run. The list belongs to the run; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_warnings(run: *const flowtime_run) -> *const flowtime_warnings {
    // SAFETY: the contract of the header.
    unsafe { guard::read(run, std::ptr::null(), |run| Some(&raw const run.warnings)) }
}

/// Everything that looks wrong in the results, as diagnostics that point into the model, in the order of the
/// document: divisions by zero, numbers that are not finite, queues below zero, capacities that never
/// suffice, outputs that never change. Only the series that the run kept are looked at.
/// FLOWTIME_STATUS_INVALID_ARGUMENT if `run` is not a run of `model`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_findings(
    run: *const flowtime_run,
    model: *const flowtime_model,
    out_diagnostics: *mut *mut flowtime_diagnostics,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let run = &handle(run, "run")?.run;
            let model = &handle(model, "model")?.model;
            let out_diagnostics = out(out_diagnostics, "out_diagnostics")?;
            let of_run = run.plan().nodes().map(|node| (node.id, node.kind));
            if !of_run.eq(model.nodes().iter().map(|node| (node.id(), node.kind().name()))) {
                let message = "`run` is not a run of `model`: they have different nodes";
                return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message));
            }
            let found = findings(model, run);
            out_diagnostics.set(give(flowtime_diagnostics::new(&found, model.source_text())));
            Ok(())
        })
    }
}

/// The plan that was run, as a handle of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_plan(
    run: *const flowtime_run,
    out_plan: *mut *mut flowtime_plan,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let run = handle(run, "run")?;
            let out_plan = out(out_plan, "out_plan")?;
            out_plan.set(give(flowtime_plan::new(run.run.plan().clone())));
            Ok(())
        })
    }
}

/// Frees a run. NULL is fine. Its series are gone with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_free(run: *mut flowtime_run) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(run) }
}
