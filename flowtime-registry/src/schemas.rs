//! JSON Schemas of all documents that are written, as text.

/// The schema of `run.json`.
pub const RUN_SCHEMA: &str = include_str!("../schemas/run.schema.json");

/// The schema of `manifest.json`.
pub const MANIFEST_SCHEMA: &str = include_str!("../schemas/manifest.schema.json");

/// The schema of `series/index.json`.
pub const SERIES_INDEX_SCHEMA: &str = include_str!("../schemas/series-index.schema.json");

/// The schema of `catalog.json` of a model.
pub const MODEL_CATALOG_SCHEMA: &str = include_str!("../schemas/model-catalog.schema.json");

/// The schema of `catalog.json` of a run.
pub const RUN_CATALOG_SCHEMA: &str = include_str!("../schemas/run-catalog.schema.json");

/// The schema of `catalog.json` of telemetry.
pub const TELEMETRY_CATALOG_SCHEMA: &str = include_str!("../schemas/telemetry-catalog.schema.json");

/// The schema of `labels.json`.
pub const LABELS_SCHEMA: &str = include_str!("../schemas/labels.schema.json");

/// The schema of `provenance.json`.
pub const PROVENANCE_SCHEMA: &str = include_str!("../schemas/provenance.schema.json");

/// The schema of a card.
pub const CARD_SCHEMA: &str = include_str!("../schemas/card.schema.json");

/// The schema of `registry-index.json`.
pub const REGISTRY_INDEX_SCHEMA: &str = include_str!("../schemas/registry-index.schema.json");

/// The schema of a line of `registry-index.log`.
pub const REGISTRY_LOG_SCHEMA: &str = include_str!("../schemas/registry-index-log.schema.json");

/// The schema of `metadata.json`.
pub const METADATA_SCHEMA: &str = include_str!("../schemas/metadata.schema.json");

/// The schema of the status of a registry.
pub const STATUS_SCHEMA: &str = include_str!("../schemas/status.schema.json");

/// The schema of the report of a validation.
pub const VALIDATION_SCHEMA: &str = include_str!("../schemas/validation.schema.json");
