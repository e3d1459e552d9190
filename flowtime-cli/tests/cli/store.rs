//! Models, runs, telemetry and bundles that are kept, as a user of the command sees them.

use crate::harness::{Place, names};
use serde_json::Value;

/// The id of the only stored model.
fn only_model(place: &Place, root: &str) -> String {
    match &names(&place.path(&format!("{root}/models")))[..] {
        [only] => only.clone(),
        other => panic!("{other:?}"),
    }
}

fn json(place: &Place, args: &[&str]) -> Value {
    place.run(&[args, &["--json"]].concat()).exits(0).json()
}

#[test]
fn a_file_is_written_alone_and_is_what_would_be_stored() {
    let place = Place::new();
    let new =
        ["sim", "new", "--template", "checkout-service", "--set", "demand_factor=1.5", "--name", "Busy"];
    place.run(&[&new[..], &["--out", "busy.yaml"]].concat()).exits(0).complains(&["busy.yaml: busy_"]);
    assert!(!place.path("data").exists());
    place.run(&new).exits(0);
    let id = only_model(&place, "data");
    assert_eq!(place.read("busy.yaml"), place.read(&format!("data/models/{id}/v1/model.yaml")));
    let printed = place.run(&[&new[..], &["--out", "-"]].concat()).exits(0);
    assert_eq!(printed.out, place.read("busy.yaml"));
    // It is not overwritten, and nothing else is written then.
    let again = [&new[..], &["--out", "busy.yaml", "--provenance", "p.json"]].concat();
    place.run(&again).exits(5).complains(&["`busy.yaml` exists already"]);
    assert!(!place.path("p.json").exists());
    place
        .run(&[&new[..], &["--out", "b.yaml", "--provenance", "p.json", "--embed-provenance"]].concat())
        .exits(0);
    let provenance: Value = serde_json::from_str(&place.read("p.json")).unwrap();
    assert_eq!(
        (&provenance["model_id"], &provenance["parameters"]["demand_factor"]),
        (&id.clone().into(), &1.5.into())
    );
    assert!(place.read("b.yaml").contains("provenance:") && place.read("b.yaml").contains(&id));
    // With its provenance inside or beside it, a run of the file leads back to the stored model.
    for args in
        [&["b.yaml"][..], &["busy.yaml", "--provenance", "p.json"], &["busy.yaml", "--provenance", &id]]
    {
        let run = json(&place, args);
        assert_eq!(run["model_id"], id);
        let trace = json(&place, &["runs", "trace", run["run_id"].as_str().unwrap()]);
        assert_eq!(
            (&trace["parameters"]["demand_factor"], &trace["model"]["id"]),
            (&1.5.into(), &id.clone().into())
        );
    }
    let entry = json(&place, &["sim", "show", &id]);
    assert_eq!(entry["run_count"], 3);
    assert_eq!(entry["catalog_url"], format!("registry:models/{id}/v1"));
    let conflict = place.run(&["b.yaml", "--provenance", "other_1"]).exits(0);
    conflict.complains(&["FT0906", "other_1"]);
}

