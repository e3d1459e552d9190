//! Runners: a plan that is run again and again, into the caller's memory.

use crate::arguments::{choice, destination, destinations, fits, handle, numbers, optional, out, text};
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::model::flowtime_series;
use crate::options::flowtime_run_options;
use crate::plan::flowtime_plan;
use crate::progress::Pace;
use crate::run::not_kept;
use crate::status::flowtime_status;
use crate::text::flowtime_str;
use crate::warnings::flowtime_warnings;
use flowtime_core::{Plan, Runner};
use std::ffi::c_char;
use std::sync::Arc;

/// Runs a plan again and again. One call at a time: give each thread its own.
pub struct flowtime_runner {
    plan: Plan,
    /// The kept series, in their order.
    kept: Vec<String>,
    state: Exclusive<State>,
}

struct State {
    runner: Runner,
    pace: Arc<Pace>,
    bound: Vec<Bound>,
    /// How many numbers the bound inputs take together.
    inputs: usize,
    // Lists that only the first run allocates.
    slots: Vec<&'static mut [f64]>,
    addresses: Vec<usize>,
}

/// A node that each run gives new numbers to.
struct Bound {
    node: String,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    Number,
    Series,
}

/// How many numbers a bound input takes. Functions take it as int32_t, and refuse other numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_input_shape {
    /// One number, for every bin.
    NUMBER = 1,
    /// One number a bin.
    SERIES = 2,
}

const SHAPES: &[(i32, Shape)] = &[
    (flowtime_input_shape::NUMBER as i32, Shape::Number),
    (flowtime_input_shape::SERIES as i32, Shape::Series),
];

impl flowtime_runner {
    fn new(plan: &Plan, options: Option<&flowtime_run_options>) -> Result<Self, Failure> {
        let options = flowtime_run_options::state(options)?;
        let pace = Arc::default();
        let runner = plan.runner(&options.options_at(&pace))?;
        let mut kept: Vec<String> = Vec::new();
        match options.keep() {
            None => kept.extend(plan.nodes().map(|node| node.id.to_owned())),
            Some(ids) => {
                for id in ids {
                    if !kept.contains(id) {
                        kept.push(id.clone());
                    }
                }
            }
        }
        let state = State {
            runner,
            pace,
            bound: Vec::new(),
            inputs: 0,
            slots: Vec::with_capacity(kept.len()),
            addresses: Vec::with_capacity(kept.len()),
        };
        Ok(flowtime_runner { plan: plan.clone(), kept, state: Exclusive::new(state) })
    }

    fn bins(&self) -> usize {
        self.plan.grid().bins()
    }
}

impl State {
    /// Gives the bound inputs their numbers, or leaves all as they were.
    fn set_inputs(&mut self, mut inputs: &[f64], bins: usize) -> Result<(), Failure> {
        if inputs.len() != self.inputs {
            let message =
                format!("`inputs_length` is {}, but the bound inputs take {}", inputs.len(), self.inputs);
            return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message));
        }
        // The engine refuses infinities, one input after the other: the refused one goes first, so that
        // the rest stay as they were.
        // Every number is looked at, which takes less time than stopping at the first.
        let infinite = inputs.iter().fold(false, |found, number| found | number.is_infinite());
        for bound in &self.bound {
            let (own, rest) = inputs.split_at(match bound.shape {
                Shape::Number => 1,
                Shape::Series => bins,
            });
            inputs = rest;
            if infinite && !own.iter().any(|number| number.is_infinite()) {
                continue;
            }
            match (bound.shape, own) {
                (Shape::Number, [number]) => self.runner.set_input(&bound.node, *number)?,
                _ => self.runner.set_series(&bound.node, own)?,
            }
        }
        Ok(())
    }

    /// Runs into `slots`, whose memory is the caller's.
    fn run_into_slots(&mut self) -> Result<(), Failure> {
        self.pace.begin();
        let mut slots = std::mem::take(&mut self.slots);
        let result = self.runner.run_into(&mut slots);
        slots.clear();
        self.slots = slots;
        Ok(result?)
    }
}

