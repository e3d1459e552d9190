//! Models.

use crate::error::{Failure, Told, diagnostics_json};
use crate::files::{self, Resolved};
use crate::limits::{self, Given};
use crate::plan::{Compiled, Plan};
use crate::runtime::{Watch, enter_core};
use crate::tree;
use flowtime_core::diagnostics::{Diagnostic, render};
use flowtime_core::provenance::model_hash_of;
use flowtime_core::{Error, Limits, NodeKind, ParseOptions, Parsed, RunOptions, Value, analysis};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What a document says.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Model {
    document: Arc<Document>,
}

/// A model as it was read, shared with plans and with the threads that work on it.
pub(crate) struct Document {
    pub(crate) model: flowtime_core::Model,
    pub(crate) warnings: Vec<Diagnostic>,
    /// How it was read; the limits also hold for what is made of the model.
    pub(crate) options: ParseOptions,
    /// The limits that were set.
    given: Given,
    hash: OnceLock<String>,
    /// The same model with places, if it was read without a text and one was needed.
    written: OnceLock<flowtime_core::Model>,
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
    let document = document.to_vec();
    // How long the files are that it names is not known yet.
    let long = document.len() > LONG || folder.is_some();
    let parse = move |options: &ParseOptions| flowtime_core::Model::parse(&document, options);
    let resolve = |model: &_| folder.map(|folder| files::resolve(model, &folder));
    Model::read(py, long, options, given, parse, resolve)
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
    let (value, size) = tree::from_python(document)?;
    let limits = limits::with(limits::unwritten(), &given)?;
    let options = ParseOptions::default().name(name).ignore_reserved(ignore_reserved).limits(limits);
    let parse = move |options: &ParseOptions| match unwritten(&value, size, options) {
        Some(parsed) => Ok(parsed),
        // As text, so that messages can point at it.
        None => flowtime_core::Model::parse(&value.to_yaml(), options),
    };
    Model::read(py, true, options, given, parse, |model| folder.map(|folder| files::resolve(model, &folder)))
}

/// The model of a document with long lists, or `None`: of a short one, or when there is something to say about it
/// that the text of the document has the place for.
#[pyfunction]
#[pyo3(signature = (document, given))]
pub(crate) fn assemble_unwritten(document: &Bound<'_, PyAny>, given: Given) -> PyResult<Option<Model>> {
    let py = document.py();
    let (value, size) = tree::from_python(document)?;
    let options = ParseOptions::default().limits(limits::with(limits::unwritten(), &given)?);
    let read = enter_core(py, true, None, Watch::default(), move |_| {
        let parsed = unwritten(&value, size, &options)?;
        Some(Document::new(parsed.model, parsed.warnings, options, given))
    })?;
    Ok(read.map(|document| Model { document: Arc::new(document) }))
}

/// What a long document says, if there is nothing more to say about it.
fn unwritten(document: &Value, size: usize, options: &ParseOptions) -> Option<Parsed> {
    if size < WRITTEN {
        return None;
    }
    let parsed = flowtime_core::Model::from_value(document, options).ok()?;
    (parsed.warnings.is_empty() && parsed.model.sources().next().is_none()).then_some(parsed)
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
    let document = document.to_vec();
    let long = document.len() > LONG;
    let parse = move |options: &ParseOptions| flowtime_core::Model::parse(&document, options);
    Model::read(py, long, options, given, parse, move |model| {
        (!values.is_empty()).then(|| files::given(model, &values))
    })
}

impl Model {
    pub(crate) fn of(document: Arc<Document>) -> Self {
        Model { document }
    }

