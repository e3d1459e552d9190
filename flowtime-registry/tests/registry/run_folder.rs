//! What a run's folder holds, and how damage is found.

use crate::sample::{Sample, full, names};
use flowtime_registry::{
    ExtraFile, FaultKind, Interrupted, MANIFEST_SCHEMA, OnExisting, Outcome, RUN_SCHEMA, RunState,
    SERIES_INDEX_SCHEMA, StoreError, read_run, run_state, write_run,
};
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) fn assert_valid(schema: &str, document: &serde_json::Value) {
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {document:#}");
}

fn flip_a_byte(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_file_is_there_and_sha256sum_agrees() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_0123456789abcdef", 3, 10);
    let written = write_run(root.path(), &full(&sample), OnExisting::Refuse).unwrap();
    assert_eq!(written.outcome, Outcome::Written);
    assert_eq!(written.path, root.path().join("runs/run_0123456789abcdef"));
    assert_eq!(
        names(&written.path),
        [
            "SHA256SUMS",
            "catalog.json",
            "labels.json",
            "manifest.json",
            "provenance.json",
            "run.json",
            "series",
            "spec.yaml"
        ]
    );
    assert_eq!(names(&written.path.join("series")), ["index.json", "node_0.csv", "node_1.csv", "node_2.csv"]);
    let sums = fs::read_to_string(written.path.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 9);
    if cfg!(target_os = "linux") {
        let check = Command::new("sha256sum")
            .args(["-c", "--strict", "SHA256SUMS"])
            .current_dir(&written.path)
            .output();
        let check = check.unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    }
}

#[test]
fn documents_say_what_was_given_and_follow_their_schemas() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 2, 3);
    write_run(root.path(), &full(&sample), OnExisting::Refuse).unwrap();
    let stored = read_run(root.path(), "run_a").unwrap();
    assert_valid(RUN_SCHEMA, &stored.run);
    assert_valid(MANIFEST_SCHEMA, &stored.manifest);
    assert_valid(SERIES_INDEX_SCHEMA, &stored.index);

    assert_eq!(stored.run["title"], "a \"full\" run");
    assert_eq!(stored.run["template_id"], "checkout");
    assert_eq!(stored.run["warnings_count"], 1);
    assert_eq!(stored.run["outputs"][1], serde_json::json!({"series": "node_1", "as": "node_1.csv"}));
    let overrides = &stored.manifest["overrides"];
    assert_eq!(overrides["a"], 1.5);
    assert_eq!(overrides["b"], "NaN");
    assert_eq!(overrides["c"]["points"], 3);
    assert_eq!(overrides["c"]["hash"], flowtime_core::provenance::numbers_hash(&[1.0, 2.5, f64::NAN]));
    assert_eq!(stored.manifest["provenance"]["model_id"], "checkout-baseline_1f3a9c02b7d4");
    assert_eq!(stored.manifest["engine"]["semantics"], 1);
    assert_eq!(stored.manifest["inputs"][0]["column"], "JFK");
    let entry = &stored.index["series"][1];
    assert_eq!(entry["max"], 4.0 / 7.0);
    assert_eq!(entry["min"], 0);
    assert_eq!(entry["unit"], serde_json::Value::Null);
    let csv = fs::read_to_string(stored.path.join(entry["path"].as_str().unwrap())).unwrap();
    assert_eq!(csv, "bin_index,value\n0,0\n1,0.2857142857142857\n2,0.5714285714285714\n");
    let provenance = fs::read_to_string(stored.path.join("provenance.json")).unwrap();
    let provenance: serde_json::Value = serde_json::from_str(&provenance).unwrap();
    assert_eq!(provenance["received_at"], "2026-01-05T10:00:00Z");
    assert_eq!(provenance["source"], "flowtime-sim");
}

