//! What each section may say, and what is said about what it may not.

use flowtime_core::diagnostics::{Code, Diagnostic};
use flowtime_core::{BinUnit, Model, ModelBuilder, NodeKind, ParseOptions, PmfPolicy, SourceError};

const HEAD: &str = "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\n";

/// `line: code` of everything that is found.
fn found(text: &str) -> Vec<String> {
    let (diagnostics, source) = match Model::parse(text, &ParseOptions::default()) {
        Ok(parsed) => (parsed.warnings, parsed.model.source_text().cloned()),
        Err(error) => (error.diagnostics().to_vec(), error.source_text().cloned()),
    };
    let source = source.unwrap();
    let line = |d: &Diagnostic| source.line_column(d.span.unwrap().start).line;
    diagnostics.iter().map(|d| format!("{}: {}", line(d), d.code.info().name)).collect()
}

/// What is found in nodes that begin on line 4.
fn found_in_nodes(nodes: &str) -> Vec<String> {
    found(&format!("{HEAD}nodes:\n{nodes}"))
}

const NOTHING: [&str; 0] = [];

#[test]
fn lengths_and_policies_of_const_nodes() {
    let table = [
        // values, without a policy, repeat, stretch, error
        ("[1, 2, 3, 4]", "", "", "", ""),
        ("[1]", "", "", "", "const-policy"),
        ("1", "", "", "", "const-policy"),
        ("[1, 2]", "const-repeated", "", "", "const-policy"),
        ("[1, 2, 3]", "const-length", "const-length", "const-length", "const-length"),
        ("[]", "const-length", "const-length", "const-length", "const-length"),
        ("[1, 2, 3, 4, 5, 6, 7, 8]", "const-length", "const-length", "const-length", "const-length"),
    ];
    for (values, none, repeat, stretch, error) in table {
        for (policy, expected) in [("~", none), ("repeat", repeat), ("stretch", stretch), ("error", error)] {
            let node = format!("  - id: a\n    kind: const\n    values: {values}\n    policy: {policy}\n");
            let line = if expected == "const-policy" { 7 } else { 6 };
            let expected: Vec<String> =
                if expected.is_empty() { vec![] } else { vec![format!("{line}: {expected}")] };
            assert_eq!(found_in_nodes(&node), expected, "{values} {policy}");
        }
    }
    let one = "schemaVersion: 1\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: const, values: 1, policy: error}]";
    assert_eq!(found(one), NOTHING);
}

#[test]
fn everything_is_reported_at_once_in_document_order() {
    let text = "\
grid:
  bins: four
  binSize: 0
nodes:
  - id: 1
    kind: const
    values: [1, x, 3, .inf]
  - kind: const
  - id: b
    kind: expresion
  - just text
  - id: c
    kind: expr
    expr: SHIFT(b, -1) +
outputs:
  - series: b
    as: b.txt
  - as: c.csv
rng: {kind: other, seed: -1}
metadata: []
";
    let expected = [
        "1: missing-schema-version",
        "1: missing-key",
        "2: wrong-type",
        "3: invalid-bin-size",
        "5: wrong-type",
        "7: wrong-type",
        "7: not-finite",
        "8: missing-key",
        "8: missing-key",
        "10: unknown-kind",
        "11: not-a-mapping",
        "14: expression-syntax",
        "17: invalid-file-name",
        "18: missing-key",
        "19: unknown-rng-kind",
        "19: invalid-seed",
        "20: not-a-mapping",
    ];
    assert_eq!(found(text), expected);
}

