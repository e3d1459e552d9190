//! Between the values of documents and JSON.

use flowtime_core::Value;
use flowtime_core::provenance::format_number;

/// Whole numbers up to here have no gaps as float64.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value as JSON; what JSON has no number for is written as text.
///
/// ```
/// use flowtime_core::Value;
/// assert_eq!(flowtime_registry::to_json(&Value::Number(1.0)).to_string(), "1.0");
/// assert_eq!(flowtime_registry::to_json(&Value::Number(f64::NAN)).to_string(), "\"NaN\"");
/// ```
pub fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Integer(whole) => (*whole).into(),
        // `1.0` stays `1.0`: the type of a parameter is kept.
        Value::Number(number) if number.is_finite() => (*number).into(),
        Value::Number(number) => format_number(*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
        }
        _ => serde_json::Value::Null,
    }
}

/// JSON as a value.
pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(float)) if number.is_f64() || float < EXACT => Value::Number(float),
            _ => Value::String(number.to_string()),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        serde_json::Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), from_json(value))).collect())
        }
    }
}
