//! The text that people see, against golden files.
//!
//! `FLOWTIME_UPDATE=1` writes the files anew; the difference is then read by a person.

use crate::harness::Place;
use flowtime_core::diagnostics::Code;
use std::fs;
use std::path::Path;

/// Compares both streams of a command with a golden file. What differs from run to run is masked.
#[track_caller]
fn golden(name: &str, status: i32, args: &[&str]) {
    let place = Place::new();
    place.file("broken.yaml", BROKEN);
    place.file("old.yaml", OLD);
    place.file("desk.yaml", DESK);
    place.file("broken-desk.yaml", BROKEN_DESK);
    let did = place.run(args).exits(status);
    let shown =
        format!("$ flowtime {}\n{}--- stderr\n{}--- exit {status}\n", args.join(" "), did.out, did.err);
    let shown = mask(&shown);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden").join(format!("{name}.txt"));
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        fs::write(&path, &shown).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), shown, "{name}");
}

const BROKEN: &str = "\
schemaVersion: 1
grid: {bins: 48, binSize: 30, binUnit: minuts}
nodes:
  - {id: arrivals, kind: const, values: 3}
  - {id: served, kind: expr, expr: 'MIN(arivals, capacity) + 2'}
  - id: backlog
    kind: expr
    expr: backlog + served
";

const OLD: &str = "\
# of last year
grid: {bins: 24, binMinutes: 60}
nodes:
  - {id: a, kind: const, values: 1}
  - {id: b, kind: expr, expression: a * 2}
outputs:
  - {series: b, filename: b.csv}
";

const DESK: &str = "\
schemaVersion: 1
metadata: {id: desk, title: A desk, version: 1.0.0, description: Clerks and who waits for them.}
parameters:
  - {name: clerks, type: integer, title: clerks at the desk, default: 2, min: 1, max: 9}
  - {name: load, type: array, title: who comes, unit: people, default: [9, 12, 6, 3], minItems: 4, maxItems: 4}
  - {name: pace, type: number, title: what a clerk does in an hour, required: true, default: 4, min: 0}
  - {name: open, type: string, title: when it is open, default: day, enum: [day, night]}
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, unit: people, values: '${load}'}
  - {id: waiting, kind: expr, unit: people, expr: 'QUEUE(arrivals, ${clerks} * ${pace})', description: 'by ${open}'}
";

const BROKEN_DESK: &str = "\
schemaVersion: 1
metadata: {id: Desk, title: A desk, version: 1.0.0}
parameters:
  - {name: clerks, type: integer, default: 12, min: 1, max: 9}
  - {name: pace, type: number, default: 4, min: 0}
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, values: 9}
  - {id: waiting, kind: expr, expr: 'QUEUE(arrivals, ${clerk} * 4)'}
";

/// Replaces times, run ids and versions by words.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines() {
        if let Some((before, _)) = line.split_once("\"execution_time_ms\": ") {
            masked.push_str(&format!("{before}\"execution_time_ms\": TIME\n"));
            continue;
        }
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let number = words.last().is_some_and(|before| before.parse::<f64>().is_ok());
            if number && ["ms", "s"].contains(&word) {
                words.pop();
                // A column of times is as wide as its widest.
                while words.last().is_some_and(String::is_empty) {
                    words.pop();
                }
                words.push("TIME".to_owned());
            } else {
                words.push(mask_word(word));
            }
        }
        let line = words.join(" ");
        match line.strip_suffix(" time") {
            Some(before) => masked.push_str(&format!("{} time", before.trim_end())),
            None => masked.push_str(&line),
        }
        masked.push('\n');
    }
    masked
}

