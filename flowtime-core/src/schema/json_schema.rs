//! The form of a model document as JSON Schema, for editors.

use super::keys::{DOCUMENT, GRID, NODE, OUTPUT, PMF, RNG, Section};
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
    let definitions = json!({
        "grid": section(&GRID),
        "node": node,
        "pmf": {"anyOf": [lists, mapping]},
        "output": section(&OUTPUT),
        "rng": section(&RNG),
    });
    schema.insert("$defs".to_owned(), definitions);
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("FlowTime model"));
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
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
        for section in [&DOCUMENT, &GRID, &NODE, &PMF, &OUTPUT, &RNG] {
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
