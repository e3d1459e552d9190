//! The same template, version and values: the same ids, however they are given.

use flowtime_core::provenance::{inputs_hash_of, model_hash_of, template_hash_of, valid_id};
use flowtime_core::template::{Parameter, ParameterType};
use flowtime_core::{GenerateOptions, Generated, ParseOptions, Template, Value};

fn generate(template: &Template, given: &[(String, Value)]) -> Generated {
    template.generate(given, &GenerateOptions::default()).unwrap()
}

/// All defaults, as whole numbers and as others.
fn defaults(template: &Template, floats: bool) -> Vec<(String, Value)> {
    let float = |value: Value| match value {
        Value::Integer(whole) if floats => Value::Number(whole as f64),
        other => other,
    };
    let values = template.parameters().iter().map(|p| (p.name.clone(), float(p.default.clone().unwrap())));
    values.collect()
}

#[test]
fn a_hundred_ways_to_say_the_same_are_one_id() {
    let template = Template::shipped("emergency-department").unwrap();
    let first = generate(&template, &[]);
    assert!(valid_id(&first.model_id) && first.model_id.starts_with("emergency-department_"));
    // A small generator of its own: the order must not come from a library that could change.
    let mut state = 1u64;
    for round in 0..100 {
        let mut given = defaults(&template, round % 2 == 1);
        for last in (1..given.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            given.swap(last, (state >> 33) as usize % (last + 1));
        }
        given.truncate(given.len() - round % 8);
        let again = generate(&template, &given);
        assert_eq!(again.model_id, first.model_id);
        assert_eq!(again.inputs_hash, first.inputs_hash);
        assert_eq!(again.to_yaml(), first.to_yaml());
        assert_eq!(again.provenance(), first.provenance());
    }
}

/// A value that is not the default, but may be.
fn another(parameter: &Parameter) -> Value {
    let (least, most) = (parameter.minimum.unwrap(), parameter.maximum.unwrap());
    let number = |default: &Value| {
        let default = match default {
            Value::Integer(whole) => *whole as f64,
            Value::Number(number) => *number,
            other => panic!("{other:?}"),
        };
        Value::Number(if default == most { least } else { most })
    };
    match (parameter.kind, parameter.default.as_ref().unwrap()) {
        (ParameterType::Array, Value::Array(items)) => {
            let mut items = items.clone();
            items[0] = number(&items[0]);
            Value::Array(items)
        }
        (_, default) => number(default),
    }
}

#[test]
fn any_other_value_is_another_id() {
    for id in Template::shipped_ids() {
        let template = Template::shipped(id).unwrap();
        let mut ids = vec![generate(&template, &[]).model_id];
        for parameter in template.parameters() {
            let given = [(parameter.name.clone(), another(parameter))];
            ids.push(generate(&template, &given).model_id);
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "{id}");
    }
}

#[test]
fn the_version_counts_and_comments_do_not() {
    let template = Template::shipped("supply-chain").unwrap();
    let text = template.source_text().text();
    let read = |text: &str| Template::parse(text, &ParseOptions::default()).unwrap();
    let newer = read(&text.replace("version: 1.0.0", "version: 1.0.1"));
    let commented = read(&format!("# another comment\n{text}"));
    let (one, two, same) = (generate(&template, &[]), generate(&newer, &[]), generate(&commented, &[]));
    assert_ne!(one.model_id, two.model_id);
    assert_eq!((&one.model_hash, &one.logic_hash), (&two.model_hash, &two.logic_hash));
    assert_ne!(one.template_hash, two.template_hash);
    assert_eq!((one.model_id, one.template_hash), (same.model_id, same.template_hash));
}

#[test]
fn hashes_and_provenance_are_those_of_the_parts() {
    let template = Template::shipped("checkout-service").unwrap();
    let given =
        [("regular_tills".to_owned(), Value::Integer(5)), ("service_minutes".to_owned(), Value::Number(1.5))];
    let options =
        GenerateOptions::default().name("Saturday, five tills").generated_at("2026-01-05T10:00:00Z");
    let generated = template.generate(&given, &options).unwrap();
    let parameters = Value::Object(generated.parameters.clone());
    assert_eq!(generated.inputs_hash, inputs_hash_of("checkout-service", "1.0.0", &parameters));
    assert_eq!(generated.template_hash, template_hash_of(template.document()));
    assert_eq!(generated.model_hash, model_hash_of(&generated.model.to_value()));
    assert_eq!(generated.model_hash, model_hash_of(&generated.with_provenance().to_value()));
    assert!(generated.model_id.starts_with("saturday-five-tills_"));
    let provenance = generated.provenance();
    let text = |key: &str| provenance.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(text("source"), "flowtime-sim");
    assert_eq!(text("model_id"), generated.model_id);
    assert_eq!(text("template_id"), "checkout-service");
    assert_eq!(text("template_version"), "1.0.0");
    assert_eq!(text("generated_at"), "2026-01-05T10:00:00Z");
    assert!(text("generator").starts_with("flowtime/"));
    let kept = provenance.get("parameters").unwrap();
    assert_eq!(kept.get("regular_tills"), Some(&Value::Integer(5)));
    assert_eq!(kept.get("service_minutes"), Some(&Value::Number(1.5)));
    assert_eq!(kept.get("long_line"), Some(&Value::Integer(8)));
    assert_eq!(generated.with_provenance().provenance(), Some(&provenance));
    // No time, no entry.
    assert_eq!(generate(&template, &[]).provenance().get("generated_at"), None);
}