fn mask_word(word: &str) -> String {
    let digits = |part: &str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_digit());
    // Times at which something was made; the models' own are of 2026-01-05.
    let (day, rest) = word.split_once('T').unwrap_or((word, ""));
    if !word.starts_with("2026-01-05")
        && day.len() == 10
        && day.split('-').filter(|part| digits(part)).count() == 3
    {
        return if rest.is_empty() { "DATE".to_owned() } else { "TIME".to_owned() };
    }
    if word.len() == 8 && word.split(':').filter(|part| digits(part)).count() == 3 {
        return "CLOCK".to_owned();
    }
    match word.find("run_2") {
        Some(at) => format!("{}RUN{}", &word[..at], &word[at + "run_20260105T100000Z_00000000".len()..]),
        None => word.replace(env!("CARGO_PKG_VERSION"), "VERSION"),
    }
}

#[test]
fn help() {
    golden("help", 0, &["--help"]);
    golden("help-run", 0, &["run", "--help"]);
    golden("help-validate", 0, &["validate", "--help"]);
    golden("help-sim", 0, &["sim", "--help"]);
    golden("help-sim-new", 0, &["sim", "new", "--help"]);
    golden("help-artifacts-list", 0, &["artifacts", "list", "--help"]);
    golden("help-export", 0, &["export", "--help"]);
    golden("version", 0, &["--version"]);
    golden("nothing", 2, &[]);
    golden("usage", 2, &["run", "gate.yaml", "--sed", "3"]);
}

#[test]
fn runs() {
    golden("run", 0, &["gate.yaml"]);
    golden("run-plain", 0, &["plain.yaml", "--dry-run"]);
    golden("run-verbose", 0, &["gate.yaml", "--dry-run", "--verbose", "--set", "capacity=10.5"]);
    golden("run-strict", 1, &["gate.yaml", "--strict"]);
    golden("run-broken", 1, &["broken.yaml"]);
    golden("run-missing", 4, &["missing.yaml"]);
    golden("run-quiet", 0, &["gate.yaml", "--quiet"]);
}

