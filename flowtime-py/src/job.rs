//! Ensembles whose parts are computed anywhere; `flowtime.executors` sends them around.

use crate::ensemble::{Ensemble, Request};
use crate::error::{Failure, argument};
use crate::plan::{Compiled, Plan};
use crate::runtime::{Watch, enter_core};
use flowtime_core::{EnsembleJob, EnsemblePart, EnsembleRound, Error};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Arc, Mutex, PoisonError};

/// An ensemble of which parts come in.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Job {
    compiled: Arc<Compiled>,
    /// `None` when it is finished.
    job: Arc<Mutex<Option<EnsembleJob>>>,
}

impl Job {
    /// Does `work` with the job, without the interpreter.
    fn with<T: Send + 'static>(
        &self,
        py: Python<'_>,
        long: bool,
        work: impl FnOnce(&mut EnsembleJob) -> Result<T, Error> + Send + 'static,
    ) -> PyResult<T> {
        let job = self.job.clone();
        let found = enter_core(py, long, None, Watch::default(), move |_| {
            job.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(work)
        })?;
        found.ok_or_else(finished)?.map_err(|error| Failure::from(error).raise(py))
    }
}

fn finished() -> PyErr {
    argument("this ensemble is finished".to_owned())
}

#[pymethods]
impl Job {
    /// What parts are to do now; `None` when all is known.
    fn round<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let round = self.with(py, false, |job| Ok(job.round().map(|round| round.to_bytes())))?;
        Ok(round.map(|bytes| PyBytes::new(py, &bytes)))
    }

    /// The scenarios that this round still misses, in parts of at most `leaves` times 1024: `(start, stop)`.
    fn parts(&self, py: Python<'_>, leaves: usize) -> PyResult<Vec<(usize, usize)>> {
        self.with(py, false, move |job| {
            Ok(job.parts(leaves).into_iter().map(|part| (part.start, part.end)).collect())
        })
    }

    /// Adds a part; with the last one the next round begins.
    fn add(&self, py: Python<'_>, part: &[u8]) -> PyResult<()> {
        let part = part.to_vec();
        // What is long is the last part of a round, and nobody knows here whether it is.
        self.with(py, true, move |job| job.add(EnsemblePart::from_bytes(&part)?))
    }

    /// The ensemble, when there is no round any more.
    fn finish(&self, py: Python<'_>) -> PyResult<Ensemble> {
        let job = self.job.clone();
        let found = enter_core(py, true, None, Watch::default(), move |_| {
            let job = job.lock().unwrap_or_else(PoisonError::into_inner).take();
            job.map(EnsembleJob::finish)
        })?;
        let ensemble = found.ok_or_else(finished)?.map_err(|error| Failure::from(error).raise(py))?;
        Ok(Ensemble::new(self.compiled.clone(), ensemble))
    }
}

/// Begins an ensemble that is computed in parts.
pub(crate) fn begin(py: Python<'_>, plan: &Plan, request: Request<'_>) -> PyResult<Job> {
    let (_, options) = request.options(py, plan, 1)?;
    let compiled = plan.compiled().clone();
    let engine = compiled.plan.clone();
    let begun = enter_core(py, true, None, Watch::default(), move |watch| {
        engine.ensemble_job(&options.cancel(&watch.cancel))
    })?;
    let job = begun.map_err(|error| Failure::from(error).raise(py))?;
    Ok(Job { compiled, job: Arc::new(Mutex::new(Some(job))) })
}

/// Computes the scenarios `start` to `stop` for a round of a job.
pub(crate) fn part<'py>(
    py: Python<'py>,
    plan: &Plan,
    request: Request<'py>,
    round: &[u8],
    (start, stop): (usize, usize),
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let raise = |error| Failure::from(error).raise(py);
    let round = EnsembleRound::from_bytes(round).map_err(raise)?;
    let (_, options) = request.options(py, plan, 1)?;
    let engine = plan.compiled().plan.clone();
    let part = enter_core(py, true, progress, Watch::default(), move |watch| {
        let part = engine.ensemble_part(&watch.ensemble_options(options), &round, start..stop)?;
        Ok::<_, Error>(part.to_bytes())
    })?;
    Ok(PyBytes::new(py, &part.map_err(raise)?))
}
