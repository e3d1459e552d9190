//! Documents in which nearly everything is wrong.

use super::allocator::measured;
use super::document;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::diagnostics::render::{self, Style};
use flowtime_core::{Error, Limits, Model, ParseOptions, RunOptions};
use std::fmt::Write;

/// As many errors are listed, and as many warnings.
const MOST_LISTED: usize = 10_000;

fn names(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    let mut names: Vec<_> = diagnostics.iter().map(|d| d.code.info().name).collect();
    names.dedup();
    names
}

fn text(error: &Error) -> String {
    render::text(error.diagnostics(), error.source_text(), Style::Plain)
}

/// In the order of the document, each short enough to read, and all of them together too.
fn orderly(error: &Error) {
    let starts: Vec<u32> = error.diagnostics().iter().filter_map(|d| d.span).map(|s| s.start).collect();
    assert!(starts.is_sorted());
    for diagnostic in error.diagnostics() {
        let labels: usize = diagnostic.labels.iter().map(|l| l.message.len()).sum();
        let help = diagnostic.help.as_ref().map_or(0, String::len);
        let length = diagnostic.message.len() + diagnostic.path.len() + help + labels;
        assert!(length < 2000, "{length} bytes: {:.300}", diagnostic.message);
    }
    assert!(text(error).len() < 200_000);
}

/// The last word on `hidden` problems that are not listed.
fn not_listed(hidden: usize) -> String {
    format!("{hidden} more problems are not listed")
}

fn compile(text: &str, options: &ParseOptions) -> Result<flowtime_core::Plan, Error> {
    Model::parse(text, options)?.model.compile()
}

fn rejected(text: &str) -> Error {
    let error = compile(text, &ParseOptions::default()).unwrap_err();
    orderly(&error);
    error
}

#[test]
fn ten_thousand_unknown_names() {
    let nodes = |count: usize| {
        (0..count).fold(String::new(), |mut text, i| {
            writeln!(text, "  - {{id: node_{i}, kind: expr, expr: noed_{i} + 1}}").unwrap();
            text
        })
    };
    let error = rejected(&document(4, &nodes(MOST_LISTED)));
    assert_eq!(error.diagnostics().len(), MOST_LISTED);
    assert_eq!(names(error.diagnostics()), ["unknown-name"]);
    assert_eq!(error.diagnostics()[9_999].path, "/nodes/9999/expr");
    // The nearest names are looked for as long as that is quick.
    assert_eq!(error.diagnostics()[0].help.as_deref(), Some("did you mean `node_0`?"));

    let error = rejected(&document(4, &nodes(MOST_LISTED + 7)));
    assert_eq!(error.diagnostics().len(), MOST_LISTED + 1);
    assert_eq!(error.diagnostics()[MOST_LISTED].message, not_listed(7));
}

#[test]
fn ten_thousand_cycles_of_two() {
    let nodes = |count: usize| {
        (0..count).fold(String::new(), |mut text, i| {
            writeln!(text, "  - {{id: a{i}, kind: expr, expr: b{i} + 1}}").unwrap();
            writeln!(text, "  - {{id: b{i}, kind: expr, expr: a{i} + 1}}").unwrap();
            text
        })
    };
    let error = rejected(&document(4, &nodes(MOST_LISTED)));
    assert_eq!(error.diagnostics().len(), MOST_LISTED);
    assert_eq!(names(error.diagnostics()), ["same-bin-cycle"]);
    for (i, diagnostic) in error.diagnostics().iter().enumerate() {
        assert!(diagnostic.message.ends_with(&format!("a cycle (a{i} → b{i} → a{i})")), "{i}");
    }
    let error = rejected(&document(4, &nodes(3 * MOST_LISTED)));
    assert_eq!(error.diagnostics()[MOST_LISTED].message, not_listed(2 * MOST_LISTED));
}

#[test]
fn problems_of_all_sorts_are_cut_in_the_order_of_the_document() {
    // A name, a cycle and a sum in each round.
    let nodes = (0..5_000).fold(String::new(), |mut text, i| {
        writeln!(text, "  - {{id: n{i}, kind: expr, expr: nobody + 1}}").unwrap();
        writeln!(text, "  - {{id: c{i}, kind: expr, expr: c{i} + 1}}").unwrap();
        writeln!(text, "  - {{id: s{i}, kind: expr, expr: 'SUM(SHIFT(s{i}, 1))'}}").unwrap();
        text
    });
    let error = rejected(&document(4, &nodes));
    let listed = error.diagnostics();
    let round = ["unknown-name", "same-bin-cycle", "whole-horizon-cycle"];
    for (i, diagnostic) in listed[..MOST_LISTED].iter().enumerate() {
        assert_eq!(diagnostic.code.info().name, round[i % 3], "{i}");
        assert_eq!(diagnostic.path, format!("/nodes/{i}/expr"));
    }
    assert_eq!(listed[MOST_LISTED].message, not_listed(5_000));

    // The same when the document is broken besides, and everything is said at once.
    let broken = format!("{}rng: {{seed: -1}}\n", document(4, &nodes));
    let error = rejected(&broken);
    assert_eq!(error.diagnostics()[..MOST_LISTED], listed[..MOST_LISTED]);
    assert_eq!(error.diagnostics()[MOST_LISTED].message, not_listed(5_001));
}

