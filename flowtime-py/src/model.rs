//! Models.

use crate::error::{Failure, diagnostics_json};
use crate::files::{self, Resolved};
use crate::limits::{self, Given};
use crate::plan::{Compiled, Plan};
use crate::runtime::{Watch, enter_core};
use crate::tree;
use flowtime_core::diagnostics::{Diagnostic, render};
use flowtime_core::provenance::model_hash_of;
use flowtime_core::{Limits, NodeKind, ParseOptions, RunOptions, analysis};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What a document says.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Model {
    model: flowtime_core::Model,
    warnings: Vec<Diagnostic>,
    ignore_reserved: bool,
    /// Those that were set, and all as they hold for what is made of the model.
    given: Given,
    limits: Limits,
    hash: OnceLock<String>,
}

/// What a model can be made of again: the document, its name, how it was read, the values of its sources, and the
/// limits that were set.
type State = (String, String, bool, Vec<(String, Vec<f64>)>, Given);

/// Reads a document, and the CSV files that it names from `folder`.
#[pyfunction]
#[pyo3(signature = (document, name, folder, ignore_reserved, given))]
pub(crate) fn parse(
    py: Python<'_>,
    document: &[u8],
    name: String,
    folder: Option<PathBuf>,
    ignore_reserved: bool,
    given: Given,
) -> PyResult<Model> {
    let limits = limits::with(Limits::default(), &given)?;
    let options = ParseOptions::default().name(name).ignore_reserved(ignore_reserved).limits(limits);
    Model::read(py, document, &options, given, |model| folder.map(|folder| files::resolve(model, &folder)))
}

/// The model of a document that was put together in Python.
#[pyfunction]
#[pyo3(signature = (document, name, folder, ignore_reserved, given))]
pub(crate) fn assemble(
    document: &Bound<'_, PyAny>,
    name: String,
    folder: Option<PathBuf>,
    ignore_reserved: bool,
    given: Given,
) -> PyResult<Model> {
    let py = document.py();
    let value = tree::from_python(document)?;
    // As text, so that messages can point at it.
    let document = enter_core(py, true, None, Watch::default(), |_| value.to_yaml())?;
    let limits = limits::with(limits::unwritten(), &given)?;
    let options = ParseOptions::default().name(name).ignore_reserved(ignore_reserved).limits(limits);
    Model::read(py, document.as_bytes(), &options, given, |model| {
        folder.map(|folder| files::resolve(model, &folder))
    })
}

/// The model that another process described.
#[pyfunction]
pub(crate) fn restore(
    py: Python<'_>,
    document: &[u8],
    name: String,
    ignore_reserved: bool,
    values: HashMap<String, Vec<f64>>,
    given: Given,
) -> PyResult<Model> {
    let limits = limits::with(limits::unwritten(), &given)?;
    let options = ParseOptions::default().name(name).ignore_reserved(ignore_reserved).limits(limits);
    Model::read(py, document, &options, given, |model| {
        (!values.is_empty()).then(|| files::given(model, &values))
    })
}

impl Model {
    /// Reads a document and what it names.
    fn read(
        py: Python<'_>,
        document: &[u8],
        options: &ParseOptions,
        given: Given,
        resolve: impl FnOnce(&flowtime_core::Model) -> Option<Result<Resolved, Failure>> + Send,
    ) -> PyResult<Self> {
        let read = enter_core(py, document.len() > LONG, None, Watch::default(), move |_| {
            let parsed = flowtime_core::Model::parse(document, options)?;
            let (mut model, mut warnings) = (parsed.model, parsed.warnings);
            let resolved = model.sources().next().and_then(|_| resolve(&model));
            if let Some(resolved) = resolved {
                let resolved = resolved.map_err(|failure| failure.with(&warnings))?;
                warnings.extend(resolved.warnings);
                warnings.sort_by_key(|d| d.span.map_or(0, |span| span.start));
                model = resolved.model;
            }
            Ok(Resolved { model, warnings })
        })?;
        let Resolved { model, warnings } = read.map_err(|failure: Failure| failure.raise(py))?;
        let (ignore_reserved, limits) = (options.ignore_reserved, options.limits);
        Ok(Model { model, warnings, ignore_reserved, given, limits, hash: OnceLock::new() })
    }
}

/// Bytes of a document that is not read at once.
const LONG: usize = 1 << 18;

/// Nodes of a model that is not compiled at once.
const MANY: usize = 1000;

impl Model {
    fn compiled(&self) -> Result<Compiled, Failure> {
        let plan = files::unread(&self.model).map_or_else(|| Ok(self.model.compile()?), Err);
        match plan {
            Ok(plan) => Ok(Compiled::new(self.model.clone(), plan, self.limits)),
            Err(failure) => Err(failure.with(&self.warnings)),
        }
    }
}

#[pymethods]
impl Model {
    /// Compiles the model.
    fn compile(&self, py: Python<'_>, grid: Py<PyAny>) -> PyResult<Plan> {
        let long = self.model.nodes().len() > MANY;
        let compiled = enter_core(py, long, None, Watch::default(), |_| self.compiled())?;
        Ok(Plan::new(compiled.map_err(|failure| failure.raise(py))?, grid))
    }

