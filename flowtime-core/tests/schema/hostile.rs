//! Documents that mean no good: every one has an answer, at once.

use flowtime_core::{Limits, Model, NodeKind, ParseOptions};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Loose enough for unoptimised builds on busy machines, and still far from what is quadratic.
const AT_ONCE: Duration = Duration::from_secs(20);

/// The names of the codes, after making sure that nothing took long and everything can be shown.
fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let started = Instant::now();
    let result = Model::parse(bytes, &ParseOptions::default());
    let diagnostics = match &result {
        Ok(parsed) => parsed.warnings.clone(),
        Err(error) => {
            assert!(error.to_string().len() < 200_000);
            let json = flowtime_core::diagnostics::render::json(error.diagnostics(), error.source_text());
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
            error.diagnostics().to_vec()
        }
    };
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
    assert_eq!(result.is_err(), diagnostics.iter().any(|d| d.is_error()));
    diagnostics.iter().map(|d| d.code.info().name).collect()
}

const GOOD: &str = "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";

fn good(rest: &str) -> Vec<u8> {
    format!("{GOOD}{rest}").into_bytes()
}

#[test]
fn odd_but_good() {
    for text in [
        GOOD.to_owned(),
        format!("\u{FEFF}{GOOD}"),
        GOOD.replace('\n', "\r\n"),
        format!("%YAML 1.2\n---\n{GOOD}...\n"),
        format!("# comment\n\n{GOOD}# end"),
        GOOD.replace(": ", ":  "),
        r#"{"schemaVersion": 1, "grid": {"bins": 4, "binSize": 1, "binUnit": "hours"}, "nodes": [{"id": "a", "kind": "const", "values": [1, 2, 3, 4]}]}"#.to_owned(),
        format!("{GOOD}metadata: {{yes: no, on: off, date: 2026-01-05, octal: 010, none: ~, nan: .nan, deep: [[[[[[1]]]]]]}}\n"),
        format!("{GOOD}provenance: {{modelId: a, model_id: b}}\nrng: ~\noutputs:\n"),
        format!("{GOOD}metadata: &m {{a: 1}}\nprovenance: *m\n"),
    ] {
        assert_eq!(codes(text.as_bytes()), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn bad_in_one_way() {
    let repeat = |s: &str, n: usize| s.repeat(n).into_bytes();
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (b"".to_vec(), &["empty-document"]),
        (b"\n# nothing\n".to_vec(), &["empty-document"]),
        (b"~".to_vec(), &["empty-document"]),
        (b"---\n---\n".to_vec(), &["empty-document", "second-document"]),
        (b"text".to_vec(), &["not-a-mapping"]),
        (b"\xEF\xBB\xBF".to_vec(), &["empty-document"]),
        (b"a: \xFF\n".to_vec(), &["not-utf-8"]),
        (b"\xFF\xFEa\x00".to_vec(), &["not-utf-8"]),
        (b"a: \xC3".to_vec(), &["not-utf-8"]),
        (b"a: x\0y".to_vec(), &["yaml-syntax"]),
        (b"a:\n\t- 1".to_vec(), &["yaml-syntax"]),
        (b"a: \"x".to_vec(), &["yaml-syntax"]),
        (b"a: [1, 2".to_vec(), &["yaml-syntax"]),
        (b"a: *".to_vec(), &["yaml-syntax"]),
        (b"%FOO".to_vec(), &["yaml-syntax"]),
        (b"a: b: c".to_vec(), &["yaml-syntax"]),
        (b"{a: 1}, x".to_vec(), &["yaml-syntax"]),
        (good("---\nb: 1\n"), &["second-document"]),
        (good("metadata: {a: !!str 1}\n"), &["yaml-tag"]),
        (good("metadata: {a: !x [1]}\n"), &["yaml-tag"]),
        (good("metadata: {a: ! 1}\n"), &["yaml-tag"]),
        (good("metadata: {<<: {a: 1}}\n"), &["merge-key"]),
        (good("metadata: {a: 1, \"a\": 2}\n"), &["duplicate-key"]),
        (good("metadata: {[a]: 2}\n"), &["yaml-key"]),
        (good("metadata: {? : 2}\n"), &["yaml-key"]),
        (good("metadata: {a: *b}\n"), &["unknown-alias"]),
        (good("metadata: &b {a: *b}\n"), &["unknown-alias"]),
        (good("metadata: {? *b : 1}\n"), &["unknown-alias"]),
        (good("metadata: 5\n"), &["not-a-mapping"]),
        (good("grid: 5\n"), &["duplicate-key"]),
        (repeat("[", 100_000), &["nested-too-deep"]),
        (repeat("- ", 100_000), &["nested-too-deep"]),
        (repeat("? ", 100_000), &["nested-too-deep"]),
        (repeat("{a: ", 100_000), &["nested-too-deep"]),
        (repeat("[? ", 100_000), &["nested-too-deep"]),
        (good(&format!("metadata: {{a: {}{}}}\n", "[".repeat(80), "]".repeat(80))), &["nested-too-deep"]),
        (vec![b' '; (64 << 20) + 1], &["document-too-large"]),
    ];
    for (bytes, expected) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        assert_eq!(codes(&bytes), expected, "{shown:?}");
    }
}

#[test]
fn aliases_do_not_explode() {
    let mut bomb = String::from("metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "  a{level}: &a{level} [{below}]").unwrap();
    }
    assert_eq!(codes(&good(&bomb)), ["too-many-aliases"]);

    // Each level is deeper and holds the one before it.
    let mut tower = String::from("metadata:\n  a0: &a0 [x]\n");
    for level in 1..1000 {
        writeln!(tower, "  a{level}: &a{level} [[[[[[[[[[*a{}]]]]]]]]]]", level - 1).unwrap();
    }
    assert_eq!(codes(&good(&tower)), ["nested-too-deep"]);

    let many = (0..100_000).fold(String::from("metadata:\n"), |mut text, i| {
        writeln!(text, "  k{i}: &a{i} 1\n  l{i}: *a{i}").unwrap();
        text
    });
    assert_eq!(codes(&good(&many)), Vec::<&str>::new());

    // Whatever the limits say, copies never go deeper than the stack allows.
    let limits = Limits::default().max_yaml_depth(usize::MAX).max_alias_expansion(usize::MAX);
    let error = Model::parse(&good(&tower), &ParseOptions::default().limits(limits)).unwrap_err();
    assert_eq!(error.diagnostics()[0].code.info().name, "nested-too-deep");
}

#[test]
fn a_flood_of_problems_is_cut_off() {
    let flood = |text: &str, first: &str| {
        let codes = codes(text.as_bytes());
        assert_eq!((codes.len(), codes[0], codes[10_000]), (10_001, first, "too-many-problems"));
    };
    flood(&GOOD.replace("values: 1", &format!("values: [{}]", "x, ".repeat(200_000))), "wrong-type");
    flood(&format!("{GOOD}metadata: {{{}}}", "é, ".repeat(200_000)), "duplicate-key");
    let nodes: String =
        (0..50_000).map(|i| format!("  - {{id: node_{i}, kind: const, values: 1}}\n")).collect();
    let outputs: String = (0..50_000).map(|i| format!("  - {{series: nodes_{i}}}\n")).collect();
    flood(&format!("{}{nodes}outputs:\n{outputs}", &GOOD[..GOOD.find("  -").unwrap()]), "unknown-series");
}

#[test]
fn long_series_are_read_quickly() {
    let mut text = String::from(
        "schemaVersion: 1\ngrid: {bins: 1000000, binSize: 1, binUnit: minutes}\nnodes:\n  - id: a\n    kind: const\n    values:\n",
    );
    for i in 0..1_000_000 {
        writeln!(text, "    - {}.25", i % 1000).unwrap();
    }
    let started = Instant::now();
    let model = Model::from_yaml(&text).unwrap();
    let NodeKind::Const(constant) = model.nodes()[0].kind() else { panic!("a const") };
    assert_eq!(constant.values().len(), 1_000_000);
    assert_eq!(constant.values()[999_999], 999.25);
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
}

#[test]
fn random_bytes_are_answered() {
    let mut state = 42_u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u32
    };
    let noise: Vec<u8> = (0..10_000_000).map(|_| next() as u8).collect();
    assert_eq!(codes(&noise), ["not-utf-8"]);
    let alphabet: Vec<char> = "ab01 \n\n\t:-[]{},&*!?|>'\"%@`#.~<é\u{85}\r".chars().collect();
    let mut text = |length: usize| -> String {
        (0..length).map(|_| alphabet[next() as usize % alphabet.len()]).collect()
    };
    codes(text(10_000_000).as_bytes());
    for length in 0..3000 {
        codes(text(length % 60).as_bytes());
        codes(&good(&text(length % 40)));
    }
}
