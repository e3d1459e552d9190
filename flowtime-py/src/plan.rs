//! Plans.

use crate::array;
use crate::ensemble::{Ensemble, Request};
use crate::error::{Failure, argument_type};
use crate::job::{self, Job};
use crate::limits::{self, Given};
use crate::model::Document;
use crate::run::{Choices, Run};
use crate::runtime::{Watch, enter_core};
use crate::tree;
use flowtime_core::{InputValue, Limits, RunOptions, Sweep, SweepPoints};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};
use std::collections::HashSet;
use std::sync::Arc;

/// Estimated operations of a run that is waited for on the spot; about a millisecond.
pub(crate) const SHORT: f64 = 1e6;

/// Nodes of a plan whose program is not made at once, each time that others are kept.
const MANY: usize = 10_000;

/// Nodes of a graph that is not drawn at once.
const DRAWN: usize = 50;

/// A compiled model with what it was made from.
pub(crate) struct Compiled {
    pub(crate) document: Arc<Document>,
    pub(crate) plan: flowtime_core::Plan,
    /// Estimated operations of a run.
    pub(crate) operations: f64,
    names: HashSet<String>,
}

impl Compiled {
    pub(crate) fn new(document: Arc<Document>, plan: flowtime_core::Plan) -> Self {
        let operations = plan.operations();
        let names = plan.nodes().map(|node| node.id.to_owned()).collect();
        Compiled { document, plan, operations, names }
    }

    /// May it take long to prepare a run?
    pub(crate) fn large(&self) -> bool {
        self.names.len() > MANY
    }
}

/// A compiled model.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Plan {
    compiled: Arc<Compiled>,
    /// The grid as `flowtime.inputs` wants it.
    grid: Py<PyAny>,
}

impl Plan {
    pub(crate) fn new(compiled: Compiled, grid: Py<PyAny>) -> Self {
        Plan { compiled: Arc::new(compiled), grid }
    }

    /// What a call asks for, as the engine takes it.
    pub(crate) fn options(
        &self,
        py: Python<'_>,
        seed: Option<&Bound<'_, PyAny>>,
        inputs: Option<&Bound<'_, PyAny>>,
        keep: Option<Vec<String>>,
    ) -> PyResult<RunOptions> {
        let mut options = RunOptions::new().limits(self.compiled.document.options.limits);
        if let Some(seed) = seed {
            options = options.seed(tree::seed(seed)?);
        }
        for (name, value) in self.given(py, inputs)? {
            options = options.input(name, value);
        }
        if let Some(keep) = keep {
            keep.iter().try_for_each(|name| self.known(py, name))?;
            options = options.keep(keep);
        }
        Ok(options)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.compiled.document.options.limits
    }

    /// The values that a call gives for inputs.
    pub(crate) fn given(
        &self,
        py: Python<'_>,
        inputs: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<(String, InputValue)>> {
        let Some(inputs) = inputs else { return Ok(Vec::new()) };
        let grid = self.grid.bind(py);
        let given = pairs(inputs)?.into_iter().map(|(name, value)| {
            let name = text("inputs", &name)?;
            self.known(py, &name)?;
            let value = array::input(&name, &value, grid)?;
            Ok((name, value))
        });
        given.collect()
    }

    pub(crate) fn of(compiled: Arc<Compiled>, grid: Py<PyAny>) -> Self {
        Plan { compiled, grid }
    }

    pub(crate) fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// Is there a node of this name? If not, `flowtime.names` says what was probably meant.
    pub(crate) fn known(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        if self.compiled.names.contains(name) {
            return Ok(());
        }
        let names: Vec<&str> = self.compiled.plan.nodes().map(|node| node.id).collect();
        let unknown = py.import("flowtime.names")?.getattr("unknown")?;
        Err(PyErr::from_value(unknown.call1(("node", name, names))?))
    }

    /// The points of a sweep, from its columns.
    fn points(
        &self,
        py: Python<'_>,
        columns: Vec<(String, PyReadonlyArray1<'_, f64>)>,
    ) -> PyResult<SweepPoints> {
        columns.iter().try_for_each(|(name, _)| self.known(py, name))?;
        let columns: Vec<(String, Vec<f64>)> = columns
            .into_iter()
            .map(|(name, numbers)| Ok((name, numbers.as_slice()?.to_vec())))
            .collect::<PyResult<_>>()?;
        SweepPoints::table(columns).map_err(|error| Failure::from(error).raise(py))
    }
}

/// The pairs of `inputs`.
fn pairs<'py>(inputs: &Bound<'py, PyAny>) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    if let Ok(dict) = inputs.cast::<PyDict>() {
        return Ok(dict.iter().collect());
    }
    match inputs.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.extract(),
        Err(_) => {
            let found = inputs.get_type().name()?.to_string();
            Err(argument_type(format!("`inputs` is of type `{found}`: give a dict from names to values")))
        }
    }
}

