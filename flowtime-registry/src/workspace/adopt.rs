//! Runs that were made elsewhere, to be stored as those of the workspace are.

use super::Workspace;
use super::error::WorkspaceError;
use super::execute::{Execution, distinct};
use super::request::Override;
use flowtime_core::analysis::run_warnings;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{Provenance, logic_hash_of, model_hash_of, run_id, timestamped_run_id};
use flowtime_core::{Model, Run};
use std::time::{Duration, UNIX_EPOCH};

/// A run that was made by a plan, with all that the plan does not know of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Made {
    /// The model of the plan.
    pub model: Model,
    /// Its series; those that the model writes out have to be among them.
    pub run: Run,
    /// The inputs that were replaced.
    pub overrides: Vec<Override>,
    /// Whether the caller chose the seed.
    pub seeded: bool,
    /// What reading the model found.
    pub warnings: Vec<Diagnostic>,
    /// Where the model came from, over what it says itself; an id alone is completed from the registry.
    pub provenance: Option<Provenance>,
    /// Whether it is named after what it computes.
    pub deterministic: bool,
}

impl Made {
    /// A run with the inputs and the seed of its model.
    pub fn new(model: Model, run: Run) -> Self {
        Made {
            model,
            run,
            overrides: Vec::new(),
            seeded: false,
            warnings: Vec::new(),
            provenance: None,
            deterministic: false,
        }
    }
}

impl Workspace {
    /// A run that was made elsewhere, for [`Workspace::store`]; nothing is computed.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Invalid`] when a series that the model writes out is not among those of the run;
    /// [`WorkspaceError::Model`] when what the model says of where it came from makes no sense.
    pub fn adopt(&self, made: Made) -> Result<Execution, WorkspaceError> {
        let Made { model, run, overrides, seeded, mut warnings, provenance, deterministic } = made;
        if let Some((missing, _)) = run.plan().outputs().find(|(id, _)| run.series(id).is_none()) {
            return Err(WorkspaceError::invalid(
                format!("the run did not keep `{missing}`, which the model writes out"),
                "keep every output of the model, or name only those that are kept as its outputs",
            ));
        }
        let given = provenance.as_ref().map(|given| self.completed(given)).transpose()?;
        let (provenance, conflict) =
            Provenance::choose(given.as_ref(), Provenance::embedded(&model)?.as_ref());
        warnings.extend(conflict);
        warnings.extend(run_warnings(&model, &run));
        let spec = model.without_provenance().to_value();
        let model_hash = model_hash_of(&spec);
        let seconds = self.clock.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Execution {
            run_id: match deterministic {
                true => run_id(&model_hash, run.seed(), &Override::document(&overrides)),
                false => timestamped_run_id(seconds, distinct()),
            },
            created_at: self.now(),
            logic_hash: logic_hash_of(&spec),
            seed_source: match (seeded, run.plan().seed()) {
                (true, _) => "caller",
                (false, Some(_)) => "model",
                (false, None) => "default",
            },
            model_hash,
            model,
            run,
            overrides,
            sources: Vec::new(),
            warnings,
            provenance,
            // It is not known here.
            took: Duration::ZERO,
            deterministic,
            spec,
        })
    }
}
