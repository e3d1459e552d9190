//! What a run writes, flag by flag.

use crate::harness::{GATE, PLAIN, Place, names};
use std::fs;

fn hash_check(folder: &std::path::Path) {
    let mut check = std::process::Command::new("sha256sum");
    let check = check.args(["-c", "--strict", "--quiet", "SHA256SUMS"]).current_dir(folder).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn a_run_folder_is_complete() {
    let place = Place::new();
    place.run(&["gate.yaml", "--seed", "7", "--set", "capacity=10"]).exits(0);
    let run = place.only_run();
    let files =
        ["SHA256SUMS", "catalog.json", "labels.json", "manifest.json", "run.json", "series", "spec.yaml"];
    assert_eq!(names(&place.path(&run)), files);
    assert_eq!(names(&place.path(&format!("{run}/series"))), ["backlog.csv", "index.json", "r.csv"]);
    hash_check(&place.path(&run));
    let backlog = place.read(&format!("{run}/series/backlog.csv"));
    assert_eq!(backlog, "bin_index,value\n0,0\n1,2\n2,7\n3,6\n4,0\n5,0\n6,0\n7,0\n");
    let manifest: serde_json::Value =
        serde_json::from_str(&place.read(&format!("{run}/manifest.json"))).unwrap();
    assert_eq!(manifest["seed"], 7);
    assert_eq!(manifest["seed_source"], "caller");
    assert_eq!(manifest["overrides"], serde_json::json!({"capacity": 10}));
    let codes: Vec<_> = manifest["warnings"].as_array().unwrap().iter().map(|w| &w["code"]).collect();
    assert_eq!(codes, ["FT0208", "FT0901"]);
    assert_eq!(manifest["warnings"][1]["node"], "ratio");
    let document: serde_json::Value = serde_json::from_str(&place.read(&format!("{run}/run.json"))).unwrap();
    assert_eq!(document["title"], "A gate");
    assert_eq!(document["warnings_count"], 2);
    // The stored model runs, to the same series.
    place.file("again.yaml", place.read(&format!("{run}/spec.yaml")));
    place.run(&["again.yaml", "--output", "again", "--set", "capacity=10"]).exits(0);
    let again = format!("again/runs/{}", place.runs("again")[0]);
    assert_eq!(place.read(&format!("{again}/series/backlog.csv")), backlog);
}

#[test]
fn seeds_of_three_sources() {
    let place = Place::new();
    place.file("seeded.yaml", format!("{PLAIN}rng: {{seed: 5}}\n"));
    let seed = |args: &[&str]| {
        let did = place.run(&[args, &["--dry-run", "--json"]].concat()).exits(0);
        let object = did.json();
        (object["seed"].as_u64().unwrap(), object["seed_source"].as_str().unwrap().to_owned())
    };
    assert_eq!(seed(&["plain.yaml"]), (0, "default".to_owned()));
    assert_eq!(seed(&["seeded.yaml"]), (5, "model".to_owned()));
    assert_eq!(seed(&["seeded.yaml", "--seed", "9007199254740991"]), ((1 << 53) - 1, "caller".to_owned()));
    place
        .run(&["plain.yaml", "--seed", "9007199254740992"])
        .exits(2)
        .complains(&["seed", "9007199254740991"]);
    place.run(&["plain.yaml", "--seed", "-1"]).exits(2);
    place.run(&["plain.yaml", "--seed", "x"]).exits(2);
}

#[test]
fn inputs_are_replaced() {
    let place = Place::new();
    place.file("load.csv", "hour,load\n0,1\n1,2.5\n2,\n3,-4\n");
    fs::create_dir(place.path("else")).unwrap();
    place.file("else/two.csv", "a\n1\n2\n");
    let served = |args: &[&str]| {
        place.run(&[&["plain.yaml", "--output", "out"], args].concat()).exits(0);
        let run = place.runs("out").pop().unwrap();
        let text = place.read(&format!("out/runs/{run}/series/served.csv"));
        let manifest: serde_json::Value =
            serde_json::from_str(&place.read(&format!("out/runs/{run}/manifest.json"))).unwrap();
        fs::remove_dir_all(place.path("out")).unwrap();
        let values = text.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().to_owned());
        (values.collect::<Vec<_>>().join(" "), manifest)
    };
    assert_eq!(served(&["--set", "demand=3"]).0, "3 3 3 3");
    assert_eq!(served(&["--set", "demand=-1.5e2"]).0, "-150 -150 -150 -150");
    assert_eq!(served(&["--set", "demand=nan"]).0, "NaN NaN NaN NaN");
    let (values, manifest) = served(&["--set", "demand=@load.csv#load", "--set", "capacity=2"]);
    assert_eq!(values, "1 2 NaN -4");
    assert_eq!(manifest["inputs"][0]["path"], "load.csv");
    assert_eq!(manifest["inputs"][0]["node"], "demand");
    assert_eq!(manifest["overrides"]["demand"]["points"], 4);
    // A pmf that was replaced was not drawn.
    assert_eq!(manifest["pmf_modes"], serde_json::json!({}));

    let refused = |set: &str, status: i32, words: &[&str]| {
        place.run(&["plain.yaml", "--set", set]).exits(status).complains(words);
    };
    refused("demand", 2, &["does not say which node"]);
    refused("=3", 2, &["does not say which node"]);
    refused("demand=", 2, &["neither a number nor a column"]);
    refused("demand=three", 2, &["`three` is neither"]);
    refused("demand=inf", 2, &["infinite"]);
    refused("served=3", 2, &["`served` is an expression"]);
    refused("demnad=3", 2, &["no node is called `demnad`", "did you mean `demand`"]);
    refused("demand=@absent.csv#a", 4, &["there is no file `absent.csv`"]);
    refused("demand=@load.csv", 2, &["does not say which column"]);
    refused("demand=@load.csv#lod", 1, &["no column `lod`", "did you mean `load`?"]);
    refused("demand=@else/two.csv#a", 2, &["2 numbers", "4 bins"]);
    place.run(&["plain.yaml", "--set", "demand=1", "--set", "demand=2"]).exits(2).complains(&["twice"]);
    assert_eq!(place.runs("data"), [""; 0]);
}

