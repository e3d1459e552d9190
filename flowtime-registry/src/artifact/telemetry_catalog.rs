//! `catalog.json` of telemetry.

use super::{CatalogFile, Kind, SCHEMA_VERSION};
use serde::{Deserialize, Serialize};

/// What measured series are: written once, when they are stored.
///
/// ```
/// use flowtime_registry::TelemetryCatalog;
/// let catalog = TelemetryCatalog::new("airport_2a9b", "Airport, January");
/// assert_eq!(catalog.schema, "treehouse.binned.v0");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TelemetryCatalog {
    /// Always telemetry.
    pub kind: Kind,
    /// The id.
    pub id: String,
    /// What people read.
    pub title: String,
    /// A sentence or two.
    #[serde(default)]
    pub description: String,
    /// When it was imported, `YYYY-MM-DDThh:mm:ssZ`.
    pub created_utc: String,
    /// The version of this document.
    pub schema_version: u32,
    /// The form of the data, `treehouse.binned.v0`.
    pub schema: String,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How many bins it has.
    #[serde(default)]
    pub bins: usize,
    /// Its columns.
    #[serde(default)]
    pub series: Vec<TelemetrySeries>,
    /// The files beside this one.
    #[serde(default)]
    pub files: Vec<CatalogFile>,
}

/// A column of telemetry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TelemetrySeries {
    /// Its name.
    pub id: String,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl TelemetryCatalog {
    /// A catalog with what all telemetry has.
    pub fn new(id: &str, title: &str) -> Self {
        TelemetryCatalog {
            kind: Kind::Telemetry,
            id: id.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            created_utc: String::new(),
            schema_version: SCHEMA_VERSION,
            schema: "treehouse.binned.v0".to_owned(),
            source: None,
            bins: 0,
            series: Vec::new(),
            files: Vec::new(),
        }
    }
}
