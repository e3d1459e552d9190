//! From a template to a model, its provenance and its run.

use crate::harness::{Place, names};
use flowtime_core::{Model, Template};

#[test]
fn every_shipped_template_is_generated_and_runs() {
    let place = Place::new();
    let listed = place.run(&["template", "list", "--json"]).exits(0).json();
    let listed = listed["templates"].as_array().unwrap();
    assert_eq!(listed.len(), Template::shipped_ids().count());
    for card in listed {
        let id = card["id"].as_str().unwrap();
        assert!(card["parameters"].as_u64().unwrap() >= 5, "{card}");
        let file = format!("{id}.yaml");
        place.run(&["template", "generate", id, "--out", &file]).exits(0).complains(&[&format!("{id}_")]);
        // To standard output comes the same.
        assert_eq!(place.run(&["template", "generate", id]).exits(0).out, place.read(&file));
        let report = place.run(&["validate", "--tier", "analyse", &file, "--json"]).exits(0).json();
        assert_eq!(report["score"], 1.0, "{report}");
        assert!(!place.run(&[&file, "--dry-run"]).exits(0).out.is_empty());
        place.run(&["template", "validate", id, "--strict"]).exits(0);
    }
}

#[test]
fn provenance_goes_with_the_model_or_beside_it() {
    let place = Place::new();
    let args =
        ["template", "generate", "checkout-service", "--set", "regular_tills=5", "--name", "Five tills"];
    let with = |more: &[&str]| place.run(&[&args[..], more].concat());
    with(&["--out", "model.yaml", "--provenance", "origin.json", "--json"]).exits(0);
    let origin: serde_json::Value = serde_json::from_str(&place.read("origin.json")).unwrap();
    assert_eq!(origin["template_id"], "checkout-service");
    assert_eq!(origin["template_version"], "1.0.0");
    assert_eq!(origin["parameters"]["regular_tills"], 5);
    assert_eq!(origin["parameters"]["extra_tills"], 2);
    let id = origin["model_id"].as_str().unwrap();
    assert!(id.starts_with("five-tills_"), "{id}");
    assert!(!place.read("model.yaml").contains("provenance"));
    let time = origin["generated_at"].as_str().unwrap();
    assert!(time.ends_with('Z') && time.len() == "2026-01-05T10:00:00Z".len(), "{time}");

    with(&["--out", "embedded.yaml", "--embed-provenance"]).exits(0);
    let model = Model::from_yaml(&place.read("embedded.yaml")).unwrap();
    let embedded = model.provenance().unwrap();
    assert_eq!(embedded.get("model_id").unwrap().as_str(), Some(id));

    // Both reach the run, and neither changes a number.
    place.run(&["model.yaml", "--provenance", "origin.json", "--deterministic", "--output", "a"]).exits(0);
    place.run(&["embedded.yaml", "--deterministic", "--output", "b"]).exits(0);
    assert_eq!(place.runs("a"), place.runs("b"));
    let stored = |root: &str| -> serde_json::Value {
        let text = place.read(&format!("{root}/runs/{}/provenance.json", place.runs(root)[0]));
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(stored("a")["model_id"], id);
    assert_eq!(stored("b")["model_id"], id);
}

#[test]
fn values_come_from_a_file_too() {
    let place = Place::new();
    place.file("peak.yaml", "demand_factor: 1.5\nregular_tills: 6\n");
    place.file("list.yaml", "[1, 2]\n");
    let id = |args: &[&str]| {
        let all = [&["template", "generate", "checkout-service", "--json"], args].concat();
        place.run(&all).exits(0).json()["model_id"].as_str().unwrap().to_owned()
    };
    let file = id(&["--params", "peak.yaml"]);
    assert_eq!(file, id(&["--set", "regular_tills=6", "--set", "demand_factor=1.5"]));
    assert_ne!(file, id(&[]));
    // What is said on the line goes before the file.
    assert_eq!(id(&["--params", "peak.yaml", "--set", "demand_factor=1"]), id(&["--set", "regular_tills=6"]));
    let generate = ["template", "generate", "checkout-service"];
    place
        .run(&[&generate[..], &["--params", "list.yaml"]].concat())
        .exits(1)
        .complains(&["is not a document of parameters"]);
    place.run(&[&generate[..], &["--params", "none.yaml"]].concat()).exits(4);
    place.run(&[&generate[..], &["--set", "regular_tills=many"]].concat()).exits(2).complains(&["FT1012"]);
    place.run(&[&generate[..], &["--set", "regular_tills=[1"]].concat()).exits(2).complains(&["is no value"]);
}

#[test]
fn no_file_is_overwritten_and_nothing_is_half_done() {
    let place = Place::new();
    place.file("there.yaml", "precious");
    let before = names(place.0.path());
    let args = ["template", "generate", "supply-chain", "--out"];
    place.run(&[&args[..], &["there.yaml"]].concat()).exits(5).complains(&["exists already"]);
    place.run(&[&args[..], &["new.yaml", "--provenance", "there.yaml"]].concat()).exits(5);
    place
        .run(&["template", "generate", "supply-chain", "--set", "lead_days=0", "--out", "new.yaml"])
        .exits(2);
    assert_eq!(place.read("there.yaml"), "precious");
    assert_eq!(names(place.0.path()), before);
}

#[test]
fn templates_are_files_too() {
    let place = Place::new();
    let text = Template::shipped("network-reliability").unwrap().source_text().text().to_owned();
    place.file("mine.yaml", &text);
    let shipped = place.run(&["template", "generate", "network-reliability"]).exits(0).out;
    assert_eq!(place.run(&["template", "generate", "mine.yaml"]).exits(0).out, shipped);
    assert_eq!(place.run_with(&["template", "generate", "-"], text.as_bytes()).exits(0).out, shipped);
    place.run(&["template", "show", "none.yaml"]).exits(4).complains(&["there is no file"]);
    place.run(&["template", "show", "no-such"]).exits(4).complains(&["there is no template `no-such`"]);
    // A template is not a model.
    place.run(&["mine.yaml", "--dry-run"]).exits(1);
    // Warnings are errors for those who want it.
    place.file(
        "unused.yaml",
        text.replace("parameters:\n", "parameters:\n  - {name: idle, type: number, default: 1}\n"),
    );
    place.run(&["template", "validate", "unused.yaml"]).exits(0);
    place.run(&["template", "validate", "unused.yaml", "--strict"]).exits(1);
    let report = place
        .run(&["template", "validate", "unused.yaml", "mine.yaml", "none.yaml", "--json"])
        .exits(4)
        .json();
    let valid: Vec<_> = report["reports"].as_array().unwrap().iter().map(|r| r["valid"].clone()).collect();
    assert_eq!(valid, [true, true, false]);
    assert_eq!(report["reports"][0]["diagnostics"][0]["code"], "FT1008");
    // What must be given can keep the model from being compiled, which is said.
    place.file("open.yaml", text.replace("    default: 400\n", "    required: true\n"));
    assert!(place.run(&["template", "validate", "open.yaml"]).exits(0).out.contains("`links` must be given"));
    let report =
        place.run(&["template", "validate", "open.yaml", "--set", "links=5", "--json"]).exits(0).json();
    assert_eq!(report["compiled"], true);
    // Names are looked for in the model that the template makes.
    place.file("cycle.yaml", text.replace("links - down}", "links - down + availability}"));
    assert!(place.run(&["template", "validate", "cycle.yaml"]).exits(1).out.contains("FT0402"));
}
