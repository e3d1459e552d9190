//! What a run is asked for.

use crate::arguments::{handle, numbers, optional, text};
use crate::cancel::flowtime_cancel;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::limits;
use crate::progress::{Pace, Progress};
use crate::status::flowtime_status;
use flowtime_core::{Cancel, InputValue, Limits, RunOptions};
use flowtime_registry::RunRequest;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// What is called during a run with the part of the work that is done, from 0 to 1, in the thread of the
/// call: at the first report, at most twenty times a second after it (and about a thousand times in all),
/// and when all is done. It returns 0 to go on; anything else ends the run with FLOWTIME_STATUS_CANCELLED.
/// It must return normally (no exception, no longjmp). It may call the library, but not with the objects of
/// the call that it is called from, flowtime_cancel excepted.
pub type flowtime_progress = Option<unsafe extern "C" fn(done: f64, user_data: *mut c_void) -> i32>;

/// How a plan is run. Calls that take options copy what they need; the options can be changed or freed
/// afterwards.
pub struct flowtime_run_options {
    pub(crate) state: Exclusive<State>,
}

#[derive(Clone, Default)]
pub(crate) struct State {
    seed: Option<u64>,
    inputs: Vec<(String, InputValue)>,
    keep: Option<Vec<String>>,
    limits: Limits,
    cancel: Option<Cancel>,
    progress: Option<Progress>,
    #[cfg(feature = "test-entries")]
    pub(crate) instruction_set: Option<usize>,
}

impl State {
    fn set_input(&mut self, node: &str, value: InputValue) {
        match self.inputs.iter_mut().find(|(id, _)| id == node) {
            Some((_, old)) => *old = value,
            None => self.inputs.push((node.to_owned(), value)),
        }
    }

    pub(crate) fn keep(&self) -> Option<&[String]> {
        self.keep.as_deref()
    }

    /// The same for a run that is stored; what is kept are its outputs.
    pub(crate) fn ask(&self, mut request: RunRequest) -> RunRequest {
        request = request.limits(self.limits).outputs(self.keep.iter().flatten().map(String::as_str));
        for (node, value) in &self.inputs {
            request = request.input(node.as_str(), value.clone());
        }
        if let Some(seed) = self.seed {
            request = request.seed(seed);
        }
        if let Some(cancel) = &self.cancel {
            request = request.cancel(cancel);
        }
        if let Some(progress) = self.progress {
            request = request.watch(progress.at(Arc::default()));
        }
        request
    }

    /// The options in the engine's own form, for one run.
    pub(crate) fn options(&self) -> RunOptions {
        self.options_at(&Arc::default())
    }

    /// The same for several, of each of which the pace is told that it begins.
    pub(crate) fn options_at(&self, pace: &Arc<Pace>) -> RunOptions {
        let mut options = RunOptions::new().limits(self.limits);
        for (node, value) in &self.inputs {
            options = options.input(node.as_str(), value.clone());
        }
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        if let Some(keep) = &self.keep {
            options = options.keep(keep.iter().map(String::as_str));
        }
        if let Some(cancel) = &self.cancel {
            options = options.cancel(cancel);
        }
        if let Some(progress) = self.progress {
            options = options.watch(progress.at(pace.clone()));
        }
        #[cfg(feature = "test-entries")]
        if let Some(number) = self.instruction_set {
            options = options.instruction_set(number);
        }
        options
    }
}

impl flowtime_run_options {
    /// A copy of what some options say, or the defaults.
    pub(crate) fn state(options: Option<&flowtime_run_options>) -> Result<State, Failure> {
        match options {
            Some(options) => Ok(options.state.enter("run options")?.clone()),
            None => Ok(State::default()),
        }
    }
}

/// Makes options with the defaults: every node, the model's own inputs and seed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_new(
    out_options: *mut *mut flowtime_run_options,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_options = crate::arguments::out(out_options, "out_options")?;
            out_options.set(give(flowtime_run_options { state: Exclusive::new(State::default()) }));
            Ok(())
        })
    }
}

/// Draws with this seed, 0 to 2^53 - 1, instead of the model's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_seed(
    options: *mut flowtime_run_options,
    seed: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            handle(options, "options")?.state.enter("run options")?.seed = Some(seed);
            Ok(())
        })
    }
}

/// Puts a number in the place of a const or pmf node; NaN is a missing number. Names and numbers are
/// checked against the plan when it is run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_number(
    options: *mut flowtime_run_options,
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
            options.state.enter("run options")?.set_input(node, number.into());
            Ok(())
        })
    }
}

/// Puts one number a bin, which are copied, in the place of a const or pmf node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_series(
    options: *mut flowtime_run_options,
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
            options.state.enter("run options")?.set_input(node, values.into());
            Ok(())
        })
    }
}

/// Adds a node to those that are kept. Once there is one, only those are computed and kept, in the order
/// in which they were added, and what they need is computed as well.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_keep(
    options: *mut flowtime_run_options,
    node: *const c_char,
    node_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let node = text(node, node_length, "node")?;
            options.state.enter("run options")?.keep.get_or_insert_default().push(node.to_owned());
            Ok(())
        })
    }
}

/// Sets a limit, one of flowtime_limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_limit(
    options: *mut flowtime_run_options,
    limit: i32,
    value: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let mut state = options.state.enter("run options")?;
            state.limits = limits::with(state.limits, limit, value)?;
            Ok(())
        })
    }
}

/// Stops runs when `cancel` is asked to; NULL for nothing. The request may be freed before the options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_cancel(
    options: *mut flowtime_run_options,
    cancel: *const flowtime_cancel,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let cancel = optional(cancel, "cancel")?.map(|cancel| cancel.cancel.clone());
            options.state.enter("run options")?.cancel = cancel;
            Ok(())
        })
    }
}

/// Calls `progress` during runs; NULL for nothing. `user_data` is handed on, and must be fit for every
/// thread that runs with these options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_set_progress(
    options: *mut flowtime_run_options,
    progress: flowtime_progress,
    user_data: *mut c_void,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let progress = progress.map(|function| Progress { function, user_data });
            options.state.enter("run options")?.progress = progress;
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_run_options_free(options: *mut flowtime_run_options) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(options) }
}
