//! Models.

use crate::error::{Failure, diagnostics_json};
use crate::files::{self, Resolved};
use crate::plan::{Compiled, Plan};
use crate::runtime::enter_core;
use crate::tree;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::model_hash_of;
use flowtime_core::{NodeKind, ParseOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What a document says.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Model {
    model: flowtime_core::Model,
    warnings: Vec<Diagnostic>,
    hash: OnceLock<String>,
}

/// Reads a document, and the CSV files that it names from `folder`.
#[pyfunction]
#[pyo3(signature = (document, name, folder, ignore_reserved))]
pub(crate) fn parse(
    py: Python<'_>,
    document: &[u8],
    name: String,
    folder: Option<PathBuf>,
    ignore_reserved: bool,
) -> PyResult<Model> {
    let document = document.to_vec();
    let read = enter_core(py, document.len() > LONG, None, move |_| {
        let options = ParseOptions::default().name(name).ignore_reserved(ignore_reserved);
        let parsed = flowtime_core::Model::parse(&document, &options)?;
        let (mut model, mut warnings) = (parsed.model, parsed.warnings);
        if let Some(folder) = folder.filter(|_| model.sources().next().is_some()) {
            let resolved = files::resolve(&model, &folder).map_err(|failure| failure.with(&warnings))?;
            warnings.extend(resolved.warnings);
            warnings.sort_by_key(|d| d.span.map_or(0, |span| span.start));
            model = resolved.model;
        }
        Ok(Resolved { model, warnings })
    })?;
    let Resolved { model, warnings } = read.map_err(|failure: Failure| failure.raise(py))?;
    Ok(Model { model, warnings, hash: OnceLock::new() })
}

/// Bytes of a document that is not read at once.
const LONG: usize = 1 << 20;

#[pymethods]
impl Model {
    /// Compiles the model.
    fn compile(&self, py: Python<'_>, grid: Py<PyAny>) -> PyResult<Plan> {
        let model = &self.model;
        let compiled = enter_core(py, model.nodes().len() > 1000, None, |_| {
            files::unread(model).map_or(Ok(()), Err)?;
            let plan = model.compile()?;
            Ok(Compiled::new(model.clone(), plan))
        })?;
        let compiled = compiled.map_err(|failure: Failure| failure.with(&self.warnings).raise(py))?;
        Ok(Plan::new(compiled, grid))
    }

    /// `bins`, `bin_size`, `bin_unit`, `start`.
    #[getter]
    fn grid(&self) -> (usize, u32, &'static str, Option<&str>) {
        let grid = self.model.grid();
        (grid.bins(), grid.bin_size(), grid.bin_unit().name(), grid.start())
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

    #[getter]
    fn seed(&self) -> Option<u64> {
        self.model.seed()
    }

    #[getter]
    fn title(&self) -> Option<&str> {
        self.model.title()
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.model.metadata().map(|value| tree::to_python(py, value)).transpose()
    }

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

    #[getter]
    fn model_hash(&self) -> &str {
        self.hash.get_or_init(|| model_hash_of(&self.model.to_value()))
    }

    fn to_yaml(&self, py: Python<'_>) -> String {
        py.detach(|| self.model.to_yaml())
    }

    fn __eq__(&self, other: &Self) -> bool {
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
