//! Runs: of stored models and of given ones, equal ones, compared ones, and with telemetry.

use crate::place::{Place, desk, with};
use flowtime_core::provenance::Provenance;
use flowtime_core::{Cancel, Model, Value};
use flowtime_registry::{ModelRequest, Outcome, RunRequest, StoreOptions, Workspace, WorkspaceErrorKind};
use std::fs;

fn plain() -> Model {
    Model::from_yaml(
        "
schemaVersion: 1
metadata: {title: Plain}
grid: {bins: 3, binSize: 1, binUnit: hours}
nodes:
  - {id: a, kind: const, values: [1, 2, 3]}
  - {id: b, kind: expr, expr: a * 2}
outputs: [{series: b}]
",
    )
    .unwrap()
}

fn provenance(text: &str) -> Provenance {
    Provenance::new(&Value::from_yaml(text, &Default::default()).unwrap()).unwrap()
}

#[test]
fn a_run_of_a_stored_model_leads_back_to_its_parameters() {
    let place = Place::new();
    let model = place.desk(&with("clerks", Value::Integer(1)).name("Slow"));
    let request = RunRequest::of_model_id(&model.model_id).seed(7).input("noise", 0.5).deterministic(true);
    let run = place.workspace.run(&request).unwrap();
    assert_eq!((run.seed, run.outcome, &run.was_duplicate_of), (7, Outcome::Written, &None));
    assert_eq!(run.model_hash, model.model_hash);
    let trace = place.workspace.trace(&run.run_id).unwrap();
    assert_eq!(trace.model.unwrap().path, format!("models/{}/v1", model.model_id));
    assert_eq!(trace.template.unwrap().id, "desk");
    assert_eq!(trace.parameters.unwrap()["clerks"], 1);
    let folder = format!("runs/{}", run.run_id);
    let told: serde_json::Value =
        serde_json::from_str(&place.read(&format!("{folder}/provenance.json"))).unwrap();
    assert_eq!(told["links"]["model_artifact"], format!("models/{}/v1", model.model_id));
    assert_eq!(told["received_at"], "2026-01-05T10:00:00Z");
    assert!(!place.read(&format!("{folder}/spec.yaml")).contains("provenance"));
    assert_eq!(
        place.workspace.registry().get(&model.model_id).unwrap().generates,
        std::slice::from_ref(&run.run_id)
    );
    assert_eq!(
        place.read(&format!("{folder}/series/n.csv")),
        "bin_index,value\n0,0.5\n1,0.5\n2,0.5\n3,0.5\n"
    );
    assert!(place.workspace.registry().validate().unwrap().is_valid());
}

#[test]
fn one_model_and_no_more() {
    let place = Place::new();
    let id = place.desk(&ModelRequest::new()).model_id;
    let mut both = RunRequest::of_model_id(&id);
    both.model = Some(plain());
    for (request, words) in
        [(both, "both a model and the id"), (RunRequest::default(), "neither a model nor the id")]
    {
        let error = place.workspace.run(&request).unwrap_err();
        assert_eq!(error.kind(), WorkspaceErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = place.workspace.run(&RunRequest::of_model_id("desk_0")).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::NotFound);
    let run = place.workspace.run(&RunRequest::of_model_id(&id)).unwrap();
    let error = place.workspace.run(&RunRequest::of_model_id(&run.run_id)).unwrap_err();
    assert!(error.to_string().contains("is a run, not a model"), "{error}");
    let error = place.workspace.run(&RunRequest::of_model_id(&id).version(3)).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::NotFound);
    assert_eq!(
        place.workspace.run(&RunRequest::of_model_id(&id).version(1)).unwrap().model_hash,
        run.model_hash
    );
    let error = place.workspace.run(&RunRequest::of_model_id(&id).input("nobody", 1.0)).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::InvalidArgument);
    let cancel = Cancel::new();
    cancel.cancel();
    let error = place.workspace.run(&RunRequest::of_model_id(&id).cancel(&cancel)).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::Cancelled);
}

