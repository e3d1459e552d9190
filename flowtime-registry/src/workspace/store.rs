//! Storing runs, and finding equal ones.

use super::Workspace;
use super::error::WorkspaceError;
use super::execute::{Execution, OutputSeries};
use super::json::to_json;
use super::request::{Override, RunRequest};
use crate::artifact::Kind;
use crate::record::{ExtraFile, GridRecord, Interrupted, RunRecord, SeriesRecord, WarningRecord};
use crate::registry::{Query, SortBy};
use crate::run_folder::{OnExisting, Outcome, RunState, run_state};
use crate::series_parquet::{PARQUET_FILE, write_series_parquet};
use flowtime_core::diagnostics::{Diagnostic, render};
use flowtime_core::provenance::{SEMANTICS_VERSION, format_number, numbers_hash};
use flowtime_core::{InputValue, Model};
use flowtime_draw::{LineChart, Series};
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::PoisonError;

/// The picture of the outputs of a run.
pub const PLOT_FILE: &str = "plot.svg";

/// All series of a run in one JSON document.
pub const SERIES_FILE: &str = "series.json";

/// How a run is stored.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct StoreOptions<'a> {
    /// Also all series as one Parquet file.
    pub parquet: bool,
    /// Also all series as one JSON document.
    pub json: bool,
    /// Also a picture of the outputs.
    pub plot: bool,
    /// Whether a deterministic run that is stored is written anew.
    pub replace: bool,
    /// Asked between files: when it says `true`, nothing is stored.
    pub interrupted: Option<&'a dyn Fn() -> bool>,
}

impl fmt::Debug for StoreOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("parquet", &self.parquet)
            .field("json", &self.json)
            .field("plot", &self.plot)
            .field("replace", &self.replace)
            .finish_non_exhaustive()
    }
}

impl<'a> StoreOptions<'a> {
    /// A CSV file a series, and nothing else.
    pub fn new() -> Self {
        StoreOptions::default()
    }

    /// Also all series as one Parquet file.
    #[must_use]
    pub fn parquet(mut self, parquet: bool) -> Self {
        self.parquet = parquet;
        self
    }

    /// Also all series as one JSON document.
    #[must_use]
    pub fn json(mut self, json: bool) -> Self {
        self.json = json;
        self
    }

    /// Also a picture of the outputs.
    #[must_use]
    pub fn plot(mut self, plot: bool) -> Self {
        self.plot = plot;
        self
    }

    /// Writes a deterministic run anew that is stored.
    #[must_use]
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// Asks between files whether to stop.
    #[must_use]
    pub fn interrupted(mut self, asked: &'a dyn Fn() -> bool) -> Self {
        self.interrupted = Some(asked);
        self
    }
}

/// A stored run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunRef {
    /// Its id.
    pub run_id: String,
    /// Its folder.
    pub path: PathBuf,
    /// `registry:runs/<id>`, which whatever looks for a run accepts.
    pub catalog_url: String,
    /// The model, when its provenance says which it is.
    pub model_id: Option<String>,
    /// Of the computation.
    pub model_hash: String,
    /// The seed.
    pub seed: u64,
    /// What is worth knowing; empty for a run that was there.
    pub warnings: Vec<Diagnostic>,
    /// Whether it is new, was there, or took another's place.
    pub outcome: Outcome,
    /// The earlier run of the same computation, seed and overrides.
    pub was_duplicate_of: Option<String>,
    /// Whether the index could not be told yet.
    pub pending: bool,
}

