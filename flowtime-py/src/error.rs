//! Problems of models and calls as Python exceptions.

use flowtime_core::diagnostics::{Diagnostic, Source, render};
use flowtime_core::{Error, ErrorKind};
use pyo3::PyTypeInfo;
use pyo3::prelude::*;

mod imported {
    #![allow(missing_docs, reason = "the classes are written and documented in Python")]
    use pyo3::import_exception;

    import_exception!(flowtime.exceptions, ModelError);
    import_exception!(flowtime.exceptions, ArgumentError);
    import_exception!(flowtime.exceptions, ArgumentTypeError);
    import_exception!(flowtime.exceptions, UnknownNameError);
    import_exception!(flowtime.exceptions, LimitError);
}

/// Why a call failed, until there is an interpreter to raise it in.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong with the model.
    Model { found: Vec<Diagnostic>, source: Option<Source> },
    /// Something is wrong with the call, in words.
    Call { kind: ErrorKind, message: String },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidModel => {
                Failure::Model { found: error.diagnostics().to_vec(), source: error.source_text().cloned() }
            }
            kind => Failure::Call { kind, message: error.to_string() },
        }
    }
}

impl Failure {
    /// The same failure that also tells what was found before.
    pub(crate) fn with(mut self, others: &[Diagnostic]) -> Self {
        if let Failure::Model { found, .. } = &mut self {
            found.extend_from_slice(others);
            found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
        }
        self
    }

    /// The exception to raise.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Failure::Model { found, source } => match model_error(py, &found, source.as_ref()) {
                Ok(error) | Err(error) => error,
            },
            Failure::Call { kind: ErrorKind::LimitExceeded, message } => {
                match imported::LimitError::type_object(py).call_method1("_from_native", (message,)) {
                    Ok(error) => PyErr::from_value(error),
                    Err(error) => error,
                }
            }
            Failure::Call { message, .. } => imported::ArgumentError::new_err(message),
        }
    }
}

fn model_error(py: Python<'_>, found: &[Diagnostic], source: Option<&Source>) -> PyResult<PyErr> {
    let arguments = (
        diagnostics_json(found, source),
        render::text(found, source, render::Style::Plain),
        source.map(Source::name),
        source.map(Source::text),
    );
    let value = imported::ModelError::type_object(py).call_method1("_from_native", arguments)?;
    Ok(PyErr::from_value(value))
}

/// A name that leads nowhere.
pub(crate) fn unknown_name(message: String) -> PyErr {
    imported::UnknownNameError::new_err(message)
}

/// An argument that has the right type and a wrong value.
pub(crate) fn argument(message: String) -> PyErr {
    imported::ArgumentError::new_err(message)
}

/// An argument of a kind that cannot be used.
pub(crate) fn argument_type(message: String) -> PyErr {
    imported::ArgumentTypeError::new_err(message)
}

/// Diagnostics as the package reads them.
pub(crate) fn diagnostics_json(found: &[Diagnostic], source: Option<&Source>) -> String {
    render::json(found, source)
}
