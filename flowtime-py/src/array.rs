//! Numbers in and out of numpy.
//!
//! What is quick to tell, numbers and plain float64 arrays, is taken here; everything else is made one
//! of these by `flowtime.inputs`, the same way for runs and for models that are put together in Python.

use flowtime_core::InputValue;
use numpy::npyffi::flags::{NPY_ARRAY_ALIGNED, NPY_ARRAY_C_CONTIGUOUS};
use numpy::npyffi::{NpyTypes, PY_ARRAY_API, get_type_object, npy_intp};
use numpy::{Element, PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyInt};
use std::ffi::c_int;
use std::ptr::null_mut;

/// A read-only array over numbers that `owner` lends for as long as it lives, and that keeps it alive;
/// `None` when it has none to lend.
pub(crate) fn view<'py, T: PyClass<Frozen = True> + Sync, E: Element>(
    owner: &Bound<'py, T>,
    lend: impl for<'a> FnOnce(&'a T) -> Option<&'a [E]>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(numbers) = lend(owner.get()) else { return Ok(None) };
    lent(owner, numbers, &mut [numbers.len() as npy_intp]).map(Some)
}

/// The same in rows of `width` numbers.
pub(crate) fn rows<'py, T: PyClass<Frozen = True> + Sync, E: Element>(
    owner: &Bound<'py, T>,
    width: usize,
    lend: impl for<'a> FnOnce(&'a T) -> Option<&'a [E]>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(numbers) = lend(owner.get()) else { return Ok(None) };
    let count = numbers.len() / width.max(1);
    lent(owner, &numbers[..count * width], &mut [count as npy_intp, width as npy_intp]).map(Some)
}

/// The array over `numbers`, which `owner` lends to whoever asks and which fill the `shape`.
fn lent<'py, T: PyClass<Frozen = True> + Sync, E: Element>(
    owner: &Bound<'py, T>,
    numbers: &[E],
    shape: &mut [npy_intp],
) -> PyResult<Bound<'py, PyAny>> {
    let py = owner.py();
    let data = numbers.as_ptr().cast_mut().cast();
    // SAFETY: a new array, as large as `numbers`, over memory of a frozen object. Of such an object there are only
    // shared references until it is freed, and it lends the numbers to any of them, however long; the array
    // holds it. The array is made without NPY_ARRAY_WRITEABLE, and numpy refuses to set that later as the
    // object has no buffer. `PyArray_NewFromDescr` takes over the description, `PyArray_SetBaseObject` the
    // owner, also when they fail.
    unsafe {
        let kind = get_type_object(py, NpyTypes::PyArray_Type);
        let description = E::get_dtype(py).into_ptr().cast();
        let flags = NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED;
        let array = PY_ARRAY_API.PyArray_NewFromDescr(
            py,
            kind,
            description,
            shape.len() as c_int,
            shape.as_mut_ptr(),
            null_mut(),
            data,
            flags,
            null_mut(),
        );
        let array = Bound::from_owned_ptr_or_err(py, array)?;
        if PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast(), owner.clone().into_ptr()) != 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(array)
    }
}

/// What to put in the place of input `name`.
pub(crate) fn input(name: &str, value: &Bound<'_, PyAny>, grid: &Bound<'_, PyAny>) -> PyResult<InputValue> {
    if let Some(value) = plain(value)? {
        return Ok(value);
    }
    static CONVERT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let convert = CONVERT.import(value.py(), "flowtime.inputs", "values_for")?;
    let converted = convert.call1((name, value, grid))?;
    match plain(&converted)? {
        Some(value) => Ok(value),
        // It promises a float or a plain array, and stubs are checked.
        None => Ok(InputValue::Series(converted.extract()?)),
    }
}

/// A float, an int, or a copy of a plain array; `None` for anything else.
fn plain(value: &Bound<'_, PyAny>) -> PyResult<Option<InputValue>> {
    if let Ok(number) = value.cast_exact::<PyFloat>() {
        return Ok(Some(InputValue::Number(number.value())));
    }
    if let Ok(number) = value.cast_exact::<PyInt>() {
        // Of numbers that are too large `flowtime.inputs` speaks.
        return Ok(number.extract::<f64>().ok().map(InputValue::Number));
    }
    if let Ok(array) = value.cast_exact::<PyArray1<f64>>()
        && array.is_c_contiguous()
    {
        return Ok(array.readonly().as_slice().ok().map(InputValue::from));
    }
    Ok(None)
}
