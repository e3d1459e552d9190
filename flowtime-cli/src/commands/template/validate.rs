//! `flowtime template validate`

use super::{find, values};
use crate::args::{ParameterArguments, TemplateValidateArguments};
use crate::commands::run::has_warnings;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::terminal::Terminal;
use anstyle::{AnsiColor, Style};
use flowtime_core::diagnostics::{Diagnostic, Source};
use flowtime_core::{GenerateOptions, Value};
use serde_json::json;
use std::path::Path;

pub(super) fn perform(arguments: &TemplateValidateArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut worst = Exit::Fine;
    let mut objects = Vec::new();
    for path in &arguments.templates {
        let name = input::name_of(path);
        let (exit, found, source, failure) = match examine(path, &arguments.parameters) {
            Ok((found, source)) => {
                let exit =
                    if arguments.strict && has_warnings(&found) { Exit::Invalid } else { Exit::Fine };
                (exit, found, Some(source), None)
            }
            Err(mut failure) => {
                let found = std::mem::take(&mut failure.diagnostics);
                (failure.exit, found, failure.source.take(), Some(failure))
            }
        };
        worst = worst.max(exit);
        if arguments.json {
            objects.push(json!({
                "template": name,
                "valid": exit == Exit::Fine,
                "exit_code": exit as u8,
                "error": failure.map(|failure| failure.message).filter(|message| !message.is_empty()),
                "diagnostics": report::diagnostics(&found, source.as_ref()),
            }));
            continue;
        }
        if exit == Exit::Fine && arguments.quiet {
            continue;
        }
        terminal.result(&terminal.diagnostics_for_out(&found, source.as_ref()))?;
        match failure {
            Some(failure) if !failure.message.is_empty() => terminal.failure(&failure),
            _ => {
                let (verdict, colour) = if exit == Exit::Fine {
                    ("valid", AnsiColor::Green)
                } else if found.iter().any(Diagnostic::is_error) {
                    ("not valid", AnsiColor::Red)
                } else {
                    ("not valid (warnings are errors with --strict)", AnsiColor::Red)
                };
                let style = terminal.style(Style::new().bold().fg_color(Some(colour.into())));
                terminal.result(&format!("{name}: {style}{verdict}{style:#}\n"))?;
            }
        }
    }
    if arguments.json {
        let value: serde_json::Value = match (&mut objects[..], arguments.templates.len()) {
            ([only], 1) => only.take(),
            _ => json!({"exit_code": worst as u8, "reports": objects}),
        };
        terminal.result(&report::pretty(&value))?;
    }
    Ok(worst)
}

/// Everything found in a template and in the model that it makes; the places are those of the template.
fn examine(path: &Path, parameters: &ParameterArguments) -> Result<(Vec<Diagnostic>, Source), Failure> {
    let template = find(path)?;
    let mut given = values(&template, parameters)?;
    // Without values for them there is no model; that they must be given is no fault of the template.
    let missing = template.parameters().iter().filter(|p| p.required && p.default.is_some());
    let stand_ins: Vec<(String, Value)> = missing
        .filter(|p| !given.iter().any(|(name, _)| *name == p.name))
        .filter_map(|p| Some((p.name.clone(), p.default.clone()?)))
        .collect();
    given.extend(stand_ins);
    let found = template.warnings().to_vec();
    let unknown = |p: &&flowtime_core::template::Parameter| {
        p.default.is_none() && !given.iter().any(|(name, _)| *name == p.name)
    };
    if template.parameters().iter().any(|p| unknown(&p)) && parameters.set.is_empty() && parameters.params.is_none()
    {
        return Ok((found, template.source_text().clone()));
    }
    let generated = template.generate(&given, &GenerateOptions::default())?;
    generated.model.compile().map_err(|error| Failure::from(error).after(&found))?;
    Ok((found, template.source_text().clone()))
}
