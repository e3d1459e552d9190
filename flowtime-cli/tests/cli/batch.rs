//! Many models.

use crate::harness::{GATE, Place};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use std::fs;

fn place() -> Place {
    let place = Place::new();
    place.file("broken.yaml", GATE.replace("SHIFT(backlog, 1)", "backlog & <b>"));
    fs::create_dir(place.path("more")).unwrap();
    place.file("more/gate.yaml", GATE);
    place
}

#[test]
fn a_batch_goes_on_after_failures() {
    let place = place();
    let did = place.run(&["--batch", "broken.yaml", "none.yaml", "plain.yaml", "more/*.yaml"]).exits(4);
    assert!(did.out.contains("4 models · 2 ok · 2 failed"), "{}", did.out);
    assert_eq!(place.runs("data").len(), 2);
    // The pattern is the program's own matter, not the shell's.
    place.run(&["--batch", "*.yaml", "--dry-run"]).exits(1).complains(&["broken.yaml:11"]);
    place.run(&["--batch", "*.xml"]).exits(4).complains(&["no file matches `*.xml`"]);
    place.run(&["--batch", "[", "--dry-run"]).exits(2).complains(&["not a pattern"]);
}

#[test]
fn without_batch_the_first_failure_is_the_last() {
    let place = place();
    let did = place.run(&["plain.yaml", "broken.yaml", "gate.yaml"]).exits(1);
    assert!(did.out.starts_with("plain.yaml\n"), "{}", did.out);
    assert_eq!(place.runs("data").len(), 1);
}

#[test]
fn json_of_a_batch() {
    let place = place();
    let object = place.run(&["--batch", "plain.yaml", "broken.yaml", "--json"]).exits(1).json();
    assert_eq!(object["exit_code"], 1);
    assert_eq!(object["runs"][0]["status"], "complete");
    assert_eq!(object["runs"][1]["status"], "failed");
    assert_eq!(object["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn junit_is_read_back() {
    let place = place();
    let args = ["--batch", "plain.yaml", "broken.yaml", "none.yaml", "--quiet", "--junit-output", "j.xml"];
    let did = place.run(&args).exits(4);
    assert_eq!(did.out, "");
    let report = Report::deserialize_from_str(&place.read("j.xml")).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (3, 1, 1));
    let cases = &report.test_suites[0].test_cases;
    assert_eq!(cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), args[1..4]);
    assert!(matches!(cases[0].status, TestCaseStatus::Success { .. }));
    match &cases[1].status {
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, ty, description, .. } => {
            assert_eq!(ty.as_deref(), Some("FT0301"));
            assert!(description.as_deref().unwrap().contains("broken.yaml:11"), "{description:?}");
        }
        other => panic!("{other:?}"),
    }
    match &cases[2].status {
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, message, .. } => {
            assert_eq!(message.as_deref(), Some("there is no file `none.yaml`"));
        }
        other => panic!("{other:?}"),
    }
    // One model has a report as well.
    place.run(&["plain.yaml", "--junit-output", "one.xml", "--dry-run"]).exits(0);
    assert_eq!(Report::deserialize_from_str(&place.read("one.xml")).unwrap().tests, 1);
}
