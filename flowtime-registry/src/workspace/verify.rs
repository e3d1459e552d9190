//! Looking at what a stored model computes.

use super::Workspace;
use super::error::WorkspaceError;
use super::models::stored_provenance;
use crate::artifact::LabelChange;
use flowtime_core::analysis::{Report, examine};
use flowtime_core::diagnostics::Tier;
use flowtime_core::provenance::{ENGINE_VERSION, SEMANTICS_VERSION};
use flowtime_core::{ParseOptions, RunOptions, Template, Value};
use serde_json::json;

impl Workspace {
    /// Evaluates a stored model in memory, looks at its results, and stores the report with it.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such model, it is damaged, or its labels cannot be written;
    /// [`WorkspaceError::Model`] when its document cannot be read.
    pub fn verify(&self, model: &str) -> Result<Report, WorkspaceError> {
        let entry = self.model_entry(model, None)?;
        let reference = entry.card.reference();
        let bytes = self.registry.read_file(&reference, super::MODEL_FILE)?;
        let name = format!("{}/model.yaml", entry.card.path);
        let parsed = flowtime_core::Model::parse(&bytes, &ParseOptions::default().name(name))?;
        let report = examine(&parsed, Tier::Analyse, &RunOptions::new())?;
        let mut document: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap_or_default();
        document["verified_at"] = json!(self.now());
        document["engine"] = json!({"version": ENGINE_VERSION, "semantics": SEMANTICS_VERSION});
        self.registry.update_labels(&reference, &LabelChange::new().verification(document))?;
        Ok(report)
    }

    /// The parameters of a template as JSON Schema (draft 2020-12), for forms. For a stored model the defaults are
    /// the values that it was made with.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such model; [`WorkspaceError::Invalid`] when its template is not to
    /// be had.
    pub fn parameter_form(&self, template_or_model: &str) -> Result<serde_json::Value, WorkspaceError> {
        if Template::shipped_ids().any(|id| id == template_or_model) {
            return Ok(super::json::to_json(&Template::shipped(template_or_model)?.parameter_form()));
        }
        let entry = self.model_entry(template_or_model, None)?;
        let provenance = stored_provenance(&entry)?.filter(|provenance| provenance.template_id().is_some());
        let Some(provenance) = provenance else {
            let message = format!("`{}` was not made from a template: it has no parameters", entry.card.id);
            return Err(WorkspaceError::invalid(
                message,
                "ask for the form of a template, or of a model made from one",
            ));
        };
        let template = self.template_of(&entry, &provenance)?;
        let mut form = super::json::to_json(&template.parameter_form());
        for (name, value) in provenance.parameters() {
            if let Some(property) = form["properties"].get_mut(name) {
                property["default"] = super::json::to_json(value);
            }
        }
        Ok(form)
    }

    /// A template of the library by its id.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Model`] when there is none; the message names the nearest.
    pub fn template(&self, id: &str) -> Result<Template, WorkspaceError> {
        Ok(Template::shipped(id)?)
    }

    /// A file of template parameters: the values that a stored model was made with.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such model.
    pub fn parameters_of(&self, model: &str) -> Result<Vec<(String, Value)>, WorkspaceError> {
        let entry = self.model_entry(model, None)?;
        Ok(stored_provenance(&entry)?.map(|provenance| provenance.parameters().to_vec()).unwrap_or_default())
    }
}
