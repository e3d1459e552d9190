//! Sweeps: an ensemble for each of many inputs.

use crate::arguments::{choice, handle, numbers, out, text};
use crate::ensemble::flowtime_ensemble;
use crate::ensemble_options::flowtime_ensemble_options;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::model::flowtime_series;
use crate::plan::flowtime_plan;
use crate::status::flowtime_status;
use flowtime_core::SweepPoints;
use std::ffi::c_char;

/// How the numbers of swept inputs make points. Functions take it as int32_t, and refuse other numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_sweep_shape {
    /// Point n has the n-th number of each input; all have equally many.
    TABLE = 1,
    /// Every combination is a point; the numbers of the input that was added last change fastest.
    GRID = 2,
}

type Columns = Vec<(String, Vec<f64>)>;
type Make = fn(Columns) -> Result<SweepPoints, flowtime_core::Error>;

const SHAPES: &[(i32, Make)] = &[
    (flowtime_sweep_shape::TABLE as i32, |columns| SweepPoints::table(columns)),
    (flowtime_sweep_shape::GRID as i32, |columns| SweepPoints::grid(columns)),
];

/// The inputs of a sweep and their numbers.
pub struct flowtime_sweep_inputs {
    columns: Exclusive<Columns>,
}

/// An ensemble for each point, all with the same seeds: immutable, for use from any number of threads.
pub struct flowtime_sweep {
    points: SweepPoints,
    ensembles: Vec<flowtime_ensemble>,
}

/// Makes a list of inputs without any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_inputs_new(
    out_inputs: *mut *mut flowtime_sweep_inputs,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_inputs = out(out_inputs, "out_inputs")?;
            out_inputs.set(give(flowtime_sweep_inputs { columns: Exclusive::new(Vec::new()) }));
            Ok(())
        })
    }
}

/// Adds a const or pmf node with the numbers that it takes, which are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_inputs_add(
    inputs: *mut flowtime_sweep_inputs,
    node: *const c_char,
    node_length: usize,
    values: *const f64,
    values_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let inputs = handle(inputs, "inputs")?;
            let node = text(node, node_length, "node")?;
            let values = numbers(values, values_length, "values")?;
            inputs.columns.enter("sweep inputs")?.push((node.to_owned(), values.to_vec()));
            Ok(())
        })
    }
}

/// Frees a list of inputs. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_inputs_free(inputs: *mut flowtime_sweep_inputs) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(inputs) }
}

/// Runs an ensemble at every point, with the same random numbers. `shape` is one of flowtime_sweep_shape.
///
/// The statuses of flowtime_plan_ensemble(), and FLOWTIME_STATUS_INVALID_ARGUMENT for no input, one given
/// twice or also by the options, no numbers, and unequal lengths in a table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_sweep(
    plan: *const flowtime_plan,
    inputs: *const flowtime_sweep_inputs,
    shape: i32,
    options: *const flowtime_ensemble_options,
    out_sweep: *mut *mut flowtime_sweep,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let plan = handle(plan, "plan")?;
            let inputs = handle(inputs, "inputs")?;
            let options = handle(options, "options")?;
            let out_sweep = out(out_sweep, "out_sweep")?;
            let make = choice(shape, SHAPES, "shape")?;
            let columns = inputs.columns.enter("sweep inputs")?.clone();
            let points = make(columns)?;
            let sweep = plan.plan.sweep(&points, &options.options()?)?;
            let ensembles = sweep.into_ensembles().into_iter().map(flowtime_ensemble::new).collect();
            out_sweep.set(give(flowtime_sweep { points, ensembles }));
            Ok(())
        })
    }
}

/// How many points there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_count(sweep: *const flowtime_sweep) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(sweep, 0, |sweep| Some(sweep.ensembles.len())) }
}

/// The ensemble of a point, which belongs to the sweep; NULL past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_at(
    sweep: *const flowtime_sweep,
    point: usize,
) -> *const flowtime_ensemble {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(sweep, std::ptr::null(), |sweep| sweep.ensembles.get(point).map(std::ptr::from_ref))
    }
}

/// The numbers of a swept input, one a point, which live as long as the sweep.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_numbers(
    sweep: *const flowtime_sweep,
    input: *const c_char,
    input_length: usize,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let sweep = handle(sweep, "sweep")?;
            let input = text(input, input_length, "input")?;
            let out_series = out(out_series, "out_series")?;
            let numbers = sweep.points.numbers(input).ok_or_else(|| {
                Failure::new(flowtime_status::INVALID_ARGUMENT, format!("`{input}` is not swept"))
            })?;
            out_series.set(flowtime_series::of(numbers));
            Ok(())
        })
    }
}

/// Frees a sweep with its ensembles. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_sweep_free(sweep: *mut flowtime_sweep) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(sweep) }
}