#[test]
fn a_bare_run_follows_the_schemas_too() {
    let root = tempfile::tempdir().unwrap();
    let mut sample = Sample::new("run_bare", 1, 2);
    sample.series[0].2 = vec![f64::NAN, f64::INFINITY];
    let mut record = sample.record();
    record.seed = u64::MAX;
    let written = write_run(root.path(), &record, OnExisting::Refuse).unwrap();
    assert!(!names(&written.path).contains(&"provenance.json".to_owned()));
    let stored = read_run(root.path(), "run_bare").unwrap();
    assert_valid(RUN_SCHEMA, &stored.run);
    assert_valid(MANIFEST_SCHEMA, &stored.manifest);
    assert_valid(SERIES_INDEX_SCHEMA, &stored.index);
    assert_eq!(stored.run["title"], "run_bare");
    assert_eq!(stored.manifest["seed"], "18446744073709551615");
    assert_eq!(stored.index["series"][0]["max"], "inf");
}

#[test]
fn schemas_refuse_what_is_wrong() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 1);
    write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap();
    let stored = read_run(root.path(), "run_a").unwrap();
    for (schema, document) in
        [(RUN_SCHEMA, stored.run), (MANIFEST_SCHEMA, stored.manifest), (SERIES_INDEX_SCHEMA, stored.index)]
    {
        let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        for member in document.as_object().unwrap().keys() {
            let mut broken = document.clone();
            broken.as_object_mut().unwrap().remove(member);
            assert!(!validator.is_valid(&broken), "without `{member}`");
            let mut broken = document.clone();
            broken[member] = serde_json::json!([[]]);
            assert!(!validator.is_valid(&broken), "`{member}` of another type");
        }
        let mut broken = document.clone();
        broken["more"] = 1.into();
        assert!(!validator.is_valid(&broken));
    }
}

#[test]
fn each_damaged_file_is_found_and_named() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 2, 5);
    let record = full(&sample);
    let files = [
        "spec.yaml",
        "run.json",
        "manifest.json",
        "provenance.json",
        "series/index.json",
        "series/node_0.csv",
        "series/node_1.csv",
    ];
    for file in files {
        let path = write_run(root.path(), &record, OnExisting::Replace).unwrap().path;
        assert_eq!(run_state(root.path(), "run_a").unwrap(), RunState::Whole);
        let faults = |what: &str| match run_state(root.path(), "run_a").unwrap() {
            RunState::Damaged(faults) => faults,
            state => panic!("{file} {what}: {state:?}"),
        };
        flip_a_byte(&path.join(file));
        let found = faults("changed");
        assert_eq!((found[0].file.as_str(), found[0].kind, found.len()), (file, FaultKind::Changed, 1));
        let error = read_run(root.path(), "run_a").unwrap_err();
        assert!(error.to_string().contains(&format!("`{file}` was changed")), "{error}");
        fs::remove_file(path.join(file)).unwrap();
        let found = faults("removed");
        assert_eq!((found[0].file.as_str(), found[0].kind, found.len()), (file, FaultKind::Missing, 1));
        fs::create_dir(path.join(file)).unwrap();
        assert_eq!(faults("replaced by a folder")[0].kind, FaultKind::Unreadable);
    }
}

