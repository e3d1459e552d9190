//! How long operations take.

use super::Registry;
use std::time::{Duration, Instant};

/// How often something was done and how long that took together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Timing {
    count: u32,
    total: Duration,
}

impl Timing {
    pub(super) fn add(&mut self, took: Duration) {
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(took);
    }

    pub(super) fn average_ms(self) -> f64 {
        self.total.as_secs_f64() * 1e3 / f64::from(self.count.max(1))
    }
}

/// Notes how long it lived.
pub(super) struct Timer<'a> {
    registry: &'a Registry,
    operation: &'static str,
    start: Instant,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        let took = self.start.elapsed();
        self.registry.state().took(self.operation, took);
    }
}

impl Registry {
    /// Times an operation until the end of its scope.
    pub(super) fn timer(&self, operation: &'static str) -> Timer<'_> {
        Timer { registry: self, operation, start: Instant::now() }
    }
}
