//! A model that a template made, and where it came from.

use super::preview::Preview;
use super::{GenerateOptions, Template};
use crate::model::{Model, Value};
use crate::provenance::{
    ENGINE_VERSION, inputs_hash_of, logic_hash_of, model_hash_of, model_id, template_hash_of,
};

/// A model that a template made, and where it came from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Generated {
    /// The model. Its [`source_text`](Model::source_text) is the template, so that what is found
    /// when it is compiled points there.
    pub model: Model,
    /// Every parameter with its value, in the order of the template.
    pub parameters: Vec<(String, Value)>,
    /// The name of the model and the first digits of `inputs_hash`.
    pub model_id: String,
    /// The same for the same template, version and parameters.
    pub inputs_hash: String,
    /// Did the template's body change?
    pub template_hash: String,
    /// Is it the same computation? As long as sources are not resolved, they count by name.
    pub model_hash: String,
    /// Is it the same logic?
    pub logic_hash: String,
    template_id: String,
    template_version: String,
    generated_at: Option<String>,
}

impl Generated {
    pub(super) fn new(
        template: &Template,
        mut model: Model,
        parameters: Vec<(String, Value)>,
        options: &GenerateOptions,
    ) -> Self {
        let name = options.name.as_deref().unwrap_or(template.title());
        let slug = options.name.as_deref().unwrap_or(template.id());
        let mut metadata = vec![("title".to_owned(), text(name))];
        metadata.extend(template.description().map(|about| ("description".to_owned(), text(about))));
        if !template.tags().is_empty() {
            let tags = template.tags().iter().map(|tag| text(tag)).collect();
            metadata.push(("tags".to_owned(), Value::Array(tags)));
        }
        model.metadata = Some(Value::Object(metadata));
        let values = Value::Object(parameters.clone());
        let inputs_hash = inputs_hash_of(template.id(), template.version(), &values);
        let document = model.to_value();
        Generated {
            model_id: model_id(slug, &inputs_hash),
            inputs_hash,
            template_hash: template_hash_of(template.document()),
            model_hash: model_hash_of(&document),
            logic_hash: logic_hash_of(&document),
            template_id: template.id().to_owned(),
            template_version: template.version().to_owned(),
            generated_at: options.generated_at.clone(),
            parameters,
            model,
        }
    }

    /// The model as a YAML document without provenance; read again, it is an equal model.
    pub fn to_yaml(&self) -> String {
        self.model.to_yaml()
    }

    /// Where the model came from, as a document: which template of which version, with which parameters.
    pub fn provenance(&self) -> Value {
        let mut entries = vec![
            ("source", text("flowtime-sim")),
            ("model_id", text(&self.model_id)),
            ("template_id", text(&self.template_id)),
            ("template_version", text(&self.template_version)),
        ];
        entries.extend(self.generated_at.as_deref().map(|time| ("generated_at", text(time))));
        entries.push(("generator", text(&format!("flowtime/{ENGINE_VERSION}"))));
        entries.push(("parameters", Value::Object(self.parameters.clone())));
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The model with its provenance inside; no result changes by it.
    pub fn with_provenance(&self) -> Model {
        let mut model = self.model.clone();
        model.provenance = Some(self.provenance());
        model
    }

    /// What a picture of the model shows.
    pub fn preview(&self) -> Preview {
        Preview::of(&self.model)
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
