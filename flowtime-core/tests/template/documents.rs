//! Reading templates and putting values into them: good ones, wrong ones, hostile ones.

use flowtime_core::diagnostics::Code;
use flowtime_core::{
    Error, ErrorKind, GenerateOptions, Generated, Limits, Model, NodeKind, ParseOptions, Template, Value,
};
use proptest::prelude::*;

/// A template with these parameters and nodes.
fn document(parameters: &str, nodes: &str) -> String {
    format!(
        "schemaVersion: 1\nmetadata: {{id: t, title: T, version: 1.0.0}}\nparameters:\n{parameters}\n\
         grid: {{bins: 4, binSize: 1, binUnit: hours}}\nnodes:\n{nodes}\n"
    )
}

fn template(parameters: &str, nodes: &str) -> Template {
    Template::from_yaml(&document(parameters, nodes)).unwrap()
}

fn given<const N: usize>(values: [(&str, Value); N]) -> Vec<(String, Value)> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn generate(template: &Template, values: &[(String, Value)]) -> Result<Generated, Error> {
    template.generate(values, &GenerateOptions::default())
}

/// Code and path of everything found.
fn found(error: &Error) -> Vec<(Code, &str)> {
    error.diagnostics().iter().map(|d| (d.code, d.path.as_str())).collect()
}

