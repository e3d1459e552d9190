//! A plan as a function of a few numbers, for optimisers and samplers.

use crate::crew::{Crew, Question};
use crate::error::{Failure, argument};
use crate::plan::{Compiled, Plan, SHORT};
use crate::reduce::Reduction;
use crate::runtime::{Watch, enter_core};
use numpy::{PyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// The plan as a function from rows of numbers to numbers.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Function {
    compiled: Arc<Compiled>,
    question: Arc<Question>,
    /// Estimated operations of a row.
    operations: f64,
    /// Those who wait for the next call, with what they have prepared.
    idle: Mutex<Vec<Crew>>,
}

/// The plan as a function of `inputs`; `fixed` are other inputs of all runs.
#[pyfunction]
#[pyo3(signature = (plan, inputs, output, over_bins, over_seeds, seeds, fixed))]
#[allow(clippy::too_many_arguments, reason = "they are named in Python")]
pub(crate) fn function(
    py: Python<'_>,
    plan: &Plan,
    inputs: Vec<String>,
    output: String,
    over_bins: &Bound<'_, PyAny>,
    over_seeds: &Bound<'_, PyAny>,
    seeds: Vec<u64>,
    fixed: Option<&Bound<'_, PyAny>>,
) -> PyResult<Function> {
    inputs.iter().try_for_each(|name| plan.known(py, name))?;
    let options = plan.options(py, None, fixed, Some(vec![output.clone()]))?;
    let function = Function {
        compiled: plan.compiled().clone(),
        operations: plan.compiled().operations * seeds.len() as f64,
        question: Arc::new(Question {
            options: inputs.iter().fold(options, |options, name| options.input(name, 0.0)),
            inputs,
            output,
            over_bins: Reduction::read("reduce", over_bins)?,
            over_seeds: Reduction::read("over", over_seeds)?,
            seeds,
        }),
        idle: Mutex::default(),
    };
    // What is wrong with the names is said now and not at the first call.
    let (compiled, question) = (function.compiled.clone(), function.question.clone());
    let crew = enter_core(py, compiled.large(), None, Watch::default(), move |_| {
        let mut crew = Crew::default();
        crew.grow(1, &compiled.plan, &question).map(|()| crew)
    })?;
    function.rest(crew.map_err(|failure| failure.raise(py))?);
    Ok(function)
}

#[pymethods]
impl Function {
    /// A number for each row.
    #[pyo3(signature = (rows, threads, progress))]
    fn call<'py>(
        &self,
        rows: PyReadonlyArray2<'py, f64>,
        threads: usize,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let py = rows.py();
        let (count, width) = (rows.shape()[0], self.question.inputs.len());
        if rows.shape()[1] != width {
            return Err(argument(format!("a row has {} numbers, not {width}", rows.shape()[1])));
        }
        let rows: Vec<f64> = rows.as_array().iter().copied().collect();
        if let Some(place) = rows.iter().position(|number| number.is_infinite()) {
            let name = &self.question.inputs[place % width];
            return Err(argument(format!("the value for `{name}` in row {} is infinite", place / width)));
        }
        let threads = threads.clamp(1, count.saturating_mul(self.question.seeds.len()).max(1));
        let (compiled, question) = (self.compiled.clone(), self.question.clone());
        let mut crew = self.crew();
        let watch = Watch::new(crew.cancel.clone());
        let results = enter_core(py, self.is_long(count), progress, watch, move |watch| {
            crew.grow(threads, &compiled.plan, &question)?;
            let results = crew.answer(&question, &rows, count, threads, watch)?;
            Ok((results, crew))
        })?;
        let (results, crew) = results.map_err(|failure: Failure| failure.raise(py))?;
        self.rest(crew);
        Ok(PyArray1::from_vec(py, results))
    }

    /// May a call with so many rows take long?
    fn is_long(&self, rows: usize) -> bool {
        self.operations * rows as f64 > SHORT || self.compiled.large()
    }
}

impl Function {
    /// A crew that waits, or a new one.
    fn crew(&self) -> Crew {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn rest(&self, crew: Crew) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(crew);
    }
}
