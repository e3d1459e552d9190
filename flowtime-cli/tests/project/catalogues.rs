//! Pages that are made from the tables in the code. `FLOWTIME_UPDATE=1` writes them anew; without it, a
//! page that differs fails.

use crate::root;
use flowtime_core::diagnostics::Code;
use flowtime_core::expr::builtins::{EXAMPLE_SERIES, FUNCTIONS, ParamKind, Reach};
use flowtime_core::provenance::format_number;

const MADE: &str = "<!-- Made from the table in the code by `make docs`. -->\n";

fn page(path: &str, text: &str) {
    let path = root().join(path);
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} is not what the code says; `make docs` writes it anew", path.display());
}

fn row(name: &str, values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| format_number(*value)).collect();
    format!("| `{name}` | {} |\n", values.join(" | "))
}

#[test]
fn functions() {
    let mut text = format!(
        "# Functions\n\n{MADE}\nAll functions of the expression language, by name. Names may be written in upper or lower \
         case. [language.md](language.md) says how\nexpressions are put together; `flowtime functions NAME` prints what is \
         here. Examples are over these four bins:\n\n| | 0 | 1 | 2 | 3 |\n|---|---|---|---|---|\n"
    );
    for (name, values) in EXAMPLE_SERIES {
        text.push_str(&row(name, values));
    }
    text.push_str("\n| function | |\n|---|---|\n");
    for function in FUNCTIONS {
        let anchor = function.name.to_lowercase();
        text.push_str(&format!("| [`{}`](#{anchor}) | {} |\n", function.signature(), function.summary));
    }
    for function in FUNCTIONS {
        text.push_str(&format!(
            "\n## {}\n\n`{}`\n\n{} {}\n",
            function.name,
            function.signature(),
            function.summary,
            function.semantics
        ));
        let notes: Vec<String> = function
            .params
            .iter()
            .filter_map(|param| {
                let kind = match param.kind {
                    ParamKind::Int { least } => format!("a literal whole number of at least {least}"),
                    ParamKind::Num => "a literal number".to_owned(),
                    ParamKind::Fraction => "a literal number above 0 and at most 1".to_owned(),
                    ParamKind::Kernel => "a list of literal numbers".to_owned(),
                    _ => "any expression".to_owned(),
                };
                let default = param.default.map(|default| format!("; left out, it is {default}"));
                (default.is_some() || param.kind != ParamKind::Series)
                    .then(|| format!("- `{}`: {kind}{}\n", param.name, default.unwrap_or_default()))
            })
            .collect();
        if !notes.is_empty() {
            text.push_str(&format!("\n{}", notes.concat()));
        }
        let reach = match function.reach {
            Reach::Bin => "the same bin.",
            Reach::Memory => "the same bin, and what it carries over from the bin before.",
            Reach::Shift => "earlier bins; a reference under it may close a loop.",
            _ => "all bins; no loop may pass through it.",
        };
        text.push_str(&format!("\nReads {reach}\n\n| bin | 0 | 1 | 2 | 3 |\n|---|---|---|---|---|\n"));
        text.push_str(&row(function.example.expr, &function.example.result));
    }
    page("docs/functions.md", &text);
}

#[test]
fn diagnostics() {
    let mut text = format!(
        "# Diagnostics\n\n{MADE}\nEverything that can be wrong with a model or worth knowing about it. A code never changes its \
         meaning. `flowtime explain CODE` prints what is\nhere. An *error* keeps the model from running, a *warning* and an \
         *info* do not. They are found when the document is read (schema), when the model is\ncompiled (compile), or by \
         looking at its results (analyse; `flowtime validate --tier analyse`). What `flowtime lint` remarks on is marked lint.\n\n| code | name | severity | found |\n|---|---|---|---|\n"
    );
    let found = |code: &Code| code.info().tier.name();
    for code in Code::ALL {
        let info = code.info();
        let anchor = format!("{}-{}", code.to_string().to_lowercase(), info.name);
        text.push_str(&format!(
            "| [{code}](#{anchor}) | {} | {} | {} |\n",
            info.name,
            info.severity.name(),
            found(code)
        ));
    }
    for code in Code::ALL {
        let info = code.info();
        text.push_str(&format!(
            "\n## {code} {}\n\n{}\n\n```yaml example\n{}```\n",
            info.name, info.explanation, info.example
        ));
        let golden = root().join(format!("testdata/diagnostics/{}.txt", info.name));
        if let Ok(message) = std::fs::read_to_string(golden) {
            text.push_str(&format!("\n```text\n{message}```\n"));
        }
    }
    page("docs/diagnostics.md", &text);
}

#[test]
fn json_schema() {
    page("docs/model.schema.json", &flowtime_core::json_schema());
    page("docs/template.schema.json", &flowtime_core::template_json_schema());
    page("docs/bundle.schema.json", &flowtime_core::bundle_json_schema());
}

#[test]
fn limits() {
    let page = crate::read("docs/command.md");
    for name in flowtime_core::Limits::NAMES {
        assert!(page.contains(&format!("\n| `{name}` | ")), "docs/command.md says nothing of `{name}`");
    }
}