/// Prepares to run a plan again and again. `options` may be NULL; they say what is kept, the seed, the
/// first inputs, and whether there is a cancellation or a progress function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_new(
    plan: *const flowtime_plan,
    options: *const flowtime_run_options,
    out_runner: *mut *mut flowtime_runner,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let plan = handle(plan, "plan")?;
            let options = optional(options, "options")?;
            let out_runner = out(out_runner, "out_runner")?;
            out_runner.set(give(flowtime_runner::new(&plan.plan, options)?));
            Ok(())
        })
    }
}

/// How many bins each series has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_bins(runner: *const flowtime_runner) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(runner, 0, |runner| Some(runner.bins())) }
}

/// How many series are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_series_count(runner: *const flowtime_runner) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(runner, 0, |runner| Some(runner.kept.len())) }
}

/// The id of a kept series, in the order in which flowtime_runner_run_into() writes them; NULL and 0 past
/// the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_series_id(
    runner: *const flowtime_runner,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(runner, flowtime_str::NONE, |runner| Some(flowtime_str::of(runner.kept.get(index)?)))
    }
}

/// Draws with this seed, 0 to 2^53 - 1, from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_set_seed(
    runner: *mut flowtime_runner,
    seed: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            handle(runner, "runner")?.state.enter("runner")?.runner.set_seed(seed)?;
            Ok(())
        })
    }
}

/// Puts a number in the place of a const or pmf node from now on; NaN is a missing number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_set_number(
    runner: *mut flowtime_runner,
    node: *const c_char,
    node_length: usize,
    number: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let node = text(node, node_length, "node")?;
            runner.state.enter("runner")?.runner.set_input(node, number)?;
            Ok(())
        })
    }
}

/// Puts one number a bin, which are copied, in the place of a const or pmf node from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_set_series(
    runner: *mut flowtime_runner,
    node: *const c_char,
    node_length: usize,
    values: *const f64,
    values_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let node = text(node, node_length, "node")?;
            let values = numbers(values, values_length, "values")?;
            runner.state.enter("runner")?.runner.set_series(node, values)?;
            Ok(())
        })
    }
}

/// Says that each flowtime_runner_run_into() brings new numbers for a const or pmf node: one, or one a bin,
/// as `shape` (a flowtime_input_shape) says. They come in the order in which the nodes were bound. Until the
/// first ones come, the node is missing (NaN) in every bin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_bind(
    runner: *mut flowtime_runner,
    node: *const c_char,
    node_length: usize,
    shape: i32,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let node = text(node, node_length, "node")?;
            let shape = choice(shape, SHAPES, "shape")?;
            let state = &mut *runner.state.enter("runner")?;
            if state.bound.iter().any(|bound| bound.node == node) {
                let message = format!("`{node}` is bound already");
                return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message));
            }
            let size = match shape {
                Shape::Number => 1,
                Shape::Series => runner.bins(),
            };
            // The engine knows whether the node can be replaced, and makes room for what will come.
            match shape {
                Shape::Number => state.runner.set_input(node, f64::NAN)?,
                Shape::Series => state.runner.set_series(node, &vec![f64::NAN; size])?,
            }
            state.bound.push(Bound { node: node.to_owned(), shape });
            state.inputs += size;
            Ok(())
        })
    }
}

/// Runs the plan; the series are then in flowtime_runner_series(). Nothing is allocated after the first
/// run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_run(
    runner: *mut flowtime_runner,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let mut state = handle(runner, "runner")?.state.enter("runner")?;
            state.pace.begin();
            state.runner.run()?;
            Ok(())
        })
    }
}