#[test]
fn parameters_from_a_file_and_templates_of_ones_own() {
    let place = Place::new();
    place.file("desk.yaml", "schemaVersion: 1\nmetadata: {id: desk, title: A desk, version: 1.0.0}\nparameters:\n  - {name: clerks, type: integer, default: 2, min: 1, max: 9}\n  - {name: pace, type: number, default: 1.5}\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: load, kind: const, source: 'load.csv#people'}\n  - {id: waiting, kind: expr, expr: 'QUEUE(load, ${clerks} * ${pace})'}\n");
    place.file("load.csv", "people\n9\n12\n6\n3\n");
    place.file("values.yaml", "clerks: 3\npace: 2\n");
    let new = ["sim", "new", "--template", "desk.yaml", "--params", "values.yaml", "--set", "pace=4"];
    let model = json(&place, &new);
    let id = model["model_id"].as_str().unwrap();
    let shown = json(&place, &["sim", "show", id]);
    assert_eq!(
        (&shown["catalog"]["parameters"]["clerks"], &shown["catalog"]["parameters"]["pace"]),
        (&3.into(), &4.into())
    );
    // What the template reads from files is in the model.
    assert!(place.read(&format!("data/models/{id}/v1/model.yaml")).contains("[9, 12, 6, 3]"));
    let derive = ["sim", "derive", "--from", id, "--set", "clerks=1", "--name", "slow"];
    place
        .run(&derive)
        .exits(2)
        .complains(&["`desk` does not come with flowtime", "name the file of the template"]);
    let slow = json(&place, &[&derive[..], &["--template", "desk.yaml"]].concat());
    let trace = json(&place, &["runs", "trace", slow["model_id"].as_str().unwrap()]);
    assert_eq!(trace["derived_from"], format!("models/{id}/v1"));
    assert_eq!((&trace["parameters"]["clerks"], &trace["parameters"]["pace"]), (&1.into(), &4.into()));
    place
        .run(&["sim", "new", "--template", "desk.yaml", "--set", "clerks=12"])
        .exits(2)
        .complains(&["FT1012", "at most 9"]);
    place.run(&["sim", "new", "--template", "desk.yaml", "--version", "x"]).exits(2);
    place.run(&["sim", "new", "--template", "desk.yaml", "--out", "x.yaml", "--preview"]).exits(2);
    place.run(&["sim", "new", "--template", "desk.yaml", "--embed-provenance"]).exits(2);
}

#[test]
fn runs_of_stored_models() {
    let place = Place::new();
    place.run(&["sim", "new", "--template", "checkout-service"]).exits(0);
    let id = only_model(&place, "data");
    let first = json(&place, &["run", "--model", &id, "--seed", "1"]);
    assert_eq!((&first["model_id"], &first["was_duplicate_of"]), (&id.clone().into(), &Value::Null));
    let again = json(&place, &["run", "--model", &format!("models/{id}/v1"), "--seed", "1"]);
    assert_eq!(again["was_duplicate_of"], first["run_id"]);
    let said = place.run(&["run", "--model", &id, "--version", "v1", "--seed", "1"]).exits(0);
    assert!(said.out.contains("bit for bit"), "{}", said.out);
    place.run(&["run", "--model", &id, "--version", "2"]).exits(4).complains(&[&format!("models/{id}/v1")]);
    place.run(&["run", "--model", &id, "gate.yaml"]).exits(2);
    place.run(&["run"]).exits(2);
    place.run(&["run", "gate.yaml", "--version", "1"]).exits(2);
    let typo = format!("{}0", &id[..id.len() - 1]);
    place.run(&["run", "--model", &typo]).exits(4).complains(&["did you mean", &id]);
    place.run(&["run", "--model", "../x"]).exits(2).complains(&["is not an id"]);
    place.run(&["run", "--model", &id, "--root", "elsewhere"]).exits(4);
    // Where things are is told by the environment, too.
    let mut command = place.command(&["run", "--model", &id, "--quiet"]);
    command.env("FLOWTIME_ARTIFACTS_ROOT", "data").env("FLOWTIME_DATA_DIR", "nowhere");
    assert!(command.status().unwrap().success());
    let mut command = place.command(&["gate.yaml", "--quiet"]);
    command.env("FLOWTIME_DATA_DIR", "there");
    assert!(command.status().unwrap().success());
    assert_eq!(place.runs("there").len(), 1);
    let page = json(&place, &["runs", "list", "--model", &id, "--limit", "2"]);
    assert_eq!((&page["total"], page["artifacts"].as_array().unwrap().len()), (&4.into(), 2));
    assert_eq!(page["counts"]["by_template"]["checkout-service"], 4);
    let runs = (&first["run_id"], &again["run_id"]);
    let same = json(&place, &["runs", "compare", runs.0.as_str().unwrap(), runs.1.as_str().unwrap()]);
    assert_eq!((&same["identical"], &same["parameters"]), (&true.into(), &serde_json::json!([])));
    place.run(&["runs", "show", &id]).exits(4).complains(&["is a model, not a run"]);
    let file = place.run(&["runs", "show", runs.0.as_str().unwrap(), "--file", "series/line.csv"]).exits(0);
    assert!(file.out.starts_with("bin_index,value\n0,"));
}

