//! What is worth knowing about a run.

use crate::guard;
use crate::text::flowtime_str;
use flowtime_core::RunWarning;

/// The warnings of a run: nodes that divided by zero, which gives 0, in the order of the model.
pub struct flowtime_warnings {
    list: Vec<Warning>,
}

struct Warning {
    node: String,
    bins: u64,
    message: String,
}

impl flowtime_warnings {
    pub(crate) fn new(warnings: &[RunWarning]) -> Self {
        let list = warnings.iter().map(|warning| {
            let (node, bins) = match warning {
                RunWarning::DivisionByZero { node, bins } => (node.clone(), *bins),
                // A kind that is newer than this crate still has a message.
                _ => (String::new(), 0),
            };
            Warning { node, bins, message: warning.to_string() }
        });
        flowtime_warnings { list: list.collect() }
    }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_warnings_count(warnings: *const flowtime_warnings) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(warnings, 0, |warnings| Some(warnings.list.len())) }
}

/// What a warning says, for people; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_warnings_message(
    warnings: *const flowtime_warnings,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(warnings, flowtime_str::NONE, |warnings| {
            Some(flowtime_str::of(&warnings.list.get(index)?.message))
        })
    }
}

/// The node that a warning is about; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_warnings_node(
    warnings: *const flowtime_warnings,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(warnings, flowtime_str::NONE, |warnings| {
            Some(flowtime_str::of(&warnings.list.get(index)?.node))
        })
    }
}

/// In how many bins it happened; 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_warnings_bins(warnings: *const flowtime_warnings, index: usize) -> u64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(warnings, 0, |warnings| Some(warnings.list.get(index)?.bins)) }
}

/// Frees a list that flowtime_runner_warnings() made. NULL is fine. The list that
/// flowtime_run_warnings() shows belongs to its run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_warnings_free(warnings: *mut flowtime_warnings) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(warnings) }
}