#[test]
fn what_follows_from_an_error_is_not_reported_again() {
    // The misspelt key is the missing one.
    assert_eq!(found_in_nodes("  - {id: a, kind: const, value: 1}\n"), ["4: unknown-key"]);
    assert_eq!(found_in_nodes("  - {ID: a, kind: const, values: 1}\n"), ["4: unknown-key"]);
    // A legacy key stands for what it became.
    assert_eq!(found_in_nodes("  - {id: a, kind: expr, expression: b}\n"), ["4: legacy-key"]);
    assert_eq!(
        found(
            "schemaVersion: 1\ngrid: {bins: 4, binMinutes: 60, binSize: 1}\nnodes: [{id: a, kind: const, values: 1}]"
        ),
        ["2: legacy-key"]
    );
    // What a merge key would have brought is not missing.
    assert_eq!(found_in_nodes("  - {<<: {id: a, kind: const}, values: 1}\n"), ["4: merge-key"]);
    // A broken node is still known, and so is one whose id is no good.
    let outputs = "outputs: [{series: a}, {series: b-c}, {series: d}]\n";
    let nodes = "  - {id: a, kind: nonsense}\n  - {id: b-c, kind: const, values: 1}\n  - {id: x, kind: const, values: 1}\n";
    assert_eq!(
        found_in_nodes(&format!("{nodes}{outputs}")),
        ["4: unknown-kind", "5: invalid-id", "7: unknown-series"]
    );
    // Where an id could not be read, nobody knows whether a series exists.
    assert_eq!(found_in_nodes("  - {kind: const, values: 1}\noutputs: [{series: a}]\n"), ["4: missing-key"]);
    // Lengths are nothing to talk about without a grid.
    assert_eq!(
        found(
            "schemaVersion: 1\ngrid: {bins: 0, binSize: 1, binUnit: hours}\nnodes: [{id: a, kind: const, values: [1, 2, 3]}]"
        ),
        ["2: invalid-bins"]
    );
    // Another version has another form.
    assert_eq!(found("grids: 1\nschemaVersion: 2\n"), ["2: unsupported-schema-version"]);
    // One error a value, even when an alias shows it twice.
    let twice = "metadata: {v: &v [x]}\nnodes: [{id: a, kind: const, values: *v}, {id: b, kind: const, values: *v}]\n";
    assert_eq!(found(&format!("{HEAD}{twice}")), ["4: wrong-type"]);
    assert_eq!(found_in_nodes("  - {id: a, kind: const, values: !!seq [1, 2, 3]}\n"), ["4: yaml-tag"]);
}

#[test]
fn nodes_and_their_keys() {
    for (node, expected) in [
        ("{id: a, kind: const, values: 1, expr: x}", "unknown-key"),
        ("{id: a, kind: expr, expr: 1, policy: repeat}", "unknown-key"),
        ("{id: a, kind: const}", "missing-key"),
        ("{id: a, kind: const, values: ~}", "missing-key"),
        ("{id: a, kind: expr}", "missing-key"),
        ("{id: a, kind: expr, expr: }", "missing-key"),
        ("{id: a, kind: expr, expr: ~}", "expression-syntax"),
        ("{id: a, kind: expr, expr: [1]}", "wrong-type"),
        ("{id: a, kind: const, source: 5}", "wrong-type"),
        ("{id: a, kind: const, source: ''}", "missing-key"),
        ("{id: a, kind: const, values: 1, unit: 5}", "wrong-type"),
        ("{id: a, kind: const, values: 1, metadata: 5}", "not-a-mapping"),
        ("{id: true, kind: const, values: 1}", "wrong-type"),
        ("{id: '', kind: const, values: 1}", "invalid-id"),
        ("{id: é, kind: const, values: 1}", "invalid-id"),
        ("{id: a, kind: const, values: [[1]]}", "wrong-type"),
        ("{id: a, kind: const, values: [~]}", "wrong-type"),
        ("{id: a, kind: const, values: 1e999}", "not-finite"),
        ("{id: a, kind: const, values: yes}", "wrong-type"),
        ("{id: a, kind: const, values: 1_000}", "wrong-type"),
        ("{id: a, kind: pmf}", "missing-key"),
        ("{id: a, kind: pmf, pmf: [1]}", "not-a-mapping"),
        ("{id: a, kind: pmf, pmf: {}}", "pmf-empty"),
        ("{id: a, kind: pmf, pmf: {values: [1]}}", "missing-key"),
        ("{id: a, kind: pmf, pmf: {values: [.nan], probabilities: [1]}}", "not-finite"),
        ("{id: a, kind: pmf, pmf: {values: [1], probabilities: [.nan]}}", "pmf-probability"),
        ("{id: a, kind: pmf, pmf: {values: [1, 2], probabilities: []}}", "pmf-lengths"),
        ("{id: a, kind: pmf, pmf: {0: 0.5, -0.0: 0.5}}", "duplicate-pmf-value"),
        ("{id: a, kind: pmf, pmf: {.inf: 1}}", "pmf-value"),
        ("{id: a, kind: pmf, policy: repeat, pmf: {1: 0.25, 2: 0.25, 3: 0.5}}", "pmf-alignment"),
    ] {
        assert_eq!(found_in_nodes(&format!("  - {node}\n")), [format!("4: {expected}")], "{node}");
    }
    let long = "x".repeat(128);
    for node in [
        "{id: a, kind: const, values: [010, 0x10, 0o17, .nan]}",
        "{id: a, kind: const, values: [1, +1., .5, -1E-2]}",
        &format!("{{id: {long}, kind: const, values: 1}}"),
        "{id: null_, kind: expr, expr: 42}",
        "{id: a, kind: expr, expr: .5, unit: yes}",
        "{id: a, kind: pmf, policy: expected, pmf: {\"80\": 0.25, 1e2: 0.75}}",
        "{id: a, kind: pmf, policy: error, pmf: {values: [1, 1, 2, 2], probabilities: [0, 0, 0, 1], policy: error}}",
    ] {
        assert_eq!(found_in_nodes(&format!("  - {node}\n")), NOTHING, "{node}");
    }
}

