//! Running a model: from what was asked for to series in memory.

use super::Workspace;
use super::error::WorkspaceError;
use super::models::stored_provenance;
use super::request::{Override, RunRequest};
use super::sources::Sources;
use crate::record::SourceRecord;
use flowtime_core::analysis::run_warnings;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{Provenance, logic_hash_of, model_hash_of, run_id, timestamped_run_id};
use flowtime_core::{Model, NodeKind, Plan, Run, RunOptions, Value};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What is known of a run before it is run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) model: Model,
    pub(super) plan: Plan,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) sources: Vec<SourceRecord>,
    pub(super) overrides: Vec<Override>,
    pub(super) provenance: Option<Provenance>,
    pub(super) seed: u64,
    pub(super) seed_source: &'static str,
    /// The model without provenance, its sources resolved.
    pub(super) spec: Value,
    pub(super) model_hash: String,
    options: RunOptions,
    deterministic: bool,
    started: Instant,
}

/// A run that is done and not stored yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Execution {
    /// The model, its sources resolved.
    pub model: Model,
    /// Its series: those that are written, and perhaps more.
    pub run: Run,
    /// The id that it is stored under.
    pub run_id: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created_at: String,
    /// Of the computation.
    pub model_hash: String,
    /// Of its grid and nodes.
    pub logic_hash: String,
    /// Who chose the seed: `caller`, `model` or `default`.
    pub seed_source: &'static str,
    /// The inputs that were replaced.
    pub overrides: Vec<Override>,
    /// Where const nodes got their values.
    pub sources: Vec<SourceRecord>,
    /// Of the document and of the run.
    pub warnings: Vec<Diagnostic>,
    /// Where the model came from.
    pub provenance: Option<Provenance>,
    /// How long compiling and running took.
    pub took: Duration,
    /// Whether it is named after what it computes.
    pub deterministic: bool,
    pub(super) spec: Value,
}

/// A series that a run writes, with what is known of it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct OutputSeries<'a> {
    /// The node.
    pub id: &'a str,
    /// The name of its file.
    pub file: &'a str,
    /// `const`, `expr` or `pmf`.
    pub kind: &'a str,
    /// Its unit.
    pub unit: Option<&'a str>,
    /// One value a bin.
    pub values: &'a [f64],
}

impl Execution {
    /// What is written out, in the order of the document.
    pub fn outputs(&self) -> Vec<OutputSeries<'_>> {
        let series: HashMap<&str, &[f64]> =
            self.run.iter().filter_map(|(id, values)| Some((id, values.to_slice()?))).collect();
        let nodes: HashMap<_, _> = self.run.plan().nodes().map(|node| (node.id, node)).collect();
        let outputs = self.run.plan().outputs().filter_map(|(id, file)| {
            let (node, values) = (nodes.get(id)?, series.get(id)?);
            Some(OutputSeries { id, file, kind: node.kind, unit: node.unit, values })
        });
        outputs.collect()
    }

    /// Each pmf node and how it became a series; those that were replaced did not.
    pub(super) fn pmf_modes(&self) -> Vec<(&str, &str)> {
        let modes = self.model.nodes().iter().filter_map(|node| match node.kind() {
            NodeKind::Pmf(pmf) if self.overrides.iter().all(|o| o.node != node.id()) => {
                Some((node.id(), pmf.policy().name()))
            }
            _ => None,
        });
        modes.collect()
    }
}

impl Workspace {
    /// Runs a model, and stores nothing.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Invalid`] when both a model and the id of one are given, or neither;
    /// [`WorkspaceError::Registry`] when there is no model of that id; [`WorkspaceError::Model`] when it cannot be run.
    pub fn execute(&self, request: &RunRequest) -> Result<Execution, WorkspaceError> {
        self.evaluate(self.prepare(request)?)
    }

