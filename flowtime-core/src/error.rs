//! The one error type of the crate.

use crate::diagnostics::{Diagnostic, Source, render};
use std::fmt;

/// What went wrong, in broad terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The model has errors; [`Error::diagnostics`] lists all of them.
    InvalidModel,
    /// An argument of the call is wrong: an unknown name, a wrong length, an infinity.
    InvalidArgument,
    /// The work would exceed a limit of [`Limits`](crate::Limits).
    LimitExceeded,
    /// The call was cancelled.
    Cancelled,
}

/// Why a call failed.
///
/// A problem in the model arrives as one error of kind [`ErrorKind::InvalidModel`] that carries
/// every [`Diagnostic`]; a problem in the call itself has a kind of its own.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    diagnostics: Vec<Diagnostic>,
    source: Option<Source>,
}

impl Error {
    /// An error about the call, not about the model.
    pub(crate) fn call(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, message: message.into(), diagnostics: Vec::new(), source: None }))
    }

    /// An error that carries everything found wrong with a model.
    pub(crate) fn model(diagnostics: Vec<Diagnostic>, source: Option<Source>) -> Self {
        Error::findings(ErrorKind::InvalidModel, "the model has", diagnostics, source)
    }

    /// An error that carries everything found wrong with what `subject` names (`the template has`).
    pub(crate) fn findings(
        kind: ErrorKind,
        subject: &str,
        diagnostics: Vec<Diagnostic>,
        source: Option<Source>,
    ) -> Self {
        let errors = diagnostics.iter().filter(|d| d.is_error()).count();
        let message = match errors {
            1 => format!("{subject} 1 error"),
            n => format!("{subject} {n} errors"),
        };
        Error(Box::new(Inner { kind, message, diagnostics, source }))
    }

    /// What went wrong, in broad terms.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Everything that was found, warnings included, in document order; empty unless the kind is
    /// [`ErrorKind::InvalidModel`], or [`ErrorKind::InvalidArgument`] for parameters of a
    /// [`template`](crate::template).
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }

    /// The document that the diagnostics point into, if the model came from one.
    pub fn source_text(&self) -> Option<&Source> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !self.0.diagnostics.is_empty() {
            write!(
                f,
                "\n{}",
                render::text(&self.0.diagnostics, self.0.source.as_ref(), render::Style::Plain)
            )?;
        }
        Ok(())
    }
}

// Shown by `unwrap` and `?` in `main`: people read it, so it is the message and not the fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {}