#[test]
fn a_damaged_list_of_checksums_is_found() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 2, 5);
    let path = write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap().path;
    let list = path.join("SHA256SUMS");
    let whole = fs::read_to_string(&list).unwrap();
    let without_series: String =
        whole.lines().filter(|line| !line.contains("node_1")).map(|line| format!("{line}\n")).collect();
    let sum = &whole[..64];
    for (text, kind) in [
        ("", FaultKind::Malformed),
        (whole.trim_end(), FaultKind::Malformed),
        (&whole[..100], FaultKind::Malformed),
        (without_series.as_str(), FaultKind::Unlisted),
        (&format!("{sum}  ../../../secret\n"), FaultKind::Malformed),
        (&format!("{sum}  /etc/passwd\n"), FaultKind::Malformed),
        (&format!("{whole}{whole}"), FaultKind::Malformed),
    ] {
        fs::write(&list, text).unwrap();
        match run_state(root.path(), "run_a").unwrap() {
            RunState::Damaged(faults) => assert_eq!(faults[0].kind, kind, "{text}"),
            state => panic!("{text}: {state:?}"),
        }
    }
    fs::remove_file(&list).unwrap();
    assert!(matches!(read_run(root.path(), "run_a"), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_run_under_another_name_is_not_that_run() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 1);
    let path = write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap().path;
    fs::rename(path, root.path().join("runs/run_b")).unwrap();
    assert!(matches!(run_state(root.path(), "run_b").unwrap(), RunState::Damaged(_)));
    assert_eq!(run_state(root.path(), "run_a").unwrap(), RunState::Absent);
    assert!(matches!(read_run(root.path(), "run_a"), Err(StoreError::NotFound { .. })));
}

#[test]
fn an_existing_run_is_refused_reused_or_replaced() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 4);
    let write = |record, existing| write_run(root.path(), record, existing);
    let record = sample.record();
    assert_eq!(write(&record, OnExisting::Reuse).unwrap().outcome, Outcome::Written);
    let mut later = sample.record();
    later.created_at = "2026-02-01T00:00:00Z".to_owned();
    let created = || read_run(root.path(), "run_a").unwrap().manifest["created_at"].clone();

    let error = write(&later, OnExisting::Refuse).unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    assert_eq!(write(&later, OnExisting::Reuse).unwrap().outcome, Outcome::Reused);
    assert_eq!(created(), "2026-01-05T10:00:00Z");
    assert_eq!(write(&later, OnExisting::Replace).unwrap().outcome, Outcome::Replaced);
    assert_eq!(created(), "2026-02-01T00:00:00Z");

    flip_a_byte(&root.path().join("runs/run_a/series/node_0.csv"));
    assert_eq!(write(&record, OnExisting::Reuse).unwrap().outcome, Outcome::Replaced);
    assert_eq!(created(), "2026-01-05T10:00:00Z");
    assert_eq!(names(&root.path().join("runs")), ["run_a"]);
}

#[test]
fn ids_and_file_names_that_lead_elsewhere_are_refused() {
    let root = tempfile::tempdir().unwrap();
    for id in ["", "..", "../x", "a/b", "/abs", ".hidden", "a\0b", "a b"] {
        let sample = Sample::new(id, 1, 1);
        let error = write_run(root.path(), &sample.record(), OnExisting::Replace).unwrap_err();
        assert!(matches!(error, StoreError::InvalidId { .. }), "{id:?}: {error}");
        assert!(matches!(run_state(root.path(), id), Err(StoreError::InvalidId { .. })));
    }
    let long = format!("{}.csv", "a".repeat(252));
    for file in ["", "../x.csv", "/x.csv", "a/b.csv", "a\\b.csv", "x", "x\n.csv", &long] {
        let mut sample = Sample::new("run_a", 1, 1);
        sample.series[0].1 = file.to_owned();
        let error = write_run(root.path(), &sample.record(), OnExisting::Replace).unwrap_err();
        assert!(matches!(error, StoreError::InvalidFileName { .. }), "{file:?}: {error}");
    }
    let mut sample = Sample::new("run_a", 2, 1);
    sample.series[1].1 = "NODE_0.csv".to_owned();
    let error = write_run(root.path(), &sample.record(), OnExisting::Replace).unwrap_err();
    assert!(error.to_string().contains("another series has it"), "{error}");
    assert!(names(root.path()).is_empty());

    let longest = format!("{}.csv", "a".repeat(251));
    let mut sample = Sample::new(&"r".repeat(127), 1, 1);
    sample.series[0].1 = longest;
    write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap();
    assert_eq!(run_state(root.path(), &sample.run_id).unwrap(), RunState::Whole);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_root_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 1);
    let path = write_run(elsewhere.path(), &sample.record(), OnExisting::Refuse).unwrap().path;
    fs::create_dir(root.path().join("runs")).unwrap();
    std::os::unix::fs::symlink(path, root.path().join("runs/run_a")).unwrap();
    for existing in [OnExisting::Reuse, OnExisting::Replace, OnExisting::Refuse] {
        assert!(write_run(root.path(), &sample.record(), existing).is_err());
    }
    assert!(matches!(run_state(root.path(), "run_a"), Err(StoreError::OutsideRoot { .. })));

    let linked = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), linked.path().join("runs")).unwrap();
    let error = write_run(linked.path(), &sample.record(), OnExisting::Replace).unwrap_err();
    assert!(matches!(error, StoreError::OutsideRoot { .. }), "{error}");
    assert_eq!(names(elsewhere.path()), ["runs"]);
}

