//! How large a model and its runs may be, as Python says it.

use crate::error::unknown_name;
use flowtime_core::Limits;
use pyo3::PyResult;

/// Limits that were set, by name.
pub(crate) type Given = Vec<(String, u64)>;

/// `limits`, but for those that were set. `flowtime.limits` says what may have been meant by a name that is none.
pub(crate) fn with(limits: Limits, given: &[(String, u64)]) -> PyResult<Limits> {
    given.iter().try_fold(limits, |limits, (name, value)| {
        limits.named(name, *value).ok_or_else(|| unknown_name(format!("there is no limit `{name}`")))
    })
}

/// Documents that nobody wrote may be long.
pub(crate) fn unwritten() -> Limits {
    Limits::default().max_document_bytes(u32::MAX as usize)
}
