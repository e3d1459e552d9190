//! Handles: values that the caller holds by pointer.

use crate::error::Failure;
use crate::status::flowtime_status;
use std::sync::{Mutex, MutexGuard, TryLockError};

/// Gives a value to the caller, who frees it.
pub(crate) fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// What one call at a time may change.
///
/// A second call, from another thread or from a callback, is refused instead of waited for, and a
/// value that was left half done by a panic is refused from then on.
pub(crate) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Self {
        Exclusive(Mutex::new(value))
    }

    /// The value, for one call; `what` names it in messages.
    pub(crate) fn enter(&self, what: &str) -> Result<MutexGuard<'_, T>, Failure> {
        self.0.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Failure::new(
                flowtime_status::IN_USE,
                format!("the {what} is in use by another call: give each thread its own"),
            ),
            TryLockError::Poisoned(_) => Failure::new(
                flowtime_status::POISONED,
                format!("the {what} was left half done by a panic: free it and make a new one"),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn one_call_at_a_time_and_none_after_a_panic() {
        let value = Exclusive::new(1);
        let held = value.enter("thing").ok();
        assert_eq!(value.enter("thing").err().map(|f| f.status()), Some(flowtime_status::IN_USE));
        drop(held);
        assert!(value.enter("thing").is_ok());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _held = value.enter("thing").ok();
            panic!("in the middle");
        }));
        assert!(panicked.is_err());
        assert_eq!(value.enter("thing").err().map(|f| f.status()), Some(flowtime_status::POISONED));
    }
}