    pub(crate) fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// Reads a document and what it names.
    fn read(
        py: Python<'_>,
        long: bool,
        options: ParseOptions,
        given: Given,
        parse: impl FnOnce(&ParseOptions) -> Result<Parsed, Error> + Send + 'static,
        resolve: impl FnOnce(&flowtime_core::Model) -> Option<Result<Resolved, Failure>> + Send + 'static,
    ) -> PyResult<Self> {
        let read = move || {
            let parsed = parse(&options)?;
            let (mut model, mut warnings) = (parsed.model, parsed.warnings);
            let resolved = model.sources().next().and_then(|_| resolve(&model));
            if let Some(resolved) = resolved {
                let resolved = resolved.map_err(|failure| failure.with(&warnings))?;
                warnings.extend(resolved.warnings);
                warnings.sort_by_key(|d| d.span.map_or(0, |span| span.start));
                model = resolved.model;
            }
            Ok(Document::new(model, warnings, options, given))
        };
        let read = enter_core(py, long, None, Watch::default(), move |_| read().map_err(Failure::told))?;
        Ok(Model { document: Arc::new(read.map_err(|told| told.raise(py))?) })
    }
}

/// Values of a document that is taken as it is, if nothing is wrong with it, and not written and read first.
const WRITTEN: usize = 10_000;

/// Bytes of a document that is not read at once.
const LONG: usize = 1 << 18;

/// Nodes of a model that is not compiled at once.
const MANY: usize = 1000;

impl Document {
    pub(crate) fn new(
        model: flowtime_core::Model,
        warnings: Vec<Diagnostic>,
        options: ParseOptions,
        given: Given,
    ) -> Self {
        Document { model, warnings, options, given, hash: OnceLock::new(), written: OnceLock::new() }
    }

    fn compiled(self: &Arc<Self>) -> Result<Compiled, Failure> {
        let compile = |model: &flowtime_core::Model| {
            files::unread(model).map_or_else(|| model.compile().map_err(Failure::from), Err)
        };
        let compiled = match compile(&self.model) {
            // The same once more, with places.
            Err(_) if self.model.source_text().is_none() => compile(self.written()),
            compiled => compiled,
        };
        match compiled {
            Ok(plan) => Ok(Compiled::new(self.clone(), plan)),
            Err(failure) => Err(failure.with(&self.warnings)),
        }
    }

    /// The model with places that messages can point at.
    pub(crate) fn written(&self) -> &flowtime_core::Model {
        if self.model.source_text().is_some() {
            return &self.model;
        }
        if let Some(written) = self.written.get() {
            return written;
        }
        // What it is written as reads back to the same. Not while the cell is locked: the process may fork meanwhile.
        let again = flowtime_core::Model::parse(&self.model.to_yaml(), &self.options);
        let again = again.map_or_else(|_| self.model.clone(), |parsed| parsed.model);
        self.written.get_or_init(|| again)
    }

    fn hash(&self) -> &str {
        if let Some(hash) = self.hash.get() {
            return hash;
        }
        let hash = model_hash_of(&self.model.to_value());
        self.hash.get_or_init(|| hash)
    }

    /// May it take long to go through the document?
    fn large(&self) -> bool {
        self.model.nodes().len() > MANY
            || self.model.source_text().is_none_or(|source| source.text().len() > LONG)
    }
}

#[pymethods]
impl Model {
    /// Compiles the model.
    fn compile(&self, py: Python<'_>, grid: Py<PyAny>) -> PyResult<Plan> {
        let document = self.document.clone();
        let compiled = enter_core(py, document.large(), None, Watch::default(), move |_| {
            document.compiled().map_err(Failure::told)
        })?;
        Ok(Plan::new(compiled.map_err(|told| told.raise(py))?, grid))
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
        let document = self.document.clone();
        let found = move |watch: &Watch| {
            let compiled = match document.compiled() {
                Ok(compiled) => compiled,
                Err(Failure::Model { found, .. }) => return Ok((found, document)),
                Err(failure) => return Err(failure),
            };
            let mut found = document.warnings.clone();
            if analyse {
                let limits = document.options.limits;
                let run = compiled.plan.run(&watch.options(RunOptions::new().limits(limits)))?;
                found.extend(analysis::findings(&document.model, &run));
                if !found.is_empty() && document.model.source_text().is_none() {
                    found = analysis::findings(document.written(), &run);
                }
                found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
            }
            Ok((found, document))
        };
        let told = enter_core(py, true, progress, Watch::default(), move |watch| {
            let (found, document) = found(watch).map_err(Failure::told)?;
            let source = if found.is_empty() { None } else { document.written().source_text() };
            let text = render::text(&found, source, render::Style::Plain);
            Ok((diagnostics_json(&found, source), text, analysis::score(&found)))
        })?;
        told.map_err(|told: Told| told.raise(py))
    }

