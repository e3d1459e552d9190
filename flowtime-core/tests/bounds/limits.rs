//! Each limit: what just fits, and what is just too much.

use super::document;
use flowtime_core::{ErrorKind, Limits, Model, ParseOptions, RunOptions};

/// What a document is rejected for under `limits`, if it is.
fn rejection(text: &str, limits: Limits) -> Option<&'static str> {
    let options = ParseOptions::default().limits(limits);
    match Model::parse(text, &options).and_then(|parsed| parsed.model.compile()) {
        Ok(_) => None,
        Err(error) => Some(error.diagnostics()[0].code.info().name),
    }
}

#[test]
fn documents_just_at_each_limit_and_just_above() {
    let limits = Limits::default;
    let one = document(4, "  - {id: a, kind: const, values: 1}\n");
    let two = format!("{one}  - {{id: b, kind: const, values: 1}}\n");
    let expr = |expr: &str| document(4, &format!("  - {{id: a, kind: expr, expr: '{expr}'}}\n"));
    let nested = |depth: usize| format!("{one}metadata: {}{}\n", "{a: ".repeat(depth), "}".repeat(depth));
    // The anchored list has three values, and so has each copy.
    let aliases =
        |count: usize| format!("{one}metadata:\n  a: &a [1, 2]\n  b: [{}]\n", vec!["*a"; count].join(", "));
    let cases: Vec<(Limits, String, Limits, &str)> = vec![
        (
            limits().max_document_bytes(one.len()),
            one.clone(),
            limits().max_document_bytes(one.len() - 1),
            "document-too-large",
        ),
        (limits().max_nodes(2), two.clone(), limits().max_nodes(1), "too-many-nodes"),
        (limits().max_bins(4), one.clone(), limits().max_bins(3), "too-many-bins"),
        (
            limits().max_expression_bytes(5),
            expr("1 + 2"),
            limits().max_expression_bytes(4),
            "expression-too-long",
        ),
        (
            limits().max_expression_depth(3),
            expr("-(ABS(1))"),
            limits().max_expression_depth(2),
            "expression-too-deep",
        ),
        (
            limits().max_kernel_entries(3),
            expr("CONV(BIN(), [1, 2, 3])"),
            limits().max_kernel_entries(2),
            "bad-kernel",
        ),
        (limits().max_yaml_depth(5), nested(4), limits().max_yaml_depth(4), "nested-too-deep"),
        (limits().max_alias_expansion(12), aliases(3), limits().max_alias_expansion(11), "too-many-aliases"),
    ];
    for (enough, text, too_little, name) in cases {
        assert_eq!(rejection(&text, enough), None, "{name}");
        assert_eq!(rejection(&text, too_little), Some(name));
    }
}

#[test]
fn the_limits_that_are_set_without_a_word() {
    let limits = Limits::default();
    let nodes = |count: usize| {
        (0..count).map(|i| format!("  - {{id: n{i}, kind: const, values: 1}}\n")).collect::<String>()
    };
    let one = nodes(1);
    let expr = |expr: String| document(4, &format!("  - {{id: a, kind: expr, expr: '{expr}'}}\n"));
    let parens = |depth: usize| expr(format!("{}1{}", "(".repeat(depth), ")".repeat(depth)));
    let kernel = |entries: usize| expr(format!("CONV(BIN(), [{}1])", "0,".repeat(entries - 1)));
    // Long kernels are longer than long expressions, so that limit is raised for them.
    let long = limits.max_expression_bytes(1 << 20);
    let comment = |bytes: usize| {
        let text = document(4, &one);
        format!("{text}#{}", "x".repeat(bytes - text.len() - 1))
    };
    for (limits, fits, above, name) in [
        (limits, document(4, &nodes(100_000)), document(4, &nodes(100_001)), "too-many-nodes"),
        (limits, document(10_000_000, &one), document(10_000_001, &one), "too-many-bins"),
        (
            limits,
            expr(format!("{}1", " ".repeat(65_535))),
            expr(format!("{}1", " ".repeat(65_536))),
            "expression-too-long",
        ),
        (limits, parens(256), parens(257), "expression-too-deep"),
        (long, kernel(65_536), kernel(65_537), "bad-kernel"),
        (limits, comment(64 << 20), comment((64 << 20) + 1), "document-too-large"),
    ] {
        assert_eq!(rejection(&fits, limits), None, "{name}");
        assert_eq!(rejection(&above, limits), Some(name));
    }
}