#[test]
fn deterministic_runs() {
    let place = Place::new();
    let first = place.run(&["plain.yaml", "--deterministic", "--json"]).exits(0).json();
    let id = first["run_id"].as_str().unwrap().to_owned();
    assert_eq!(first["outcome"], "written");
    assert_eq!(id.len(), "run_".len() + 16);
    let again = place.run(&["plain.yaml", "--deterministic", "--json"]).exits(0).json();
    assert_eq!((again["run_id"].as_str(), again["outcome"].as_str()), (Some(&*id), Some("reused")));
    let forced = place.run(&["plain.yaml", "--deterministic", "--force", "--json"]).exits(0).json();
    assert_eq!(forced["outcome"], "replaced");
    // Elsewhere: the same id, the same bits.
    place.run(&["plain.yaml", "--deterministic", "--output", "other"]).exits(0);
    assert_eq!(place.runs("other"), [id.as_str()]);
    for file in ["spec.yaml", "series/index.json", "series/demand.csv", "series/served.csv"] {
        let [here, there] = ["data", "other"].map(|root| place.read(&format!("{root}/runs/{id}/{file}")));
        assert_eq!(here, there, "{file}");
    }
    // Another seed or value is another run.
    place.run(&["plain.yaml", "--deterministic", "--seed", "1"]).exits(0);
    place.run(&["plain.yaml", "--deterministic", "--set", "capacity=1"]).exits(0);
    assert_eq!(place.runs("data").len(), 3);
    // A damaged one is written anew.
    place.file(&format!("data/runs/{id}/series/served.csv"), "0");
    let repaired = place.run(&["plain.yaml", "--deterministic", "--json"]).exits(0).json();
    assert_eq!(repaired["outcome"], "replaced");
    hash_check(&place.path(&format!("data/runs/{id}")));
    place.run(&["plain.yaml", "--force"]).exits(2).complains(&["--deterministic"]);
    place
        .run(&["plain.yaml", "--deterministic", "--plot"])
        .exits(0)
        .complains(&["has no `plot.svg`", "--force"]);
}

#[test]
fn runs_of_one_second_differ_by_name() {
    let place = Place::new();
    for _ in 0..3 {
        place.run(&["plain.yaml", "--quiet"]).exits(0);
    }
    assert_eq!(place.runs("data").len(), 3);
}

