//! What the files of an artifact say, as data.
//!
//! Nothing here reads a clock or a file: documents are made from what is given and turned into text.

mod canonical;
mod card;
mod kind;
mod labels;
mod layout;
mod model_catalog;
mod reference;
mod run_catalog;
mod telemetry_catalog;
mod time;

pub use card::{Card, CardProvenance};
pub use kind::Kind;
pub use labels::{LabelChange, Labels};
pub use model_catalog::{CatalogFile, CatalogMetadata, CatalogNode, ModelCatalog, Relationships, Topology};
pub use reference::Reference;
pub use run_catalog::RunCatalog;
pub use telemetry_catalog::{TelemetryCatalog, TelemetrySeries};

pub(crate) use layout::write_catalog;
pub(crate) use reference::{checked_id, version_number};
pub(crate) use time::{normal_utc, utc};

/// The version of every document of the registry.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// What an artifact is, for people and programs that look for it.
pub(crate) const CATALOG_FILE: &str = "catalog.json";

/// What may change of an artifact.
pub(crate) const LABELS_FILE: &str = "labels.json";