#[test]
fn ensembles() {
    let above = ["--above", "backlog:8", "--measure", "backlog:max", "--threads", "1"];
    let all = |more: &[&'static str]| [&["ensemble", "queue.yaml", "-n", "500"], &above[..], more].concat();
    golden("ensemble", 0, &all(&["--below", "backlog:1", "--measure", "backlog:first-above=8"]));
    golden("ensemble-verbose", 0, &all(&["--verbose", "--keep", "backlog", "--set", "capacity=11"]));
    golden("ensemble-sweep", 0, &all(&["--sweep", "capacity=8:14:2"]));
    golden("ensemble-grid", 0, &all(&["--sweep", "capacity=10,12", "--sweep", "arrivals=9,11"]));
    golden("ensemble-not-random", 0, &["ensemble", "gate.yaml", "-n", "3", "--keep", "backlog"]);
    golden(
        "ensemble-table",
        0,
        &["ensemble", "queue.yaml", "-n", "64", "--keep", "backlog", "--output", "-"],
    );
    golden(
        "ensemble-json",
        0,
        &["ensemble", "plain.yaml", "-n", "10", "--above", "served:9", "--threads", "1", "--json"],
    );
    golden("ensemble-limit", 1, &["ensemble", "queue.yaml", "-n", "1e6", "--limit", "operations=1e6"]);
    golden("ensemble-unknown", 2, &["ensemble", "queue.yaml", "--above", "backlg:5"]);
    golden("ensemble-quantile", 2, &["ensemble", "queue.yaml", "--quantiles", "95"]);
    golden(
        "ensemble-swept-twice",
        2,
        &["ensemble", "queue.yaml", "--sweep", "capacity=1,2", "--set", "capacity=3"],
    );
    golden("help-ensemble", 0, &["ensemble", "--help"]);
}

#[test]
fn validations() {
    golden("validate", 0, &["validate", "plain.yaml"]);
    golden("validate-broken", 1, &["validate", "broken.yaml", "plain.yaml"]);
    golden("validate-analyse", 0, &["validate", "--tier", "analyse", "gate.yaml"]);
    golden("validate-strict", 1, &["validate", "--strict", "gate.yaml"]);
    golden("validate-json", 1, &["validate", "--json", "broken.yaml"]);
}

#[test]
fn plans() {
    golden("plan", 0, &["plan", "gate.yaml"]);
    golden("plan-verbose", 0, &["plan", "--verbose", "gate.yaml"]);
    golden("plan-json", 0, &["plan", "--json", "plain.yaml"]);
}

#[test]
fn migrations() {
    golden("migrate", 0, &["migrate", "old.yaml"]);
    golden("migrate-check", 1, &["migrate", "--check", "old.yaml"]);
    golden("migrate-current", 0, &["migrate", "--check", "plain.yaml"]);
}

#[test]
fn templates() {
    golden("template-list", 0, &["template", "list"]);
    golden("template-show", 0, &["template", "show", "checkout-service"]);
    golden("template-show-file", 0, &["template", "show", "desk.yaml"]);
    golden(
        "template-generate",
        0,
        &["template", "generate", "desk.yaml", "--set", "pace=4.5", "--set", "load=[1, 2, 3, 4]"],
    );
    golden("template-show-json", 0, &["template", "show", "desk.yaml", "--json"]);
    golden(
        "template-arguments",
        2,
        &["template", "generate", "desk.yaml", "--set", "clerk=3", "--set", "open=noon"],
    );
    golden("template-assignment", 2, &["template", "generate", "desk.yaml", "--set", "pace"]);
    golden("template-unknown", 4, &["template", "generate", "checkout"]);
    golden("template-validate", 0, &["template", "validate", "desk.yaml", "supply-chain"]);
    golden("template-validate-broken", 1, &["template", "validate", "broken-desk.yaml"]);
    golden("template-help", 0, &["template", "generate", "--help"]);
}

#[test]
fn explanations() {
    golden("functions", 0, &["functions"]);
    golden("functions-shift", 0, &["functions", "shift"]);
    golden("functions-unknown", 4, &["functions", "roll"]);
    golden("explain", 0, &["explain", "FT0402"]);
    golden("explain-all", 0, &["explain"]);
    golden("explain-unknown", 4, &["explain", "FT9999"]);
}

#[test]
fn slips_of_newcomers() {
    golden("slip-ending", 4, &["gate.yml"]);
    golden("slip-folder", 1, &["."]);
    golden("slip-seed", 2, &["gate.yaml", "--seed", "-1"]);
    golden("slip-seed-large", 2, &["gate.yaml", "--seed", "9007199254740992"]);
    golden("slip-set", 2, &["gate.yaml", "--set", "capcity=3"]);
    golden("slip-set-expression", 2, &["gate.yaml", "--set", "backlog=3"]);
    golden("slip-set-column", 2, &["gate.yaml", "--set", "capacity=@gates.csv"]);
    golden("slip-function", 4, &["functions", "mxa"]);
    golden("slip-help", 0, &["help", "plan"]);
    golden("slip-migrate", 5, &["migrate", "old.yaml", "--output", "plain.yaml"]);
}

#[test]
fn batches() {
    golden("batch", 1, &["--batch", "plain.yaml", "broken.yaml", "gate.yaml", "--dry-run"]);
}

#[test]
fn limits() {
    golden("limit-nodes", 1, &["gate.yaml", "--limit", "nodes=4"]);
    golden("limit-result", 1, &["gate.yaml", "--limit", "result_bytes=100", "--dry-run"]);
    golden("limit-unknown", 2, &["gate.yaml", "--limit", "clouds=4"]);
    golden("limit-validate", 1, &["validate", "gate.yaml", "--limit", "bins=4"]);
}

/// The one diagnostic that only the command can find, among those of the core.
#[test]
fn text_of_a_provenance_conflict() {
    let place = Place::new();
    let info = Code::ProvenanceConflict.info();
    place.file("model.yaml", info.example);
    place.file("other.yaml", "model_id: hospital_5d0c21e97a44\n");
    let did = place.run(&["model.yaml", "--dry-run", "--provenance", "other.yaml"]).exits(0);
    let shown = format!("{}\n", did.err.trim_end());
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/diagnostics").join(info.name);
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        fs::write(base.with_extension("yaml"), info.example).unwrap();
        fs::write(base.with_extension("txt"), &shown).unwrap();
    }
    let read = |extension| fs::read_to_string(base.with_extension(extension)).unwrap_or_default();
    assert_eq!(read("yaml"), info.example);
    assert_eq!(read("txt"), shown);
}