#[test]
fn labels_the_trash_and_the_index() {
    let place = Place::new();
    place.run(&["sim", "new", "--template", "checkout-service", "--tag", "a", "--owner", "me"]).exits(0);
    let id = only_model(&place, "data");
    let card = json(
        &place,
        &["artifacts", "label", &id, "--tag", "b", "--untag", "a", "--title", "T", "--owner", ""],
    );
    assert_eq!(card["title"], "T");
    assert!(card["tags"].as_array().unwrap().contains(&"b".into()) && card.get("owner").is_none());
    place.run(&["artifacts", "label", &id]).exits(2);
    place.run(&["run", "--model", &id, "--quiet"]).exits(0);
    place.run(&["artifacts", "delete", &id]).exits(5).complains(&["in use", "force"]);
    place.run(&["artifacts", "delete", &id, "--force"]).exits(0);
    place.run(&["sim", "show", &id]).exits(4);
    place.run(&["artifacts", "restore", &id]).exits(0);
    place.run(&["sim", "show", &id]).exits(0);
    let prune = json(&place, &["artifacts", "prune", "--older-than", "0d", "--kind", "run", "--dry-run"]);
    assert!(prune["artifacts"].as_array().unwrap().len() <= 1);
    place.run(&["artifacts", "prune"]).exits(2);
    place.run(&["artifacts", "prune", "--older-than", "soon"]).exits(2);
    place.run(&["sim", "registry", "validate"]).exits(0);
    // An index that is gone is made anew; a byte that is not what it was is found and named.
    std::fs::remove_file(place.path("data/registry-index.json")).unwrap();
    let _ = std::fs::remove_file(place.path("data/registry-index.log"));
    place.run(&["sim", "registry", "sync"]).exits(0);
    assert_eq!(json(&place, &["artifacts", "list"])["total"], 2);
    place.run(&["sim", "registry", "resync", &id]).exits(0);
    assert_eq!(json(&place, &["sim", "registry", "status"])["problems"], serde_json::json!([]));
    let model = format!("data/models/{id}/v1/model.yaml");
    place.file(&model, place.read(&model).replacen("144", "145", 1));
    let found = place.run(&["sim", "registry", "validate"]).exits(6);
    assert!(found.out.contains("model.yaml"), "{}", found.out);
    place.run(&["run", "--model", &id]).exits(6).complains(&["is damaged", "model.yaml"]);
}

#[test]
fn telemetry_is_a_source() {
    let place = Place::new();
    place.file("calls.csv", "day,calls\nMon,3\nTue,4\n");
    let stored = json(&place, &["telemetry", "import", "calls.csv", "--name", "January"]);
    assert_eq!((&stored["bins"], &stored["left_out"]), (&2.into(), &serde_json::json!(["day"])));
    let source = stored["sources"][0].as_str().unwrap();
    let model = |source: &str| {
        format!(
            "schemaVersion: 1\ngrid: {{bins: 2, binSize: 1, binUnit: days}}\nnodes:\n  - {{id: calls, kind: const, source: '{source}'}}\n"
        )
    };
    place.file("m.yaml", model(source));
    let run = json(&place, &["m.yaml"]);
    let path = run["path"].as_str().unwrap();
    assert_eq!(place.read(&format!("{path}/series/calls.csv")), "bin_index,value\n0,3\n1,4\n");
    place.run(&["validate", "m.yaml"]).exits(0);
    place.run(&["export", run["run_id"].as_str().unwrap(), "--out", "table.csv"]).exits(0);
    assert_eq!(place.read("table.csv"), "bin_index,calls\n0,3\n1,4\n");
    place.file("typo.yaml", model(&source.replace("january", "januray")));
    place.run(&["typo.yaml"]).exits(1).complains(&["FT0701", "did you mean"]);
    place.run(&["telemetry", "import", "none.csv"]).exits(4);
    place
        .run(&["telemetry", "import", "calls.csv", "--column", "day"])
        .exits(2)
        .complains(&["line 2", "`Mon`"]);
}

