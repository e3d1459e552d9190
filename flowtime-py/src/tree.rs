//! Trees of plain Python objects, as documents have them.

use crate::error::{argument, argument_type};
use flowtime_core::Value;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

/// The largest seed that the engine takes.
const LARGEST_SEED: u64 = (1 << 53) - 1;

/// The deepest nesting of a document; a list that contains itself has no end.
const DEEPEST: usize = 64;

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

/// A document put together in Python, and of how many values.
pub(crate) fn from_python(object: &Bound<'_, PyAny>) -> PyResult<(Value, usize)> {
    let mut reader = Reader { path: Vec::new(), read: 0 };
    Ok((reader.value(object)?, reader.read))
}

/// How many values are read before signals are looked for: some milliseconds.
const BETWEEN_LOOKS: usize = 1 << 16;

/// Reads a tree and knows where it is.
struct Reader {
    path: Vec<String>,
    /// Values that were read.
    read: usize,
}

impl Reader {
    fn place(&self) -> String {
        if self.path.is_empty() { "the document".to_owned() } else { format!("`/{}`", self.path.join("/")) }
    }

    fn value(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if let Ok(number) = object.cast::<PyInt>() {
            let whole = number.extract::<i64>().map(Value::Integer);
            let large = |_| number.extract::<f64>().map(Value::Number);
            return whole
                .or_else(large)
                .map_err(|_| argument(format!("{} is too large a number", self.place())));
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            return Ok(Value::Number(number.value()));
        }
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Value::String(self.text(text)?));
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.array(list.iter());
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return self.array(tuple.iter());
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            return self.object(mapping);
        }
        self.other(object)
    }

    /// One more value; Ctrl-C is heeded.
    fn count(&mut self, py: Python<'_>) -> PyResult<()> {
        self.read += 1;
        if self.read.is_multiple_of(BETWEEN_LOOKS) { py.check_signals() } else { Ok(()) }
    }

    /// A text that can be written down.
    fn text(&self, text: &Bound<'_, PyString>) -> PyResult<String> {
        let half = |_| {
            argument(format!("{} holds half of a surrogate pair: text must be valid Unicode", self.place()))
        };
        text.to_str().map(str::to_owned).map_err(half)
    }

    /// What is done one level further in.
    fn inside<T>(&mut self, step: String, read: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        if self.path.len() == DEEPEST {
            return Err(argument(format!("the document is nested deeper than {DEEPEST} levels")));
        }
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    fn array<'py>(&mut self, items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>) -> PyResult<Value> {
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.enumerate() {
            self.count(item.py())?;
            // Most lists are long and of floats, for which no place has to be known.
            values.push(match item.cast_exact::<PyFloat>() {
                Ok(number) => Value::Number(number.value()),
                Err(_) => self.inside(index.to_string(), |reader| reader.value(&item))?,
            });
        }
        Ok(Value::Array(values))
    }

    fn object(&mut self, mapping: &Bound<'_, PyMapping>) -> PyResult<Value> {
        let mut entries = Vec::new();
        for pair in mapping.items()?.iter() {
            let (key, item): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            // The values of a probability mass function may be its keys.
            let number = !key.is_instance_of::<PyBool>()
                && (key.is_instance_of::<PyInt>() || key.is_instance_of::<PyFloat>());
            if !number && !key.is_instance_of::<PyString>() {
                let found = key.get_type().name()?.to_string();
                return Err(argument_type(format!(
                    "{} has a key of type `{found}`: keys are text",
                    self.place()
                )));
            }
            self.count(key.py())?;
            let key = self.text(&key.str()?)?;
            let value = self.inside(key.clone(), |reader| reader.value(&item))?;
            entries.push((key, value));
        }
        Ok(Value::Object(entries))
    }

    /// Arrays, columns, numbers of numpy, dates.
    fn other(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        let py = object.py();
        let plain = py.import("flowtime.inputs")?.getattr("plain_for")?.call1((object,))?;
        // Nothing else: objects that promise everything would be asked for ever.
        let is_plain = plain.is_instance_of::<PyList>()
            || plain.is_instance_of::<PyString>()
            || plain.is_instance_of::<PyInt>()
            || plain.is_instance_of::<PyFloat>();
        if !is_plain {
            let found = object.get_type().name()?.to_string();
            let message = format!(
                "{} is of type `{found}`: documents are made of dicts, lists, text and numbers",
                self.place()
            );
            return Err(argument_type(message));
        }
        self.value(&plain)
    }
}

/// Numbers as a tuple.
pub(crate) fn tuple<'py>(py: Python<'py>, numbers: &[f64]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, numbers)
}

/// A seed: a whole number that is not negative.
pub(crate) fn seed(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let found = value.get_type().name()?.to_string();
    if value.is_instance_of::<PyBool>() || !value.hasattr("__index__")? {
        return Err(argument_type(format!("a seed is a whole number, not of type `{found}`")));
    }
    let whole = value.call_method0("__index__")?;
    match whole.extract() {
        Ok(seed) if seed <= LARGEST_SEED => Ok(seed),
        _ => Err(argument(format!("the seed {whole} is out of range: seeds are 0 to {LARGEST_SEED}"))),
    }
}
