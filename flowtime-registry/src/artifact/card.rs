//! An artifact in a line: all that lists show and filter.

use super::{Kind, Labels, ModelCatalog, Reference, RunCatalog, TelemetryCatalog, normal_utc};
use serde::{Deserialize, Serialize};

/// What a card is kept under, in bytes of JSON.
const MAX_BYTES: usize = 600;

/// The fewest bytes to which a long title is shortened.
const MIN_TITLE: usize = 60;

/// An artifact, as the index knows it.
///
/// It stays under 600 bytes of JSON: a long description is shortened, then a long title. Only ids, tags and owners
/// that are long themselves can make it larger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// The id.
    pub id: String,
    /// The version of a model; 1 for everything else.
    pub version: u32,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What people read.
    pub title: String,
    /// A sentence or two, perhaps shortened.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created: String,
    /// What made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The template behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The version of that template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<String>,
    /// The model of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The version of that model, if its provenance says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_version: Option<u32>,
    /// What can be done with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// From 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_score: Option<f64>,
    /// Of the computation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_hash: Option<String>,
    /// Of the template and its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_hash: Option<String>,
    /// What a run says of where its model came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<CardProvenance>,
    /// Its folder, below the root.
    pub path: String,
}

/// Where a model came from, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardProvenance {
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// What made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Card {
    /// How any `get` is told to find this one: `registry:` and its path.
    pub fn reference(&self) -> String {
        format!("registry:{}", self.path)
    }

    fn new(kind: Kind, id: &str, created: &str, labels: &Labels, path: &str) -> Self {
        Card {
            id: id.to_owned(),
            version: 1,
            kind,
            title: labels.title.clone(),
            description: labels.description.clone(),
            created: normal_utc(created).unwrap_or_else(|| created.to_owned()),
            source: None,
            tags: labels.tags.clone(),
            owner: labels.owner.clone(),
            template_id: None,
            template_version: None,
            model_id: None,
            model_version: None,
            capabilities: Vec::new(),
            validation_score: None,
            model_hash: None,
            inputs_hash: None,
            provenance: None,
            path: path.to_owned(),
        }
    }

    pub(crate) fn of_model(catalog: &ModelCatalog, labels: &Labels, path: &str) -> Self {
        let card = Card {
            version: catalog.version.max(1),
            source: catalog.source.clone(),
            template_id: catalog.template_id.clone(),
            template_version: catalog.template_version.clone(),
            capabilities: catalog.capabilities.clone(),
            validation_score: catalog.metadata.validation_score,
            model_hash: Some(catalog.model_hash.clone()),
            inputs_hash: catalog.inputs_hash.clone(),
            ..Card::new(Kind::Model, &catalog.id, &catalog.created_utc, labels, path)
        };
        card.shortened()
    }

    pub(crate) fn of_run(catalog: &RunCatalog, labels: &Labels, path: &str) -> Self {
        let link = catalog.relationships.generated_by.as_deref();
        let provenance = CardProvenance {
            model_id: catalog.model_id.clone(),
            template_id: catalog.template_id.clone(),
            source: catalog.source.clone(),
        };
        let card = Card {
            source: catalog.source.clone(),
            template_id: catalog.template_id.clone(),
            template_version: catalog.template_version.clone(),
            model_id: catalog.model_id.clone(),
            model_version: link.and_then(|link| link.parse::<Reference>().ok()?.version),
            model_hash: Some(catalog.model_hash.clone()),
            inputs_hash: catalog.inputs_hash.clone(),
            provenance: (provenance != CardProvenance::default()).then_some(provenance),
            ..Card::new(Kind::Run, &catalog.id, &catalog.created_utc, labels, path)
        };
        card.shortened()
    }

    pub(crate) fn of_telemetry(catalog: &TelemetryCatalog, labels: &Labels, path: &str) -> Self {
        let created = &catalog.created_utc;
        let card = Card {
            source: catalog.source.clone(),
            ..Card::new(Kind::Telemetry, &catalog.id, created, labels, path)
        };
        card.shortened()
    }

    /// Cuts what is only for reading until the card is small enough.
    fn shortened(mut self) -> Self {
        for (least, text) in [(0, true), (MIN_TITLE, false)] {
            let size = serde_json::to_string(&self).map_or(0, |json| json.len());
            let excess = (size + 1).saturating_sub(MAX_BYTES);
            let text = if text { &mut self.description } else { &mut self.title };
            if excess > 0 {
                shorten(text, excess, least);
            }
        }
        self
    }
}

/// Takes at least `excess` bytes of JSON off the end of a text, as long as `least` bytes remain.
fn shorten(text: &mut String, mut excess: usize, least: usize) {
    const MARK: char = '…';
    if text.len() <= least {
        return;
    }
    excess += MARK.len_utf8();
    while excess > 0 && text.len() > least {
        let Some(character) = text.pop() else { return };
        // A control character is written as up to six bytes, a quote as two.
        let written = match character {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            character if character.is_control() => 6,
            character => character.len_utf8(),
        };
        excess = excess.saturating_sub(written);
    }
    if !text.is_empty() {
        text.push(MARK);
    }
}
