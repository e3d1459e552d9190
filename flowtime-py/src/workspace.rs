//! The workspace and its registry. What they answer goes to the package as JSON.

use crate::asked::{Asking, Exporting, Labelling, Pruning, Running, Storing, overrides, told, watched};
use crate::error::{Failure, Told, diagnostics_json};
use crate::model::{Document, Model};
use crate::plan::Compiled;
use crate::run::{Choices, Run};
use crate::runtime::{Watch, enter_core};
use crate::template::{self, Template};
use crate::tree;
use flowtime_core::diagnostics::render;
use flowtime_core::{ParseOptions, Value, analysis};
use flowtime_registry::{Execution, Made, StoreOptions, WorkspaceError, write_file_atomically};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Models, runs and telemetry in a folder, and all that can be done with them.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Workspace {
    workspace: Arc<flowtime_registry::Workspace>,
}

/// The workspace in a folder, or in that which the environment names.
#[pyfunction]
pub(crate) fn workspace(root: Option<PathBuf>) -> Workspace {
    let root = root.unwrap_or_else(flowtime_registry::Workspace::default_root);
    Workspace { workspace: Arc::new(flowtime_registry::Workspace::open(root)) }
}

impl Workspace {
    /// Does `work` without the interpreter.
    fn ask<T: Send + 'static, E: Into<Failure>>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&flowtime_registry::Workspace) -> Result<T, E> + Send + 'static,
    ) -> PyResult<T> {
        let workspace = self.workspace.clone();
        let done = enter_core(py, true, None, Watch::default(), move |_| work(&workspace).map_err(told))?;
        done.map_err(|told| told.raise(py))
    }

    /// The same, as JSON.
    fn tell<T: serde::Serialize, E: Into<Failure>>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&flowtime_registry::Workspace) -> Result<T, E> + Send + 'static,
    ) -> PyResult<String> {
        self.ask(py, move |workspace| work(workspace).map(|answer| json!(answer).to_string()))
    }
}

#[pymethods]
impl Workspace {
    #[getter]
    fn root(&self) -> PathBuf {
        self.workspace.root().to_owned()
    }

    // Models

    fn new_model(&self, py: Python<'_>, template: &Template, asked: Storing<'_>) -> PyResult<String> {
        let (template, request) = (template.inner(), asked.request()?);
        self.tell(py, move |workspace| workspace.new_model(&template, &request).map(|model| model.to_json()))
    }

    fn add_model(
        &self,
        py: Python<'_>,
        model: &Model,
        provenance: Option<&Bound<'_, PyAny>>,
        asked: Storing<'_>,
    ) -> PyResult<String> {
        let request = asked.request()?;
        let mut model = model.document().model.clone();
        if let Some(provenance) = provenance {
            model = model.with_provenance(&template::provenance(provenance)?);
        }
        self.tell(py, move |workspace| workspace.add_model(&model, &request).map(|model| model.to_json()))
    }

    fn derive(
        &self,
        py: Python<'_>,
        parent: String,
        template: Option<&Template>,
        asked: Storing<'_>,
    ) -> PyResult<String> {
        let (template, request) = (template.map(Template::inner), asked.request()?);
        self.tell(py, move |workspace| {
            workspace.derive(&parent, &request, template.as_deref()).map(|model| model.to_json())
        })
    }

    /// What is found in a stored model, as JSON, as text, and the score.
    fn verify(&self, py: Python<'_>, model: String) -> PyResult<(String, String, f64)> {
        self.ask(py, move |workspace| {
            let report = workspace.verify(&model)?;
            let source = report.source.as_ref();
            let text = render::text(&report.diagnostics, source, render::Style::Plain);
            let score = analysis::score(&report.diagnostics);
            Ok::<_, WorkspaceError>((diagnostics_json(&report.diagnostics, source), text, score))
        })
    }

    fn parameter_form(&self, py: Python<'_>, template_or_model: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.parameter_form(&template_or_model))
    }