#[test]
fn pictures_and_json_series_are_part_of_the_folder() {
    let place = Place::new();
    place.run(&["gate.yaml", "--plot", "--format", "json"]).exits(0);
    let run = place.only_run();
    hash_check(&place.path(&run));
    let sums = place.read(&format!("{run}/SHA256SUMS"));
    assert!(sums.contains("plot.svg") && sums.contains("series.json"), "{sums}");
    let svg = place.read(&format!("{run}/plot.svg"));
    assert!(svg.starts_with("<svg") && svg.contains("A gate") && svg.contains("aircraft"));
    let series: serde_json::Value = serde_json::from_str(&place.read(&format!("{run}/series.json"))).unwrap();
    assert_eq!(series["series"]["backlog"], serde_json::json!([0, 3, 9, 9, 4, 0, 0, 1]));
    place.run(&["gate.yaml", "--format", "xlsx"]).exits(2).complains(&["csv", "parquet", "json"]);
}

#[test]
fn parquet_is_part_of_the_folder() {
    let place = Place::new();
    place.run(&["gate.yaml", "--format", "parquet", "--deterministic"]).exits(0);
    let run = place.only_run();
    hash_check(&place.path(&run));
    let bytes = std::fs::read(place.path(&run).join("series.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let said = String::from_utf8_lossy(&bytes);
    for fact in
        ["flowtime.run_id", run.rsplit('/').next().unwrap(), "sha256:", "backlog", "ratio", "aircraft"]
    {
        assert!(said.contains(fact), "{fact}");
    }
    // What is stored is left as it is, and the user hears of what it lacks.
    let json = ["gate.yaml", "--format", "json", "--deterministic"];
    place.run(&json).exits(0).complains(&["no `series.json`", "--force"]);
}

#[test]
fn flags_that_write_nothing() {
    let place = Place::new();
    let dry = place.run(&["gate.yaml", "--dry-run", "--plot"]).exits(0);
    assert!(dry.out.contains("nothing written"));
    let valid = place.run(&["gate.yaml", "--validate"]).exits(0);
    assert!(valid.out.contains("gate.yaml: valid"), "{}", valid.out);
    place.run(&["gate.yaml", "--strict"]).exits(1).complains(&["error[FT0208]", "error[FT0901]"]);
    assert!(!place.path("data").exists());
    place.run(&["gate.yaml", "--validate", "--dry-run"]).exits(2);
    place.run(&["gate.yaml", "--quiet", "--verbose"]).exits(2);
    let quiet = place.run(&["plain.yaml", "--quiet"]).exits(0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn json_for_programs() {
    let place = Place::new();
    let did = place.run(&["gate.yaml", "--json"]).exits(0);
    assert_eq!(did.err, "");
    let object = did.json();
    assert_eq!(object["status"], "complete");
    assert_eq!(object["path"].as_str().unwrap().trim_start_matches("./"), place.only_run());
    assert_eq!(object["series"][0]["id"], "backlog");
    assert_eq!(object["series"][0]["max"], 9.0);
    assert_eq!(object["diagnostics"][1]["code"], "FT0901");
    assert_eq!(object["diagnostics"][1]["line"], 12);
    place.file("broken.yaml", GATE.replace("SHIFT(backlog, 1)", "backlog"));
    let failed = place.run(&["broken.yaml", "--json"]).exits(1).json();
    assert_eq!((failed["status"].as_str(), failed["exit_code"].as_u64()), (Some("failed"), Some(1)));
    assert_eq!(failed["diagnostics"][1]["code"], "FT0402");
    let missing = place.run(&["missing.yaml", "--json"]).exits(4).json();
    assert_eq!(missing["error"], "there is no file `missing.yaml`");
}

#[test]
fn models_from_standard_input_and_of_any_extension() {
    let place = Place::new();
    let did = place.run_with(&["-", "--dry-run"], PLAIN.as_bytes()).exits(0);
    assert!(did.out.contains("served"));
    place.run_with(&["-"], b"nothing: here\n").exits(1).complains(&["<stdin>:1:1"]);
    place.run_with(&["validate", "-"], PLAIN.as_bytes()).exits(0);
    let json = r#"{"schemaVersion": 1, "grid": {"bins": 1, "binSize": 1, "binUnit": "hours"}, "nodes": [{"id": "a", "kind": "const", "values": 1}]}"#;
    for name in ["m.json", "m.yml", "m.txt"] {
        place.file(name, json);
        place.run(&[name, "--dry-run"]).exits(0);
    }
    // Options may come first.
    place.run(&["--dry-run", "m.json"]).exits(0);
}

#[test]
fn sources_are_read_beside_the_model() {
    let place = Place::new();
    fs::create_dir(place.path("models")).unwrap();
    let model = "schemaVersion: 1\ngrid: {bins: 3, binSize: 1, binUnit: hours}\nnodes:\n  - {id: load, kind: const, source: 'load.csv#mean'}\n  - {id: b, kind: expr, expr: load + x}\n";
    place.file("models/m.yaml", model.replace(" + x", " * 2"));
    place.file("models/load.csv", "mean,other\n1,x\n2.5,\n,3\n");
    place.run(&["models/m.yaml"]).exits(0);
    let run = place.only_run();
    assert!(place.read(&format!("{run}/spec.yaml")).contains("[1, 2.5, .nan]"));
    let manifest: serde_json::Value =
        serde_json::from_str(&place.read(&format!("{run}/manifest.json"))).unwrap();
    assert_eq!(manifest["inputs"][0]["node"], "load");
    assert_eq!(manifest["inputs"][0]["column"], "mean");
    assert_eq!(manifest["inputs"][0]["sha256"].as_str().unwrap().len(), 64);
    // Everything that is wrong is said at once, at its place.
    place.file("models/n.yaml", model.replace("load.csv#mean", "lod.csv#mean"));
    place.run(&["models/n.yaml"]).exits(1).complains(&[
        "n.yaml:4:",
        "lod.csv",
        "n.yaml:5:",
        "`x`",
        "2 errors",
    ]);
    place.file("models/o.yaml", model.replace("load.csv#mean", "../gate.yaml#mean"));
    place.run(&["models/o.yaml"]).exits(1).complains(&["not in the model's folder"]);
    place.file("models/p.yaml", model.replace("#mean", "#other"));
    place.run(&["models/p.yaml"]).exits(1).complains(&["line 2 of `load.csv`", "`x` in column `other`"]);
}

#[test]
fn provenance_is_stored_apart() {
    let place = Place::new();
    let own = format!("{PLAIN}provenance: {{model_id: checkout_111111111111, parameters: {{peak: 1.5}}}}\n");
    place.file("own.yaml", own);
    place.file("given.yaml.txt", "model_id: checkout_111111111111\nsource: flowtime-sim\n");
    place.file("other.json", r#"{"model_id": "hospital_222222222222"}"#);
    place.file("list.yaml", "[1, 2]\n");
    let stored = |args: &[&str]| {
        let did = place.run(&[&["own.yaml", "--output", "out"], args].concat()).exits(0);
        let run = place.runs("out").pop().unwrap();
        let read = |name| place.read(&format!("out/runs/{run}/{name}"));
        assert!(!read("spec.yaml").contains("provenance"));
        let document: serde_json::Value = serde_json::from_str(&read("provenance.json")).unwrap();
        fs::remove_dir_all(place.path("out")).unwrap();
        (document, did.err)
    };
    let (document, _) = stored(&[]);
    assert_eq!(document["parameters"]["peak"], 1.5);
    let (document, said) = stored(&["--provenance", "given.yaml.txt"]);
    assert_eq!((document["source"].as_str(), said.as_str()), (Some("flowtime-sim"), ""));
    let (document, said) = stored(&["--provenance", "other.json"]);
    assert_eq!(document["model_id"], "hospital_222222222222");
    assert!(said.contains("FT0906") && said.contains("hospital_222222222222"), "{said}");
    place.run(&["own.yaml", "--provenance", "none.json"]).exits(4);
    place.run(&["own.yaml", "--provenance", "list.yaml"]).exits(1).complains(&["not a provenance document"]);
}

#[test]
fn reserved_sections() {
    let place = Place::new();
    place.file("net.yaml", format!("{PLAIN}topology: {{}}\n"));
    place.run(&["net.yaml"]).exits(1).complains(&["FT0017"]);
    place.run(&["net.yaml", "--ignore-reserved"]).exits(0).complains(&["warning[FT0018]"]);
    let manifest = place.read(&format!("{}/manifest.json", place.only_run()));
    assert!(manifest.contains("FT0018"));
}