#[test]
fn equal_runs_are_known() {
    let place = Place::new();
    let workspace = &place.workspace;
    let id = place.desk(&ModelRequest::new()).model_id;
    let seeded = |seed| RunRequest::of_model_id(&id).seed(seed);
    let first = workspace.run(&seeded(1)).unwrap();
    let second = workspace.run(&seeded(1)).unwrap();
    assert_ne!(first.run_id, second.run_id);
    assert!(second.was_duplicate_of.is_some());
    assert_eq!(workspace.run(&seeded(2)).unwrap().was_duplicate_of, None);
    for (node, value) in [("noise", f64::NAN), ("noise", -0.0), ("noise", 1e300), ("noise", 5.0)] {
        let request = seeded(1).input(node, value);
        assert_eq!(workspace.run(&request).unwrap().was_duplicate_of, None, "{value}");
        // Another process knows nothing of what this one looked at.
        let other = Workspace::open(place.folder.path());
        assert!(other.run(&request).unwrap().was_duplicate_of.is_some(), "{value}");
    }
    let series = seeded(1).input("arrivals", vec![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(workspace.run(&series).unwrap().was_duplicate_of, None);
    let reused = workspace.run(&series.clone().reuse(true)).unwrap();
    assert_eq!((reused.outcome, reused.was_duplicate_of.as_ref()), (Outcome::Reused, Some(&reused.run_id)));
    let count = workspace.registry().counts(&Default::default()).unwrap().by_kind["run"];
    workspace.run(&seeded(1).reuse(true)).unwrap();
    assert_eq!(workspace.registry().counts(&Default::default()).unwrap().by_kind["run"], count);
    // A damaged one is as good as none.
    fs::write(reused.path.join("run.json"), "{}").unwrap();
    let again = workspace.run(&series.reuse(true)).unwrap();
    assert_ne!(again.run_id, reused.run_id);
    assert_eq!(again.outcome, Outcome::Written);
    let named = seeded(3).deterministic(true);
    let written = workspace.run(&named).unwrap();
    let there = workspace.run(&named).unwrap();
    assert_eq!((there.outcome, there.run_id == written.run_id), (Outcome::Reused, true));
    let replaced = workspace.run_with(&named, &StoreOptions::new().replace(true)).unwrap();
    assert_eq!(replaced.outcome, Outcome::Replaced);
}

#[test]
fn which_provenance_counts() {
    let place = Place::new();
    let workspace = &place.workspace;
    let stored = place.desk(&ModelRequest::new()).model_id;
    let kept = |request: &RunRequest| {
        let run = workspace.run(request).unwrap();
        let codes: Vec<_> = run.warnings.iter().map(|d| d.code.info().name).collect();
        let text = fs::read_to_string(run.path.join("provenance.json")).ok();
        (text.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap()), codes)
    };
    assert_eq!(kept(&RunRequest::of_model(plain())), (None, vec![]));
    let own = plain().with_provenance(&provenance("{modelId: own_1, templateId: t, parameters: {x: 1.0}}"));
    let (told, codes) = kept(&RunRequest::of_model(own.clone()));
    let told = told.unwrap();
    assert_eq!(
        (told["model_id"].as_str(), told["parameters"]["x"].to_string()),
        (Some("own_1"), "1.0".to_owned())
    );
    assert_eq!(codes, Vec::<&str>::new());
    // What is given for the run counts, and somebody hears of it.
    let (told, codes) =
        kept(&RunRequest::of_model(own.clone()).provenance(provenance("{model_id: other_2}")));
    assert_eq!((told.unwrap()["model_id"].as_str(), codes), (Some("other_2"), vec!["provenance-conflict"]));
    // An id alone is completed by the document that it names, or by the registry.
    let (told, _) = kept(&RunRequest::of_model(own).provenance(Provenance::of_model_id("own_1")));
    assert_eq!(told.unwrap()["template_id"], "t");
    let (told, codes) = kept(&RunRequest::of_model(plain()).provenance(Provenance::of_model_id(&stored)));
    let told = told.unwrap();
    assert_eq!((told["template_id"].as_str(), codes.len()), (Some("desk"), 0));
    assert_eq!(told["links"]["model_artifact"], format!("models/{stored}/v1"));
    let (told, _) = kept(&RunRequest::of_model(plain()).provenance(Provenance::of_model_id("nobody_1")));
    assert_eq!(told.unwrap()["model_id"], "nobody_1");
    // It changes no result.
    let bare = workspace.execute(&RunRequest::of_model(plain())).unwrap();
    let told =
        workspace.execute(&RunRequest::of_model(plain()).provenance(provenance("{model_id: x}"))).unwrap();
    assert_eq!(bare.model_hash, told.model_hash);
}

#[test]
fn other_outputs_and_further_files() {
    let place = Place::new();
    let request = RunRequest::of_model(plain()).outputs(["a", "b"]);
    let options = StoreOptions::new().parquet(true).json(true).plot(true);
    let run = place.workspace.run_with(&request, &options).unwrap();
    for file in ["series/a.csv", "series/b.csv", "series.parquet", "series.json", "plot.svg"] {
        assert!(run.path.join(file).is_file(), "{file}");
    }
    let bytes = fs::read(run.path.join("series.parquet")).unwrap();
    let said = String::from_utf8_lossy(&bytes);
    assert!(said.contains(&run.run_id) && said.contains("flowtime.model_hash") && said.contains("binUnit"));
    assert!(place.workspace.registry().validate().unwrap().is_valid());
    let told = run.to_json();
    assert_eq!((&told["run_id"], &told["outcome"]), (&run.run_id.clone().into(), &"written".into()));
    assert_eq!(
        (&told["warnings"], &told["was_duplicate_of"]),
        (&serde_json::json!([]), &serde_json::Value::Null)
    );
    let error = place.workspace.run(&RunRequest::of_model(plain()).outputs(["c"])).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::InvalidModel);
    let execution = place.workspace.execute(&RunRequest::of_model(plain())).unwrap();
    let outputs: Vec<_> =
        execution.outputs().iter().map(|output| (output.id, output.values.to_vec())).collect();
    assert_eq!(outputs, [("b", vec![2.0, 4.0, 6.0])]);
}

