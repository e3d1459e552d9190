//! Why the workspace could not do something.

use crate::error::StoreError;
use crate::registry::RegistryError;
use flowtime_core::{Error, ErrorKind};
use std::io;
use std::path::PathBuf;

/// Why the workspace could not do what was asked: a problem of a model, of the registry, or of the call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// A model, a template or a value of a parameter is wrong; it carries every diagnostic.
    #[error(transparent)]
    Model(#[from] Error),
    /// The registry could not find, store or trust something.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The call makes no sense.
    #[error("{message}")]
    Invalid {
        /// What was found, and what was expected.
        message: String,
        /// What to do.
        help: String,
    },
    /// A bundle is not taken.
    #[error("the bundle {message}")]
    Bundle {
        /// What was found.
        message: String,
        /// What to do.
        help: String,
    },
    /// A file that was named cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Reading {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The sort of a [`WorkspaceError`], for exit statuses, exceptions and status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkspaceErrorKind {
    /// A model, a template or a bundle is wrong.
    InvalidModel,
    /// The call is wrong, or a value of a parameter.
    InvalidArgument,
    /// The work would exceed a limit.
    LimitExceeded,
    /// It was asked to stop.
    Cancelled,
    /// There is nothing of that name.
    NotFound,
    /// Something else is there, or uses it.
    Conflict,
    /// Stored bytes are not those that were written.
    Integrity,
    /// The system refused.
    System,
}

impl WorkspaceError {
    pub(super) fn invalid(message: impl Into<String>, help: impl Into<String>) -> Self {
        WorkspaceError::Invalid { message: message.into(), help: help.into() }
    }

    /// What sort of problem it is.
    pub fn kind(&self) -> WorkspaceErrorKind {
        match self {
            WorkspaceError::Model(error) => match error.kind() {
                ErrorKind::InvalidModel => WorkspaceErrorKind::InvalidModel,
                ErrorKind::LimitExceeded => WorkspaceErrorKind::LimitExceeded,
                ErrorKind::Cancelled => WorkspaceErrorKind::Cancelled,
                _ => WorkspaceErrorKind::InvalidArgument,
            },
            WorkspaceError::Registry(error) if error.is_not_found() => WorkspaceErrorKind::NotFound,
            WorkspaceError::Registry(error) if error.is_conflict() => WorkspaceErrorKind::Conflict,
            WorkspaceError::Registry(error) if error.is_integrity() => WorkspaceErrorKind::Integrity,
            WorkspaceError::Registry(RegistryError::Store(StoreError::Interrupted)) => {
                WorkspaceErrorKind::Cancelled
            }
            WorkspaceError::Registry(RegistryError::Invalid(_))
            | WorkspaceError::Registry(RegistryError::Store(StoreError::InvalidId { .. }))
            | WorkspaceError::Invalid { .. } => WorkspaceErrorKind::InvalidArgument,
            WorkspaceError::Registry(_) => WorkspaceErrorKind::System,
            WorkspaceError::Bundle { .. } => WorkspaceErrorKind::InvalidModel,
            WorkspaceError::Reading { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                WorkspaceErrorKind::NotFound
            }
            WorkspaceError::Reading { .. } => WorkspaceErrorKind::System,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            WorkspaceError::Model(_) => None,
            WorkspaceError::Registry(error) => Some(error.help().to_owned()),
            WorkspaceError::Invalid { help, .. } | WorkspaceError::Bundle { help, .. } => {
                Some(help.clone()).filter(|help| !help.is_empty())
            }
            WorkspaceError::Reading { .. } => Some("check the path and its permissions".to_owned()),
        }
    }

    /// The diagnostics, when a model or the values of parameters are wrong.
    pub fn model_error(&self) -> Option<&Error> {
        match self {
            WorkspaceError::Model(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for WorkspaceError {
    fn from(error: StoreError) -> Self {
        WorkspaceError::Registry(RegistryError::Store(error))
    }
}
