//! The one way from Python into the engine.
//!
//! The engine never runs attached to the interpreter, and nothing that Python owns goes with it. Work
//! that may take long is done by a thread of its own, while the caller waits and looks every
//! [`TICK`] whether a signal arrived and how far the work is: Ctrl-C, progress and errors in callbacks
//! are handled where Python expects them, on the calling thread. No thread outlives the call, so that a
//! process may fork afterwards.

use flowtime_core::{Cancel, RunOptions};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// How long Ctrl-C waits at most to be seen.
const TICK: Duration = Duration::from_millis(20);

/// What the work says and is told while it is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// Asked to stop when the caller was.
    pub(crate) cancel: Cancel,
    /// The part that is done, as the bits of a number from 0 to 1.
    done: Arc<AtomicU64>,
}

impl Watch {
    /// A watch that asks `cancel` to stop.
    pub(crate) fn new(cancel: Cancel) -> Self {
        Watch { cancel, done: Arc::default() }
    }

    /// Says how far the work is, from 0 to 1.
    pub(crate) fn advance(&self, done: f64) {
        self.done.store(done.to_bits(), Ordering::Relaxed);
    }

    /// The same options for a run that is watched.
    pub(crate) fn options(&self, options: RunOptions) -> RunOptions {
        let watch = self.clone();
        options.cancel(&self.cancel).progress(move |done| watch.advance(done))
    }

    fn done(&self) -> f64 {
        f64::from_bits(self.done.load(Ordering::Relaxed))
    }
}

/// Does `work` without the interpreter.
///
/// Work that is not `long` (well under a hundredth of a second) is done at once by the calling thread.
/// Otherwise `progress` is called every now and then with the part that is done.
pub(crate) fn enter_core<T: Send>(
    py: Python<'_>,
    long: bool,
    progress: Option<&Bound<'_, PyAny>>,
    watch: Watch,
    work: impl FnOnce(&Watch) -> T + Send,
) -> PyResult<T> {
    if !long && progress.is_none() {
        return Ok(py.detach(|| work(&watch)));
    }
    let (tell, told) = mpsc::channel();
    // A receiver may not be shared between threads, which detached code could do.
    let told = std::sync::Mutex::new(told);
    thread::scope(|scope| {
        let watched = &watch;
        let worker = thread::Builder::new().name("flowtime".to_owned()).spawn_scoped(scope, move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(watched)));
            // The caller may have given up waiting.
            let _ = tell.send(());
            result
        });
        let worker = worker?;
        let wait = || told.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).recv_timeout(TICK);
        let mut interrupted = None;
        while let Err(mpsc::RecvTimeoutError::Timeout) = py.detach(wait) {
            let look = || {
                py.check_signals()?;
                progress.map_or(Ok(()), |report| report.call1((watch.done(),)).map(drop))
            };
            if interrupted.is_none()
                && let Err(error) = look()
            {
                watch.cancel.cancel();
                interrupted = Some(error);
            }
        }
        // It has nothing left to do, or has been asked to stop.
        let result = py.detach(|| worker.join());
        match (interrupted, result) {
            (Some(error), _) => Err(error),
            (None, Ok(Ok(result))) => Ok(result),
            (None, Ok(Err(panic)) | Err(panic)) => resume_unwind(panic),
        }
    })
}