/// The numbers of a kept series of the last flowtime_runner_run(), without copying. They live until the
/// next call that changes the runner. FLOWTIME_STATUS_CANCELLED leaves them half written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_series(
    runner: *const flowtime_runner,
    id: *const c_char,
    id_length: usize,
    out_series: *mut flowtime_series,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let id = text(id, id_length, "id")?;
            let out_series = out(out_series, "out_series")?;
            let state = runner.state.enter("runner")?;
            let series = state.runner.series(id);
            let series = series.as_ref().and_then(|series| series.as_slice()).ok_or_else(|| not_kept(id))?;
            out_series.set(flowtime_series::of(series));
            Ok(())
        })
    }
}

/// Runs the plan from and into the caller's memory: `inputs` has the numbers of the bound inputs, one
/// after the other, and `outputs` receives the kept series, one after the other, series_count times bins
/// numbers. Nothing is allocated after the first run.
///
/// FLOWTIME_STATUS_INVALID_ARGUMENT for wrong lengths and infinities; nothing is changed or written then.
/// FLOWTIME_STATUS_CANCELLED leaves the outputs half written. Inputs and outputs may not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_run_into(
    runner: *mut flowtime_runner,
    inputs: *const f64,
    inputs_length: usize,
    outputs: *mut f64,
    outputs_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let inputs = numbers(inputs, inputs_length, "inputs")?;
            let outputs = destination(outputs, outputs_length, "outputs")?;
            let (count, bins) = (runner.kept.len(), runner.bins());
            if count.checked_mul(bins) != Some(outputs_length) {
                let message =
                    format!("`outputs_length` is {outputs_length}, not {count} series of {bins} numbers");
                return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message));
            }
            let state = &mut *runner.state.enter("runner")?;
            state.set_inputs(inputs, bins)?;
            for number in 0..count {
                state.slots.push(std::slice::from_raw_parts_mut(outputs.add(number * bins), bins));
            }
            state.run_into_slots()?;
            Ok(())
        })
    }
}

/// As flowtime_runner_run_into(), but each series goes to a place of its own: `outputs` has series_count
/// pointers to `length` numbers each, and `length` is the number of bins. Places may not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_run_into_each(
    runner: *mut flowtime_runner,
    inputs: *const f64,
    inputs_length: usize,
    outputs: *const *mut f64,
    outputs_count: usize,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let inputs = numbers(inputs, inputs_length, "inputs")?;
            let outputs = destinations(outputs, outputs_count, "outputs")?;
            let (count, bins) = (runner.kept.len(), runner.bins());
            if outputs_count != count || length != bins {
                let message = format!(
                    "there are {outputs_count} outputs of {length} numbers, not {count} series of {bins} numbers"
                );
                return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message));
            }
            fits::<f64>(length, "outputs")?;
            let state = &mut *runner.state.enter("runner")?;
            state.addresses.clear();
            for output in outputs {
                state.addresses.push(destination(*output, length, "outputs")?.addr());
            }
            state.addresses.sort_unstable();
            if state.addresses.windows(2).any(|pair| pair[1] - pair[0] < length * size_of::<f64>()) {
                return Err(Failure::new(flowtime_status::INVALID_ARGUMENT, "two of the `outputs` overlap"));
            }
            state.set_inputs(inputs, bins)?;
            for output in outputs {
                state.slots.push(std::slice::from_raw_parts_mut(*output, bins));
            }
            state.run_into_slots()?;
            Ok(())
        })
    }
}

/// What is worth knowing about the last run, as a list that the caller frees.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_warnings(
    runner: *const flowtime_runner,
    out_warnings: *mut *mut flowtime_warnings,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let runner = handle(runner, "runner")?;
            let out_warnings = out(out_warnings, "out_warnings")?;
            let warnings = flowtime_warnings::new(&runner.state.enter("runner")?.runner.warnings());
            out_warnings.set(give(warnings));
            Ok(())
        })
    }
}

/// Frees a runner. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_runner_free(runner: *mut flowtime_runner) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(runner) }
}