#[test]
fn runs_just_at_each_limit_and_just_above() {
    let plan = super::model(1000, &[("a", "BIN() + 1"), ("b", "a * 2")]).compile().unwrap();
    let run = |limits: Limits| plan.run(&RunOptions::new().limits(limits)).map(|_| ());
    // Two series of a thousand numbers of eight bytes.
    assert!(run(Limits::default().max_result_bytes(16_000)).is_ok());
    let error = run(Limits::default().max_result_bytes(15_999)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("2 series × 1000 bins"), "{error}");

    // Somewhere the estimate of the work ends; just there is where runs begin to be refused.
    let (mut refused, mut allowed) = (0.0, 1e9);
    while allowed - refused > 0.5 {
        let middle = (refused + allowed) / 2.0;
        match run(Limits::default().max_operations(middle)) {
            Ok(()) => allowed = middle,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::LimitExceeded);
                refused = middle;
            }
        }
    }
    assert!((1000.0..100_000.0).contains(&allowed), "{allowed} operations");
}

#[test]
fn numbers_beyond_all_measure() {
    for bins in ["0", "-1", "1e400", "99999999999999999999999999", "9223372036854775808", "1e3", ".inf"] {
        let text =
            document(4, "  - {id: a, kind: const, values: 1}\n").replace("bins: 4", &format!("bins: {bins}"));
        assert!(rejection(&text, Limits::default()).is_some(), "{bins}");
    }
    for (expr, name) in [
        ("1e999", "number-overflow"),
        ("SHIFT(BIN(), 9007199254740993)", "bad-argument"),
        ("SHIFT(BIN(), 99999999999999999999999999)", "bad-argument"),
        ("ROLLING_SUM(BIN(), 99999999999999999999999999)", "bad-argument"),
        ("CONV(BIN(), [1e999])", "number-overflow"),
        ("QUEUE(BIN(), 1, 1e999)", "number-overflow"),
    ] {
        let text = document(4, &format!("  - {{id: a, kind: expr, expr: '{expr}'}}\n"));
        assert_eq!(rejection(&text, Limits::default()), Some(name), "{expr}");
    }
    let digits = "9".repeat(60_000);
    for expr in [digits.clone(), format!("0.{digits}"), format!("1e-{digits}")] {
        let text = document(4, &format!("  - {{id: a, kind: expr, expr: '{expr}'}}\n"));
        let found = rejection(&text, Limits::default());
        assert_eq!(found, if expr == digits { Some("number-overflow") } else { None });
    }
    let values = document(4, &format!("  - {{id: a, kind: const, values: {digits}}}\n"));
    assert_eq!(rejection(&values, Limits::default()), Some("not-finite"));
    // No limit at all is no invitation to overflow.
    let limits = Limits::default().max_bins(usize::MAX);
    let text = document(4, "  - {id: a, kind: expr, expr: 'SUM(CUMSUM(BIN()))'}\n")
        .replace("bins: 4", "bins: 9007199254740992");
    let options = ParseOptions::default().limits(limits);
    let plan = Model::parse(&text, &options).unwrap().model.compile().unwrap();
    for limits in [limits, limits.max_result_bytes(u64::MAX), limits.max_operations(f64::INFINITY)] {
        let error = plan.run(&RunOptions::new().limits(limits)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    }
}
