//! The reference against the conformance cases, the examples of the functions, and by hand.

use super::*;
use crate::expr::builtins::{EXAMPLE_SERIES, FUNCTIONS};
use std::path::Path;

fn model(text: &str) -> Model {
    let version = if text.contains("schemaVersion") { "" } else { "schemaVersion: 1\n" };
    Model::from_yaml(&format!("{version}{text}")).unwrap()
}

fn series<'a>(run: &'a ReferenceRun, id: &str) -> &'a [f64] {
    &run.series.iter().find(|(name, _)| name == id).unwrap_or_else(|| panic!("no {id}")).1
}

/// The same bits, any NaN being like any other; or near enough.
fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a.is_nan() && b.is_nan())
        || a.to_bits() == b.to_bits()
        || (tolerance > 0.0 && (a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs())))
}

fn check_folder(folder: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/conformance").join(folder);
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        files += 1;
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let model = model(&std::fs::read_to_string(&path).unwrap());
        let run = evaluate(&model, &ReferenceOptions::default());
        let expected = std::fs::read_to_string(path.with_extension("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let expected = expected.as_object().unwrap();
        assert_eq!(expected.len(), run.series.len(), "{name}");
        // Those with EXP, LN and POW came from another library.
        let tolerance = if name.starts_with('x') { 1e-12 } else { 0.0 };
        for (id, values) in expected {
            let values = values.as_array().unwrap();
            let found = series(&run, id);
            assert_eq!(values.len(), found.len(), "{name} {id}");
            for (t, (value, found)) in values.iter().zip(found).enumerate() {
                let value = match value.as_str() {
                    Some("NaN") => f64::NAN,
                    Some("inf") => f64::INFINITY,
                    Some("-inf") => f64::NEG_INFINITY,
                    _ => value.as_f64().unwrap(),
                };
                assert!(same(value, *found, tolerance), "{name} {id}[{t}]: {value:?} against {found:?}");
            }
        }
    }
    files
}

#[test]
fn the_conformance_cases_agree() {
    assert!(check_folder("valid") >= 21);
    assert!(check_folder("random") >= 115);
}

#[test]
fn examples_of_functions_are_true() {
    let yaml = |value: f64| if value.is_nan() { ".nan".to_owned() } else { value.to_string() };
    for info in FUNCTIONS {
        let mut text = "grid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n".to_owned();
        for (name, values) in EXAMPLE_SERIES {
            let values: Vec<String> = values.iter().map(|v| yaml(*v)).collect();
            text += &format!("  - {{id: {name}, kind: const, values: [{}]}}\n", values.join(", "));
        }
        text += &format!("  - {{id: result, kind: expr, expr: \"{}\"}}\n", info.example.expr);
        assert!(info.example.expr.contains(info.name), "{}", info.name);
        let run = evaluate(&model(&text), &ReferenceOptions::default());
        for (found, expected) in series(&run, "result").iter().zip(info.example.result) {
            assert!(same(*found, expected, 1e-15), "{}: {found} against {expected}", info.example.expr);
        }
    }
}

#[test]
fn division_by_zero_counts_a_bin_once_a_node() {
    let model = model(
        r#"
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: z, kind: const, values: [0, -0.0, .nan, 1]}
  - {id: twice, kind: expr, expr: 1 / z + 2 / z}
  - {id: hidden, kind: expr, expr: "SHIFT(1 / z, 3) + IF(0, 1 / BIN(), 1)"}
  - {id: none, kind: expr, expr: "MOD(1, z)"}
  - {id: later, kind: expr, expr: twice / 4}
"#,
    );
    let run = evaluate(&model, &ReferenceOptions::default());
    assert_eq!(run.division_by_zero, [("twice".to_owned(), 2), ("hidden".to_owned(), 2)]);
}

#[test]
fn overrides_and_seeds_replace_what_the_model_says() {
    let model = model(
        r#"
grid: {bins: 3, binSize: 1, binUnit: hours}
rng: {seed: 5}
nodes:
  - {id: a, kind: const, values: 1}
  - {id: b, kind: const, values: [1, 2, 3]}
  - {id: p, kind: pmf, pmf: {values: [1, 2, 3, 4, 5, 6, 7, 8], probabilities: [1, 1, 1, 1, 1, 1, 1, 1]}}
  - {id: sum, kind: expr, expr: a + b}
"#,
    );
    let overrides = vec![("a".to_owned(), vec![10.0]), ("b".to_owned(), vec![4.0, 5.0, 6.0])];
    let run = evaluate(&model, &ReferenceOptions { seed: None, overrides });
    assert_eq!(series(&run, "sum"), [14.0, 15.0, 16.0]);
    let seeded = |seed| evaluate(&model, &ReferenceOptions { seed, ..Default::default() });
    assert_eq!(seeded(None), seeded(Some(5)));
    assert!((0..9).any(|seed| series(&seeded(Some(seed)), "p") != series(&seeded(None), "p")));
}

#[test]
fn rolling_windows_are_made_of_blocks() {
    let x = [0.1, 0.7, 1e6, 0.3, -1e6, 0.9, 0.25];
    let add = |a, b| a + b;
    assert_eq!(window(&x[..2], 3, Some(0.0), add), (0.0 + 0.1) + 0.7);
    assert_eq!(window(&x[..3], 3, Some(0.0), add), ((0.0 + 0.1) + 0.7) + 1e6);
    assert_eq!(window(&x[..5], 3, Some(0.0), add), (0.0 + 1e6) + ((0.0 + 0.3) + -1e6));
    assert_eq!(window(&x[..7], 3, Some(0.0), add), (-1e6 + 0.9) + (0.0 + 0.25));
    assert_eq!(window(&x[..4], 1, Some(0.0), add), 0.3);
    assert_eq!(window(&x[..7], 3, None, max2), 0.9);
}

#[test]
fn long_chains_of_nodes_do_not_recurse() {
    // The last node first, each fed by the next, within the bin and one bin late.
    for link in ["n{} + 1", "SHIFT(n{}, 1) + 1", "QUEUE(n{}, 1)"] {
        let mut text = "grid: {bins: 40, binSize: 1, binUnit: hours}\nnodes:\n".to_owned();
        for i in (1..2000).rev() {
            let formula = link.replace("{}", &(i - 1).to_string());
            text += &format!("  - {{id: n{i}, kind: expr, expr: \"{formula}\"}}\n");
        }
        text += "  - {id: n0, kind: const, values: 1}\n";
        let model = model(&text);
        let small = std::thread::Builder::new().stack_size(256 << 10);
        let run =
            small.spawn(move || evaluate(&model, &ReferenceOptions::default())).unwrap().join().unwrap();
        let last = series(&run, "n1999");
        match link {
            "n{} + 1" => assert_eq!(last, [2000.0; 40]),
            "SHIFT(n{}, 1) + 1" => assert_eq!((last[0], last[39]), (1.0, 40.0)),
            _ => assert_eq!(last[39], 0.0),
        }
    }
}

#[test]
#[should_panic(expected = "a loop within bin 0")]
fn loops_within_a_bin_are_found() {
    let model =
        model("grid: {bins: 2, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: expr, expr: a + 1}");
    evaluate(&model, &ReferenceOptions::default());
}