#[test]
fn one_cycle_through_fifty_thousand_nodes() {
    const NODES: usize = 50_000;
    let nodes = (0..NODES).fold(String::new(), |mut text, i| {
        writeln!(text, "  - {{id: n{i}, kind: expr, expr: n{} + 1}}", (i + 1) % NODES).unwrap();
        text
    });
    let error = rejected(&document(4, &nodes));
    assert_eq!(error.diagnostics().len(), 1);
    let message = &error.diagnostics()[0].message;
    assert!(message.contains("(n0 → n1 → n2 → "), "{message}");
    assert!(message.ends_with("(49990 more) → n49999 → n0)"), "{message}");
}

#[test]
fn the_shortest_of_many_cycles() {
    // Everybody reads the next three: cycles of every length, all in one component.
    const NODES: usize = 9_000;
    let nodes = (0..NODES).fold(String::new(), |mut text, i| {
        let next = |k: usize| (i + k) % NODES;
        writeln!(text, "  - {{id: n{i}, kind: expr, expr: n{} + n{} + n{}}}", next(1), next(2), next(3))
            .unwrap();
        text
    });
    let error = rejected(&document(4, &nodes));
    assert_eq!(error.diagnostics().len(), 1);
    let message = &error.diagnostics()[0].message;
    assert!(message.contains("(n0 → n3 → n6 → "), "{message}");
    assert!(message.ends_with("(2990 more) → n8997 → n0)"), "{message}");
}

#[test]
fn a_hundred_thousand_duplicate_ids() {
    let nodes = "  - {id: a, kind: const, values: 1}\n".repeat(100_000);
    let error = rejected(&document(4, &nodes));
    assert_eq!(names(error.diagnostics()), ["duplicate-id", "too-many-problems"]);
    assert_eq!(error.diagnostics()[0].path, "/nodes/1/id");
    assert_eq!(error.diagnostics()[MOST_LISTED].message, not_listed(89_999));
}

#[test]
fn warnings_never_make_a_model_invalid_nor_hide_that_it_is() {
    let mut nodes = (0..12_000).fold(String::new(), |mut text, i| {
        writeln!(text, "  - {{id: n{i}, kind: const, values: [1, 2]}}").unwrap();
        text
    });
    let parsed = Model::parse(&document(4, &nodes), &ParseOptions::default()).unwrap();
    assert_eq!(parsed.warnings.len(), MOST_LISTED + 1);
    assert_eq!(parsed.warnings[MOST_LISTED].message, not_listed(2_000));
    assert!(!parsed.warnings.iter().any(Diagnostic::is_error));
    assert!(parsed.model.compile().is_ok());

    nodes.push_str("  - {id: last, kind: const, values: wrong}\n");
    let error = rejected(&document(4, &nodes));
    assert_eq!(names(error.diagnostics()), ["const-repeated", "wrong-type", "too-many-problems"]);
}

#[test]
fn a_chain_of_two_hundred_thousand_nodes() {
    const NODES: usize = 200_000;
    // From the end to the start, so that the order has to be found.
    let mut nodes = (1..NODES).rev().fold(String::new(), |mut text, i| {
        writeln!(text, "  - {{id: n{i}, kind: expr, expr: n{} + 1}}", i - 1).unwrap();
        text
    });
    nodes.push_str("  - {id: n0, kind: const, values: 1}\n");
    let text = document(3, &nodes);
    let error = rejected(&text);
    assert_eq!(names(error.diagnostics()), ["too-many-nodes"]);

    let limits = Limits::default().max_nodes(NODES);
    let plan = compile(&text, &ParseOptions::default().limits(limits)).unwrap();
    let run = plan.run(&RunOptions::new().keep(["n199999", "n0"])).unwrap();
    assert_eq!(run.series("n199999").unwrap().to_vec(), [200_000.0; 3]);
}

