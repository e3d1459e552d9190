//! Telling a host how far a run is, as often as people can see.

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The engine, which has no clock, reports up to a thousand times a run however short it is: a host that draws or
/// takes a lock would slow it down.
const PAUSE: Duration = Duration::from_millis(50);

/// A host's function, and what it is called with.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) function: unsafe extern "C" fn(done: f64, user_data: *mut c_void) -> i32,
    pub(crate) user_data: *mut c_void,
}

// SAFETY: the engine calls it in the thread of the run alone, and that the host may run in several
// threads with the same user data is part of the contract.
unsafe impl Send for Progress {}
// SAFETY: as above.
unsafe impl Sync for Progress {}

impl Progress {
    fn call(&self, done: f64) -> ControlFlow<()> {
        // SAFETY: the host promised that the function can be called with its user data.
        match unsafe { (self.function)(done, self.user_data) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }

    /// What the engine calls, thinned out.
    pub(crate) fn at(self, pace: Arc<Pace>) -> impl Fn(f64) -> ControlFlow<()> + Send + Sync + 'static {
        move |done| {
            if pace.is_due(done, Instant::now()) { self.call(done) } else { ControlFlow::Continue(()) }
        }
    }
}

/// Which reports of a run are passed on: the first one, that all is done, and of the others one now and then.
#[derive(Default)]
pub(crate) struct Pace(Mutex<Told>);

#[derive(Default)]
struct Told {
    /// When a report was passed on.
    last: Option<Instant>,
    /// That all is done?
    all: bool,
}

impl Pace {
    /// Another run begins.
    pub(crate) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Told::default();
    }

    fn is_due(&self, done: f64, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = done >= 1.0;
        let waited = told.last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        let due = waited || all && !told.all;
        if due {
            *told = Told { last: Some(now), all };
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_the_last_and_some_between_are_told() {
        let (pace, start) = (Pace::default(), Instant::now());
        let told = |from: u64| {
            let report = |n: &u64| {
                pace.is_due((*n as f64 / 1000.0).min(1.0), start + Duration::from_millis(from + *n))
            };
            (1..=1100u64).filter(report).collect::<Vec<_>>()
        };
        // A thousand reports in a second, then some of work that was not expected.
        let mut wanted: Vec<u64> = (0..20).map(|n| 1 + 50 * n).collect();
        wanted.extend([1000, 1050, 1100]);
        assert_eq!(told(0), wanted);
        // A run that begins at once is told of too.
        pace.begin();
        assert_eq!(told(1101)[..2], [1, 51]);
    }

    #[test]
    fn a_run_without_time_is_told_of_twice() {
        let (pace, now) = (Pace::default(), Instant::now());
        let told = (1..=1000).filter(|n| pace.is_due(f64::from(*n) / 1000.0, now)).collect::<Vec<_>>();
        assert_eq!(told, [1, 1000]);
        pace.begin();
        assert!(pace.is_due(1.0, now) && !pace.is_due(1.0, now));
    }
}
