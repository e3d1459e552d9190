//! Runs.

use crate::array;
use crate::arrow;
use crate::csv;
use crate::error::{diagnostics_json, unknown_name};
use crate::model::{Document, Model};
use crate::plan::{Compiled, Plan};
use crate::runtime::{Watch, enter_core};
use flowtime_core::{InputValue, RunOptions, RunWarning, analysis};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::sync::Arc;

/// Numbers that are not written at once.
const MANY: usize = 100_000;

/// The series of one run.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Run {
    compiled: Arc<Compiled>,
    /// Shared with what was handed to other programs.
    run: Arc<flowtime_core::Run>,
    /// What whoever stores the run has to know of it.
    choices: Choices,
}

/// What was chosen for a run, and its series do not tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choices {
    /// The inputs that were replaced.
    pub(crate) inputs: Vec<(String, InputValue)>,
    /// Did the caller choose the seed?
    pub(crate) seeded: bool,
}

impl Run {
    pub(crate) fn new(compiled: Arc<Compiled>, run: flowtime_core::Run, choices: Choices) -> Self {
        Run { compiled, run: Arc::new(run), choices }
    }

    /// The document, the run, and what was chosen for it.
    pub(crate) fn made(&self) -> (&Arc<Document>, &Arc<flowtime_core::Run>, &Choices) {
        (&self.compiled.document, &self.run, &self.choices)
    }
}

#[pymethods]
impl Run {
    /// The ids of the series that were kept.
    #[getter]
    fn ids(&self) -> Vec<&str> {
        self.run.ids().collect()
    }

    /// The model that was run.
    #[getter]
    fn model(&self) -> Model {
        Model::of(self.compiled.document.clone())
    }

    /// The plan that was run.
    fn plan(&self, grid: Py<PyAny>) -> Plan {
        Plan::of(self.compiled.clone(), grid)
    }

    /// The seed that was used.
    #[getter]
    fn seed(&self) -> u64 {
        self.run.seed()
    }

    /// The nodes that divided by zero.
    #[getter]
    fn divided(&self) -> Vec<&str> {
        let nodes = self.run.warnings().iter().filter_map(|warning| match warning {
            RunWarning::DivisionByZero { node, .. } => Some(node.as_str()),
            _ => None,
        });
        nodes.collect()
    }

    fn __len__(&self) -> usize {
        self.run.ids().len()
    }

    fn __contains__(&self, id: &str) -> bool {
        self.run.series(id).is_some()
    }

    /// What happened, as JSON.
    fn warnings(&self) -> String {
        let found = analysis::run_warnings(&self.compiled.document.model, &self.run);
        if found.is_empty() {
            return "[]".to_owned();
        }
        let model = self.compiled.document.written();
        diagnostics_json(&analysis::run_warnings(model, &self.run), model.source_text())
    }

    /// All series with their times as a stream of the Arrow C data interface, in a capsule.
    fn arrow<'py>(
        &self,
        py: Python<'py>,
        time_name: &str,
        times: PyReadonlyArray1<'py, i64>,
        dated: bool,
        fine: bool,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::capsule(py, &self.run, time_name, &times, dated, fine)
    }

    /// All series as CSV text, with these times if there are any.
    fn csv(&self, py: Python<'_>, time_name: String, times: Option<Vec<String>>) -> PyResult<String> {
        let run = self.run.clone();
        let numbers = run.ids().len().saturating_mul(run.plan().grid().bins());
        enter_core(py, numbers > MANY, None, Watch::default(), move |_| {
            csv::text(&run, &time_name, times.as_deref())
        })
    }

    /// A series as a read-only array that keeps the run alive.
    fn series<'py>(slf: &Bound<'py, Self>, id: &str) -> PyResult<Bound<'py, PyAny>> {
        let view = array::view(slf, |run| run.run.series(id)?.to_slice())?;
        view.ok_or_else(|| slf.get().unknown(id))
    }
}

impl Run {
    /// Why there is no series `id`: the engine says so of names it does not know.
    fn unknown(&self, id: &str) -> PyErr {
        unknown_name(match self.run.plan().runner(&RunOptions::new().keep([id])) {
            Err(error) => error.to_string(),
            Ok(_) => format!("`{id}` was not kept by this run: name it in `keep=`"),
        })
    }
}
