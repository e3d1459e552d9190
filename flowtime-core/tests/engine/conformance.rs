//! The conformance cases, which an independent interpreter computed.

use crate::equality::same;
use flowtime_core::diagnostics::render;
use flowtime_core::{Model, RunOptions};
use std::path::{Path, PathBuf};

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/conformance").join(folder);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    cases.sort();
    cases
}

fn expected(case: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(case.with_extension("expected.json")).unwrap()).unwrap()
}

fn number(value: &serde_json::Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap(),
    }
}

#[test]
fn valid_models_have_the_expected_series() {
    let cases: Vec<PathBuf> = ["valid", "random"].into_iter().flat_map(cases).collect();
    assert!(cases.len() >= 136);
    for case in cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let model = Model::from_yaml(&std::fs::read_to_string(&case).unwrap())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let plan = model.compile().unwrap_or_else(|e| panic!("{name}: {e}"));
        for set in 0..RunOptions::instruction_sets().len() {
            let run = plan.run(&RunOptions::new().instruction_set(set)).unwrap();
            for (id, values) in expected(&case).as_object().unwrap() {
                let found = run.series(id).unwrap_or_else(|| panic!("{name}: no series {id}"));
                let values = values.as_array().unwrap();
                assert_eq!(found.len(), values.len(), "{name} {id}");
                for (bin, (value, found)) in values.iter().map(number).zip(found).enumerate() {
                    // Cases x* have EXP, LN and POW from another library.
                    let near = name.starts_with('x')
                        && (value - found).abs() <= 1e-12 * value.abs().max(found.abs());
                    assert!(
                        same(value, *found) || near,
                        "{name}: `{id}` in bin {bin} is {found:?}, not {value:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn invalid_models_have_their_errors_at_the_expected_lines() {
    let cases = cases("invalid");
    assert!(cases.len() >= 35);
    for case in cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&case).unwrap();
        let error = match Model::from_yaml(&text) {
            Err(error) => error,
            Ok(model) => model.compile().expect_err(name),
        };
        let source = error.source_text().unwrap();
        let lines: Vec<u64> = error
            .diagnostics()
            .iter()
            .filter(|d| d.is_error())
            .map(|d| d.span.map_or(1, |span| source.line_column(span.start).line as u64))
            .collect();
        let expected = expected(&case);
        let wanted: Vec<u64> =
            expected["error_lines"].as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
        let shown = render::text(error.diagnostics(), Some(source), render::Style::Plain);
        if name == "bad-yaml" {
            assert!(lines == [2] || lines == [3], "{name}: {lines:?}");
        } else {
            assert_eq!(lines, wanted, "{name}\n{shown}");
        }
        for word in expected["mentions"].as_array().unwrap() {
            assert!(shown.contains(word.as_str().unwrap()), "{name}: {word} is not in\n{shown}");
        }
    }
}
