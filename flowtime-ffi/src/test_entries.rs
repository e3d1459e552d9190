//! Entries for tests; only with the feature `test-entries`, and in no header.

use crate::arguments::{handle, optional, out};
use crate::error::{Failure, flowtime_error};
use crate::guard::guard;
use crate::handle::give;
use crate::options::flowtime_run_options;
use crate::status::flowtime_status;
use crate::text::flowtime_text;
use flowtime_core::RunOptions;

/// Panics, with `options` in use unless it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_test_panic(
    options: *mut flowtime_run_options,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = optional(options, "options")?;
            let _entered = options.map(|options| options.state.enter("run options")).transpose()?;
            panic!("a panic that was asked for");
        })
    }
}

/// Runs with instruction set `number` of this machine, and gives its name; FLOWTIME_STATUS_OUT_OF_RANGE
/// past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_test_instruction_set(
    options: *mut flowtime_run_options,
    number: usize,
    out_name: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let out_name = out(out_name, "out_name")?;
            let name = RunOptions::instruction_sets().into_iter().nth(number).ok_or_else(|| {
                Failure::new(flowtime_status::OUT_OF_RANGE, format!("there is no instruction set {number}"))
            })?;
            options.state.enter("run options")?.instruction_set = Some(number);
            out_name.set(give(flowtime_text::new(name)));
            Ok(())
        })
    }
}
