//! Remarks on models and templates that are valid, and reports by tier.

use crate::{golden, model};
use flowtime_core::analysis::{examine, lint, lint_template};
use flowtime_core::diagnostics::{Code, Severity, Tier};
use flowtime_core::{ErrorKind, Limits, Model, ParseOptions, RunOptions, Template};

#[test]
fn every_example_causes_its_code_and_looks_as_it_should() {
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.info().tier == Tier::Lint).collect();
    for &code in &codes {
        let example = code.info().example;
        if example.contains("metadata:") {
            let template = Template::parse(example, &ParseOptions::default().name("template.yaml")).unwrap();
            assert_eq!(template.warnings(), []);
            golden(code, &lint_template(&template), Some(template.source_text()));
        } else {
            let model = model(example);
            golden(code, &lint(&model), model.source_text());
        }
    }
    assert_eq!(codes.len(), 5);
}

/// The remarks on a model of four bins with these nodes: name of the code and path.
fn remarks(nodes: &str) -> Vec<(&'static str, String)> {
    let text = format!("schemaVersion: 1\ngrid: {{bins: 4, binSize: 1, binUnit: hours}}\nnodes:\n{nodes}");
    lint(&model(&text)).into_iter().map(|d| (d.code.info().name, d.path)).collect()
}

#[test]
fn queues_that_forget() {
    let queue = |expr: &str| {
        remarks(&format!(
            "  - {{id: a, kind: const, values: [5, 2, 6, 1]}}\n  - {{id: past, kind: expr, expr: 'EMA(a, 0.5)'}}\n  - {{id: back, kind: expr, expr: 'SHIFT(q, 1)'}}\n  - {{id: q, kind: expr, expr: '{expr} + 0 * past + 0 * back'}}\n"
        ))
    };
    let alone = |expr: &str| {
        remarks(&format!(
            "  - {{id: a, kind: const, values: [5, 2, 6, 1]}}\n  - {{id: q, kind: expr, expr: '{expr}'}}\n"
        ))
    };
    let found = [("memoryless-queue", "/nodes/1/expr".to_owned())];
    for forgetful in [
        "MAX(0, a - 3)",
        "MAX(a - 3, 0)",
        "2 * MAX(0, a * 2 - 3 + 1)",
        "CEIL(MAX(0, a - 3))",
        "-MAX(0, a - a)",
    ] {
        assert_eq!(alone(forgetful), found, "{forgetful}");
    }
    for fine in [
        "MAX(0, SHIFT(q, 1) + a - 3)",
        "QUEUE(a, 3)",
        "MAX(0, a + 3)",
        "MAX(a, 3)",
        "MAX(0, a, a - 1)",
        "MAX(0, EMA(a, 0.5) - 3)",
        "MAX(0, a - MEAN(a))",
        "a - 3",
    ] {
        assert_eq!(alone(fine), [], "{fine}");
    }
    // What it reads looks back, in a node or two away.
    assert_eq!(queue("MAX(0, a - 3)"), []);
}

#[test]
fn nodes_of_no_use() {
    let nodes = "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: const, values: 2}\n  - {id: c, kind: expr, expr: 'a + SHIFT(c, 1)'}\n  - {id: d, kind: expr, expr: 'a + SHIFT(d, 1)'}\n";
    // All are written out, and nothing is computed from `b`.
    assert_eq!(remarks(nodes), [("output-never-read", "/nodes/1".to_owned())]);
    let some = format!("{nodes}outputs: [{{series: c}}, {{series: a}}]\n");
    let unused = [1, 3].map(|index| ("unused-node", format!("/nodes/{index}")));
    assert_eq!(remarks(&some), unused);
    let rest = format!("{nodes}outputs: [{{series: c}}, {{series: '*'}}]\n");
    assert_eq!(remarks(&rest), [("output-never-read", "/nodes/1".to_owned())]);
    // A table of numbers is a model too.
    assert_eq!(remarks("  - {id: a, kind: const, values: 1}\n"), []);
}

