//! A model that is written and read again is the same model.

use flowtime_core::{ConstPolicy, Model, ParseOptions, Value};
use proptest::prelude::*;
use serde_json::json;

/// Numbers with all their corners.
fn number() -> impl Strategy<Value = f64> {
    let corners = vec![0.0, -0.0, 1e15, 1e16, -1e300, 5e-324, 0.1, 1e21, 123456789012345680.0];
    prop_oneof![
        3 => any::<i32>().prop_map(f64::from),
        3 => -1e3..1e3_f64,
        1 => any::<f64>().prop_filter("finite", |v| v.is_finite()),
        1 => prop::sample::select(corners),
    ]
}

/// Texts that YAML could take for something else.
fn text() -> impl Strategy<Value = String> {
    let corners = vec![
        "",
        "~",
        "null",
        "yes",
        "no",
        "true",
        "12",
        "1e3",
        ".5",
        ".nan",
        "0x10",
        "12:30:45",
        "2026-01-05",
        "- a",
        "a: b",
        "#",
        "a #b",
        "'",
        "\"",
        "*",
        "&a",
        "!x",
        "%",
        "@",
        "`",
        "|",
        ">",
        "{",
        "}",
        "[",
        "]",
        ",",
        "?",
        " a",
        "a ",
        "\n",
        "a\n",
        "\na",
        "a\n\nb\n\n",
        "a\r\nb",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "<<",
        "---",
        "...",
        "\0",
        "\u{7f}",
        "=",
    ];
    prop_oneof![
        "[a-z]{1,8}",
        any::<String>(),
        "[ -~\n\t]{0,40}",
        "(.|\n){90,200}",
        prop::sample::select(corners).prop_map(str::to_owned),
    ]
}

/// A JSON string is a YAML scalar with the same meaning, once it is free of odd characters.
fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for character in json!(text).to_string().chars() {
        if (' '..='~').contains(&character) || character.is_alphanumeric() {
            quoted.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                quoted += &format!("\\u{unit:04x}");
            }
        }
    }
    quoted
}

fn float(value: f64) -> String {
    if value.is_nan() { ".nan".to_owned() } else { format!("{value:e}") }
}

fn list(values: Vec<f64>) -> String {
    values.into_iter().map(float).collect::<Vec<_>>().join(", ")
}

fn free() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        text().prop_map(|t| quote(&t)),
        number().prop_map(float),
        any::<i64>().prop_map(|i| i.to_string()),
        prop::sample::select(vec!["true", "~", ".inf", ".nan", "4.0", "010"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let map = prop::collection::btree_map(text().prop_map(|t| quote(&t)), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            map.prop_map(|map| {
                let entries: Vec<String> = map.into_iter().map(|(k, v)| format!("{k}: {v}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

fn node() -> impl Strategy<Value = String> {
    let missing = prop_oneof![4 => number(), 1 => Just(f64::NAN)];
    let policy =
        prop::sample::select(ConstPolicy::ALL.to_vec()).prop_map(|p| format!(", policy: {}", p.name()));
    let formulas = vec!["1 + 2", "0", ".5", "1 +\n 2\n", "  7  ", "-1"];
    let weights = prop::collection::btree_map(any::<i16>(), 0.0..9.0_f64, 1..6);
    prop_oneof![
        missing.clone().prop_map(|v| format!("kind: const, values: {}", float(v))),
        (prop::collection::vec(missing, 12), prop::option::of(policy)).prop_map(|(v, p)| format!(
            "kind: const, values: [{}]{}",
            list(v),
            p.unwrap_or_default()
        )),
        prop::sample::select(formulas).prop_map(|t| format!("kind: expr, expr: {}", quote(t))),
        text()
            .prop_filter("named", |t| !t.is_empty())
            .prop_map(|t| format!("kind: const, source: {}", quote(&t))),
        (weights, prop::sample::select(vec!["", ", policy: expected"])).prop_map(|(map, policy)| {
            let entry = |(v, p)| format!("{}: {}", float(f64::from(v) / 8.0), float(p + 0.1));
            let entries: Vec<String> = map.into_iter().map(entry).collect();
            format!("kind: pmf, pmf: {{{}}}{policy}", entries.join(", "))
        }),
        (
            prop::collection::vec((number(), 0.1..9.0_f64), 12),
            prop::sample::select(vec!["", ", policy: error", ", policy: repeat"])
        )
            .prop_map(|(pairs, policy)| {
                let (values, weights) = pairs.into_iter().unzip();
                format!(
                    "kind: pmf, pmf: {{values: [{}], probabilities: [{}]{policy}}}",
                    list(values),
                    list(weights)
                )
            }),
    ]
}

const STARTS: &[&str] = &["", ", start: 2026-01-05T00:00:00Z", ", start: 2026-01-05T00:00:00.25+00:00"];
const OUTPUTS: &[&str] = &[
    "",
    "outputs: []\n",
    "outputs: [{series: n0}, {series: '*'}]\n",
    "outputs: [{series: n0, as: 'x y.csv'}]\n",
];
const RNGS: &[&str] = &["", "rng: {}\n", "rng: {kind: pcg32}\n", "rng: {seed: 7}\n"];

prop_compose! {
    fn document()(
        nodes in prop::collection::vec((node(), text(), prop::option::of(free())), 1..6),
        start in prop::sample::select(STARTS),
        metadata in prop::option::of(free()),
        outputs in prop::sample::select(OUTPUTS),
        rng in prop::sample::select(RNGS),
    ) -> String {
        let mut document = format!("schemaVersion: 1\ngrid: {{bins: 12, binSize: 5, binUnit: days{start}}}\nnodes:\n");
        for (i, (node, text, extra)) in nodes.into_iter().enumerate() {
            let extra = extra.map(|e| format!(", metadata: {{x: {e}}}")).unwrap_or_default();
            document += &format!("  - {{id: n{i}, {node}, description: {}{extra}}}\n", quote(&text));
        }
        document += outputs;
        document += rng;
        if let Some(metadata) = metadata {
            document += &format!("metadata: {{title: t, more: {metadata}}}\n");
        }
        document
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_models_read_the_same(text in document()) {
        let model = Model::from_yaml(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        let written = model.to_yaml();
        let again = Model::from_yaml(&written).map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?;
        prop_assert_eq!(&again, &model, "{}\n{}", text, written);
        prop_assert_eq!(again.to_yaml(), written);
        let value = model.to_value();
        let unwritten = Model::from_value(&value, &ParseOptions::default());
        let unwritten = unwritten.map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(&unwritten.model, &model);
    }
}

#[test]
fn written_as_a_person_would() {
    let text = "\
schemaVersion: 1
grid:
  bins: 4
  binSize: 1
  binUnit: hours
nodes:
- id: a
  kind: const
  unit: items
  values: [1, 2.5, .nan, 4]
- id: p
  kind: pmf
  pmf:
    \"80\": 0.25
    \"100\": 0.75
  policy: expected
- id: f
  kind: expr
  expr: |
    a +
      p
outputs:
- series: f
  as: f.csv
rng:
  kind: pcg32
  seed: 7
metadata:
  title: A model
";
    let model = Model::from_yaml(text).unwrap();
    assert_eq!(model.to_yaml(), text);
    assert_eq!(model.title(), Some("A model"));
    assert_eq!(model.seed(), Some(7));
    assert!(matches!(model.to_value().get("schemaVersion"), Some(Value::Integer(1))));
}
