//! Every code of the catalogue has an example that causes it, and the text that people see for it.
//!
//! `FLOWTIME_UPDATE=1` writes the files anew; the difference is then read by a person.

use flowtime_core::diagnostics::render::{self, Style};
use flowtime_core::diagnostics::{Code, Diagnostic, Source, Span, Tier};
use flowtime_core::{
    Error, GenerateOptions, Limits, Model, ModelBundle, ParseOptions, SourceError, Template, Value,
};
use std::fs;
use std::path::Path;

fn options(code: Code) -> ParseOptions {
    let limits = match code {
        Code::DocumentTooLarge => Limits::default().max_document_bytes(60),
        Code::TooManyAliases => Limits::default().max_alias_expansion(8),
        Code::NestedTooDeep => Limits::default().max_yaml_depth(6),
        Code::TooManyNodes => Limits::default().max_nodes(2),
        Code::ExprTooLong => Limits::default().max_expression_bytes(4),
        Code::FormulasTooLong => Limits::default().max_formula_bytes(8),
        Code::ExprTooDeep => Limits::default().max_expression_depth(1),
        _ => Limits::default(),
    };
    ParseOptions::default()
        .name("model.yaml")
        .limits(limits)
        .ignore_reserved(code == Code::ReservedSectionIgnored)
}

/// What the host has to say about the sources of the examples.
fn host(source: &str) -> Result<Vec<f64>, SourceError> {
    match source {
        "infinite.csv#a" => Ok(vec![1.0, f64::INFINITY]),
        _ => {
            Err(SourceError::new("there is no file `missing.csv` beside the model")
                .help("check the file's name"))
        }
    }
}

/// The numbers of the codes about templates, and about bundles.
const TEMPLATES: std::ops::Range<u16> = 1000..1100;
const BUNDLES: std::ops::Range<u16> = 1200..1300;

/// What a caller gives for the parameters of an example.
fn arguments(code: Code) -> Vec<(String, Value)> {
    let staff = |value| ("staff".to_owned(), Value::Integer(value));
    match code {
        Code::UnknownArgument => vec![("stuff".to_owned(), Value::Integer(3))],
        Code::InvalidArgument => vec![staff(12)],
        Code::DuplicateArgument => vec![staff(3), staff(4)],
        _ => Vec::new(),
    }
}

fn diagnose_template(code: Code) -> (Vec<Diagnostic>, Option<Source>) {
    let example = code.info().example;
    let read = Template::parse(example, &ParseOptions::default().name("template.yaml"));
    let found = |error: Error| (error.diagnostics().to_vec(), error.source_text().cloned());
    match read {
        Ok(template) => match template.generate(&arguments(code), &GenerateOptions::default()) {
            Ok(_) => (template.warnings().to_vec(), Some(template.source_text().clone())),
            Err(error) => found(error),
        },
        Err(error) => found(error),
    }
}

fn diagnose(code: Code) -> (Vec<Diagnostic>, Option<Source>) {
    if TEMPLATES.contains(&code.info().number) {
        return diagnose_template(code);
    }
    if BUNDLES.contains(&code.info().number) {
        let options = ParseOptions::default().name("bundle.yaml");
        let error = ModelBundle::parse(code.info().example, &options).unwrap_err();
        return (error.diagnostics().to_vec(), error.source_text().cloned());
    }
    let example = code.info().example;
    let latin1: Vec<u8> = example.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let bytes = if code == Code::NotUtf8 { &latin1 } else { example.as_bytes() };
    let read = Model::parse(bytes, &options(code)).and_then(|parsed| {
        parsed.model.resolve_sources(&mut host)?.model.compile()?;
        Ok(parsed)
    });
    match read {
        Ok(parsed) => (parsed.warnings, parsed.model.source_text().cloned()),
        Err(error) => (error.diagnostics().to_vec(), error.source_text().cloned()),
    }
}

