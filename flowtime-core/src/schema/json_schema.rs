//! The form of models, templates and bundles as JSON Schema, for editors.

use super::keys::{
    ASSET, BUNDLE, BUNDLE_METADATA, DOCUMENT, GRID, NODE, OUTPUT, PARAMETER, PMF, RNG, Section, TEMPLATE,
    TEMPLATE_METADATA,
};
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of a model document, as JSON text.
///
/// Editors use it to complete and check keys while a model is written. It knows the form of a
/// document, not its meaning: a document that it accepts can still be wrong.
///
/// ```
/// let schema = flowtime_core::json_schema();
/// assert!(schema.contains("\"binUnit\""));
/// ```
pub fn json_schema() -> String {
    let mut schema = section(&DOCUMENT);
    schema.insert("$defs".to_owned(), Value::Object(definitions()));
    finished(schema, "FlowTime model")
}

/// The JSON Schema (draft 2020-12) of a template document, as JSON text.
///
/// Wherever a model has a value, a template may have a text with `${name}` in it.
///
/// ```
/// let schema = flowtime_core::template_json_schema();
/// assert!(schema.contains("\"arrayOf\"") && schema.contains("\"placeholder\""));
/// ```
pub fn template_json_schema() -> String {
    let mut definitions = definitions();
    for definition in definitions.values_mut() {
        admit_placeholders(definition);
    }
    let placeholder = json!({
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
        "description": "A text with the value of a parameter, `${name}`, in it.",
    });
    definitions.insert("placeholder".to_owned(), placeholder);
    definitions.insert("metadata".to_owned(), Value::Object(section(&TEMPLATE_METADATA)));
    definitions.insert("parameter".to_owned(), Value::Object(section(&PARAMETER)));
    let mut schema = section(&TEMPLATE);
    let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let body = section(&DOCUMENT);
    for key in ["grid", "nodes", "outputs", "rng"] {
        schema["properties"][key] = body["properties"][key].clone();
    }
    schema["properties"]["metadata"] = reference("metadata");
    schema["properties"]["parameters"]["items"] = reference("parameter");
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    finished(schema, "FlowTime template")
}

/// The JSON Schema (draft 2020-12) of a [`ModelBundle`](crate::ModelBundle), as JSON text.
///
/// ```
/// assert!(flowtime_core::bundle_json_schema().contains("\"engine_model\""));
/// ```
pub fn bundle_json_schema() -> String {
    let mut definitions = definitions();
    definitions.insert("model".to_owned(), Value::Object(section(&DOCUMENT)));
    definitions.insert("metadata".to_owned(), Value::Object(section(&BUNDLE_METADATA)));
    definitions.insert("asset".to_owned(), Value::Object(section(&ASSET)));
    let mut schema = section(&BUNDLE);
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    finished(schema, "FlowTime bundle")
}

fn finished(mut schema: Map<String, Value>, title: &str) -> String {
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!(title));
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// The parts of a model.
fn definitions() -> Map<String, Value> {
    let mut node = section(&NODE);
    node.insert(
        "allOf".to_owned(),
        Value::Array(super::keys::KINDS.iter().map(|kind| kind_rule(kind)).collect()),
    );
    // The other form of a PMF is a mapping from values to probabilities.
    let lists = Value::Object(section(&PMF));
    let mapping = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"not": {"enum": PMF.keys.iter().map(|k| k.name).collect::<Vec<_>>()}},
        "additionalProperties": {"type": "number", "minimum": 0},
    });
    let parts = [
        ("grid", Value::Object(section(&GRID))),
        ("node", Value::Object(node)),
        ("pmf", json!({"anyOf": [lists, mapping]})),
        ("output", Value::Object(section(&OUTPUT))),
        ("rng", Value::Object(section(&RNG))),
    ];
    parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
}

/// Lets every value that a schema asks for be a text with a placeholder instead.
fn admit_placeholders(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    for list in ["anyOf", "oneOf"] {
        if let Some(Value::Array(forms)) = members.get_mut(list) {
            forms.iter_mut().for_each(admit_placeholders);
        }
    }
    for value in ["items", "additionalProperties"] {
        if let Some(inner @ Value::Object(_)) = members.get_mut(value) {
            or_placeholder(inner);
        }
    }
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        properties.values_mut().for_each(or_placeholder);
    }
}

fn or_placeholder(schema: &mut Value) {
    // A part of the document has its own definition, whose values are looked at there.
    let is_part = schema.get("$ref").is_some_and(|part| part != "#/$defs/pmf");
    if is_part || !schema.is_object() {
        return;
    }
    admit_placeholders(schema);
    let mut form = schema.take();
    let description = form.as_object_mut().and_then(|members| members.remove("description"));
    *schema = json!({"anyOf": [form, {"$ref": "#/$defs/placeholder"}]});
    if let (Some(description), Some(members)) = (description, schema.as_object_mut()) {
        members.insert("description".to_owned(), description);
    }
}

/// The keys of one mapping, and no others.
fn section(section: &Section) -> Map<String, Value> {
    let mut properties = Map::new();
    for key in section.keys {
        let mut property: Map<String, Value> = serde_json::from_str(key.schema).unwrap_or_default();
        property.insert("description".to_owned(), json!(key.doc));
        properties.insert(key.name.to_owned(), Value::Object(property));
    }
    let required: Vec<&str> = section.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), json!(false));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

/// What a node of one kind must have, and what belongs to the others only.
fn kind_rule(kind: &str) -> Value {
    let foreign = NODE.keys.iter().filter(|k| !k.kinds.is_empty() && !k.kinds.contains(&kind));
    let mut then = Map::new();
    then.insert("properties".to_owned(), foreign.map(|k| (k.name.to_owned(), json!(false))).collect());
    match kind {
        "const" => {
            then.insert("oneOf".to_owned(), json!([{"required": ["values"]}, {"required": ["source"]}]))
        }
        other => then.insert("required".to_owned(), json!([other])),
    };
    json!({"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": then})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fragment_is_json() {
        for section in [
            &DOCUMENT,
            &GRID,
            &NODE,
            &PMF,
            &OUTPUT,
            &RNG,
            &TEMPLATE,
            &TEMPLATE_METADATA,
            &PARAMETER,
            &BUNDLE,
            &BUNDLE_METADATA,
            &ASSET,
        ] {
            for key in section.keys {
                let parsed: Result<Map<String, Value>, _> = serde_json::from_str(key.schema);
                assert!(parsed.is_ok(), "{}", key.name);
            }
        }
    }

    #[test]
    fn the_words_of_the_language_are_the_words_of_the_schema() {
        let schema: Value = serde_json::from_str(&json_schema()).unwrap();
        let words = |pointer: &str| -> Vec<String> {
            let list = schema.pointer(pointer).and_then(Value::as_array).unwrap();
            list.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect()
        };
        assert_eq!(words("/$defs/grid/properties/binUnit/enum"), crate::BinUnit::ALL.map(|u| u.name()));
        assert_eq!(words("/$defs/node/properties/kind/enum"), super::super::keys::KINDS);
        assert_eq!(
            words("/$defs/pmf/anyOf/0/properties/policy/enum"),
            crate::PmfPolicy::ALL.map(|p| p.name())
        );
        assert_eq!(words("/required"), ["schemaVersion", "grid", "nodes"]);
        let defined = schema["$defs"].as_object().unwrap();
        for reference in ["grid", "node", "pmf", "output", "rng"] {
            assert!(defined.contains_key(reference));
        }
    }
}
