//! What is found in the results of models.
//!
//! `FLOWTIME_UPDATE=1` writes the golden files anew; the difference is then read by a person.

mod lint;

use flowtime_core::analysis::{SCORE_METHOD, findings, run_warnings, score};
use flowtime_core::diagnostics::render::{self, Style};
use flowtime_core::diagnostics::{Code, Diagnostic, Source, Tier};
use flowtime_core::{Model, ParseOptions, RunOptions};
use std::fs;
use std::path::Path;

fn model(text: &str) -> Model {
    Model::parse(text, &ParseOptions::default().name("model.yaml")).unwrap().model
}

fn look_at(text: &str) -> (Model, Vec<Diagnostic>) {
    let model = model(text);
    let run = model.compile().unwrap().run(&RunOptions::new()).unwrap();
    let found = findings(&model, &run);
    (model, found)
}

/// The findings in a model of four bins with these nodes: name of the code and path.
fn found(nodes: &str) -> Vec<(&'static str, String)> {
    let text = format!("schemaVersion: 1\ngrid: {{bins: 4, binSize: 1, binUnit: hours}}\nnodes:\n{nodes}");
    look_at(&text).1.into_iter().map(|d| (d.code.info().name, d.path)).collect()
}

/// Compares the example of a code and the text of what was found in it with the golden files.
fn golden(code: Code, found: &[Diagnostic], source: Option<&Source>) {
    assert!(!found.is_empty() && found.iter().all(|d| d.code == code), "{code}: {found:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/diagnostics");
    let text = render::text(found, source, Style::Plain);
    let base = folder.join(code.info().name);
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        fs::write(base.with_extension("yaml"), code.info().example).unwrap();
        fs::write(base.with_extension("txt"), &text).unwrap();
    }
    let read = |extension| fs::read_to_string(base.with_extension(extension)).unwrap_or_default();
    assert_eq!(read("yaml"), code.info().example, "{code}");
    assert_eq!(read("txt"), text, "{code}");
}

#[test]
fn every_example_causes_its_code_and_looks_as_it_should() {
    // Provenance is compared where a run is stored: the tests of the command look at it.
    let here = |code: &Code| code.info().tier == Tier::Analyse && *code != Code::ProvenanceConflict;
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(here).collect();
    for &code in &codes {
        let (model, found) = look_at(code.info().example);
        golden(code, &found, model.source_text());
    }
    assert_eq!(codes.len(), 5);
}

#[test]
fn values_that_are_not_finite_are_named_where_they_begin() {
    let nodes = "
  - {id: late, kind: expr, expr: 'SHIFT(root, 1) + whole'}
  - {id: whole, kind: expr, expr: SUM(root)}
  - {id: root, kind: expr, expr: SQRT(a)}
  - {id: loop, kind: expr, expr: 'SHIFT(loop, 1) + root'}
  - {id: a, kind: const, values: [1, 1, -1, 1]}
";
    assert_eq!(found(nodes), [("not-finite-result", "/nodes/2/expr".to_owned())]);
    // Missing values are what the author wrote.
    let missing = "  - {id: a, kind: const, values: [1, .nan, 2, 3]}\n  - {id: b, kind: expr, expr: a + 1}\n";
    assert_eq!(found(missing), []);
    // A node that is fine at first does not answer for what fails later and comes back.
    let feedback = "
  - {id: x, kind: expr, expr: 'LN(1 - BIN()) + SHIFT(y, 1)'}
  - {id: y, kind: expr, expr: x * 2}
";
    assert_eq!(found(feedback), [("not-finite-result", "/nodes/0/expr".to_owned())]);
}

#[test]
fn queues_below_zero() {
    let own = "  - {id: a, kind: const, values: [1, 2, 3, 4]}\n  - {id: q, kind: expr, expr: 'SHIFT(q, 1) + a - 3'}\n";
    assert_eq!(found(own), [("negative-queue", "/nodes/1/expr".to_owned())]);
    // A balance of what is negative by itself is no queue.
    let balance = "  - {id: a, kind: const, values: [1, -2, 3, -4]}\n  - {id: q, kind: expr, expr: 'SHIFT(q, 1) + a'}\n";
    assert_eq!(found(balance), []);
    let floor = "  - {id: a, kind: const, values: [1, 2, 3, 4]}\n  - {id: q, kind: expr, expr: 'MAX(0, SHIFT(q, 1) + a - 3)'}\n";
    assert_eq!(found(floor), []);
}

#[test]
fn capacities_that_never_suffice() {
    let served = |capacity: &str| {
        found(&format!(
            "  - {{id: demand, kind: const, values: [5, 7, 6, 9]}}\n  - {{id: capacity, kind: const, values: {capacity}}}\n  - {{id: served, kind: expr, expr: 'MIN(demand, capacity)'}}\n"
        ))
    };
    let names: Vec<_> = served("4").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["saturated-capacity", "constant-output"]);
    // In the first bin it is just enough.
    assert_eq!(served("5"), [("constant-output", "/nodes/2/expr".to_owned())]);
    assert_eq!(served("8"), []);
    // Two inputs that both vary: neither is known to be the limit.
    assert_eq!(served("[1, 2, 1, 2]"), []);
    let queue = |service: u32| {
        found(&format!(
            "  - {{id: a, kind: const, values: [5, 7, 6, 9]}}\n  - {{id: q, kind: expr, expr: 'MAX(0, SHIFT(q, 1) + a - {service})'}}\n"
        ))
    };
    assert_eq!(queue(4), [("saturated-capacity", "/nodes/1/expr".to_owned())]);
    assert_eq!(queue(6), []);
}

#[test]
fn outputs_that_never_change() {
    let nodes = "
  - {id: a, kind: const, values: [1, 2, 3, 4]}
  - {id: flat, kind: expr, expr: a * 0}
  - {id: mean, kind: expr, expr: MEAN(a)}
  - {id: drawn, kind: pmf, pmf: {values: [7], probabilities: [1]}}
";
    let names = ["/nodes/1/expr", "/nodes/3"].map(|path| ("constant-output", path.to_owned()));
    assert_eq!(found(nodes), names);
    assert_eq!(found(&format!("{nodes}outputs: [{{series: a}}, {{series: mean}}]\n")), []);
}

#[test]
fn only_what_was_kept_is_looked_at() {
    let model = model(Code::DivisionByZero.info().example);
    let plan = model.compile().unwrap();
    let run = plan.run(&RunOptions::new().keep(["a"])).unwrap();
    assert_eq!(findings(&model, &run), []);
    let run = plan.run(&RunOptions::new().keep(["b"])).unwrap();
    assert_eq!(findings(&model, &run), run_warnings(&model, &run));
    assert_eq!(run_warnings(&model, &run).len(), 1);
}

#[test]
fn scores() {
    let found = |codes: &[Code]| codes.iter().map(|c| Diagnostic::new(*c, "", "")).collect::<Vec<_>>();
    assert_eq!(SCORE_METHOD, 1);
    assert_eq!(score(&[]), 1.0);
    assert_eq!(score(&found(&[Code::ConstantOutput])), 0.98);
    assert_eq!(score(&found(&[Code::ConstantOutput, Code::DivisionByZero, Code::NegativeQueue])), 0.78);
    assert_eq!(score(&found(&[Code::YamlSyntax])), 0.0);
    assert_eq!(score(&found(&[Code::ConstRepeated; 11])), 0.0);
}