fn formula(model: &Model, id: &str) -> String {
    match model.node(id).unwrap().kind() {
        NodeKind::Expr(formula) => formula.text().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_type_finds_its_place() {
    let template = template(
        "  - {name: bins, type: integer, default: 4, min: 1}
  - {name: load, type: array, arrayOf: integer, default: [1, 2, 3, 4]}
  - {name: dip, type: number, default: -0.5}
  - {name: on, type: boolean, default: true}
  - {name: unit, type: string, default: jobs, enum: [jobs, parts]}",
        "  - {id: a, kind: const, values: '${load}', unit: '${unit}', description: 'in ${unit}: ${on}, $${dip}'}
  - {id: b, kind: expr, expr: 'a - ${dip} * ${on}'}
  - {id: c, kind: expr, expr: '${on}'}
  - {id: d, kind: const, values: ['${dip}', 1, '${bins}', 2]}",
    );
    let model = generate(&template, &[]).unwrap().model;
    let a = model.node("a").unwrap();
    assert_eq!((a.unit(), a.description()), (Some("jobs"), Some("in jobs: true, ${dip}")));
    assert_eq!(formula(&model, "b"), "a - (-0.5) * 1");
    let run = model.compile().unwrap().run(&Default::default()).unwrap();
    assert_eq!(run.series("a").unwrap().to_vec(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(run.series("b").unwrap().to_vec(), [1.5, 2.5, 3.5, 4.5]);
    assert_eq!(run.series("d").unwrap().to_vec(), [-0.5, 1.0, 4.0, 2.0]);
    let off = given([
        ("on", Value::Bool(false)),
        ("dip", Value::Number(1e-7)),
        ("unit", Value::String("parts".into())),
    ]);
    let model = generate(&template, &off).unwrap().model;
    assert_eq!((formula(&model, "b").as_str(), formula(&model, "c").as_str()), ("a - 1e-7 * 0", "0"));
}

#[test]
fn the_grid_and_the_seed_can_be_chosen() {
    let text = document(
        "  - {name: days, type: integer, default: 2}\n  - {name: unit, type: string, default: days}\n  - {name: seed, type: integer, default: 1}",
        "  - {id: a, kind: const, values: 1}\nrng: {seed: '${seed}'}",
    );
    let text = text.replace("bins: 4", "bins: '${days}'").replace("binUnit: hours", "binUnit: '${unit}'");
    let template = Template::from_yaml(&text).unwrap();
    let values = given([
        ("days", Value::Integer(7)),
        ("seed", Value::Integer(9)),
        ("unit", Value::String("weeks".into())),
    ]);
    let model = generate(&template, &values).unwrap().model;
    assert_eq!((model.grid().bins(), model.grid().bin_unit().name(), model.seed()), (7, "weeks", Some(9)));
    // What fits the parameter and not the model is an error with a place in the template.
    let error =
        generate(&template, &given([("days", Value::Integer(0)), ("unit", Value::String("day".into()))]))
            .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert_eq!(found(&error), [(Code::InvalidBins, "/grid/bins"), (Code::UnknownBinUnit, "/grid/binUnit")]);
    let span = error.diagnostics()[0].span.unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "'${days}'");
    assert_eq!(error.source_text().unwrap().text(), text);
}

#[test]
fn names_and_cycles_point_into_the_template() {
    let template = template(
        "  - {name: n, type: string, default: a}",
        "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: '2 * ${n}'}",
    );
    generate(&template, &[]).unwrap().model.compile().unwrap();
    let model = generate(&template, &given([("n", Value::String("nobody".into()))])).unwrap().model;
    let error = model.compile().unwrap_err();
    assert_eq!(found(&error), [(Code::UnknownName, "/nodes/1/expr")]);
    let span = error.diagnostics()[0].span.unwrap();
    let text = error.source_text().unwrap().text();
    assert_eq!(&text[span.start as usize..span.end as usize], "'2 * ${n}'");
}

#[test]
fn everything_wrong_with_a_template_at_once() {
    let text = document(
        "  - {name: 2nd, type: integer, default: 1}
  - {name: a, type: integr, default: 1}
  - {name: b, type: integer, default: 1.5}
  - {name: c, type: number, default: 5, min: 6}
  - {name: d, type: boolean, default: true, max: 3}
  - {name: e, type: array, default: [1], minItems: 2}
  - {name: f, type: number, required: false}
  - {name: g, type: number, default: 1, min: 0, minimum: 0}
  - {name: h, type: string, default: x, enum: [y]}
  - {name: i, type: string, default: x, enum: []}
  - {name: j, type: integer, default: 1, step: 2}
  - {type: integer}",
        "  - {id: a, kind: cnst, values: 1}",
    );
    let error = Template::from_yaml(&text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    let at = |index: usize, key: &str| format!("/parameters/{index}{key}");
    let expected = [
        (Code::InvalidParameter, at(0, "/name")),
        (Code::InvalidParameter, at(1, "/type")),
        (Code::InvalidDefault, at(2, "/default")),
        (Code::InvalidDefault, at(3, "/default")),
        (Code::InvalidParameter, at(4, "/max")),
        (Code::InvalidDefault, at(5, "/default")),
        (Code::InvalidParameter, at(6, "")),
        (Code::DuplicateParameter, at(7, "/minimum")),
        (Code::InvalidDefault, at(8, "/default")),
        (Code::InvalidParameter, at(9, "/enum")),
        (Code::UnusedParameter, at(10, "")),
        (Code::UnknownKey, at(10, "/step")),
        (Code::MissingKey, at(11, "")),
        (Code::UnknownKind, "/nodes/0/kind".to_owned()),
    ];
    let expected: Vec<(Code, &str)> = expected.iter().map(|(code, path)| (*code, path.as_str())).collect();
    assert_eq!(found(&error), expected, "{error}");
    assert!(error.diagnostics().iter().all(|d| d.span.is_some()));
}

#[test]
fn everything_wrong_with_arguments_at_once() {
    let template = template(
        "  - {name: staff, type: integer, default: 3, min: 1, max: 9, description: at the desk, unit: people}
  - {name: rate, type: number, required: true}
  - {name: size, type: number, default: 1}
  - {name: load, type: array, default: [1, 2], minItems: 2, maxItems: 4, max: 10}
  - {name: mode, type: string, default: slow, enum: [slow, fast]}
  - {name: on, type: boolean, default: true}",
        "  - {id: a, kind: expr, expr: '${staff} + ${rate} + ${size} + ${on}', description: '${mode}'}
  - {id: b, kind: const, values: '${load}', policy: repeat}",
    );
    let all_wrong = given([
        ("staff", Value::Number(2.5)),
        ("sizes", Value::Integer(3)),
        ("load", Value::Array(vec![Value::Integer(1), Value::Integer(11)])),
        ("mode", Value::String("fats".into())),
        ("on", Value::Integer(1)),
        ("on", Value::Bool(true)),
    ]);
    let error = generate(&template, &all_wrong).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let expected = [
        (Code::InvalidArgument, "/parameters/staff"),
        (Code::UnknownArgument, "/parameters/sizes"),
        (Code::InvalidArgument, "/parameters/load"),
        (Code::InvalidArgument, "/parameters/mode"),
        (Code::InvalidArgument, "/parameters/on"),
        (Code::MissingArgument, "/parameters/rate"),
    ];
    assert_eq!(found(&error), expected, "{error}");
    let said = error.to_string();
    for words in [
        "`staff` must be a whole number, but this is `2.5`",
        "`staff` (people): at the desk",
        "did you mean `size`?",
        "`load` must consist of numbers that are at most 10, but this is 11",
        "`mode` must be one of `slow` or `fast`, but this is the text `fats`",
        "`on` must be `true` or `false`, but this is `1`",
        "`rate` must be given",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let twice = given([("rate", Value::Integer(1)), ("rate", Value::Integer(1))]);
    assert_eq!(
        found(&generate(&template, &twice).unwrap_err()),
        [(Code::DuplicateArgument, "/parameters/rate")]
    );
    let infinite = given([("rate", Value::Number(f64::INFINITY))]);
    assert_eq!(
        found(&generate(&template, &infinite).unwrap_err()),
        [(Code::InvalidArgument, "/parameters/rate")]
    );
    let whole = given([("rate", Value::Integer(1)), ("staff", Value::Number(4.0))]);
    assert_eq!(generate(&template, &whole).unwrap().parameters[0].1, Value::Integer(4));
}

#[test]
fn what_must_be_given_is_no_fault_of_the_template() {
    let template = template(
        "  - {name: n, type: integer, required: true}",
        "  - {id: '${n}x', kind: const, values: ['${n}', 1, 2, 3]}\n  - {id: b, kind: expr, expr: '1 + ${n}'}",
    );
    assert!(template.warnings().is_empty());
    assert_eq!(found(&generate(&template, &[]).unwrap_err()), [(Code::MissingArgument, "/parameters/n")]);
    let error = generate(&template, &given([("n", Value::Integer(5))])).unwrap_err();
    assert_eq!(found(&error), [(Code::InvalidId, "/nodes/0/id")]);
}

#[test]
fn forms_are_json_schemas() {
    let template = template(
        "  - {name: n, type: integer, required: true, min: 1, max: 9, title: Number, description: How many, unit: jobs}
  - {name: l, type: array, arrayOf: integer, default: [1, 2], minItems: 2, min: 0}
  - {name: s, type: string, default: x, enum: [x, y]}",
        "  - {id: a, kind: const, values: ['${n}', 1, 2, 3], unit: '${s}'}\n  - {id: b, kind: const, values: '${l}', policy: repeat}",
    );
    let json = flowtime_core::provenance::canonical_json(&template.parameter_form());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "flowtime:template:t:1.0.0",
        "title": "T",
        "type": "object",
        "properties": {
            "n": {"type": "integer", "title": "Number", "description": "How many", "minimum": 1, "maximum": 9, "x-unit": "jobs"},
            "l": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "default": [1, 2]},
            "s": {"type": "string", "enum": ["x", "y"], "default": "x"},
        },
        "required": ["n"],
        "additionalProperties": false,
    });
    assert_eq!(json, expected);
}

#[test]
fn what_values_take_together_has_a_limit() {
    let parameters = "  - {name: s, type: string, default: x}";
    let text = document(parameters, "  - {id: a, kind: const, values: 1, description: '${s}${s}${s}${s}'}");
    let options = ParseOptions::default().limits(Limits::default().max_document_bytes(1000));
    let template = Template::parse(&text, &options).unwrap();
    assert!(generate(&template, &given([("s", Value::String("x".repeat(250)))])).is_ok());
    let error = generate(&template, &given([("s", Value::String("x".repeat(251)))])).unwrap_err();
    assert_eq!(found(&error), [(Code::DocumentTooLarge, "")]);
}

#[test]
fn no_part_of_a_template_panics() {
    let text = Template::shipped("transportation-hub").unwrap().source_text().text().to_owned();
    for end in (0..text.len()).step_by(13) {
        if let Some(part) = text.get(..end) {
            let _ = Template::from_yaml(part);
        }
    }
    for hostile in [
        "",
        "[]",
        "a",
        "{}",
        "schemaVersion: 2",
        "metadata: []",
        "parameters: {}",
        "parameters: [[]]",
        "metadata: {id: '${x}', title: ~}\nparameters: [~, 1, {}]\nnodes: ['${', '$${', '${é}', 'é${a}é']",
        "nodes: &a [*a]",
        "é${",
        "parameters:\n  - {name: a, type: array, arrayOf: string, default: a}",
    ] {
        assert!(Template::from_yaml(hostile).is_err(), "{hostile}");
    }
    assert!(Template::parse(&b"\xff\xfe"[..], &ParseOptions::default()).is_err());
}

proptest! {
    #[test]
    fn a_text_stays_one_text(text in "[^\\p{C}]{0,30}|[-:#&*!|>'\"%@`{}\\[\\], $]{1,12}") {
        let template = template("  - {name: s, type: string, default: x}", "  - {id: a, kind: const, values: 1, description: '${s}', unit: 'in ${s}'}");
        let generated = generate(&template, &given([("s", Value::String(text.clone()))])).unwrap();
        let read = Model::from_yaml(&generated.to_yaml()).unwrap();
        prop_assert_eq!(&read, &generated.model);
        prop_assert_eq!(read.nodes().len(), 1);
        let node = &read.nodes()[0];
        prop_assert_eq!(node.description(), Some(text.as_str()));
        let unit = format!("in {text}");
        prop_assert_eq!(node.unit(), Some(unit.as_str()));
    }

    #[test]
    fn a_number_keeps_its_bits(number in proptest::num::f64::NORMAL) {
        let template = template("  - {name: x, type: number, default: 1}", "  - {id: a, kind: const, values: '${x}'}\n  - {id: b, kind: expr, expr: '0 + ${x}'}\n  - {id: c, kind: expr, expr: '0 - ${x}'}");
        let model = generate(&template, &given([("x", Value::Number(number))])).unwrap().model;
        let run = Model::from_yaml(&model.to_yaml()).unwrap().compile().unwrap().run(&Default::default()).unwrap();
        let first = |id: &str| run.series(id).unwrap()[0];
        prop_assert_eq!(first("a").to_bits(), number.to_bits());
        prop_assert_eq!(first("b").to_bits(), number.to_bits());
        prop_assert_eq!(first("c").to_bits(), (-number).to_bits());
    }
}
