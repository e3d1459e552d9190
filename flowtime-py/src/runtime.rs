//! The one way from Python into the engine.
//!
//! The engine never runs attached to the interpreter, and nothing that Python owns goes with it. Work
//! that may take long is done by a thread of its own, while the caller waits and looks every
//! `TICK` whether a signal arrived and how far the work is: Ctrl-C, progress and errors in callbacks
//! are handled where Python expects them, on the calling thread. No thread outlives the call, so that a
//! process may fork afterwards.

use flowtime_core::{Cancel, RunOptions};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
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
    // A receiver is for one thread, and detached code could be on any.
    let told = Mutex::new(told);
    let job = Mutex::new(Some(work));
    let perform = || {
        if let Some(work) = lock(&job).take() {
            // Whoever waits is still there.
            let _ = tell.send(catch_unwind(AssertUnwindSafe(|| work(&watch))));
        }
    };
    thread::scope(|scope| {
        if thread::Builder::new().name("flowtime".to_owned()).spawn_scoped(scope, perform).is_err() {
            // There are no more threads to be had: it is done here, and Ctrl-C waits.
            py.detach(perform);
        }
        let mut interrupted = None;
        loop {
            match py.detach(|| lock(&told).recv_timeout(TICK)) {
                Ok(Ok(result)) => return interrupted.map_or(Ok(result), Err),
                Ok(Err(panic)) => resume_unwind(panic),
                Err(_) if interrupted.is_some() => {}
                Err(_) => {
                    let look = py.check_signals().and_then(|()| match progress {
                        Some(report) => report.call1((watch.done(),)).map(drop),
                        None => Ok(()),
                    });
                    if let Err(error) = look {
                        watch.cancel.cancel();
                        interrupted = Some(error);
                    }
                }
            }
        }
    })
}

/// Whoever panicked left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
