//! From a run back to what it was made of.

use super::folder::{Catalog, json};
use super::{Registry, RegistryError};
use crate::artifact::{Card, Kind, Reference};
use crate::run_folder::PROVENANCE_FILE;
use serde::Serialize;
use serde_json::{Map, Value};

/// Template, parameters, model and run, as far as they are known.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trace {
    /// The run; absent when a model was asked for.
    pub run: Option<Card>,
    /// The stored model that was run.
    pub model: Option<Card>,
    /// The template that the model was made from.
    pub template: Option<TraceTemplate>,
    /// All parameters that it was made with.
    pub parameters: Option<Map<String, Value>>,
    /// The model that it varies, as `models/<id>/v<n>`.
    pub derived_from: Option<String>,
    /// What the run, or else the model, says of where it came from.
    pub provenance: Option<Value>,
    /// What is not known, and why.
    pub gaps: Vec<String>,
}

/// A template, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TraceTemplate {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: Option<String>,
    /// The hash of its body, when the stored model tells.
    pub hash: Option<String>,
}

impl Registry {
    /// Follows a run, or a model, back to its template and parameters.
    ///
    /// What the stored model says counts before what the run's provenance says.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::get`].
    pub fn trace(&self, reference: &str) -> Result<Trace, RegistryError> {
        let card = self.card(reference)?;
        let mut provenance = json(&*self.storage, &card.path, PROVENANCE_FILE);
        let mut gaps = Vec::new();
        let (run, model) = match card.kind {
            Kind::Model => (None, Some(card)),
            _ => {
                let model = self.model_of(&card, provenance.as_ref(), &mut gaps);
                (Some(card), model)
            }
        };
        let catalog = match &model {
            Some(model) => match self.entry(model.clone()) {
                Ok(entry) => {
                    provenance = provenance.or(entry.provenance);
                    Some(entry.catalog)
                }
                Err(error) => {
                    gaps.push(error.to_string());
                    None
                }
            },
            None => None,
        };
        let mut trace = Trace {
            run,
            model,
            template: None,
            parameters: None,
            derived_from: None,
            provenance: None,
            gaps,
        };
        if let Some(Catalog::Model(catalog)) = catalog {
            let (version, hash) = (catalog.template_version, catalog.template_hash);
            trace.template = catalog.template_id.map(|id| TraceTemplate { id, version, hash });
            trace.parameters = Some(catalog.parameters).filter(|_| trace.template.is_some());
            trace.derived_from = catalog.relationships.derived_from;
        }
        if let Some(provenance) = &provenance {
            let said = |snake: &str, camel: &str| provenance.get(snake).or_else(|| provenance.get(camel));
            let text = |snake, camel| said(snake, camel).and_then(Value::as_str).map(str::to_owned);
            if trace.template.is_none() {
                let version = text("template_version", "templateVersion");
                let template = text("template_id", "templateId");
                trace.template = template.map(|id| TraceTemplate { id, version, hash: None });
            }
            if trace.parameters.is_none() {
                trace.parameters = said("parameters", "parameters").and_then(Value::as_object).cloned();
            }
        }
        if trace.template.is_none() {
            trace
                .gaps
                .push("no template is known: the model was not made from one, or nobody said so".to_owned());
        }
        trace.provenance = provenance;
        Ok(trace)
    }

    /// The stored model of a run: the one it links to, else the version that computes the same, else the newest.
    fn model_of(&self, run: &Card, provenance: Option<&Value>, gaps: &mut Vec<String>) -> Option<Card> {
        if provenance.is_none() {
            gaps.push("the run has no provenance".to_owned());
        }
        let id = run.model_id.as_deref()?;
        let Ok(reference) = format!("models/{id}").parse::<Reference>() else {
            gaps.push(format!("`{}` cannot be the id of a stored model", id.escape_debug()));
            return None;
        };
        let link = run.model_version.map(|version| Reference { version: Some(version), ..reference.clone() });
        if let Some(card) = link.and_then(|link| self.card(&link.to_string()).ok()) {
            return Some(card);
        }
        let same = self.with_index(|index| {
            let versions = index.cards.values().filter(|card| card.kind == Kind::Model && card.id == id);
            versions.filter(|card| card.model_hash == run.model_hash).max_by_key(|card| card.version).cloned()
        });
        match same.ok().flatten().map_or_else(|| self.card(&reference.to_string()), Ok) {
            Ok(card) => {
                if card.model_hash != run.model_hash {
                    gaps.push(format!(
                        "the version of `{id}` that was run is not known; the newest is shown"
                    ));
                }
                Some(card)
            }
            Err(error) => {
                gaps.push(error.to_string());
                None
            }
        }
    }
}
