//! Why the registry could not do something.

use crate::error::StoreError;

/// Why the registry could not do what was asked.
///
/// The message says what was found, [`RegistryError::help`] what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is no such artifact.
    #[error("there is no {what} `{id}`{}", did_you_mean(nearest.as_deref()))]
    NotFound {
        /// `artifact`, `model`, `run` or the like.
        what: &'static str,
        /// What was asked for.
        id: String,
        /// The id that was probably meant.
        nearest: Option<String>,
    },
    /// A different artifact has this id, or this version.
    #[error("`{id}` is taken: {reason}")]
    Conflict {
        /// What was to be stored.
        id: String,
        /// What is stored under it.
        reason: String,
    },
    /// Others refer to it.
    #[error("`{id}` is in use by {count} {}, such as `{example}`", if *count == 1 { "artifact" } else { "artifacts" })]
    InUse {
        /// What was to be deleted.
        id: String,
        /// How many refer to it.
        count: usize,
        /// One of them.
        example: String,
    },
    /// What was given cannot be stored or asked for.
    #[error("{0}")]
    Invalid(String),
    /// Another process holds the lock of the registry for longer than was waited.
    #[error("the registry is locked by another process")]
    Locked,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistryError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            RegistryError::NotFound { .. } => "list what there is, or check the id and the root folder",
            RegistryError::Conflict { .. } => "choose another name, or another version",
            RegistryError::InUse { .. } => "delete what refers to it first, or force the deletion",
            RegistryError::Invalid(_) => "correct what was given",
            RegistryError::Locked => "wait until it is done, or end it",
            RegistryError::Store(error) => error.help(),
        }
    }

    /// Whether nothing of that name was found.
    pub fn is_not_found(&self) -> bool {
        matches!(self, RegistryError::NotFound { .. } | RegistryError::Store(StoreError::NotFound { .. }))
    }

    /// Whether something else stands in the way.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            RegistryError::Conflict { .. }
                | RegistryError::InUse { .. }
                | RegistryError::Store(StoreError::Exists { .. })
        )
    }

    /// Whether stored bytes are not those that were written.
    pub fn is_integrity(&self) -> bool {
        matches!(self, RegistryError::Store(StoreError::Damaged { .. }))
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}