impl RunRef {
    /// As JSON, with the names of the fields; the same from Python and C.
    pub fn to_json(&self) -> Value {
        let outcome = match self.outcome {
            Outcome::Written => "written",
            Outcome::Reused => "reused",
            Outcome::Replaced => "replaced",
        };
        let warnings: Value = serde_json::from_str(&render::json(&self.warnings, None)).unwrap_or_default();
        json!({
            "run_id": self.run_id,
            "path": self.path.display().to_string(),
            "catalog_url": self.catalog_url,
            "model_id": self.model_id,
            "model_hash": self.model_hash,
            "seed": self.seed,
            "outcome": outcome,
            "was_duplicate_of": self.was_duplicate_of,
            "pending": self.pending,
            "warnings": warnings,
        })
    }
}

impl Workspace {
    /// Runs a model and stores the run.
    ///
    /// An equal run that is stored (the same computation, seed and overrides) is named in
    /// [`RunRef::was_duplicate_of`]; with [`RunRequest::reuse`] it is returned, and nothing is computed.
    ///
    /// # Errors
    ///
    /// Those of [`Workspace::execute`]; [`WorkspaceError::Registry`] when the run cannot be stored.
    pub fn run(&self, request: &RunRequest) -> Result<RunRef, WorkspaceError> {
        self.run_with(request, &StoreOptions::new())
    }

    /// As [`Workspace::run`], and says how the run is stored.
    ///
    /// # Errors
    ///
    /// Those of [`Workspace::run`].
    pub fn run_with(
        &self,
        request: &RunRequest,
        options: &StoreOptions<'_>,
    ) -> Result<RunRef, WorkspaceError> {
        Ok(self.run_keeping(request, options)?.0)
    }

    /// As [`Workspace::run_with`], and gives the series too; none when an earlier run was taken.
    ///
    /// # Errors
    ///
    /// Those of [`Workspace::run`].
    pub fn run_keeping(
        &self,
        request: &RunRequest,
        options: &StoreOptions<'_>,
    ) -> Result<(RunRef, Option<Execution>), WorkspaceError> {
        let prepared = self.prepare(request)?;
        let model_id = prepared.provenance.as_ref().and_then(|p| p.model_id()).map(str::to_owned);
        let computed = computed(&prepared.model_hash, prepared.seed, &prepared.overrides);
        let earlier = self.earlier(&prepared.model_hash, &computed)?;
        if request.reuse
            && let Some(run_id) = self.whole(&earlier)?
        {
            let stored = RunRef {
                path: self.root.join("runs").join(&run_id),
                catalog_url: format!("registry:runs/{run_id}"),
                model_id,
                model_hash: prepared.model_hash,
                seed: prepared.seed,
                warnings: Vec::new(),
                outcome: Outcome::Reused,
                was_duplicate_of: Some(run_id.clone()),
                pending: false,
                run_id,
            };
            return Ok((stored, None));
        }
        let execution = self.evaluate(prepared)?;
        let mut run = self.store(&execution, options)?;
        run.was_duplicate_of = earlier.into_iter().next();
        Ok((run, Some(execution)))
    }