#[test]
fn expressions_are_text_whatever_yaml_makes_of_them() {
    for (written, text) in
        [("042", "042"), (".5", ".5"), ("1e3", "1e3"), ("'4' ", "4"), ("|\n      4\n", "4\n")]
    {
        let node = format!("{HEAD}nodes:\n  - id: a\n    kind: expr\n    expr: {written}\n");
        let model = Model::from_yaml(&node).unwrap();
        let NodeKind::Expr(node) = model.nodes()[0].kind() else { panic!("an expression") };
        assert_eq!(node.text(), text);
    }
}

#[test]
fn errors_point_into_expressions() {
    // Styles in which a part of the text has a place of its own, and others, which quote the text.
    for (written, shown, quoted) in [
        ("a + FLOR(b)", "FLOR", false),
        ("'a + FLOR(b)'", "FLOR", false),
        ("|\n      a +\n        FLOR(b)\n", "FLOR", false),
        (">\n      a +\n      FLOR(b)\n", "a +\n      FLOR(b)", true),
        ("\"a + \\x46LOR(b)\"", "\"a + \\x46LOR(b)\"", true),
    ] {
        let text = format!("{HEAD}nodes:\n  - id: a\n    kind: expr\n    expr: {written}\n");
        let error = Model::from_yaml(&text).unwrap_err();
        let diagnostic = error.diagnostics().iter().find(|d| d.code == Code::UnknownFunction).unwrap();
        let span = diagnostic.span.unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], shown, "{written}");
        assert_eq!(diagnostic.message.starts_with("in `a + FLOR(b)`: "), quoted, "{diagnostic:?}");
        assert_eq!(diagnostic.path, "/nodes/0/expr");
    }
    let error = ModelBuilder::new(4, 1, BinUnit::Hours).expr("a", "1 + FLOR(2)").build().unwrap_err();
    assert!(error.diagnostics()[0].message.starts_with("in `1 + FLOR(2)`: "));
}

