//! `flowtime lint`

use crate::args::LintArguments;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::terminal::Terminal;
use flowtime_core::analysis::{lint, lint_template};
use flowtime_core::diagnostics::{Diagnostic, Source};
use flowtime_core::{Limits, Model, ParseOptions, Template, Value};
use serde_json::json;
use std::path::Path;

pub(crate) fn perform(arguments: &LintArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut worst = Exit::Fine;
    let mut objects = Vec::new();
    for path in &arguments.documents {
        let name = input::name_of(path);
        let (found, source, failure) = match examine(path) {
            Ok((found, source)) => (found, source, None),
            Err(mut failure) => {
                (std::mem::take(&mut failure.diagnostics), failure.source.take(), Some(failure))
            }
        };
        let exit = match &failure {
            Some(failure) => failure.exit,
            None if arguments.strict && !found.is_empty() => Exit::Invalid,
            None => Exit::Fine,
        };
        worst = worst.max(exit);
        if arguments.json {
            objects.push(json!({
                "document": name,
                "exit_code": exit as u8,
                "error": failure.as_ref().map(|f| f.message.as_str()).filter(|message| !message.is_empty()),
                "diagnostics": report::diagnostics(&found, source.as_ref()),
            }));
            continue;
        }
        terminal.result(&terminal.diagnostics_for_out(&found, source.as_ref()))?;
        match failure.filter(|failure| !failure.message.is_empty()) {
            Some(failure) => terminal.failure(&failure),
            None if found.is_empty() && arguments.quiet => {}
            None if found.is_empty() => terminal.result(&format!("{name}: nothing to remark\n"))?,
            None => terminal.result(&format!("{name}: {}\n", report::counted(found.len(), "remark")))?,
        }
    }
    if arguments.json {
        let object = match (&mut objects[..], arguments.documents.len()) {
            ([only], 1) => only.take(),
            _ => json!({"exit_code": worst as u8, "reports": objects}),
        };
        terminal.result(&report::pretty(&object))?;
    }
    Ok(worst)
}

/// What validation warns of, and the remarks. What is not valid is a failure.
fn examine(path: &Path) -> Result<(Vec<Diagnostic>, Option<Source>), Failure> {
    let text = path.to_string_lossy();
    if Template::shipped_ids().any(|id| id == text) {
        return Ok(template(&Template::shipped(&text)?));
    }
    let bytes = input::read(path, &Limits::default())?;
    let options = ParseOptions::default().name(input::name_of(path));
    if is_template(&bytes) {
        return Ok(template(&Template::parse(&bytes, &options)?));
    }
    let parsed = Model::parse(&bytes, &options)?;
    // Sources are no matter of style: a model whose files are not here is looked at all the same.
    if parsed.model.sources().next().is_none() {
        parsed.model.compile().map_err(|error| Failure::from(error).after(&parsed.warnings))?;
    }
    let mut found = parsed.warnings;
    found.extend(lint(&parsed.model));
    found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    Ok((found, parsed.model.source_text().cloned()))
}

fn template(template: &Template) -> (Vec<Diagnostic>, Option<Source>) {
    let mut found = template.warnings().to_vec();
    found.extend(lint_template(template));
    found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    (found, Some(template.source_text().clone()))
}

/// Is it meant to be a template? Models have no parameters, and their metadata no version.
fn is_template(bytes: &[u8]) -> bool {
    let Ok(document) = Value::from_yaml(bytes, &ParseOptions::default()) else { return false };
    let metadata = |key| document.get("metadata").and_then(|metadata| metadata.get(key)).is_some();
    document.get("parameters").is_some() || metadata("id") && metadata("version")
}
