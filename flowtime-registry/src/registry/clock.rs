//! The time of day, which the host gives.

use std::fmt::Debug;
use std::time::SystemTime;

/// Says what time it is.
pub trait Clock: Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still, for repeatable results.
///
/// ```
/// use flowtime_registry::{Clock, FixedClock};
/// use std::time::{Duration, UNIX_EPOCH};
/// let clock = FixedClock(UNIX_EPOCH + Duration::from_secs(1_767_607_200));
/// assert_eq!(clock.now(), clock.now());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub SystemTime);

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        self.0
    }
}