#[test]
fn names_of_a_million_characters() {
    // YAML wants `?` before keys of more than 1024 characters.
    let long = "x".repeat(1_000_000);
    let one = "  - {id: a, kind: const, values: 1}\n";
    for (text, expected) in [
        (document(4, &format!("  - {{id: {long}, kind: const, values: 1}}\n")), "invalid-id"),
        (document(4, &format!("  - {{id: a, kind: {long}}}\n")), "unknown-kind"),
        (document(4, &format!("  - {{id: a, kind: const, values: {long}}}\n")), "wrong-type"),
        (document(4, &format!("  - {{id: a, kind: const, values: 1, ? {long} : 2}}\n")), "unknown-key"),
        (
            document(4, &format!("  - {{id: a, kind: const, values: [1, 2], policy: {long}}}\n")),
            "unknown-policy",
        ),
        (document(4, &format!("  - {{id: a, kind: expr, expr: {long}}}\n")), "expression-too-long"),
        (document(4, &format!("  - {{id: a, kind: expr, expr: {}}}\n", &long[..65_000])), "unknown-name"),
        (
            document(4, &format!("  - {{id: a, kind: expr, expr: '{}(1)'}}\n", &long[..65_000])),
            "unknown-function",
        ),
        (document(4, &format!("  - {{id: a, kind: pmf, pmf: {{? {long} : 1}}}}\n")), "pmf-value"),
        (document(4, &format!("{one}outputs: [{{series: {long}}}]\n")), "unknown-series"),
        (document(4, &format!("{one}outputs: [{{series: a, as: {long}.csv}}]\n")), "invalid-file-name"),
        (document(4, &format!("{one}metadata: *{long}\n")), "unknown-alias"),
        (document(4, &format!("{one}metadata: {{k: &{long} 1, l: *{long}, k: 2}}\n")), "duplicate-key"),
        (document(4, &format!("{one}? {long}\n: 1\n")), "unknown-key"),
        (document(4, &format!("{one}metadata: {{? \"{long}\" : !x 1}}\n")), "yaml-tag"),
        (document(4, one).replace("minutes", &long), "unknown-bin-unit"),
        (document(4, one).replace("bins: 4", &format!("bins: 4, start: {long}")), "invalid-start"),
    ] {
        let (error, used) = measured(|| rejected(&text));
        assert!(error.diagnostics().iter().any(|d| d.code.info().name == expected), "{expected}: {error}");
        assert!(used.bytes < 64 << 20, "{expected} took {used:?}");
    }
    // The long id is known under its own name, in a cycle and under a SUM too.
    let id = &long[..60_000];
    let loops = format!(
        "  - {{id: {id}, kind: expr, expr: b + SUM(c)}}\n  - {{id: b, kind: expr, expr: {id}}}\n  - {{id: c, kind: expr, expr: {id}}}\n"
    );
    let error = rejected(&document(4, &loops));
    let found = ["invalid-id", "same-bin-cycle", "whole-horizon-cycle"];
    assert_eq!(names(error.diagnostics()), found);
    // A long key that aliases show ten thousand times is not copied each time.
    let shown =
        format!("  - &a {{id: a, kind: const, values: 1, ? {long} : 1}}\n{}", "  - *a\n".repeat(MOST_LISTED));
    let (_, used) = measured(|| rejected(&document(4, &shown)));
    assert!(used.bytes < 64 << 20, "{used:?}");
}

#[test]
fn a_text_full_of_unknown_names() {
    // As many names as fit: what is kept of each occurrence decides.
    let names = format!("zz{}", "+q".repeat(30_000));
    let nodes = (0..140).fold(String::new(), |mut text, i| {
        writeln!(text, "  - {{id: n{i}, kind: expr, expr: {names}}}").unwrap();
        text
    });
    let text = document(4, &nodes);
    assert!(text.len() > 8 << 20);
    for text in [text.clone(), format!("{text}rng: {{seed: -1}}\n")] {
        let (error, used) = measured(|| rejected(&text));
        assert_eq!(error.diagnostics().len(), MOST_LISTED + 1);
        assert!(error.diagnostics()[MOST_LISTED].message.starts_with("41901"));
        assert!(used.bytes < 50 * text.len(), "{} bytes for a text of {}", used.bytes, text.len());
    }
}

#[test]
fn a_text_full_of_known_names() {
    let names = format!("q{}", "+q".repeat(30_000));
    let mut nodes = String::from("  - {id: q, kind: const, values: 1}\n");
    for i in 0..140 {
        writeln!(nodes, "  - {{id: n{i}, kind: expr, expr: {names}}}").unwrap();
    }
    let text = document(4, &nodes);
    let (plan, used) = measured(|| compile(&text, &ParseOptions::default()).unwrap());
    assert!(used.bytes < 50 * text.len(), "{} bytes for a text of {}", used.bytes, text.len());
    let (run, used) = measured(|| plan.run(&RunOptions::new().keep(["n139"])).unwrap());
    assert!(used.bytes < text.len(), "equal sums are one: {used:?}");
    assert_eq!(run.series("n139").unwrap()[0], 30_001.0);
}
