//! Stopping runs from another thread.

use crate::arguments::{handle, out};
use crate::error::flowtime_error;
use crate::guard::{self, guard};
use crate::handle::give;
use crate::status::flowtime_status;
use flowtime_core::Cancel;

/// Asks runs to stop, from any thread. Options that know of it share the request, so that it may be
/// freed at any time.
pub struct flowtime_cancel {
    pub(crate) cancel: Cancel,
}

/// Makes a request that has not been made yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_cancel_new(
    out_cancel: *mut *mut flowtime_cancel,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_cancel = out(out_cancel, "out_cancel")?;
            out_cancel.set(give(flowtime_cancel { cancel: Cancel::new() }));
            Ok(())
        })
    }
}

/// Asks every run that knows of it to stop; they do within a few milliseconds, with
/// FLOWTIME_STATUS_CANCELLED. From any thread, also while a run is on its way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_cancel_request(
    cancel: *const flowtime_cancel,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            handle(cancel, "cancel")?.cancel.cancel();
            Ok(())
        })
    }
}

/// Has it been asked? 1 or 0; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_cancel_is_requested(cancel: *const flowtime_cancel) -> i32 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(cancel, 0, |cancel| Some(i32::from(cancel.cancel.is_cancelled()))) }
}

/// Frees a request. NULL is fine. Runs that know of it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_cancel_free(cancel: *mut flowtime_cancel) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(cancel) }
}
