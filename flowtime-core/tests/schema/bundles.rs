//! Bundles: a model with everything that belongs to it.

use flowtime_core::{AssetKind, BinUnit, ErrorKind, ModelBundle, ParseOptions, Value};

const WHOLE: &str = "\
kind: Model
schemaVersion: 1
metadata:
  id: desk_1f3a9c02b7d4
  title: A desk
  description: 'Who waits: at the desk'
  created: 2026-01-05T10:00:00Z
  author: planning
  version: v2
  tags: [desk, 'no']
spec:
  schemaVersion: 1
  grid: {bins: 4, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}
  nodes:
    - {id: arrivals, kind: const, values: [9, .nan, 1.0e+300, -0.0], description: who comes}
    - {id: noise, kind: pmf, pmf: {\"1\": 0.5, \"2.5\": 0.5}}
    - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, 3)'}
  outputs: [{series: backlog, as: b.csv}]
  rng: {seed: 7}
  metadata: {title: A desk}
sim_config:
  template: desk
  template_version: 1.0.0
  parameters: {clerks: 3, pace: 1.0, open: 'yes', load: [1, 2.5], day: true}
validation: {quality_score: 0.9, test_scenarios: []}
assets:
  - {path: assets/catalog.json, type: catalog, sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a}
  - {path: assets/peak.yaml, type: scenario, sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a}
";

#[test]
fn nothing_is_lost() {
    let bundle = ModelBundle::from_yaml(WHOLE).unwrap();
    let yaml = bundle.to_yaml();
    let again = ModelBundle::from_yaml(&yaml).unwrap();
    assert_eq!(again, bundle);
    assert_eq!(again.to_yaml(), yaml);
    assert_eq!(again.model.to_yaml(), bundle.model.to_yaml());
    assert_eq!((bundle.title.as_str(), bundle.version.as_deref()), ("A desk", Some("v2")));
    assert_eq!(bundle.tags, ["desk", "no"]);
    assert_eq!(bundle.assets[1].kind, AssetKind::Scenario);
    let parameters = bundle.sim_config.as_ref().and_then(|config| config.get("parameters")).unwrap();
    assert_eq!(parameters.get("pace"), Some(&Value::Number(1.0)));
    assert_eq!(parameters.get("open").and_then(Value::as_str), Some("yes"));
    assert!(ModelBundle::is_bundle(WHOLE) && ModelBundle::is_bundle(&yaml));
    assert!(!ModelBundle::is_bundle(&bundle.model.to_yaml()) && !ModelBundle::is_bundle("{{"));
}

#[test]
fn the_least_bundle() {
    let model = ModelBundle::from_yaml(WHOLE).unwrap().model;
    let least = ModelBundle::new("desk", "A desk", model);
    assert_eq!(ModelBundle::from_yaml(&least.to_yaml()).unwrap(), least);
    assert!(!least.to_yaml().contains("assets"));
}

/// A part of the document, what takes its place, and where and what is said of it.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("kind: Model", "kind: Template", "/kind", "`kind` of a bundle is `Model`"),
    ("kind: Model\n", "", "", "lacks the key `kind`"),
    ("schemaVersion: 1\nmeta", "schemaVersion: 2\nmeta", "/schemaVersion", "from 1 to 1"),
    ("  id: desk_1f3a9c02b7d4\n", "  id: ../x\n", "/metadata/id", "not the id of a model"),
    ("  title: A desk\n  desc", "  desc", "/metadata", "lacks the key `title`"),
    ("author: planning", "author: 5", "/metadata/author", "must be a text"),
    ("'QUEUE(arrivals, 3)'", "'QUEUE(arrivals)'", "/spec/nodes/2/expr", "QUEUE"),
    (
        "  grid: {bins: 4, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}\n",
        "",
        "/spec",
        "lacks the key `grid`",
    ),
    (
        "sim_config:\n  template: desk",
        "sim_config: 5\nx:\n  template: desk",
        "/sim_config",
        "must be a mapping",
    ),
    (
        "path: assets/catalog.json",
        "path: ../catalog.json",
        "/assets/0/path",
        "does not name a file of the bundle",
    ),
    (
        "path: assets/catalog.json",
        "path: /etc/passwd",
        "/assets/0/path",
        "does not name a file of the bundle",
    ),
    ("path: assets/catalog.json", "path: 'c:x'", "/assets/0/path", "does not name a file of the bundle"),
    ("path: assets/catalog.json", "path: 'a\\b'", "/assets/0/path", "does not name a file of the bundle"),
    ("type: scenario", "type: picture", "/assets/1/type", "no files of type `picture`"),
    ("type: catalog, sha256: 4", "type: catalog, sha256: x", "/assets/0/sha256", "is not a SHA-256"),
];

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    for (part, instead, path, words) in WRONG {
        assert!(WHOLE.contains(part), "{part}");
        let error =
            ModelBundle::parse(&WHOLE.replacen(part, instead, 1), &ParseOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        let found = error.diagnostics().iter().find(|d| d.path == *path && d.message.contains(words));
        assert!(found.is_some_and(|d| d.span.is_some()), "{part} -> {instead}: {error}");
    }
    // What is missing in the model is missing at `spec`.
    let error = ModelBundle::from_yaml(&WHOLE.replace("  grid: {bins", "  gird: {bins")).unwrap_err();
    assert!(error.to_string().contains("unknown key `gird`"), "{error}");
    for empty in
        ["", "5", "[]", "kind: Model", "kind: Model\nspec: 5\n", "{", "kind: Model\nspec: &a {x: *a}\n"]
    {
        assert!(ModelBundle::from_yaml(empty).is_err(), "{empty}");
    }
}

