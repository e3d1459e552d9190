//! Problems of models and calls as Python exceptions.

use flowtime_core::diagnostics::{Diagnostic, Source, render};
use flowtime_core::{Error, ErrorKind};
use flowtime_registry::{RegistryError, WorkspaceError, WorkspaceErrorKind};
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
    import_exception!(flowtime.exceptions, NotFoundError);
    import_exception!(flowtime.exceptions, ConflictError);
    import_exception!(flowtime.exceptions, IntegrityError);
    import_exception!(flowtime.exceptions, StorageError);
}

/// Why a call failed, until there is an interpreter to raise it in.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong with a document; `subject` says what it is.
    Model { subject: &'static str, found: Vec<Diagnostic>, source: Option<Source> },
    /// Something is wrong with the call, in words.
    Call { kind: ErrorKind, message: String },
    /// What is kept could not be found, stored or trusted.
    Kept { kind: WorkspaceErrorKind, message: String, help: Option<String> },
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        if let WorkspaceError::Model(error) = error {
            return error.into();
        }
        // It says itself what was meant.
        let answered =
            matches!(&error, WorkspaceError::Registry(RegistryError::NotFound { nearest: Some(_), .. }));
        Failure::Kept {
            kind: error.kind(),
            message: error.to_string(),
            help: error.help().filter(|_| !answered),
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        WorkspaceError::from(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidModel => {
                let (found, source) = (error.diagnostics().to_vec(), error.source_text().cloned());
                Failure::Model { subject: "the model", found, source }
            }
            kind => Failure::Call { kind, message: said(&error) },
        }
    }
}

/// What is wrong with a call, a line for each problem: there is no document to point into.
fn said(error: &Error) -> String {
    let lines = error.diagnostics().iter().map(|found| match &found.help {
        Some(help) => format!("{}: {help}", found.message),
        None => found.message.clone(),
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { error.to_string() } else { lines.join("\n") }
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

    /// The same failure, of a template.
    pub(crate) fn of_template(mut self) -> Self {
        if let Failure::Model { subject, .. } = &mut self {
            *subject = "the template";
        }
        self
    }

    /// The failure in words; thousands of problems take their time.
    pub(crate) fn told(self) -> Told {
        match self {
            Failure::Model { subject, found, source } => Told::Model {
                subject,
                json: diagnostics_json(&found, source.as_ref()),
                text: render::text(&found, source.as_ref(), render::Style::Plain),
                source,
            },
            Failure::Call { kind, message } => Told::Call { kind, message },
            Failure::Kept { kind, message, help } => Told::Kept { kind, message, help },
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
    Model { subject: &'static str, json: String, text: String, source: Option<Source> },
    /// What is wrong with the call.
    Call { kind: ErrorKind, message: String },
    /// What is wrong with what is kept, and what to do about it.
    Kept { kind: WorkspaceErrorKind, message: String, help: Option<String> },
}

impl Told {
    /// The exception to raise.
    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Told::Model { subject, json, text, source } => {
                let source = source.as_ref();
                let arguments = (json, text, source.map(Source::name), source.map(Source::text), subject);
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
            Told::Kept { kind, message, help } => {
                use imported::{ArgumentError, ConflictError, IntegrityError, NotFoundError, StorageError};
                match kind {
                    WorkspaceErrorKind::NotFound => NotFoundError::new_err((message, help)),
                    WorkspaceErrorKind::Conflict => ConflictError::new_err((message, help)),
                    WorkspaceErrorKind::Integrity => IntegrityError::new_err((message, help)),
                    WorkspaceErrorKind::System => StorageError::new_err((message, help)),
                    _ => ArgumentError::new_err(match help {
                        Some(help) => format!("{message}: {help}"),
                        None => message,
                    }),
                }
            }
        }
    }
}

/// Something that is not there.
pub(crate) fn not_found(message: String) -> PyErr {
    imported::NotFoundError::new_err((message, None::<String>))
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
