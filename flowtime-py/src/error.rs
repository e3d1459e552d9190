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

    /// The failure in words; thousands of problems take their time.
    pub(crate) fn told(self) -> Told {
        match self {
            Failure::Model { found, source } => Told::Model {
                json: diagnostics_json(&found, source.as_ref()),
                text: render::text(&found, source.as_ref(), render::Style::Plain),
                source,
            },
            Failure::Call { kind, message } => Told::Call { kind, message },
        }
    }

    /// The exception to raise.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        self.told().raise(py)
    }
}

/// Why a call failed, in words.
#[derive(Debug)]
pub(crate) enum Told {
    /// What is wrong with the model, for programs and for people.
    Model { json: String, text: String, source: Option<Source> },
    /// What is wrong with the call.
    Call { kind: ErrorKind, message: String },
}

impl Told {
    /// The exception to raise.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Told::Model { json, text, source } => {
                let source = source.as_ref();
                let arguments = (json, text, source.map(Source::name), source.map(Source::text));
                match imported::ModelError::type_object(py).call_method1("_from_native", arguments) {
                    Ok(error) => PyErr::from_value(error),
                    Err(error) => error,
                }
            }
            Told::Call { kind: ErrorKind::LimitExceeded, message } => {
                match imported::LimitError::type_object(py).call_method1("_from_native", (message,)) {
                    Ok(error) => PyErr::from_value(error),
                    Err(error) => error,
                }
            }
            Told::Call { message, .. } => imported::ArgumentError::new_err(message),
        }
    }
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