/// The name of a node.
fn text(parameter: &str, name: &Bound<'_, PyAny>) -> PyResult<String> {
    match name.cast::<PyString>() {
        // What cannot be encoded is no node's name; it is shown as far as it can be.
        Ok(name) => Ok(name.to_string_lossy().into_owned()),
        Err(_) => {
            let found = name.get_type().name()?.to_string();
            Err(argument_type(format!("a name in `{parameter}` is of type `{found}`, not text")))
        }
    }
}

/// A seed that is one.
#[pyfunction]
pub(crate) fn checked_seed(seed: &Bound<'_, PyAny>) -> PyResult<u64> {
    tree::seed(seed)
}

/// The seeds of the scenarios of an ensemble.
#[pyfunction]
pub(crate) fn scenario_seeds(seed: &Bound<'_, PyAny>, count: u64) -> PyResult<Vec<u64>> {
    let seed = tree::seed(seed)?;
    Ok((0..count).map(|scenario| flowtime_core::scenario_seed(seed, scenario)).collect())
}

/// The seed of scenario number `scenario` of an ensemble.
#[pyfunction]
pub(crate) fn scenario_seed(seed: &Bound<'_, PyAny>, scenario: u64) -> PyResult<u64> {
    Ok(flowtime_core::scenario_seed(tree::seed(seed)?, scenario))
}

#[pymethods]
impl Plan {
    /// Runs the plan once.
    #[pyo3(signature = (seed, inputs, keep, progress, given))]
    fn run(
        &self,
        py: Python<'_>,
        seed: Option<&Bound<'_, PyAny>>,
        inputs: Option<&Bound<'_, PyAny>>,
        keep: Option<Vec<Bound<'_, PyAny>>>,
        progress: Option<&Bound<'_, PyAny>>,
        given: Option<Given>,
    ) -> PyResult<Run> {
        let keep = keep.map(|names| names.iter().map(|name| text("keep", name)).collect()).transpose()?;
        let inputs = self.given(py, inputs)?;
        let mut options = self.options(py, seed, None, keep)?;
        for (name, value) in &inputs {
            options = options.input(name, value.clone());
        }
        if let Some(given) = given {
            options = options.limits(limits::with(self.compiled.document.options.limits, &given)?);
        }
        let plan = self.compiled.plan.clone();
        let run = enter_core(py, self.long(), progress, Watch::default(), move |watch| {
            plan.run(&watch.options(options))
        })?;
        let run = run.map_err(|error| Failure::from(error).raise(py))?;
        Ok(Run::new(self.compiled.clone(), run, Choices { inputs, seeded: seed.is_some() }))
    }

    /// Runs many scenarios and takes statistics over them.
    #[pyo3(signature = (request, progress))]
    fn ensemble(
        &self,
        py: Python<'_>,
        request: Request<'_>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ensemble> {
        let (long, options) = request.options(py, self, 1)?;
        let plan = self.compiled.plan.clone();
        let found = enter_core(py, long, progress, Watch::default(), move |watch| {
            plan.ensemble(&watch.ensemble_options(options))
        })?;
        let ensemble = found.map_err(|error| Failure::from(error).raise(py))?;
        Ok(Ensemble::new(self.compiled.clone(), ensemble))
    }