#[test]
fn every_example_causes_its_code_and_looks_as_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/diagnostics");
    let update = std::env::var_os("FLOWTIME_UPDATE").is_some();
    // A flood is no example; what evaluating finds, and remarks, are looked at elsewhere.
    let elsewhere = [Tier::Analyse, Tier::Lint];
    let shown = |code: &Code| !elsewhere.contains(&code.info().tier) && *code != Code::TooManyProblems;
    for code in Code::ALL.iter().copied().filter(shown) {
        let (diagnostics, source) = diagnose(code);
        let found: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
        assert!(!found.is_empty() && found.iter().all(|f| *f == code), "{code}: {found:?}");
        let text = render::text(&diagnostics, source.as_ref(), Style::Plain);
        let base = folder.join(code.info().name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(base.with_extension("yaml"), code.info().example).unwrap();
            fs::write(base.with_extension("txt"), &text).unwrap();
        }
        let read = |extension| fs::read_to_string(base.with_extension(extension)).unwrap_or_default();
        assert_eq!(read("yaml"), code.info().example, "{code}");
        assert_eq!(read("txt"), text, "{code}");
    }
}

#[test]
fn codes_are_found_by_number_and_name() {
    for code in Code::ALL.iter().copied() {
        let info = code.info();
        for text in
            [code.to_string(), code.to_string().to_lowercase(), info.number.to_string(), info.name.to_owned()]
        {
            assert_eq!(text.parse(), Ok(code));
        }
        assert!(info.explanation.ends_with('.') && !info.example.is_empty());
        let plain = info.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(plain, "{}", info.name);
    }
}

/// The lines of the text for one diagnostic at a place of a document.
fn shown(document: &str, place: &str) -> Vec<String> {
    let start = document.find(place).unwrap();
    let source = Source::new("model.yaml", document);
    let diagnostic =
        Diagnostic::new(Code::WrongType, "/x", "found this").at(Span::new(start, start + place.len()));
    let text = render::text(&[diagnostic], Some(&source), Style::Plain);
    text.lines().map(str::to_owned).collect()
}

/// The underlined part of the source line, by columns.
fn underlined(document: &str, place: &str) -> String {
    let lines = shown(document, place);
    let mark = |line: &String| line.trim_start().trim_start_matches("| ").trim_start().starts_with('^');
    let row = lines.iter().position(mark).unwrap_or_else(|| panic!("no underline in {lines:#?}"));
    let (from, width) = (lines[row].find('^').unwrap(), lines[row].matches('^').count());
    lines[row - 1].chars().skip(from).take(width).collect()
}

#[test]
fn underlines_are_where_they_should_be() {
    assert_eq!(underlined("a: 1\nb: wrong # x\n", "wrong"), "wrong");
    assert_eq!(underlined("grüße: äöü wrong\n", "wrong"), "wrong");
    assert_eq!(underlined("a: 1\r\nb: wrong\r\n", "wrong"), "wrong");
    assert_eq!(underlined("a:\twrong\n", "wrong"), "wrong");
    assert_eq!(underlined("a: \u{7}\u{1b}[31m wrong\n", "wrong"), "wrong");
    let long = format!("a: [{}wrong, {}]\n", "1, ".repeat(100_000), "2, ".repeat(100_000));
    assert_eq!(underlined(&long, "wrong"), "wrong");
    let cut = shown(&long, "wrong");
    assert!(cut.iter().all(|l| l.chars().count() < 200));
    assert!(cut[1].ends_with("--> model.yaml:1:300005"), "{cut:#?}");
    // What goes on over the end of its line is underlined up to there.
    assert_eq!(underlined("a:\n  - x\n  - y\n", "- x\n  - y"), "- x");
    // Wide characters take two columns each.
    let wide = shown("a: 日本語 wrong\n", "wrong");
    assert!(wide.iter().any(|l| l.ends_with(&format!("{}^^^^^", " ".repeat(3 + 6 + 1)))), "{wide:#?}");
}

#[test]
fn labels_far_away_have_lines_of_their_own() {
    let document = format!("a: {{x: 1, {}x: 2}}\n{}b: 1\n", "é: 1, ".repeat(1000), "# between\n".repeat(50));
    let error = Model::from_yaml(&document).unwrap_err();
    let text = error.diagnostics().iter().find(|d| d.message == "duplicate key `x`").unwrap().clone();
    let text = render::text(
        &[text.label(Span::new(document.len() - 5, document.len() - 4), "and b")],
        error.source_text(),
        Style::Plain,
    );
    let places: Vec<&str> = text.lines().filter(|l| l.contains("model:")).collect();
    assert_eq!(places.len(), 3, "{text}");
    for (place, end) in places.iter().zip(["--> model:1:6011", "::: model:1:5", "::: model:52:1"]) {
        assert!(place.ends_with(end), "{text}");
    }
    assert!(text.contains("- first here") && text.contains("- and b"), "{text}");
}

