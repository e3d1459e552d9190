//! The conformance cases through files: what is read back from the CSV files is bit for bit what is expected.

use crate::harness::Place;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/conformance").join(folder);
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.len() > 10);
    cases
}

fn expected(case: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(case.with_extension("expected.json")).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn check(case: &Path, tolerance: f64) {
    let place = Place::new();
    let expected = expected(case);
    let object = place.run(&[case.to_str().unwrap(), "--json"]).exits(0).json();
    let folder = place.only_run();
    for series in object["series"].as_array().unwrap() {
        let text = place.read(&format!("{folder}/{}", series["path"].as_str().unwrap()));
        let wanted = expected[series["id"].as_str().unwrap()].as_array().unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), wanted.len());
        for (bin, (line, wanted)) in lines.iter().zip(wanted).enumerate() {
            let (index, found) = line.split_once(',').unwrap();
            let (found, wanted): (f64, f64) = (found.parse().unwrap(), number(wanted));
            let same = found.to_bits() == wanted.to_bits() || found.is_nan() && wanted.is_nan();
            let near = (found - wanted).abs() <= tolerance * wanted.abs();
            assert_eq!(index, bin.to_string());
            assert!(
                same || near && tolerance > 0.0,
                "{} {series} bin {bin}: {found} {wanted}",
                case.display()
            );
        }
    }
}

#[test]
fn valid_models() {
    for case in cases("valid") {
        check(&case, 0.0);
    }
}

#[test]
fn random_models() {
    for case in cases("random") {
        let approximate = case.file_name().unwrap().to_str().unwrap().starts_with('x');
        check(&case, if approximate { 1e-12 } else { 0.0 });
    }
}

#[test]
fn invalid_models() {
    let place = Place::new();
    for case in cases("invalid") {
        let expected = expected(&case);
        let name = case.to_str().unwrap();
        let lines = |diagnostics: &Value| -> Vec<u64> {
            let all = diagnostics.as_array().unwrap().iter();
            all.filter(|d| d["severity"] == "error").map(|d| d["line"].as_u64().unwrap()).collect()
        };
        let object = place.run(&[name, "--json"]).exits(1).json();
        let wanted: Vec<u64> =
            expected["error_lines"].as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
        let found = lines(&object["diagnostics"]);
        if name.contains("bad-yaml") {
            assert!(found == [2] || found == [3], "{name}: {found:?}");
        } else {
            assert_eq!(found, wanted, "{name}");
        }
        let did = place.run(&[name]).exits(1);
        for word in expected["mentions"].as_array().unwrap() {
            assert!(did.err.contains(word.as_str().unwrap()), "{name}: {word} in {}", did.err);
        }
    }
    assert!(!place.path("data").exists());
}
