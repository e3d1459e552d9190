//! Stopping a run and watching it.

use crate::error::{Error, ErrorKind};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks runs to stop, from any thread. Clones share the request.
///
/// ```
/// use flowtime_core::{Cancel, ErrorKind, Model, RunOptions};
/// let model = Model::from_yaml(
///     "{schemaVersion: 1, grid: {bins: 3, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: const, values: 1}]}",
/// )?;
/// let cancel = Cancel::new();
/// cancel.cancel();
/// let error = model.compile()?.run(&RunOptions::new().cancel(&cancel)).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Cancelled);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A request that has not been made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every run that knows of it to stop. They do when the step at hand is done for 64 bins: within
    /// a millisecond or so, longer where single formulas have millions of operations.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Has it been asked?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is called with the part of the work that is done, from 0 to 1, and says whether to go on.
pub(crate) type Progress = Arc<dyn Fn(f64) -> ControlFlow<()> + Send + Sync>;

/// A run is stopped.
pub(super) fn cancelled() -> Error {
    Error::call(ErrorKind::Cancelled, "the run was cancelled")
}

/// Watches one run.
pub(crate) struct Control {
    cancel: Option<Cancel>,
    progress: Option<Progress>,
    done: usize,
    total: usize,
    reported: usize,
}

impl Control {
    /// Watches a run of `total` bins, passes added up.
    pub(crate) fn new(cancel: Option<Cancel>, progress: Option<Progress>, total: usize) -> Self {
        Control { cancel, progress, done: 0, total: total.max(1), reported: 0 }
    }

    /// Is it time to stop?
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(cancelled());
        }
        Ok(())
    }

    /// Says that `bins` more bins are done.
    pub(crate) fn advanced(&mut self, bins: usize) -> Result<(), Error> {
        self.reached(self.done + bins)
    }

    /// Says that `done` bins, or whatever the work is counted in, are done.
    pub(crate) fn reached(&mut self, done: usize) -> Result<(), Error> {
        self.done = done;
        self.check()?;
        if let Some(progress) = &self.progress {
            // At most a thousand calls: there is no clock in the core, hosts thin them out by time.
            let part = self.done - self.reported;
            if part > 0 && (self.done == self.total || part >= self.total / 1000) {
                self.reported = self.done;
                if progress(self.done as f64 / self.total as f64).is_break() {
                    return Err(cancelled());
                }
            }
        }
        Ok(())
    }
}
