//! `flowtime template validate`

use super::{find, values};
use crate::args::{ParameterArguments, TemplateValidateArguments};
use crate::commands::run::has_warnings;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::terminal::Terminal;
use anstyle::{AnsiColor, Style};
use flowtime_core::GenerateOptions;
use flowtime_core::diagnostics::{Diagnostic, Source};
use serde_json::{Value, json};
use std::path::Path;

/// Everything found in one template.
#[derive(Default)]
struct Report {
    name: String,
    found: Vec<Diagnostic>,
    source: Option<Source>,
    /// A parameter without whose value there is no model to compile.
    open: Option<String>,
    /// What kept the template from being looked at.
    failure: Option<Failure>,
}

pub(super) fn perform(arguments: &TemplateValidateArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut worst = Exit::Fine;
    let mut objects = Vec::new();
    for path in &arguments.templates {
        let report = Report::of(path, &arguments.parameters);
        let exit = report.exit(arguments.strict);
        worst = worst.max(exit);
        if arguments.json {
            objects.push(report.json(exit));
        } else if exit != Exit::Fine || !arguments.quiet {
            report.show(exit, terminal)?;
        }
    }
    if arguments.json {
        let object = match (&mut objects[..], arguments.templates.len()) {
            ([only], 1) => only.take(),
            _ => json!({"exit_code": worst as u8, "reports": objects}),
        };
        terminal.result(&report::pretty(&object))?;
    }
    Ok(worst)
}

impl Report {
    /// The places of what is found in the template's model are those of the template.
    fn of(path: &Path, parameters: &ParameterArguments) -> Report {
        let mut report = Report { name: input::name_of(path), ..Report::default() };
        if let Err(mut failure) = report.examine(path, parameters) {
            report.found = std::mem::take(&mut failure.diagnostics);
            report.source = failure.source.take();
            report.failure = Some(failure);
        }
        report
    }

    fn examine(&mut self, path: &Path, parameters: &ParameterArguments) -> Result<(), Failure> {
        let template = find(path)?;
        self.found = template.warnings().to_vec();
        self.source = Some(template.source_text().clone());
        let mut given = values(&template, parameters)?;
        // That a value must be given is no fault of the template: its default stands in for it.
        let is_given = |name: &str| given.iter().any(|(known, _)| known == name);
        let missing: Vec<_> =
            template.parameters().iter().filter(|p| p.required && !is_given(&p.name)).collect();
        if given.is_empty()
            && let Some(open) = missing.iter().find(|p| p.default.is_none())
        {
            self.open = Some(open.name.clone());
            return Ok(());
        }
        given.extend(missing.iter().filter_map(|p| Some((p.name.clone(), p.default.clone()?))));
        let generated = template.generate(&given, &GenerateOptions::default())?;
        generated.model.compile().map_err(|error| Failure::from(error).after(&self.found))?;
        Ok(())
    }

    fn exit(&self, strict: bool) -> Exit {
        match &self.failure {
            Some(failure) => failure.exit,
            None if strict && has_warnings(&self.found) => Exit::Invalid,
            None => Exit::Fine,
        }
    }

    /// The findings and the verdict; they are the result of this command.
    fn show(&self, exit: Exit, terminal: &Terminal) -> Result<(), Failure> {
        terminal.result(&terminal.diagnostics_for_out(&self.found, self.source.as_ref()))?;
        if let Some(failure) = self.failure.as_ref().filter(|failure| !failure.message.is_empty()) {
            terminal.failure(failure);
            return Ok(());
        }
        let (verdict, colour) = match (exit, &self.failure) {
            (Exit::Fine, _) => ("valid", AnsiColor::Green),
            (_, None) => ("not valid (warnings are errors with --strict)", AnsiColor::Red),
            _ => ("not valid", AnsiColor::Red),
        };
        let style = terminal.style(Style::new().bold().fg_color(Some(colour.into())));
        let open = self.open.as_ref().map_or(String::new(), |name| {
            format!(" · its model was not compiled, as `{name}` must be given: `--set {name}=…`")
        });
        terminal.result(&format!("{}: {style}{verdict}{style:#}{open}\n", self.name))
    }

    fn json(&self, exit: Exit) -> Value {
        json!({
            "template": self.name,
            "valid": exit == Exit::Fine,
            "exit_code": exit as u8,
            "compiled": self.failure.is_none() && self.open.is_none(),
            "error": self.failure.as_ref().map(|f| f.message.as_str()).filter(|message| !message.is_empty()),
            "diagnostics": report::diagnostics(&self.found, self.source.as_ref()),
        })
    }
}
