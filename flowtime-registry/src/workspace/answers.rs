//! What was stored, as JSON for other languages.

use super::models::ModelRef;
use super::store::RunRef;
use crate::run_folder::Outcome;
use flowtime_core::diagnostics::render;
use serde_json::{Value, json};

impl ModelRef {
    /// Its fields by name.
    pub fn to_json(&self) -> Value {
        json!({
            "model_id": self.model_id,
            "version": self.version,
            "artifact_path": self.artifact_path.to_string_lossy(),
            "catalog_url": self.catalog_url,
            "title": self.title,
            "model_hash": self.model_hash,
            "inputs_hash": self.inputs_hash,
            "existed": self.existed,
            "pending": self.pending,
        })
    }
}

impl RunRef {
    /// Its fields by name; `outcome` is `written`, `reused` or `replaced`.
    pub fn to_json(&self) -> Value {
        let warnings: Value =
            serde_json::from_str(&render::json(&self.warnings, None)).unwrap_or_default();
        let outcome = match self.outcome {
            Outcome::Written => "written",
            Outcome::Reused => "reused",
            Outcome::Replaced => "replaced",
        };
        json!({
            "run_id": self.run_id,
            "path": self.path.to_string_lossy(),
            "catalog_url": self.catalog_url,
            "model_id": self.model_id,
            "model_hash": self.model_hash,
            "seed": self.seed,
            "warnings": warnings,
            "outcome": outcome,
            "was_duplicate_of": self.was_duplicate_of,
            "pending": self.pending,
        })
    }
}