#[test]
fn another_grid_and_other_outputs() {
    let model = ModelBundle::from_yaml(WHOLE).unwrap().model;
    let days = model.with_grid(8, 2, BinUnit::Days).unwrap();
    assert_eq!((days.grid().bins(), days.grid().bin_size(), days.grid().bin_unit()), (8, 2, BinUnit::Days));
    assert_eq!(days.grid().start(), model.grid().start());
    // Four values do not fit nine bins, and no unit makes 2000 a size.
    assert!(model.with_grid(9, 1, BinUnit::Hours).is_err());
    assert!(model.with_grid(4, 2000, BinUnit::Hours).is_err());
    let both = model.with_outputs(&["backlog".to_owned(), "noise".to_owned()]).unwrap();
    assert_eq!(both.outputs(), [("backlog", "b.csv".to_owned()), ("noise", "noise.csv".to_owned())]);
    assert_eq!(model.with_outputs(&[]).unwrap().outputs().len(), 3);
    assert!(model.with_outputs(&["nobody".to_owned()]).is_err());
}

#[test]
fn schemas_accept_what_is_read() {
    let check = |schema: &str, document: &str| {
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let value = Value::from_yaml(document, &ParseOptions::default()).unwrap();
        // NaN has no place in JSON, so it is left out here.
        let json =
            flowtime_core::provenance::canonical_json(&value).replace("\"NaN\"", "1").replace("\"-0\"", "1");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        errors
    };
    let bundle = flowtime_core::bundle_json_schema();
    assert_eq!(check(&bundle, WHOLE), Vec::<String>::new());
    assert!(!check(&bundle, &WHOLE.replace("type: scenario", "type: picture")).is_empty());
    let template = flowtime_core::template_json_schema();
    for id in flowtime_core::Template::shipped_ids() {
        let shipped = flowtime_core::Template::shipped(id).unwrap();
        let text = shipped.source_text().text().to_owned();
        assert_eq!(check(&template, &text), Vec::<String>::new(), "{id}");
        assert!(!check(&template, &text.replace("type: ", "type: any-")).is_empty(), "{id}");
        assert!(!check(&template, &text.replace("kind: const", "kinds: const")).is_empty(), "{id}");
    }
}

#[test]
fn any_text_is_read_or_refused() {
    let mut state = 3u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..3000 {
        let mut bytes = WHOLE.as_bytes().to_vec();
        for _ in 0..1 + next(3) {
            let at = next(bytes.len());
            match next(3) {
                0 => drop(bytes.remove(at)),
                1 => bytes[at] = b"{}[]:-#&*!'\"\n\0\xff a1"[next(18)],
                _ => bytes.insert(at, b"{}[]:-#&*!'\"\n\0\xff a1"[next(18)]),
            }
        }
        match ModelBundle::parse(&bytes, &ParseOptions::default()) {
            Ok(bundle) => {
                assert_eq!(ModelBundle::from_yaml(&bundle.to_yaml()).unwrap(), bundle);
                read += 1;
            }
            Err(error) => {
                assert!(error.diagnostics().iter().any(|d| d.is_error()), "{error}");
                refused += 1;
            }
        }
    }
    assert!(read > 100 && refused > 1000, "{read} read, {refused} refused");
}