#[test]
fn colours_are_for_those_who_ask() {
    let place = Place::new();
    let plain = place.run(&["validate", "gate.yaml"]).exits(0);
    assert!(!plain.out.contains('\u{1b}'));
    let forced = place.command(&["validate", "gate.yaml"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().contains("\u{1b}["));
    let mut refused = place.command(&["validate", "gate.yaml"]);
    let refused = refused.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert_eq!(String::from_utf8(refused.stdout).unwrap(), plain.out);
}

/// The same of several commands, one after the other in one place.
#[track_caller]
fn golden_walk(name: &str, steps: &[(i32, &[&str])]) {
    let place = Place::new();
    place.file("calls.csv", "day,calls\nMon,3\nTue,4\n");
    let mut shown = String::new();
    for (status, args) in steps {
        let did = place.run(args).exits(*status);
        shown.push_str(&format!(
            "$ flowtime {}\n{}--- stderr\n{}--- exit {status}\n",
            args.join(" "),
            did.out,
            did.err
        ));
    }
    let shown = mask(&shown);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden").join(format!("{name}.txt"));
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        fs::write(&path, &shown).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), shown, "{name}");
}

#[test]
fn what_is_kept() {
    let model = "saturday_0b652dff127f";
    let new = [
        "sim",
        "new",
        "--template",
        "checkout-service",
        "--name",
        "Saturday",
        "--set",
        "demand_factor=1.2",
        "--tag",
        "plan",
    ];
    golden_walk(
        "walk-models",
        &[
            (0, &["sim", "list"]),
            (0, &new),
            (0, &new),
            (0, &["sim", "list"]),
            (0, &["sim", "show", model]),
            (0, &["artifacts", "label", model, "--owner", "operations", "--title", "A Saturday"]),
            (0, &["artifacts", "list", "--tag", "plan", "--owner", "operations"]),
            (4, &["sim", "show", "saturday_0b652dff127e"]),
            (2, &["sim", "new", "--template", "checkout-service", "--out", "x"]),
            (2, &["sim", "new", "--template", "checkout-service", "--set", "demnd=3"]),
            (4, &["sim", "new", "--template", "checkout"]),
            (0, &["artifacts", "delete", model]),
            (0, &["artifacts", "restore", model]),
            (0, &["sim", "registry", "status"]),
            (0, &["sim", "registry", "validate"]),
            (0, &["sim", "registry", "sync"]),
        ],
    );
    golden_walk(
        "walk-runs",
        &[
            (0, &new),
            (0, &["run", "--model", model, "--seed", "1", "--deterministic"]),
            (0, &["run", "--model", model, "--seed", "2", "--deterministic", "--quiet"]),
            (0, &["runs", "list", "--sort", "id"]),
            (0, &["runs", "show", "run_5c4ca5df8765c319"]),
            (0, &["runs", "trace", "run_5c4ca5df8765c319"]),
            (0, &["runs", "compare", "run_5c4ca5df8765c319", "run_8409d7283e7a205e"]),
            (4, &["runs", "compare", "run_5c4ca5df8765c319", "run_8409d7283e7a205f"]),
            (5, &["artifacts", "delete", model]),
            (0, &["artifacts", "prune", "--unused", "--dry-run"]),
        ],
    );
    golden_walk(
        "walk-bundles",
        &[
            (0, &["telemetry", "import", "calls.csv"]),
            (0, &new),
            (0, &["export", model]),
            (0, &["export", model, "--zip"]),
            (5, &["export", model]),
            (0, &["import", "model-saturday_0b652dff127f.zip", "--root", "there"]),
            (0, &["import", "model-saturday_0b652dff127f.yaml", "--root", "there"]),
            (1, &["import", "calls.csv"]),
            (0, &["lint", "gate.yaml"]),
            (0, &["lint", "checkout-service"]),
        ],
    );
}
