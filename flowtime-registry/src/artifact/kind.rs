//! The kinds of artifacts.

use serde::{Deserialize, Serialize};

/// What an artifact is.
///
/// ```
/// use flowtime_registry::Kind;
/// assert_eq!(Kind::Model.name(), "model");
/// assert_eq!(Kind::Model.folder(), "models");
/// assert_eq!(Kind::named("run"), Some(Kind::Run));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A model, in versions.
    Model,
    /// A run of a model.
    Run,
    /// Measured series.
    Telemetry,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Kind; 3] = [Kind::Model, Kind::Run, Kind::Telemetry];

    /// How documents name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Model => "model",
            Kind::Run => "run",
            Kind::Telemetry => "telemetry",
        }
    }

    /// The folder that holds all of a kind.
    pub fn folder(self) -> &'static str {
        match self {
            Kind::Model => "models",
            Kind::Run => "runs",
            Kind::Telemetry => "telemetry",
        }
    }

    /// The kind of a name, singular as in documents or plural as in paths.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name || kind.folder() == name)
    }
}
