//! JSON as the engine hashes documents.

use flowtime_core::Value;
use flowtime_core::provenance::canonical_json;

/// One text for all JSON that says the same.
pub(crate) fn canonical(json: &serde_json::Value) -> String {
    canonical_json(&value_of(json))
}

fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(float)) if number.is_f64() => Value::Number(float),
            _ => Value::String(number.to_string()),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value_of).collect()),
        serde_json::Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), value_of(value))).collect())
        }
    }
}