    fn parameters_of<'py>(&self, py: Python<'py>, model: String) -> PyResult<Bound<'py, PyAny>> {
        let parameters = self.ask(py, move |workspace| workspace.parameters_of(&model))?;
        tree::to_python(py, &Value::Object(parameters))
    }

    // Runs

    /// What was stored as JSON, and the run, unless one that was stored is as good.
    fn run(
        &self,
        py: Python<'_>,
        asked: Running<'_>,
        extra: (bool, bool, bool),
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(String, Option<Run>)> {
        let (request, inputs) = asked.request()?;
        let seeded = request.seed.is_some();
        let workspace = self.workspace.clone();
        let done = enter_core(py, true, progress, Watch::default(), move |watch| {
            let cancel = watch.cancel.clone();
            let interrupted = || cancel.is_cancelled();
            let options = stored_with(extra).interrupted(&interrupted);
            let run = workspace.run_keeping(&watched(request, watch), &options);
            run.map(|(run, execution)| (run.to_json().to_string(), execution)).map_err(told)
        })?;
        let (facts, execution) = done.map_err(|told| told.raise(py))?;
        Ok((facts, execution.map(|execution| as_run(execution, Choices { inputs, seeded }))))
    }

    /// The run alone: nothing is stored.
    fn execute(
        &self,
        py: Python<'_>,
        asked: Running<'_>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Run> {
        let (request, inputs) = asked.request()?;
        let seeded = request.seed.is_some();
        let workspace = self.workspace.clone();
        let done = enter_core(py, true, progress, Watch::default(), move |watch| {
            workspace.execute(&watched(request, watch)).map_err(told)
        })?;
        let execution = done.map_err(|told: Told| told.raise(py))?;
        Ok(as_run(execution, Choices { inputs, seeded }))
    }

    /// Stores a run that a plan made.
    fn put_run(
        &self,
        py: Python<'_>,
        run: &Run,
        provenance: Option<&Bound<'_, PyAny>>,
        deterministic: bool,
        extra: (bool, bool, bool),
    ) -> PyResult<String> {
        let provenance = provenance.map(template::provenance).transpose()?;
        let (document, run, choices) = run.made();
        let (document, run, choices) = (document.clone(), run.clone(), choices.clone());
        self.ask(py, move |workspace| {
            let mut made = Made::new(document.model.clone(), run.as_ref().clone());
            made.overrides = overrides(&choices.inputs);
            made.seeded = choices.seeded;
            made.warnings.clone_from(&document.warnings);
            (made.provenance, made.deterministic) = (provenance, deterministic);
            let execution = workspace.adopt(made)?;
            let earlier = workspace.equal_runs(&execution)?.into_iter().next();
            let mut stored = workspace.store(&execution, &stored_with(extra))?;
            stored.was_duplicate_of = earlier;
            Ok::<_, WorkspaceError>(stored.to_json().to_string())
        })
    }

    fn compare(&self, py: Python<'_>, run_a: String, run_b: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.compare(&run_a, &run_b))
    }

    fn trace(&self, py: Python<'_>, reference: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.trace(&reference))
    }

    // In and out

    fn import_telemetry(
        &self,
        py: Python<'_>,
        csv: PathBuf,
        name: Option<String>,
        columns: Vec<String>,
    ) -> PyResult<String> {
        self.tell(py, move |workspace| {
            workspace.import_telemetry(&csv, name.as_deref(), &columns).map(|stored| stored.to_json())
        })
    }

    /// The name of the file unless somebody names another, and its bytes.
    fn export_bundle<'py>(
        &self,
        py: Python<'py>,
        model: String,
        asked: Exporting,
    ) -> PyResult<(String, Bound<'py, PyBytes>)> {
        let options = asked.options()?;
        let exported = self.ask(py, move |workspace| workspace.export_bundle(&model, &options))?;
        Ok((exported.file_name, PyBytes::new(py, &exported.bytes)))
    }

    /// The stored model as JSON, with the files of the bundle that were left out.
    fn import_bundle(&self, py: Python<'_>, bytes: &[u8], name: String, force: bool) -> PyResult<String> {
        let bytes = bytes.to_vec();
        self.tell(py, move |workspace| {
            workspace.import_bundle(&bytes, &name, force).map(|stored| stored.to_json())
        })
    }

    fn binned_run(&self, py: Python<'_>, run: String) -> PyResult<String> {
        self.ask(py, move |workspace| workspace.binned_run(&run))
    }

    // The registry

    fn get(&self, py: Python<'_>, reference: String) -> PyResult<String> {
        self.tell(py, move |workspace| {
            let entry = workspace.registry().get(&reference)?;
            let mut document = json!(entry);
            document["path"] = json!(entry.path);
            Ok::<_, WorkspaceError>(document)
        })
    }

    /// The document of a stored model.
    fn stored_model(&self, py: Python<'_>, reference: String) -> PyResult<Model> {
        let (bytes, name) = self.ask(py, move |workspace| {
            let registry = workspace.registry();
            let card = registry.card(&reference)?;
            let bytes = registry.read_file(&card.reference(), "model.yaml")?;
            Ok::<_, WorkspaceError>((bytes, format!("{}/model.yaml", card.path)))
        })?;
        crate::model::parse(py, &bytes, name, None, false, Vec::new())
    }

    fn metadata(&self, py: Python<'_>, reference: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().metadata(&reference))
    }

    fn list(&self, py: Python<'_>, asked: Asking) -> PyResult<String> {
        let query = asked.query()?;
        self.tell(py, move |workspace| workspace.registry().list(&query))
    }

    fn counts(&self, py: Python<'_>, asked: Asking) -> PyResult<String> {
        let query = asked.query()?;
        self.tell(py, move |workspace| workspace.registry().counts(&query))
    }

    fn read_file<'py>(
        &self,
        py: Python<'py>,
        reference: String,
        file: String,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.ask(py, move |workspace| workspace.registry().read_file(&reference, &file))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn update_labels(&self, py: Python<'_>, reference: String, asked: Labelling) -> PyResult<String> {
        let change = asked.change();
        self.tell(py, move |workspace| workspace.registry().update_labels(&reference, &change))
    }

    fn delete(&self, py: Python<'_>, reference: String, force: bool) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().delete(&reference, force))
    }

    fn restore(&self, py: Python<'_>, reference: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().restore(&reference))
    }

    fn trashed(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.ask(py, move |workspace| workspace.registry().trashed())
    }

    fn empty_trash(&self, py: Python<'_>) -> PyResult<usize> {
        self.ask(py, move |workspace| workspace.registry().empty_trash())
    }

    fn prune(&self, py: Python<'_>, asked: Pruning) -> PyResult<String> {
        let prune = asked.prune()?;
        self.tell(py, move |workspace| workspace.registry().prune(&prune))
    }

    fn scan(&self, py: Python<'_>) -> PyResult<String> {
        self.tell(py, move |workspace| {
            let scan = workspace.registry().scan()?;
            Ok::<_, WorkspaceError>(json!({"cards": scan.cards, "failed": scan.failed}))
        })
    }

    fn sync(&self, py: Python<'_>) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().sync())
    }

    fn resync(&self, py: Python<'_>, id: String) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().resync(&id))
    }

    fn status(&self, py: Python<'_>) -> PyResult<String> {
        self.tell(py, move |workspace| workspace.registry().status())
    }

    fn validate(&self, py: Python<'_>, reference: Option<String>) -> PyResult<String> {
        self.tell(py, move |workspace| match reference {
            Some(reference) => workspace.registry().validate_one(&reference),
            None => workspace.registry().validate(),
        })
    }
}

/// Writes a file that is whole or absent.
#[pyfunction]
pub(crate) fn write_file(py: Python<'_>, path: PathBuf, bytes: &[u8]) -> PyResult<()> {
    let bytes = bytes.to_vec();
    let written = enter_core(py, true, None, Watch::default(), move |_| {
        write_file_atomically(&path, &bytes).map_err(|error| told(WorkspaceError::from(error)))
    })?;
    written.map_err(|told| told.raise(py))
}

/// Also a Parquet file, a JSON document, a picture.
fn stored_with<'a>((parquet, json, plot): (bool, bool, bool)) -> StoreOptions<'a> {
    StoreOptions::new().parquet(parquet).json(json).plot(plot)
}

/// A run of the workspace as one of Python.
fn as_run(execution: Execution, choices: Choices) -> Run {
    let plan = execution.run.plan().clone();
    let model = match &execution.provenance {
        Some(provenance) => execution.model.with_provenance(provenance),
        None => execution.model,
    };
    let document = Document::new(model, execution.warnings, ParseOptions::default(), Vec::new());
    Run::new(Arc::new(Compiled::new(Arc::new(document), plan)), execution.run, choices)
}