    /// Begins an ensemble that is computed in parts.
    fn ensemble_job(&self, py: Python<'_>, request: Request<'_>) -> PyResult<Job> {
        job::begin(py, self, request)
    }

    /// Computes the scenarios `start` to `stop` for a round of a job.
    fn ensemble_part<'py>(
        &self,
        py: Python<'py>,
        request: Request<'py>,
        round: &[u8],
        start: usize,
        stop: usize,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        job::part(py, self, request, round, (start, stop), progress)
    }

    /// An ensemble for every point, a row of the columns `points`.
    #[pyo3(signature = (points, request, progress))]
    fn sweep(
        &self,
        py: Python<'_>,
        points: Vec<(String, PyReadonlyArray1<'_, f64>)>,
        request: Request<'_>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Ensemble>> {
        let raise = |error| Failure::from(error).raise(py);
        let points = self.points(py, points)?;
        let (long, options) = request.options(py, self, points.len())?;
        let plan = self.compiled.plan.clone();
        let found = enter_core(py, long, progress, Watch::default(), move |watch| {
            plan.sweep(&points, &watch.ensemble_options(options))
        })?;
        let sweep = found.map_err(raise)?;
        Ok(sweep
            .into_ensembles()
            .into_iter()
            .map(|point| Ensemble::new(self.compiled.clone(), point))
            .collect())
    }

    /// The ensembles of the points, which were computed one by one, as those of a sweep.
    fn swept(
        &self,
        py: Python<'_>,
        points: Vec<(String, PyReadonlyArray1<'_, f64>)>,
        ensembles: Vec<PyRef<'_, Ensemble>>,
    ) -> PyResult<Vec<Ensemble>> {
        let points = self.points(py, points)?;
        let ensembles = ensembles.iter().map(|ensemble| ensemble.found()).collect();
        let sweep =
            Sweep::from_ensembles(points, ensembles).map_err(|error| Failure::from(error).raise(py))?;
        let points = sweep.into_ensembles().into_iter();
        Ok(points.map(|point| Ensemble::new(self.compiled.clone(), point)).collect())
    }

    /// May a run take long?
    #[getter]
    fn long(&self) -> bool {
        self.compiled.operations > SHORT || self.compiled.large()
    }

    /// Estimated operations of a run.
    #[getter]
    fn operations(&self) -> f64 {
        self.compiled.operations
    }

    /// References between nodes: `(reader, read, bins back)`.
    #[getter]
    fn edges(&self) -> Vec<(&str, &str, u64)> {
        self.compiled.plan.edges().collect()
    }

    /// The graph of the nodes as SVG, with the model's title or without.
    fn graph(&self, py: Python<'_>, titled: bool) -> PyResult<String> {
        let compiled = self.compiled.clone();
        enter_core(py, compiled.names.len() > DRAWN, None, Watch::default(), move |_| {
            let title = compiled.document.model.title().filter(|_| titled).unwrap_or_default();
            flowtime_cli::graph(&compiled.document.model, &compiled.plan, title)
        })
    }

    /// What would be computed, for people.
    fn describe(&self, py: Python<'_>) -> PyResult<String> {
        let compiled = self.compiled.clone();
        enter_core(py, compiled.large(), None, Watch::default(), move |_| compiled.plan.to_string())
    }
}

/// Every combination of the numbers of each input, a column each; those of the last change fastest.
#[pyfunction]
pub(crate) fn grid_points<'py>(
    py: Python<'py>,
    axes: Vec<(String, PyReadonlyArray1<'py, f64>)>,
) -> PyResult<Vec<Bound<'py, PyArray1<f64>>>> {
    let axes = axes.into_iter().map(|(name, numbers)| Ok((name, numbers.as_slice()?.to_vec())));
    let axes: Vec<(String, Vec<f64>)> = axes.collect::<PyResult<_>>()?;
    let points = SweepPoints::grid(axes).map_err(|error| Failure::from(error).raise(py))?;
    let columns = points.inputs().filter_map(|name| points.numbers(name));
    Ok(columns.map(|numbers| PyArray1::from_slice(py, numbers)).collect())
}