#[test]
fn colours_change_nothing_but_colours() {
    let error = Model::from_yaml("schemaVersion: 1\ngrid: 5\nnodes: {}\n").unwrap_err();
    let coloured = render::text(error.diagnostics(), error.source_text(), Style::Coloured);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(escape) = rest.find('\u{1b}') {
        plain.push_str(&rest[..escape]);
        rest = &rest[escape..];
        // Links end with ESC \, colours with m.
        let link = rest.starts_with("\u{1b}]");
        let end = if link { rest.find("\u{1b}\\").unwrap() + 2 } else { rest.find('m').unwrap() + 1 };
        rest = &rest[end..];
    }
    plain.push_str(rest);
    assert_ne!(coloured, plain);
    assert_eq!(plain, render::text(error.diagnostics(), error.source_text(), Style::Plain));
}

#[test]
fn json_has_every_member() {
    let text = "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: ä, kind: const, values: 1, values: 2}\n";
    let error = Model::from_yaml(text).unwrap_err();
    let json = render::json(error.diagnostics(), error.source_text());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = serde_json::json!([
        {
            "code": "FT0202", "severity": "error", "path": "/nodes/0/id",
            "message": error.diagnostics()[0].message, "help": error.diagnostics()[0].help,
            "line": 4, "column": 10, "end_line": 4, "end_column": 11, "labels": [],
        },
        {
            "code": "FT0005", "severity": "error", "path": "/nodes/0/values", "message": "duplicate key `values`",
            "help": "keep one of the two", "line": 4, "column": 37, "end_line": 4, "end_column": 43,
            "labels": [{"message": "first here", "line": 4, "column": 26, "end_line": 4, "end_column": 32}],
        },
    ]);
    assert_eq!(json, expected);
    let built = flowtime_core::ModelBuilder::new(1, 1, flowtime_core::BinUnit::Hours).build().unwrap_err();
    let json: serde_json::Value = serde_json::from_str(&render::json(built.diagnostics(), None)).unwrap();
    assert_eq!(json[0]["line"], serde_json::Value::Null);
    assert_eq!(json[0]["path"], "/nodes");
    assert_eq!(render::text(&[], None, Style::Plain), "");
    assert_eq!(render::json(&[], None), "[]");
}

#[test]
fn trees_are_refused_as_their_texts_are() {
    let mut compared = 0;
    for code in Code::ALL.iter().filter(|code| code.info().number < TEMPLATES.start) {
        let options = options(*code);
        let Ok(value) = Value::from_yaml(code.info().example, &ParseOptions::default()) else { continue };
        let all = |read: Result<Vec<Diagnostic>, Error>| {
            let found = read.unwrap_or_else(|error| error.diagnostics().to_vec());
            // Words differ where they name a line.
            let mut said: Vec<_> = found.into_iter().map(|d| (d.path, d.code.info().number)).collect();
            said.sort();
            said
        };
        let text = all(Model::parse(&value.to_yaml(), &options).map(|parsed| parsed.warnings));
        if matches!(code, Code::DocumentTooLarge | Code::NestedTooDeep) {
            continue;
        }
        assert_eq!(all(Model::from_value(&value, &options).map(|parsed| parsed.warnings)), text, "{code}");
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn trees_that_no_text_has() {
    let list = |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    for (value, code, path) in [
        (Value::Object(vec![("grid".to_owned(), Value::Null); 2]), Code::DuplicateKey, "/grid"),
        (Value::Object(vec![("metadata".to_owned(), list(5000))]), Code::NestedTooDeep, "/metadata/0/0"),
    ] {
        let error = Model::from_value(&value, &ParseOptions::default()).unwrap_err();
        let found = error.diagnostics().iter().find(|d| d.code == code).unwrap_or_else(|| panic!("{error}"));
        assert!(found.path.starts_with(path), "{}", found.path);
        // Dropped level by level: values are not for such depths.
        std::mem::forget(value);
    }
}