#[test]
fn comparisons() {
    let place = Place::new();
    let workspace = &place.workspace;
    let base = place.desk(&ModelRequest::new().name("base"));
    let slow = with("clerks", Value::Integer(1)).name("slow");
    let slow = workspace.derive(&base.model_id, &slow, Some(&desk())).unwrap();
    let run = |id: &str, seed| workspace.run(&RunRequest::of_model_id(id).seed(seed)).unwrap().run_id;
    let (a, b, c) = (run(&base.model_id, 1), run(&slow.model_id, 1), run(&base.model_id, 1));
    let found = workspace.compare(&a, &b).unwrap();
    assert!(!found.identical && !found.same_model);
    let waiting = found.series.iter().find(|series| series.id == "waiting").unwrap();
    // 9, 12, 6 and 3 come, 8 or 4 are served in a bin: 1, 5, 3, 0 wait, or 5, 13, 15, 14.
    assert_eq!((waiting.bins, waiting.first_different_bin, waiting.different_bins), (4, Some(0), 4));
    assert_eq!((waiting.absolute.max, waiting.absolute.mean), (14.0, 9.5));
    assert_eq!(waiting.relative.max, 1.0);
    let names: Vec<&str> = found.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["model_id", "parameters.clerks"]);
    assert_eq!((&found.parameters[1].a, &found.parameters[1].b), (&2.into(), &1.into()));
    let same = workspace.compare(&a, &c).unwrap();
    assert!(same.identical && same.same_model && same.parameters.is_empty());
    let other = workspace.run(&RunRequest::of_model(plain())).unwrap().run_id;
    let apart = workspace.compare(&a, &other).unwrap();
    assert_eq!(
        (apart.only_in_a, apart.only_in_b),
        (vec!["waiting".to_owned(), "noise".to_owned()], vec!["b".to_owned()])
    );
    assert!(!apart.identical);
    assert_eq!(
        workspace.compare(&a, &base.model_id).unwrap_err().kind(),
        WorkspaceErrorKind::InvalidArgument
    );
    fs::write(place.folder.path().join(format!("runs/{b}/series/waiting.csv")), "bin_index,value\n").unwrap();
    assert_eq!(workspace.compare(&a, &b).unwrap_err().kind(), WorkspaceErrorKind::Integrity);
}

