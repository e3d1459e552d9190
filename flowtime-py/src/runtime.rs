//! The one way from Python into the engine.
//!
//! The engine never runs attached to the interpreter, and nothing that Python owns goes with it. Work
//! that may take long is done by a thread of its own, while the caller waits and looks every
//! `TICK` whether a signal arrived and how far the work is: Ctrl-C, progress and errors in callbacks
//! are handled where Python expects them, on the calling thread.
//!
//! Whoever is interrupted gets control back within `TICK` and `GRACE`. Runs stop within that when they are asked
//! to. What cannot be asked, such as reading a document, is left behind: its thread owns all that it needs,
//! ends by itself, and drops what it made. But for those no thread outlives the call, so that a process may
//! fork afterwards.

use flowtime_core::{Cancel, EnsembleOptions, RunOptions};
use pyo3::prelude::*;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long Ctrl-C waits at most to be seen.
const TICK: Duration = Duration::from_millis(20);

/// How long work that was asked to stop is waited for, so that its memory is free when its caller goes on.
const GRACE: Duration = Duration::from_millis(40);

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

    /// The same for an ensemble.
    pub(crate) fn ensemble_options(&self, options: EnsembleOptions) -> EnsembleOptions {
        let watch = self.clone();
        options.cancel(&self.cancel).watch(move |done| {
            watch.advance(done);
            ControlFlow::Continue(())
        })
    }

    fn done(&self) -> f64 {
        f64::from_bits(self.done.load(Ordering::Relaxed))
    }
}

/// Does `work` without the interpreter.
///
/// Work that is not `long` (well under a hundredth of a second) is done at once by the calling thread.
/// Otherwise `progress` is called every now and then with the part that is done.
pub(crate) fn enter_core<T: Send + 'static>(
    py: Python<'_>,
    long: bool,
    progress: Option<&Bound<'_, PyAny>>,
    watch: Watch,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<T> {
    if !long && progress.is_none() {
        return Ok(py.detach(|| work(&watch)));
    }
    let (tell, told) = mpsc::channel();
    // A receiver is for one thread, and detached code could be on any.
    let told = Mutex::new(told);
    let theirs = watch.clone();
    // Shared, as a thread that cannot be started takes with it what it was given.
    let job = Arc::new(Mutex::new(Some(move || catch_unwind(AssertUnwindSafe(|| work(&theirs))))));
    let perform = {
        let job = job.clone();
        move || {
            let job = lock(&job).take();
            if let Some(job) = job {
                // Whoever was interrupted may not be there any more.
                let _ = tell.send(job());
            }
        }
    };
    let Ok(worker) = thread::Builder::new().name("flowtime".to_owned()).spawn(perform) else {
        // There are no more threads to be had: it is done here, and Ctrl-C waits.
        let job = lock(&job).take();
        return match py.detach(|| job.map(|job| job())) {
            Some(Ok(result)) => Ok(result),
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(ended()),
        };
    };
    loop {
        let look = match py.detach(|| lock(&told).recv_timeout(TICK)) {
            Ok(result) => {
                // It has nothing left to do.
                let _ = worker.join();
                return result.map_or_else(|panic| resume_unwind(panic), Ok);
            }
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            Err(RecvTimeoutError::Timeout) => py.check_signals().and_then(|()| match progress {
                Some(report) => report.call1((watch.done(),)).map(drop),
                None => Ok(()),
            }),
        };
        if let Err(error) = look {
            watch.cancel.cancel();
            if py.detach(|| lock(&told).recv_timeout(GRACE)).is_ok() {
                let _ = worker.join();
            }
            return Err(error);
        }
    }
}

/// A thread that says nothing at all; it says what became of its work, panics included.
fn ended() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("the thread that did the work ended without a result")
}

/// Whoever panicked left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