    pub(super) fn prepare(&self, request: &RunRequest) -> Result<Prepared, WorkspaceError> {
        let started = Instant::now();
        let (mut model, mut warnings, own) = self.subject(request)?;
        if !request.outputs.is_empty() {
            model = model.with_outputs(&request.outputs)?;
        }
        let mut sources = Sources::of_registry(&self.root);
        if let Some(folder) = &request.source_folder {
            sources = sources.in_folder(folder);
        }
        let resolved = sources.resolve(&model)?;
        warnings.extend(resolved.warnings);
        let model = resolved.model;
        let plan = model.compile()?;
        let given = match &request.provenance {
            Some(given) => Some(self.completed(given)?),
            None => None,
        };
        let (provenance, conflict) = Provenance::choose(given.as_ref(), own.as_ref());
        warnings.extend(conflict);
        let spec = model.without_provenance().to_value();
        let model_hash = model_hash_of(&spec);
        let (seed, seed_source) = match (request.seed, plan.seed()) {
            (Some(seed), _) => (seed, "caller"),
            (None, Some(seed)) => (seed, "model"),
            (None, None) => (0, "default"),
        };
        Ok(Prepared {
            plan,
            warnings,
            sources: request.sources.iter().cloned().chain(resolved.sources).collect(),
            overrides: request.overrides.clone(),
            provenance,
            seed,
            seed_source,
            spec,
            model_hash,
            options: request.options(),
            deterministic: request.deterministic,
            started,
            model,
        })
    }

    /// The model to run, what is known of it, and where it came from by its own word.
    fn subject(
        &self,
        request: &RunRequest,
    ) -> Result<(Model, Vec<Diagnostic>, Option<Provenance>), WorkspaceError> {
        match (&request.model_id, &request.model) {
            (Some(id), None) => {
                let entry = self.model_entry(id, request.version)?;
                let (model, warnings) = self.stored_model(&entry)?;
                let mut provenance =
                    stored_provenance(&entry)?.unwrap_or_else(|| Provenance::of_model_id(&entry.card.id));
                link(&mut provenance, &entry.card.path);
                Ok((model, warnings, Some(provenance)))
            }
            (None, Some(model)) => {
                let provenance = Provenance::embedded(model)?;
                Ok((model.clone(), request.warnings.clone(), provenance))
            }
            (Some(_), Some(_)) => Err(WorkspaceError::invalid(
                "both a model and the id of a stored model are given",
                "give one of the two",
            )),
            (None, None) => Err(WorkspaceError::invalid(
                "neither a model nor the id of a stored model is given",
                "give one of the two",
            )),
        }
    }

    /// An id alone is completed by what the registry knows of that model; an unknown one stays as it is.
    pub(super) fn completed(&self, given: &Provenance) -> Result<Provenance, WorkspaceError> {
        let Some(id) = given.model_id().filter(|_| given.is_bare()) else { return Ok(given.clone()) };
        match self.model_entry(id, None) {
            Ok(entry) => {
                let mut known =
                    stored_provenance(&entry)?.unwrap_or_else(|| Provenance::of_model_id(&entry.card.id));
                if id != entry.card.id {
                    // It was a reference to a version.
                    link(&mut known, &entry.card.path);
                }
                Ok(known)
            }
            Err(WorkspaceError::Registry(_) | WorkspaceError::Invalid { .. }) => Ok(given.clone()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn evaluate(&self, prepared: Prepared) -> Result<Execution, WorkspaceError> {
        let Prepared { model, plan, mut warnings, options, overrides, deterministic, .. } = prepared;
        // Naming every node is the same as naming none, and quicker.
        let keep = plan.outputs().len() != plan.nodes().len();
        let options = if keep { options.keep(plan.outputs().map(|(id, _)| id)) } else { options };
        let run = plan.run(&options)?;
        let took = prepared.started.elapsed();
        warnings.extend(run_warnings(&model, &run));
        let now = self.clock.now();
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let run_id = if deterministic {
            run_id(&prepared.model_hash, run.seed(), &Override::document(&overrides))
        } else {
            timestamped_run_id(seconds, distinct())
        };
        Ok(Execution {
            model,
            run,
            run_id,
            created_at: self.now(),
            model_hash: prepared.model_hash,
            logic_hash: logic_hash_of(&prepared.spec),
            seed_source: prepared.seed_source,
            overrides,
            sources: prepared.sources,
            warnings,
            provenance: prepared.provenance,
            took,
            deterministic,
            spec: prepared.spec,
        })
    }
}

/// Says which stored model it is, beside what the provenance links to otherwise.
fn link(provenance: &mut Provenance, path: &str) {
    let mut links = match provenance.document().get("links") {
        Some(Value::Object(links)) => links.clone(),
        _ => Vec::new(),
    };
    links.retain(|(name, _)| name != "model_artifact");
    links.push(("model_artifact".to_owned(), Value::String(path.to_owned())));
    provenance.set("links", Value::Object(links));
}

/// Tells apart the runs of one second, on one machine or several.
pub(super) fn distinct() -> u32 {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
    hasher.finish() as u32
}
