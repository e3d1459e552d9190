//! Error objects.

use crate::diagnostics::flowtime_diagnostics;
use crate::guard;
use crate::status::flowtime_status;
use crate::text::flowtime_str;

/// Why a call failed, on the way out.
pub(crate) struct Failure(Box<flowtime_error>);

impl Failure {
    pub(crate) fn new(status: flowtime_status, message: impl Into<String>) -> Self {
        Failure(Box::new(flowtime_error {
            status,
            message: message.into(),
            offset: usize::MAX,
            diagnostics: flowtime_diagnostics::new(&[], None),
        }))
    }

    /// At this byte of a text.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset = offset;
        self
    }

    pub(crate) fn status(&self) -> flowtime_status {
        self.0.status
    }
}

impl From<flowtime_core::Error> for Failure {
    fn from(error: flowtime_core::Error) -> Self {
        Failure(Box::new(flowtime_error {
            status: flowtime_status::of(error.kind()),
            message: error.to_string(),
            offset: usize::MAX,
            diagnostics: flowtime_diagnostics::new(error.diagnostics(), error.source_text()),
        }))
    }
}

impl From<flowtime_registry::WorkspaceError> for Failure {
    fn from(error: flowtime_registry::WorkspaceError) -> Self {
        if let flowtime_registry::WorkspaceError::Model(error) = error {
            return error.into();
        }
        let status = flowtime_status::of_kept(error.kind());
        match error.help() {
            Some(help) => Failure::new(status, format!("{error}: {help}")),
            None => Failure::new(status, error.to_string()),
        }
    }
}

impl From<flowtime_registry::RegistryError> for Failure {
    fn from(error: flowtime_registry::RegistryError) -> Self {
        flowtime_registry::WorkspaceError::from(error).into()
    }
}

/// Why a call failed. Free it with flowtime_error_free(); it does not refer to anything else.
pub struct flowtime_error {
    status: flowtime_status,
    message: String,
    offset: usize,
    diagnostics: flowtime_diagnostics,
}

impl flowtime_error {
    pub(crate) fn new(failure: Failure) -> Self {
        *failure.0
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// The status that the call returned; FLOWTIME_STATUS_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_error_status(error: *const flowtime_error) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe { guard::read(error, flowtime_status::OK, |error| Some(error.status)) }
}

/// What went wrong, for people: one line for a wrong call, a listing with the places in the document
/// for an invalid model. Lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_error_message(error: *const flowtime_error) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(error, flowtime_str::NONE, |error| Some(flowtime_str::of(&error.message))) }
}

/// The first byte that is not UTF-8 of FLOWTIME_STATUS_INVALID_UTF8; SIZE_MAX for everything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_error_offset(error: *const flowtime_error) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(error, usize::MAX, |error| Some(error.offset)) }
}

/// Everything that is wrong with the model, warnings included, in the order of the document; empty
/// unless the status is FLOWTIME_STATUS_INVALID_MODEL, or FLOWTIME_STATUS_INVALID_ARGUMENT for parameters of a
/// template. Lives as long as the error; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_error_diagnostics(
    error: *const flowtime_error,
) -> *const flowtime_diagnostics {
    // SAFETY: the contract of the header.
    unsafe { guard::read(error, std::ptr::null(), |error| Some(&raw const error.diagnostics)) }
}

/// Frees an error. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_error_free(error: *mut flowtime_error) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(error) }
}
