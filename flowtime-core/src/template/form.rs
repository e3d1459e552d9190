//! The parameters of a template as JSON Schema, for forms.

use super::Template;
use super::parameter::{Parameter, ParameterType};
use crate::model::Value;

/// A JSON Schema (draft 2020-12) of an object with a member for each parameter.
pub(super) fn form(template: &Template) -> Value {
    let properties = template.parameters().iter().map(|p| (p.name.clone(), property(p))).collect();
    let required: Vec<Value> =
        template.parameters().iter().filter(|p| p.required).map(|p| text(&p.name)).collect();
    let mut schema = vec![
        ("$schema", text("https://json-schema.org/draft/2020-12/schema")),
        ("$id", text(&format!("flowtime:template:{}:{}", template.id(), template.version()))),
        ("title", text(template.title())),
    ];
    schema.extend(template.description().map(|description| ("description", text(description))));
    schema.push(("type", text("object")));
    schema.push(("properties", Value::Object(properties)));
    if !required.is_empty() {
        schema.push(("required", Value::Array(required)));
    }
    schema.push(("additionalProperties", Value::Bool(false)));
    object(schema)
}

fn property(parameter: &Parameter) -> Value {
    let array = parameter.kind == ParameterType::Array;
    let mut schema = vec![("type", text(parameter.kind.name()))];
    schema.extend(parameter.title.as_deref().map(|title| ("title", text(title))));
    schema.extend(parameter.description.as_deref().map(|description| ("description", text(description))));
    let bounds = [("minimum", parameter.minimum), ("maximum", parameter.maximum)];
    let bounds = bounds.into_iter().filter_map(|(key, bound)| Some((key, Value::Number(bound?))));
    if array {
        let mut items = vec![("type", text(parameter.items.name()))];
        items.extend(bounds);
        schema.push(("items", object(items)));
    } else {
        schema.extend(bounds);
    }
    for (key, count) in [("minItems", parameter.min_items), ("maxItems", parameter.max_items)] {
        schema.extend(count.map(|count| (key, Value::Integer(count.try_into().unwrap_or(i64::MAX)))));
    }
    if !parameter.choices.is_empty() {
        schema.push(("enum", Value::Array(parameter.choices.clone())));
    }
    schema.extend(parameter.default.clone().map(|default| ("default", default)));
    // JSON Schema has no word for units; names that begin with `x-` are for what it lacks.
    schema.extend(parameter.unit.as_deref().map(|unit| ("x-unit", text(unit))));
    object(schema)
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
