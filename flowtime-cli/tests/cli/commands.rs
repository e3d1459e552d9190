//! The commands beside `run`.

use crate::harness::{GATE, PLAIN, Place};
use std::fs;

#[test]
fn tiers_of_validation() {
    let place = Place::new();
    place.file("cycle.yaml", GATE.replace("SHIFT(backlog, 1)", "backlog"));
    place.run(&["validate", "--tier", "schema", "cycle.yaml"]).exits(0);
    let did = place.run(&["validate", "cycle.yaml"]).exits(1);
    assert!(did.out.contains("FT0402") && did.out.contains("score 0.00"), "{}", did.out);
    let compile = place.run(&["validate", "gate.yaml", "--json"]).exits(0).json();
    assert_eq!((compile["score"].as_f64(), compile["score_method"].as_u64()), (Some(0.9), Some(1)));
    let analyse = place.run(&["validate", "--tier", "analyse", "gate.yaml", "--json"]).exits(0).json();
    assert_eq!(analyse["score"], 0.8);
    assert_eq!(analyse["diagnostics"][1]["code"], "FT0901");
    let several = place.run(&["validate", "gate.yaml", "cycle.yaml", "none.yaml", "--json"]).exits(4).json();
    let valid: Vec<_> = several["reports"].as_array().unwrap().iter().map(|r| r["valid"].clone()).collect();
    assert_eq!(valid, [true, false, false]);
    assert_eq!(place.run(&["validate", "gate.yaml", "--quiet"]).exits(0).out, "");
    assert!(!place.path("data").exists());
}

#[test]
fn plans_as_pictures() {
    let place = Place::new();
    place.run(&["plan", "gate.yaml", "--svg", "dag.svg"]).exits(0);
    let svg = place.read("dag.svg");
    assert!(svg.starts_with("<svg") && svg.contains(">backlog</text>") && svg.contains(">lag 1</text>"));
    place.run(&["plan", "gate.yaml", "--svg", "again.svg"]).exits(0);
    assert_eq!(place.read("again.svg"), svg);
    place.run(&["plan", "gate.yaml", "--svg", "."]).exits(1).complains(&["is a folder"]);
    place.run(&["plan", "none.yaml"]).exits(4);
}

const OLD: &str = "grid: {bins: 24, binMinutes: 60} # a day\nnodes: [{id: a, kind: const, values: 1}]\n";

#[test]
fn migration_never_loses_a_file() {
    let place = Place::new();
    place.file("old.yaml", OLD);
    let new = place.run(&["migrate", "old.yaml"]).exits(0).out;
    assert_eq!(new, flowtime_core::migrate(OLD).unwrap().text);
    assert_eq!(place.read("old.yaml"), OLD);
    place.run(&["migrate", "old.yaml", "--check"]).exits(1);
    assert_eq!(place.read("old.yaml"), OLD);

    place.run(&["migrate", "old.yaml", "--output", "new.yaml"]).exits(0);
    assert_eq!(place.read("new.yaml"), new);
    place.run(&["migrate", "old.yaml", "--output", "gate.yaml"]).exits(5).complains(&["exists already"]);
    assert_eq!(place.read("gate.yaml"), GATE);

    place.run(&["migrate", "old.yaml", "--in-place"]).exits(0).complains(&["binMinutes"]);
    assert_eq!(place.read("old.yaml"), new);
    place.run(&["migrate", "old.yaml", "--in-place"]).exits(0).complains(&["nothing to change"]);
    place.run(&["migrate", "old.yaml", "--check"]).exits(0);

    for hopeless in [OLD.replace("60", "60061"), "a: [".to_owned()] {
        place.file("hopeless.yaml", &hopeless);
        place.run(&["migrate", "hopeless.yaml", "--in-place"]).exits(1).complains(&["hopeless.yaml:1"]);
        assert_eq!(place.read("hopeless.yaml"), hopeless);
    }
    place.file("latin1.yaml", b"# caf\xe9\n");
    place.run(&["migrate", "latin1.yaml"]).exits(1).complains(&["FT0004"]);
    assert_eq!(place.run_with(&["migrate", "-"], OLD.as_bytes()).exits(0).out, new);
    place.run_with(&["migrate", "-", "--in-place"], OLD.as_bytes()).exits(2);
    place.run(&["migrate", "none.yaml"]).exits(4);
}

#[cfg(unix)]
#[test]
fn migration_in_place_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    fs::create_dir(place.path("real")).unwrap();
    place.file("real/old.yaml", OLD);
    fs::set_permissions(place.path("real/old.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/old.yaml", place.path("link.yaml")).unwrap();
    place.run(&["migrate", "link.yaml", "--in-place"]).exits(0);
    assert!(fs::symlink_metadata(place.path("link.yaml")).unwrap().is_symlink());
    assert!(place.read("real/old.yaml").starts_with("schemaVersion: 1\n"));
    let mode = fs::metadata(place.path("real/old.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    place.file("real/old.yaml", OLD);
    fs::set_permissions(place.path("real/old.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    place.run(&["migrate", "link.yaml", "--in-place"]).exits(1).complains(&["write-protected"]);
    assert_eq!(place.read("real/old.yaml"), OLD);
}

#[test]
fn scripts_and_schemas() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).exits(0).out;
        assert!(script.contains("validate") && script.contains("ignore-reserved"), "{shell}");
    }
    place.run(&["completions", "tcsh"]).exits(2);
    let schema = place.run(&["schema"]).exits(0).json();
    assert_eq!(schema["title"], "FlowTime model");
}

#[test]
fn every_code_and_function_is_explained() {
    use flowtime_core::{diagnostics::Code, expr::builtins::FUNCTIONS};
    let place = Place::new();
    for code in Code::ALL {
        let said = place.run(&["explain", &code.to_string()]).exits(0).out;
        assert!(said.contains(code.info().name));
    }
    for function in FUNCTIONS {
        let said = place.run(&["functions", function.name]).exits(0).out;
        assert!(said.contains(&function.signature()) && said.contains(function.example.expr), "{said}");
    }
    assert!(PLAIN.contains("MIN"));
}

#[test]
fn usage() {
    let place = Place::new();
    for args in
        [&["frobnicate"][..], &["run"], &["validate", "a.yaml", "--tier", "x"], &["plan"], &["--nope"]]
    {
        place.run(args).exits(2).complains(&["--help"]);
    }
}
