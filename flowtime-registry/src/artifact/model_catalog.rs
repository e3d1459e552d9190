//! `catalog.json` of a model.

use super::{Kind, SCHEMA_VERSION};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a model is: written once, when the model is stored.
///
/// Who stores a model fills in what it knows; [`ModelCatalog::new`] has the rest empty. The registry adds
/// `version`, `files` and, when it is empty, `created_utc`.
///
/// ```
/// use flowtime_registry::ModelCatalog;
/// let mut catalog = ModelCatalog::new("checkout_1f3a9c02b7d4", "Checkout", "sha256:00", "sha256:01");
/// catalog.capabilities = vec!["executable".into()];
/// assert_eq!(catalog.title, "Checkout");
/// assert_eq!(catalog.identity(), "sha256:00");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelCatalog {
    /// Always a model.
    pub kind: Kind,
    /// `<slug of name>_<12 hex>`.
    pub id: String,
    /// What the model was called when it was made.
    pub name: String,
    /// What people read; the name, unless something better is known.
    pub title: String,
    /// A sentence or two.
    #[serde(default)]
    pub description: String,
    /// When it was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub created_utc: String,
    /// The version of this document.
    pub schema_version: u32,
    /// Its number among the versions of the same id; 0 until it is stored.
    #[serde(default)]
    pub version: u32,
    /// The template it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// The version of that template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_version: Option<String>,
    /// All parameters, after defaults.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Its nodes and what reads what.
    #[serde(default)]
    pub topology: Topology,
    /// Of `executable`, `parameterizable`, `validatable`.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// What it can be asked about.
    #[serde(default)]
    pub data_capabilities: Vec<String>,
    /// What made it, such as `flowtime-sim`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Of the template and its parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_hash: Option<String>,
    /// Of the template's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_hash: Option<String>,
    /// Of the computation.
    pub model_hash: String,
    /// Of its grid and nodes.
    pub logic_hash: String,
    /// What made it and how good it is.
    #[serde(default)]
    pub metadata: CatalogMetadata,
    /// What it came from.
    #[serde(default)]
    pub relationships: Relationships,
    /// The files beside this one.
    #[serde(default)]
    pub files: Vec<CatalogFile>,
}

impl ModelCatalog {
    /// A catalog with what every model has.
    pub fn new(id: &str, name: &str, model_hash: &str, logic_hash: &str) -> Self {
        ModelCatalog {
            kind: Kind::Model,
            id: id.to_owned(),
            name: name.to_owned(),
            title: name.to_owned(),
            description: String::new(),
            created_utc: String::new(),
            schema_version: SCHEMA_VERSION,
            version: 0,
            template_id: None,
            template_version: None,
            parameters: Map::new(),
            topology: Topology { level: "nodes".to_owned(), ..Topology::default() },
            capabilities: Vec::new(),
            data_capabilities: Vec::new(),
            source: None,
            inputs_hash: None,
            template_hash: None,
            model_hash: model_hash.to_owned(),
            logic_hash: logic_hash.to_owned(),
            metadata: CatalogMetadata::default(),
            relationships: Relationships::default(),
            files: Vec::new(),
        }
    }

    /// All hashes that it names.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = &str> {
        let optional = [&self.inputs_hash, &self.template_hash].into_iter().flatten();
        optional.chain([&self.model_hash, &self.logic_hash]).map(String::as_str)
    }

    /// The hash that the id is made of: two models of one id with different ones only share its 12 digits.
    pub fn identity(&self) -> &str {
        self.inputs_hash.as_deref().unwrap_or(&self.model_hash)
    }
}

/// The nodes of a model and which reads which.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Topology {
    /// How much is told: `nodes`, or `summary` where nodes are left out of a large model.
    pub level: String,
    /// The nodes.
    pub nodes: Vec<CatalogNode>,
    /// From the node that is read to the one that reads it.
    pub edges: Vec<(String, String)>,
}

/// A node, in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogNode {
    /// Its id.
    pub id: String,
    /// `const`, `expr` or `pmf`.
    pub kind: String,
}

/// What made a model and how good it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogMetadata {
    /// The template, once more for readers that look here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sim_template: Option<String>,
    /// What made the model, such as `flowtime/0.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sim_version: Option<String>,
    /// Whether this version of the engine takes it.
    #[serde(default)]
    pub engine_compatible: bool,
    /// How many parameters it was made with.
    #[serde(default)]
    pub parameter_count: usize,
    /// From 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_score: Option<f64>,
}

/// What an artifact came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Relationships {
    /// The template, as `template:<id>@<version>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_source: Option<String>,
    /// The model that this one varies, as `models/<id>/v<n>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_from: Option<String>,
    /// The model that made this run, as `models/<id>/v<n>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<String>,
}

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogFile {
    /// Its path in the folder.
    pub name: String,
    /// What it is: `model`, `provenance`, `preview`, `data`.
    pub r#type: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its media type.
    pub content_type: String,
    /// Its SHA-256 in hex.
    pub sha256: String,
}