#[test]
fn parameters_that_say_little() {
    let template = |text: &str| {
        let text = format!(
            "schemaVersion: 1\nmetadata: {{id: d, title: D, version: 1.0.0, description: x}}\nparameters:\n{text}\ngrid: {{bins: 1, binSize: 1, binUnit: hours}}\nnodes:\n  - {{id: a, kind: const, values: 1, description: 'of ${{p}}'}}\n"
        );
        let template = Template::from_yaml(&text).unwrap();
        lint_template(&template).into_iter().map(|d| (d.code.info().name, d.message)).collect::<Vec<_>>()
    };
    let bounds = |text: &str| template(text).into_iter().map(|(_, message)| message).collect::<Vec<_>>();
    assert_eq!(
        bounds("  - {name: p, type: number, description: x, default: 1}"),
        ["the parameter `p` has no `min` and no `max`"]
    );
    assert_eq!(
        bounds("  - {name: p, type: integer, description: x, default: 1, maximum: 4}"),
        ["the parameter `p` has no `min`"]
    );
    for fine in [
        "  - {name: p, type: string, description: x, default: y}",
        "  - {name: p, type: boolean, description: x, default: true}",
        "  - {name: p, type: number, description: x, default: 1, enum: [1, 2]}",
        "  - {name: p, type: number, description: x, required: true, min: 0, max: 3}",
    ] {
        assert_eq!(template(fine), [], "{fine}");
    }
    assert_eq!(template("  - {name: p, type: string, title: y, default: y}")[0].0, "missing-description");
}

#[test]
fn what_is_shipped_leaves_nothing_to_remark() {
    for id in Template::shipped_ids() {
        let template = Template::shipped(id).unwrap();
        let found = lint_template(&template);
        assert!(found.is_empty() && template.warnings().is_empty(), "{id}: {found:#?}");
    }
}

#[test]
fn reports_by_tier() {
    let text = "
schemaVersion: 1
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: a, kind: const, values: [0, 2]}
  - {id: b, kind: expr, expr: 1 / a}
";
    let parsed = Model::parse(text, &ParseOptions::default()).unwrap();
    let report = |tier| examine(&parsed, tier, &RunOptions::new()).unwrap();
    for (tier, found, score) in [(Tier::Schema, 1, 0.9), (Tier::Compile, 1, 0.9), (Tier::Analyse, 2, 0.8)] {
        let report = report(tier);
        assert!(report.valid() && report.count(Severity::Warning) == found, "{report:?}");
        assert_eq!(report.score(), score);
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["tier"], tier.name());
        assert_eq!((&json["score_method"], &json["valid"]), (&1.into(), &true.into()));
        assert_eq!(json["diagnostics"].as_array().unwrap().len(), found);
    }
    // Whatever cannot be compiled is a report, not a failure; it is not run.
    let loop_text = text.replace("1 / a", "b + a");
    let parsed = Model::parse(&loop_text, &ParseOptions::default()).unwrap();
    assert!(examine(&parsed, Tier::Schema, &RunOptions::new()).unwrap().valid());
    for tier in [Tier::Compile, Tier::Analyse] {
        let report = examine(&parsed, tier, &RunOptions::new()).unwrap();
        assert!(!report.valid() && report.score() == 0.0);
    }
}

#[test]
fn a_report_of_what_may_not_run_is_an_error() {
    let text = "{schemaVersion: 1, grid: {bins: 9, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: expr, expr: 1 + BIN()}]}";
    let parsed = Model::parse(text, &ParseOptions::default()).unwrap();
    let options = RunOptions::new().limits(Limits::default().max_result_bytes(8));
    assert_eq!(examine(&parsed, Tier::Analyse, &options).unwrap_err().kind(), ErrorKind::LimitExceeded);
}