#[test]
fn a_file_where_a_folder_is_needed_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    let sample = Sample::new("run_a", 1, 1);
    for (root, named) in [(file.clone(), file.clone()), (file.join("below"), file.clone())] {
        match write_run(&root, &sample.record(), OnExisting::Replace).unwrap_err() {
            StoreError::NotAFolder { path } => assert_eq!(path, named),
            error => panic!("{error}"),
        }
    }
    fs::create_dir(root.path().join("runs")).unwrap();
    fs::write(root.path().join("runs/run_a"), "mine").unwrap();
    for existing in [OnExisting::Refuse, OnExisting::Reuse, OnExisting::Replace] {
        assert!(write_run(root.path(), &sample.record(), existing).is_err());
    }
    assert_eq!(fs::read_to_string(root.path().join("runs/run_a")).unwrap(), "mine");
    assert_eq!(names(&root.path().join("runs")), ["run_a"]);
}

#[cfg(unix)]
#[test]
fn pipes_in_the_place_of_files_are_not_waited_for() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 1);
    for (file, kind) in [("spec.yaml", FaultKind::Unreadable), ("SHA256SUMS", FaultKind::Unreadable)] {
        let path = write_run(root.path(), &sample.record(), OnExisting::Reuse).unwrap().path.join(file);
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        match run_state(root.path(), "run_a").unwrap() {
            RunState::Damaged(faults) => assert_eq!((faults[0].file.as_str(), faults[0].kind), (file, kind)),
            state => panic!("{file}: {state:?}"),
        }
    }
    write_run(root.path(), &sample.record(), OnExisting::Reuse).unwrap();
    assert_eq!(run_state(root.path(), "run_a").unwrap(), RunState::Whole);
}

#[test]
fn further_files_are_part_of_the_folder() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 1, 3);
    let draw = |file: &mut dyn std::io::Write| file.write_all(b"<svg/>");
    let mut record = sample.record();
    record.extra_files = vec![ExtraFile { path: "plot.svg", write: &draw }];
    let written = write_run(root.path(), &record, OnExisting::Refuse).unwrap();
    assert_eq!(fs::read_to_string(written.path.join("plot.svg")).unwrap(), "<svg/>");
    assert_eq!(run_state(root.path(), "run_a").unwrap(), RunState::Whole);
    flip_a_byte(&written.path.join("plot.svg"));
    assert!(matches!(run_state(root.path(), "run_a").unwrap(), RunState::Damaged(_)));
}

#[test]
fn an_interrupted_writer_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 5, 3);
    for most in 0..6 {
        let asked = std::cell::Cell::new(0);
        let stop = || asked.replace(asked.get() + 1) == most;
        let mut record = sample.record();
        record.interrupted = Some(Interrupted(&stop));
        let error = write_run(root.path(), &record, OnExisting::Refuse).unwrap_err();
        assert!(matches!(error, StoreError::Interrupted), "{error}");
        assert!(names(&root.path().join("runs")).is_empty());
    }
}
