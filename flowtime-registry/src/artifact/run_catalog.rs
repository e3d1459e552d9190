//! `catalog.json` of a run.

use super::model_catalog::Relationships;
use super::{Kind, SCHEMA_VERSION};
use crate::documents::provenance_text;
use crate::record::RunRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run is, for lists: written once, from the run and its provenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunCatalog {
    /// Always a run.
    pub kind: Kind,
    /// The id.
    pub id: String,
    /// What people read.
    pub title: String,
    /// When it was run, `YYYY-MM-DDThh:mm:ssZ`.
    pub created_utc: String,
    /// The version of this document.
    pub schema_version: u32,
    /// The model that was run, if its provenance says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The template behind that model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The version of that template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<String>,
    /// What the provenance says made the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Of the template and its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_hash: Option<String>,
    /// Of the computation.
    pub model_hash: String,
    /// Of its grid and nodes.
    pub logic_hash: String,
    /// How many things were found that are no errors.
    #[serde(default)]
    pub warnings_count: usize,
    /// What it came from.
    #[serde(default)]
    pub relationships: Relationships,
}

impl RunCatalog {
    pub(crate) fn of(run: &RunRecord<'_>) -> Self {
        let said = |snake, camel| provenance_text(run, snake, camel).map(str::to_owned);
        let link = run.provenance.as_ref().and_then(model_artifact);
        let generated_by = link.map(str::to_owned);
        RunCatalog {
            kind: Kind::Run,
            id: run.run_id.to_owned(),
            title: run.title.unwrap_or(run.run_id).to_owned(),
            created_utc: run.created_at.clone(),
            schema_version: SCHEMA_VERSION,
            model_id: said("model_id", "modelId"),
            template_id: said("template_id", "templateId"),
            template_version: said("template_version", "templateVersion"),
            source: said("source", "source"),
            inputs_hash: said("inputs_hash", "inputsHash"),
            model_hash: run.model_hash.to_owned(),
            logic_hash: run.logic_hash.to_owned(),
            warnings_count: run.warnings.len(),
            relationships: Relationships { generated_by, ..Relationships::default() },
        }
    }

    /// The same from `run.json` and `manifest.json`, for folders without a catalog.
    pub(crate) fn from_documents(run: &Value, manifest: &Value, provenance: Option<&Value>) -> Option<Self> {
        let text = |document: &Value, name: &str| document.get(name)?.as_str().map(str::to_owned);
        let said = |snake: &str, camel: &str| {
            let provenance = provenance?;
            text(provenance, snake).or_else(|| text(provenance, camel))
        };
        let id = text(manifest, "run_id")?;
        if text(run, "run_id")? != id {
            return None;
        }
        Some(RunCatalog {
            kind: Kind::Run,
            title: text(run, "title")?,
            created_utc: text(run, "created_at")?,
            schema_version: SCHEMA_VERSION,
            model_id: text(run, "model_id").or_else(|| said("model_id", "modelId")),
            template_id: text(run, "template_id"),
            template_version: said("template_version", "templateVersion"),
            source: said("source", "source"),
            inputs_hash: said("inputs_hash", "inputsHash"),
            model_hash: text(manifest, "model_hash")?,
            logic_hash: text(manifest, "logic_hash")?,
            warnings_count: run.get("warnings_count")?.as_u64()? as usize,
            relationships: Relationships {
                generated_by: provenance.and_then(model_artifact).map(str::to_owned),
                ..Relationships::default()
            },
            id,
        })
    }
}

/// The stored model that a provenance links to, as `models/<id>/v<n>`.
fn model_artifact(provenance: &Value) -> Option<&str> {
    provenance.get("links")?.get("model_artifact")?.as_str()
}
