//! The one way into the library: no panic leaves it.
//!
//! The panic hook is the host's and is left alone; what the default hook prints comes from it.

use crate::error::{Failure, flowtime_error};
use crate::status::flowtime_status;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!("the panic guard of the C ABI needs `panic = \"unwind\"` in the profile of the final build");

/// Runs `work`; a failure or a panic becomes a status and, where `out_error` is not NULL, an error
/// object.
///
/// Unwind safety: what a panic can leave half done is behind a mutex of [`crate::handle::Exclusive`],
/// which is poisoned by it.
// SAFETY: `out_error` is NULL or may be written to.
pub(crate) unsafe fn guard(
    out_error: *mut *mut flowtime_error,
    work: impl FnOnce() -> Result<(), Failure>,
) -> flowtime_status {
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return flowtime_status::OK,
        Ok(Err(failure)) => failure,
        Err(payload) => Failure::new(flowtime_status::PANIC, message(&*payload)),
    };
    let status = failure.status();
    if !out_error.is_null() && out_error.is_aligned() {
        // SAFETY: the caller's promise.
        unsafe { out_error.write(crate::handle::give(flowtime_error::new(failure))) };
    }
    status
}

/// Reads something of a handle, or gives `default` for NULL.
// SAFETY: `handle` is NULL or a living handle.
pub(crate) unsafe fn read<T, R>(handle: *const T, default: R, work: impl FnOnce(&T) -> Option<R>) -> R {
    if handle.is_null() || !handle.is_aligned() {
        return default;
    }
    // SAFETY: the caller's promise.
    let handle = unsafe { &*handle };
    match catch_unwind(AssertUnwindSafe(|| work(handle))) {
        Ok(Some(result)) => result,
        Ok(None) | Err(_) => default,
    }
}

/// Ends the life of a handle; NULL is fine.
// SAFETY: `handle` is NULL or came from `handle::give` and is not used again.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if handle.is_null() || !handle.is_aligned() {
        return;
    }
    // A destructor that panics has nobody to tell.
    // SAFETY: the caller's promise.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(handle) })));
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> String {
    let said = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("the engine panicked, which is a mistake in it: {said}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn panics_and_failures_become_errors() {
        let mut error = ptr::null_mut();
        // SAFETY: `error` may be written to.
        let status = unsafe { guard(&mut error, || panic!("number {}", 7)) };
        assert_eq!(status, flowtime_status::PANIC);
        // SAFETY: a failure has written it.
        let message = unsafe { (*error).message().to_owned() };
        assert!(message.ends_with("number 7"), "{message}");
        // SAFETY: it is not used again.
        unsafe { free(error) };

        // SAFETY: NULL is allowed.
        let status = unsafe {
            guard(ptr::null_mut(), || Err(Failure::new(flowtime_status::OUT_OF_RANGE, "no such thing")))
        };
        assert_eq!(status, flowtime_status::OUT_OF_RANGE);
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { guard(ptr::null_mut(), || Ok(())) }, flowtime_status::OK);
    }

    #[test]
    fn reading_gives_a_default() {
        let number = 5;
        // SAFETY: NULL, and a living value.
        unsafe {
            assert_eq!(read(ptr::null::<i32>(), 1, |n| Some(*n)), 1);
            assert_eq!(read(&number, 1, |n| Some(*n)), 5);
            assert_eq!(read(&number, 1, |_| None), 1);
            assert_eq!(read(&number, 1, |_| panic!("unreadable")), 1);
            free(ptr::null_mut::<i32>());
        }
    }
}