    /// Stores a run that is done.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when it cannot be stored.
    pub fn store(&self, execution: &Execution, options: &StoreOptions<'_>) -> Result<RunRef, WorkspaceError> {
        let outputs = execution.outputs();
        let draw = |file: &mut dyn Write| file.write_all(plot(&execution.model, &outputs).as_bytes());
        let list = |file: &mut dyn Write| write_series_json(file, &outputs);
        let table = |file: &mut dyn Write| write_table(file, execution, &outputs);
        let mut extra_files = Vec::new();
        if options.plot {
            extra_files.push(ExtraFile { path: PLOT_FILE, write: &draw });
        }
        if options.json {
            extra_files.push(ExtraFile { path: SERIES_FILE, write: &list });
        }
        if options.parquet {
            extra_files.push(ExtraFile { path: PARQUET_FILE, write: &table });
        }
        let given = execution.overrides.iter().filter_map(|given| given.source.clone());
        let record = RunRecord {
            run_id: &execution.run_id,
            title: execution.model.title(),
            created_at: execution.created_at.clone(),
            spec_yaml: &execution.spec.to_yaml(),
            grid: GridRecord::from(execution.model.grid()),
            outputs: outputs
                .iter()
                .map(|o| SeriesRecord {
                    id: o.id,
                    file: o.file,
                    kind: o.kind,
                    unit: o.unit,
                    values: o.values,
                })
                .collect(),
            model_hash: &execution.model_hash,
            logic_hash: &execution.logic_hash,
            seed: execution.run.seed(),
            seed_source: execution.seed_source,
            overrides: execution.overrides.iter().filter_map(Override::record).collect(),
            pmf_modes: execution.pmf_modes(),
            execution_time_ms: execution.took.as_micros() as f64 / 1e3,
            warnings: execution.warnings.iter().map(|found| warning(&execution.model, found)).collect(),
            provenance: execution.provenance.as_ref().map(|provenance| to_json(provenance.document())),
            sources: execution.sources.iter().cloned().chain(given).collect(),
            extra_files,
            interrupted: options.interrupted.map(Interrupted),
        };
        let existing = match (execution.deterministic, options.replace) {
            (false, _) => OnExisting::Refuse,
            (true, false) => OnExisting::Reuse,
            (true, true) => OnExisting::Replace,
        };
        let stored = self.registry.put_run(&record, existing)?;
        let reused = stored.outcome == Outcome::Reused;
        Ok(RunRef {
            catalog_url: stored.card.reference(),
            model_id: stored.card.model_id,
            run_id: stored.card.id,
            path: stored.path,
            model_hash: execution.model_hash.clone(),
            seed: execution.run.seed(),
            warnings: execution.warnings.clone(),
            was_duplicate_of: reused.then(|| execution.run_id.clone()),
            outcome: stored.outcome,
            pending: stored.pending,
        })
    }

    /// The ids of stored runs of the same computation, seed and overrides, the first of them first.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when the index cannot be read.
    pub fn equal_runs(&self, execution: &Execution) -> Result<Vec<String>, WorkspaceError> {
        let wanted = computed(&execution.model_hash, execution.run.seed(), &execution.overrides);
        self.earlier(&execution.model_hash, &wanted)
    }

    /// Stored runs that computed the same, the first of them first.
    fn earlier(&self, model_hash: &str, wanted: &str) -> Result<Vec<String>, WorkspaceError> {
        let query = Query::new().kind(Kind::Run).model_hash(model_hash).sort(SortBy::Created);
        let runs = self.registry.list(&query)?.cards;
        let mut known = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut equal = Vec::new();
        for card in runs {
            let found = match known.get(&card.id) {
                Some(found) => Some(found.clone()),
                None => {
                    let manifest = self.registry.read_file(&card.reference(), "manifest.json").ok();
                    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
                    let found = manifest.map(|manifest| computed_by(&manifest));
                    found.inspect(|found| drop(known.insert(card.id.clone(), found.clone())))
                }
            };
            if found.as_deref() == Some(wanted) {
                equal.push(card.id);
            }
        }
        Ok(equal)
    }

    /// The first of some runs whose files are all as they were written. An equal model hash means equal outputs too.
    fn whole(&self, runs: &[String]) -> Result<Option<String>, WorkspaceError> {
        for run_id in runs {
            if run_state(&self.root, run_id)? == RunState::Whole {
                return Ok(Some(run_id.clone()));
            }
        }
        Ok(None)
    }
}

/// What a run computes, in one text: equal for runs with equal results.
fn computed(model_hash: &str, seed: u64, overrides: &[Override]) -> String {
    let value = |given: &Override| match &given.value {
        InputValue::Number(number) => format_number(*number),
        InputValue::Series(values) => numbers_hash(values),
        _ => String::new(),
    };
    let mut overrides: Vec<String> =
        overrides.iter().map(|given| format!("{}={}", given.node, value(given))).collect();
    overrides.sort();
    format!("{model_hash} {seed} {SEMANTICS_VERSION} {}", overrides.join(" "))
}