    /// What is found in the model when it is compiled and, with `analyse`, when it is run: as JSON, as text,
    /// and the score.
    #[pyo3(signature = (analyse, progress))]
    fn validate(
        &self,
        py: Python<'_>,
        analyse: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(String, String, f64)> {
        let found = enter_core(py, true, progress, Watch::default(), |watch| {
            let compiled = match self.compiled() {
                Ok(compiled) => compiled,
                Err(Failure::Model { found, .. }) => return Ok(found),
                Err(failure) => return Err(failure),
            };
            let mut found = self.warnings.clone();
            if analyse {
                let run = compiled.plan.run(&watch.options(RunOptions::new().limits(self.limits)))?;
                found.extend(analysis::findings(&self.model, &run));
                found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
            }
            Ok(found)
        })?;
        let found = found.map_err(|failure| failure.raise(py))?;
        let source = self.model.source_text();
        let text = render::text(&found, source, render::Style::Plain);
        Ok((diagnostics_json(&found, source), text, analysis::score(&found)))
    }

    /// What `restore` makes the model of again.
    fn state(&self) -> State {
        let (name, text) = self.source().unwrap_or_default();
        let values = self.model.nodes().iter().filter_map(|node| match node.kind() {
            NodeKind::Const(constant) if !constant.values().is_empty() => {
                constant.source().map(|source| (source.to_owned(), constant.values().to_vec()))
            }
            _ => None,
        });
        (text.to_owned(), name.to_owned(), self.ignore_reserved, values.collect(), self.given.clone())
    }

    /// `bins`, `bin_size`, `bin_unit`, `start`.
    #[getter]
    fn grid(&self) -> (usize, u32, &'static str, Option<&str>) {
        let grid = self.model.grid();
        (grid.bins(), grid.bin_size(), grid.bin_unit().name(), grid.start())
    }

    /// The id and the kind of each node.
    #[getter]
    fn kinds(&self) -> Vec<(&str, &'static str)> {
        self.model.nodes().iter().map(|node| (node.id(), node.kind().name())).collect()
    }

    /// Of each node what `flowtime.model.Node` is made of.
    fn nodes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.model.nodes().iter().map(|node| describe(py, node)).collect()
    }

    /// What is written out: each series with its file name.
    #[getter]
    fn outputs(&self) -> Vec<(&str, String)> {
        self.model.outputs()
    }

    /// The seed that the document gives.
    #[getter]
    fn seed(&self) -> Option<u64> {
        self.model.seed()
    }

    /// The title that `metadata` gives.
    #[getter]
    fn title(&self) -> Option<&str> {
        self.model.title()
    }

    /// The `metadata` section.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.model.metadata().map(|value| tree::to_python(py, value)).transpose()
    }

    /// The `provenance` section.
    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.model.provenance().map(|value| tree::to_python(py, value)).transpose()
    }

    /// The name and the text of the document.
    #[getter]
    fn source(&self) -> Option<(&str, &str)> {
        self.model.source_text().map(|source| (source.name(), source.text()))
    }

    /// What was worth knowing about the document, as JSON.
    fn warnings(&self) -> String {
        diagnostics_json(&self.warnings, self.model.source_text())
    }

    /// What identifies the computation.
    #[getter]
    fn model_hash(&self) -> &str {
        self.hash.get_or_init(|| model_hash_of(&self.model.to_value()))
    }

    /// The document that a person would have written.
    fn to_yaml(&self, py: Python<'_>) -> PyResult<String> {
        enter_core(py, true, None, Watch::default(), |_| self.model.to_yaml())
    }

    /// Do both say the same?
    fn same_as(&self, other: &Self) -> bool {
        self.model == other.model
    }
}

fn describe<'py>(py: Python<'py>, node: &flowtime_core::Node) -> PyResult<Bound<'py, PyDict>> {
    let entries = PyDict::new(py);
    entries.set_item("id", node.id())?;
    entries.set_item("kind", node.kind().name())?;
    entries.set_item("description", node.description())?;
    entries.set_item("unit", node.unit())?;
    let metadata = node.metadata().map(|value| tree::to_python(py, value)).transpose()?;
    entries.set_item("metadata", metadata)?;
    let (mut expr, mut source, mut policy, mut values, mut probabilities) = (None, None, None, None, None);
    match node.kind() {
        NodeKind::Const(constant) => {
            values = Some(constant.values());
            source = constant.source();
            policy = constant.policy().map(|policy| policy.name());
        }
        NodeKind::Expr(expression) => expr = Some(expression.text()),
        NodeKind::Pmf(pmf) => {
            values = Some(pmf.values());
            probabilities = Some(pmf.probabilities());
            policy = Some(pmf.policy().name());
        }
        _ => {}
    }
    entries.set_item("expr", expr)?;
    entries.set_item("source", source)?;
    entries.set_item("policy", policy)?;
    entries.set_item("values", values.map(|values| tree::tuple(py, values)).transpose()?)?;
    entries.set_item("probabilities", probabilities.map(|values| tree::tuple(py, values)).transpose()?)?;
    Ok(entries)
}
