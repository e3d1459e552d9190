//! Trees of plain Python objects, as documents have them.

use crate::error::argument;
use flowtime_core::Value;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple};

/// A free value of a document as a plain object.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Integer(number) => number.into_pyobject(py)?.into_any(),
        Value::Number(number) => number.into_pyobject(py)?.into_any(),
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            items.iter().try_for_each(|item| list.append(to_python(py, item)?))?;
            list.into_any()
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            entries.iter().try_for_each(|(key, item)| dict.set_item(key, to_python(py, item)?))?;
            dict.into_any()
        }
        _ => py.None().into_bound(py),
    })
}

/// Numbers as a tuple.
pub(crate) fn tuple<'py>(py: Python<'py>, numbers: &[f64]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, numbers)
}

/// A seed: a whole number that is not negative.
pub(crate) fn seed(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err("a seed is a whole number, not a bool"));
    }
    match value.extract::<i128>() {
        Ok(number) => u64::try_from(number).map_err(|_| {
            argument(format!("the seed {number} is out of range: seeds are 0 to 9007199254740991"))
        }),
        Err(_) => {
            Err(PyTypeError::new_err(format!("a seed is a whole number, not {}", value.get_type().name()?)))
        }
    }
}