    /// What `restore` makes the model of again.
    fn state(&self) -> State {
        let (name, text) = match self.source() {
            Some((name, text)) => (name, text.to_owned()),
            None => (self.document.options.name.as_str(), self.document.model.to_yaml()),
        };
        let values = self.document.model.nodes().iter().filter_map(|node| match node.kind() {
            NodeKind::Const(constant) if !constant.values().is_empty() => {
                constant.source().map(|source| (source.to_owned(), constant.values().to_vec()))
            }
            _ => None,
        });
        (
            text.to_owned(),
            name.to_owned(),
            self.document.options.ignore_reserved,
            values.collect(),
            self.document.given.clone(),
        )
    }

    /// `bins`, `bin_size`, `bin_unit`, `start`.
    #[getter]
    fn grid(&self) -> (usize, u32, &'static str, Option<&str>) {
        let grid = self.document.model.grid();
        (grid.bins(), grid.bin_size(), grid.bin_unit().name(), grid.start())
    }

    /// The id and the kind of each node.
    #[getter]
    fn kinds(&self) -> Vec<(&str, &'static str)> {
        self.document.model.nodes().iter().map(|node| (node.id(), node.kind().name())).collect()
    }

    /// Of each node what `flowtime.model.Node` is made of.
    fn nodes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let nodes = self.document.model.nodes().iter().enumerate();
        let described = nodes.map(|(index, node)| {
            // Ctrl-C is heeded every now and then.
            if index % MANY == 0 {
                py.check_signals().and_then(|()| describe(py, node))
            } else {
                describe(py, node)
            }
        });
        described.collect()
    }

    /// What is written out: each series with its file name.
    #[getter]
    fn outputs(&self) -> Vec<(&str, String)> {
        self.document.model.outputs()
    }

    /// The seed that the document gives.
    #[getter]
    fn seed(&self) -> Option<u64> {
        self.document.model.seed()
    }

    /// The title that `metadata` gives.
    #[getter]
    fn title(&self) -> Option<&str> {
        self.document.model.title()
    }

    /// The `metadata` section.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.document.model.metadata().map(|value| tree::to_python(py, value)).transpose()
    }

    /// The `provenance` section.
    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.document.model.provenance().map(|value| tree::to_python(py, value)).transpose()
    }

    /// The name and the text of the document.
    #[getter]
    fn source(&self) -> Option<(&str, &str)> {
        self.document.model.source_text().map(|source| (source.name(), source.text()))
    }

    /// What was worth knowing about the document, as JSON.
    fn warnings(&self) -> String {
        diagnostics_json(&self.document.warnings, self.document.model.source_text())
    }

    /// What identifies the computation.
    #[getter]
    fn model_hash(&self, py: Python<'_>) -> PyResult<&str> {
        let document = self.document.clone();
        let long = document.hash.get().is_none() && document.large();
        enter_core(py, long, None, Watch::default(), move |_| {
            document.hash();
        })?;
        Ok(self.document.hash())
    }

    /// The document that a person would have written.
    fn to_yaml(&self, py: Python<'_>) -> PyResult<String> {
        let document = self.document.clone();
        enter_core(py, document.large(), None, Watch::default(), move |_| document.model.to_yaml())
    }

    /// Do both say the same?
    fn same_as(&self, other: &Self) -> bool {
        self.document.model == other.document.model
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