/// The same of a stored run.
fn computed_by(manifest: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(float)) => format_number(float),
            _ => number.to_string(),
        },
        other => other["hash"].as_str().unwrap_or_default().to_owned(),
    };
    let overrides = manifest["overrides"].as_object().into_iter().flatten();
    let mut overrides: Vec<String> =
        overrides.map(|(node, value)| format!("{node}={}", plain(value))).collect();
    overrides.sort();
    let (hash, seed) = (plain(&manifest["model_hash"]), plain(&manifest["seed"]));
    format!("{hash} {seed} {} {}", plain(&manifest["engine"]["semantics"]), overrides.join(" "))
}

fn warning(model: &Model, found: &Diagnostic) -> WarningRecord {
    let mut parts = found.path.split('/').skip(1);
    let node = match (parts.next(), parts.next().map(str::parse::<usize>)) {
        (Some("nodes"), Some(Ok(index))) => model.nodes().get(index),
        _ => None,
    };
    WarningRecord {
        code: found.code.to_string(),
        message: found.message.clone(),
        node: node.map(|node| node.id().to_owned()),
        path: (!found.path.is_empty()).then(|| found.path.clone()),
    }
}

fn plot(model: &Model, outputs: &[OutputSeries<'_>]) -> String {
    let grid = model.grid();
    let series = outputs.iter().map(|output| {
        let series = Series::new(output.id, output.values);
        if let Some(unit) = output.unit { series.unit(unit) } else { series }
    });
    let mut chart = LineChart::arranged(model.title().unwrap_or("Outputs"), series);
    if let Some(start) = grid.start().and_then(|start| start.parse::<jiff::Timestamp>().ok()) {
        chart = chart.time(start.as_second(), grid.bin_minutes() * 60);
    }
    chart.to_svg()
}

/// `{"series": {"id": [1, 2.5, "NaN"]}}`, a line a series; numbers as in the CSV files.
fn write_series_json(file: &mut dyn Write, outputs: &[OutputSeries<'_>]) -> io::Result<()> {
    const PIECE: usize = 1 << 16;
    let mut text = String::from("{\"schema_version\": 1, \"series\": {");
    let mut seen = std::collections::HashSet::new();
    // A series that two files hold is one member.
    for (index, output) in outputs.iter().filter(|output| seen.insert(output.id)).enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.push_str(&format!("  \"{}\": [", output.id));
        for (bin, value) in output.values.iter().enumerate() {
            text.push_str(if bin > 0 { "," } else { "" });
            let quote = if value.is_finite() { "" } else { "\"" };
            text.push_str(&format!("{quote}{}{quote}", format_number(*value)));
            if text.len() >= PIECE {
                file.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        text.push(']');
    }
    text.push_str("\n}}\n");
    file.write_all(text.as_bytes())
}

fn write_table(file: &mut dyn Write, execution: &Execution, outputs: &[OutputSeries<'_>]) -> io::Result<()> {
    let series: Vec<(&str, &[f64])> = outputs.iter().map(|output| (output.id, output.values)).collect();
    let grid = serde_json::to_string(&GridRecord::from(execution.model.grid()))?;
    let units = outputs.iter().filter_map(|output| Some((output.id, output.unit?)));
    let units = json!(units.collect::<std::collections::BTreeMap<_, _>>()).to_string();
    let seed = execution.run.seed().to_string();
    let mut facts = vec![
        ("flowtime.run_id", execution.run_id.as_str()),
        ("flowtime.model_hash", &execution.model_hash),
        ("flowtime.seed", &seed),
        ("flowtime.grid", &grid),
        ("flowtime.units", &units),
    ];
    let model_id = execution.provenance.as_ref().and_then(|provenance| provenance.model_id());
    facts.extend(model_id.map(|id| ("flowtime.model_id", id)));
    write_series_parquet(file, &series, &facts)
}
