//! JSON Schemas of the documents in a run's folder, as text.

/// The schema of `run.json`.
pub const RUN_SCHEMA: &str = include_str!("../schemas/run.schema.json");

/// The schema of `manifest.json`.
pub const MANIFEST_SCHEMA: &str = include_str!("../schemas/manifest.schema.json");

/// The schema of `series/index.json`.
pub const SERIES_INDEX_SCHEMA: &str = include_str!("../schemas/series-index.schema.json");