#[test]
fn outputs_and_their_files() {
    let nodes = "nodes:\n  - {id: a, kind: const, values: 1}\n  - {id: A, kind: const, values: 1}\n  - {id: Nul, kind: const, values: 1}\n";
    let outputs = |outputs: &str| {
        let model = Model::from_yaml(&format!("{HEAD}{nodes}{outputs}")).unwrap();
        model.outputs().iter().map(|(id, file)| format!("{id}={file}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(outputs(""), "a=a.csv A=_A.csv Nul=_Nul.csv");
    assert_eq!(outputs("outputs: []\n"), "a=a.csv A=_A.csv Nul=_Nul.csv");
    assert_eq!(outputs("outputs: [{series: Nul}]\n"), "Nul=_Nul.csv");
    assert_eq!(outputs("outputs: [{series: '*'}, {series: a, as: x.csv}]\n"), "A=A.csv Nul=_Nul.csv a=x.csv");
    assert_eq!(
        outputs("outputs: [{series: '*'}, {series: a, as: A.csv}]\n"),
        "A=_A.csv Nul=_Nul.csv a=A.csv"
    );
    assert_eq!(
        outputs("outputs: [{series: a, as: nul_.csv}, {series: a, as: b.csv}]\n"),
        "a=nul_.csv a=b.csv"
    );
    for (list, expected) in [
        ("[{series: a}, {series: A}]", "duplicate-file-name"),
        ("[{series: a, as: B.csv}, {series: A, as: b.csv}]", "duplicate-file-name"),
        ("[{series: a, as: con.csv}]", "invalid-file-name"),
        ("[{series: '*'}, {series: '*'}]", "duplicate-rest"),
        ("[{series: '*', as: a.csv}]", "rest-with-name"),
        ("[{series: 5}]", "wrong-type"),
        ("[{series: a, as: 5}]", "wrong-type"),
        ("[a]", "not-a-mapping"),
        ("a", "wrong-type"),
        ("[{series: a, filename: a.csv}]", "legacy-key"),
        ("[{source: a}]", "legacy-key"),
    ] {
        let nodes = "nodes: [{id: a, kind: const, values: 1}, {id: A, kind: const, values: 1}]\n";
        assert_eq!(found(&format!("{HEAD}{nodes}outputs: {list}\n")), [format!("4: {expected}")], "{list}");
    }
}

#[test]
fn sources_are_supplied_by_the_host() {
    let text = format!(
        "{HEAD}nodes:\n  - {{id: a, kind: const, source: 'x#a', policy: repeat}}\n  - {{id: b, kind: const, source: 'x#b'}}\n"
    );
    let model = Model::from_yaml(&text).unwrap();
    assert_eq!(model.sources().collect::<Vec<_>>(), [("a", "x#a"), ("b", "x#b")]);
    assert_eq!(Model::from_yaml(&model.to_yaml()).unwrap(), model);

    let resolved = model.resolve_sources(&mut |_| Ok(vec![1.0, f64::NAN])).unwrap();
    assert_eq!(resolved.warnings.iter().map(|w| w.path.as_str()).collect::<Vec<_>>(), ["/nodes/1/source"]);
    assert_eq!(resolved.model.sources().count(), 2);
    let written = resolved.model.to_yaml();
    assert!(!written.contains("source"), "{written}");
    assert_eq!(Model::from_yaml(&written).unwrap(), resolved.model);
    assert!(resolved.model.resolve_sources(&mut |_| panic!("asked again")).is_ok());

    let codes = |answer: Result<Vec<f64>, SourceError>| {
        let error = model.resolve_sources(&mut |_| answer.clone()).unwrap_err();
        error.diagnostics().iter().map(|d| d.code.info().name).collect::<Vec<_>>()
    };
    assert_eq!(codes(Ok(vec![1.0, 2.0, 3.0])), ["const-length", "const-length"]);
    assert_eq!(codes(Ok(vec![])), ["const-length", "const-length"]);
    assert_eq!(codes(Ok(vec![1.0, 2.0, 3.0, f64::INFINITY])), ["source-not-finite", "source-not-finite"]);
    assert_eq!(codes(Err(SourceError::new("gone").help("look again"))), ["source-failed", "source-failed"]);
}

#[test]
fn reserved_sections() {
    let text = format!("{HEAD}nodes: [{{id: a, kind: const, values: 1}}]\ntopology: [1]\nwindow: ~\n");
    assert_eq!(found(&text), ["4: reserved-section", "5: reserved-section"]);
    let parsed = Model::parse(&text, &ParseOptions::default().ignore_reserved(true)).unwrap();
    assert_eq!(parsed.warnings.len(), 2);
}

#[test]
fn what_is_said_without_a_document_is_the_same() {
    let error = ModelBuilder::new(0, 1001, BinUnit::Days)
        .start("today")
        .constant("a", [1.0, f64::INFINITY])
        .constant("a", 1.0)
        .pmf_with_policy("p", [1.0, 2.0], [0.5], PmfPolicy::Repeat)
        .output("q", "../q.csv")
        .seed(1 << 40)
        .build()
        .unwrap_err();
    let found: Vec<_> = error.diagnostics().iter().map(|d| (d.path.as_str(), d.code.info().name)).collect();
    let expected = [
        ("/grid/bins", "invalid-bins"),
        ("/grid/binSize", "invalid-bin-size"),
        ("/grid/start", "invalid-start"),
        ("/nodes/0/values/1", "not-finite"),
        ("/nodes/1/id", "duplicate-id"),
        ("/nodes/2/pmf/probabilities", "pmf-lengths"),
        ("/outputs/0/series", "unknown-series"),
        ("/outputs/0/as", "invalid-file-name"),
        ("/rng/seed", "invalid-seed"),
    ];
    assert_eq!(found, expected);
    assert!(error.diagnostics().iter().all(|d| d.span.is_none() && d.labels.is_empty()));
    assert!(error.to_string().contains("/nodes/2/pmf/probabilities"), "{error}");
}

#[test]
fn formulas_torn_apart_by_a_comma_are_one_error() {
    let document = |formula: &str| {
        format!(
            "schemaVersion: 1\ngrid: {{bins: 4, binSize: 1, binUnit: hours}}\nnodes:\n  - {{id: a, kind: expr, expr: {formula}}}\n  - {{id: b, kind: expr, expr: nobody}}\n"
        )
    };
    for (formula, rest) in [
        ("MIN(a, 2)", ""),
        ("IF(a, 1, 2)", ", unit: x"),
        ("MIN(b, 1) + MAX(b, MIN(1, 2))", ", unit: x"),
        ("MAX(a, 0 * (a - 1))", ", metadata: {x: y}"),
        ("SHIFT(a, 1", ""),
    ] {
        let text = document(&format!("{formula}{rest}"));
        let error = Model::from_yaml(&text).unwrap_err();
        let [torn, unknown] = error.diagnostics() else { panic!("{error}") };
        assert_eq!((torn.code.info().name, torn.path.as_str()), ("expression-syntax", "/nodes/0/expr"));
        let span = torn.span.unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], formula);
        assert_eq!(torn.help.as_deref(), Some(format!("quote the formula: `expr: \"{formula}\"`").as_str()));
        // The node is still there for others, and other nodes are looked at.
        assert_eq!(unknown.path, "/nodes/1/expr");
    }
    // A list in the formula ends the document for YAML.
    for formula in ["CONV(a, [1, 2])", "MIN(a, CONV(a, [1, 2])) + 1"] {
        let error = Model::from_yaml(&document(formula)).unwrap_err();
        let [torn] = error.diagnostics() else { panic!("{error}") };
        assert!(torn.help.as_ref().unwrap().contains(formula), "{error}");
    }
    // What is no formula may say what it likes.
    let free = "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1, metadata: {expr: f(x, y: 2, z)}}\nmetadata: {nodes: [{expr: f(x, y}]}\n";
    assert!(Model::from_yaml(free).is_ok());
    // Outside of braces a comma is a character like any other.
    let block =
        document("1").replace("{id: a, kind: expr, expr: 1}", "id: a\n    kind: expr\n    expr: MIN(b, 2)");
    assert!(Model::from_yaml(&block.replace("nobody", "1")).is_ok());
}