#[test]
fn telemetry_comes_in_and_is_used() {
    let place = Place::new();
    let workspace = &place.workspace;
    let csv = place.folder.path().join("calls of january.csv");
    fs::write(&csv, "bin_index,day,calls,lost\n7,Mon,4,\n8,Tue,5.5,1\n9,Wed,-0.0,2\n").unwrap();
    let stored = workspace.import_telemetry(&csv, None, &[]).unwrap();
    assert!(stored.id.starts_with("calls-of-january_"), "{}", stored.id);
    assert_eq!((stored.series.join(" "), stored.bins), ("calls lost".to_owned(), 3));
    assert_eq!(stored.left_out, ["day"]);
    let data = place.read(&format!("telemetry/{}/binned_v0.csv", stored.id));
    assert_eq!(data, "bin_index,calls,lost\n0,4,NaN\n1,5.5,1\n2,-0,2\n");
    assert!(workspace.import_telemetry(&csv, None, &[]).unwrap().existed);
    assert!(workspace.registry().validate().unwrap().is_valid());
    let model = |source: &str| {
        Model::from_yaml(&format!("{{schemaVersion: 1, grid: {{bins: 3, binSize: 1, binUnit: days}}, nodes: [{{id: calls, kind: const, source: '{source}'}}, {{id: b, kind: expr, expr: calls * 2}}]}}")).unwrap()
    };
    let run = workspace.run(&RunRequest::of_model(model(&stored.source("calls")))).unwrap();
    let path = format!("runs/{}", run.run_id);
    assert_eq!(place.read(&format!("{path}/series/b.csv")), "bin_index,value\n0,8\n1,11\n2,-0\n");
    let manifest: serde_json::Value =
        serde_json::from_str(&place.read(&format!("{path}/manifest.json"))).unwrap();
    assert_eq!(manifest["inputs"][0]["path"], format!("telemetry/{}/binned_v0.csv", stored.id));
    assert!(place.read(&format!("{path}/spec.yaml")).contains("5.5"));
    // And out again.
    assert_eq!(workspace.binned_run(&run.run_id).unwrap(), "bin_index,calls,b\n0,4,8\n1,5.5,11\n2,-0,-0\n");
    let named =
        workspace.add_model(&model(&stored.source("lost")), &ModelRequest::new().name("lost")).unwrap();
    assert!(place.read(&format!("models/{}/v1/model.yaml", named.model_id)).contains(".nan"));
    let typo = stored.source("calls").replace("january", "januari");
    for (source, words) in [
        (typo.as_str(), format!("did you mean `{}`", stored.id)),
        (&stored.source("cals"), "did you mean `calls`".to_owned()),
        ("telemetry:../x#a", "is not an id".to_owned()),
        ("telemetry:x", "does not say which column".to_owned()),
        ("load.csv#a", "no folder is known to look in".to_owned()),
    ] {
        let error = workspace.run(&RunRequest::of_model(model(source))).unwrap_err();
        assert!(error.to_string().contains(&words), "{source}: {error}");
    }
    fs::write(place.folder.path().join("load.csv"), "a\n1\n2\n3\n").unwrap();
    let beside = RunRequest::of_model(model("load.csv#a")).source_folder(place.folder.path());
    workspace.run(&beside).unwrap();
}

#[test]
fn telemetry_that_is_none() {
    let place = Place::new();
    let csv = place.folder.path().join("t.csv");
    let import = |text: &str, columns: &[&str]| {
        fs::write(&csv, text).unwrap();
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        place.workspace.import_telemetry(&csv, Some("t"), &columns)
    };
    for (text, columns, words) in [
        ("", &[][..], "t.csv"),
        ("a\n", &[], "t.csv"),
        ("day\nMon\n", &[], "no column of numbers"),
        ("a,b\n1,x\n", &["b"], "is no number"),
        ("a,b\n1,2\n", &["c"], "no column `c`"),
        ("a,a\n1,2\n", &[], "two columns `a`"),
        ("a#b\n1\n", &[], "cannot be named in a model"),
    ] {
        let error = import(text, columns).unwrap_err();
        assert!(error.to_string().contains(words), "{text:?}: {error}");
    }
    assert_eq!(import("a,b\n1,2\n", &["b"]).unwrap().series, ["b"]);
    let missing = place.folder.path().join("none.csv");
    let error = place.workspace.import_telemetry(&missing, None, &[]).unwrap_err();
    assert_eq!(error.kind(), WorkspaceErrorKind::NotFound);
    assert!(place.workspace.import_telemetry(place.folder.path(), None, &[]).is_err());
}