#[test]
fn bundles_out_and_in() {
    let place = Place::new();
    place.run(&["sim", "new", "--template", "checkout-service", "--name", "Busy"]).exits(0);
    let id = only_model(&place, "data");
    place.run(&["export", &id]).exits(0);
    place.run(&["export", &id]).exits(5).complains(&["exists already", "--force"]);
    place.run(&["export", &id, "--force"]).exits(0);
    place.run(&["export", &id, "--out", "b.zip"]).exits(0);
    for (file, root) in [(format!("model-{id}.yaml"), "one"), ("b.zip".to_owned(), "two")] {
        place.run(&["import", &file, "--root", root]).exits(0);
        assert_eq!(only_model(&place, root), id);
        let sums = |root: &str| place.read(&format!("{root}/models/{id}/v1/SHA256SUMS"));
        assert_eq!(sums(root), sums("data"));
    }
    // Through a pipe, adapted.
    let adapted = place.run(&["export", &id, "--out", "-", "--outputs", "line,wait", "--minimal"]).exits(0);
    assert!(adapted.out.starts_with("kind: Model\n") && !adapted.out.contains("sim_config"));
    place.run_with(&["import", "-", "--root", "three"], adapted.out.as_bytes()).exits(0);
    place.run(&["export", &id, "--grid", "7x1hours", "--out", "x.yaml"]).exits(1).complains(&["error["]);
    place.run(&["export", &id, "--grid", "7", "--out", "x.yaml"]).exits(2);
    assert!(!place.path("x.yaml").exists());
    place.run(&["export", "nobody_1"]).exits(4);
    place.file("bad.zip", &std::fs::read(place.path("b.zip")).unwrap()[..2000]);
    place.run(&["import", "bad.zip"]).exits(1).complains(&["the bundle"]);
    place.file("bad.yaml", "kind: Model\nschemaVersion: 1\nmetadata: {id: a, title: A}\nspec: {}\n");
    place.run(&["import", "bad.yaml"]).exits(1).complains(&["FT0007", "bad.yaml:4"]);
    // A whole bundle of an older form.
    place.file("old.yaml", "kind: Model\nmetadata: {id: old_1, title: Old}\nspec:\n  grid: {bins: 2, binMinutes: 60}\n  nodes:\n    - {id: a, kind: const, values: 1}\n");
    place.run(&["import", "old.yaml"]).exits(1);
    place.run(&["migrate", "old.yaml", "--in-place"]).exits(0);
    place.run(&["import", "old.yaml"]).exits(0);
    for args in [&["old.yaml"][..], &["validate", "old.yaml"], &["plan", "old.yaml"]] {
        place.run(args).exits(1).complains(&["is a bundle, not a model", "flowtime import old.yaml"]);
    }
    assert!(place.path("data/models/old_1/v1/model.yaml").exists());
}

#[test]
fn remarks() {
    let place = Place::new();
    let found = json(&place, &["lint", "gate.yaml"]);
    let codes: Vec<&str> =
        found["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect();
    assert_eq!(codes, ["FT0208"]);
    place.run(&["lint", "gate.yaml", "--strict"]).exits(1);
    let quiet = place.run(&["lint", "checkout-service", "plain.yaml", "--quiet", "--strict"]).exits(0);
    assert_eq!(quiet.out, "");
    place.file("t.yaml", "schemaVersion: 1\nmetadata: {id: t, title: T, version: 1.0.0}\nparameters: [{name: p, type: number, default: 1}]\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: const, values: '${p}'}]\n");
    let found = place.run(&["lint", "t.yaml"]).exits(0);
    for words in ["FT1101", "FT1102", "3 remarks"] {
        assert!(found.out.contains(words), "{}", found.out);
    }
    place.file("broken.yaml", "schemaVersion: 1\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: expr, expr: b}]\n");
    let broken = place.run(&["lint", "broken.yaml"]).exits(1);
    assert!(broken.out.contains("FT0401"), "{}", broken.out);
    place.run(&["lint", "none.yaml"]).exits(4);
}

#[test]
fn ids_that_lead_elsewhere() {
    let place = Place::new();
    place.run(&["sim", "new", "--template", "checkout-service"]).exits(0);
    let long = "x".repeat(300);
    for id in ["../x", "/etc/passwd", "a/b", "con", "models/../../x/v1", "registry:", &long] {
        for args in
            [&["sim", "show", id][..], &["artifacts", "delete", id], &["export", id], &["runs", "trace", id]]
        {
            let did = place.run(args);
            assert!([Some(2), Some(4)].contains(&did.status), "{args:?}: {:?} {}", did.status, did.err);
            assert!(!did.err.contains("panicked"));
        }
    }
}
