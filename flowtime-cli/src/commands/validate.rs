//! `flowtime validate`

use super::run::has_warnings;
use crate::args::{Tier, ValidateArguments};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::interrupt;
use crate::limits;
use crate::report;
use crate::terminal::Terminal;
use anstyle::{AnsiColor, Style};
use flowtime_core::analysis::{self, SCORE_METHOD, score};
use flowtime_core::diagnostics::{Diagnostic, Source};
use flowtime_core::{ErrorKind, RunOptions};
use serde_json::{Value, json};
use std::path::Path;

/// Everything found in one model.
struct Report {
    name: String,
    found: Vec<Diagnostic>,
    source: Option<Source>,
    /// What kept the model from being looked at, or from being run.
    failure: Option<Failure>,
}

pub(crate) fn perform(arguments: &ValidateArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let models = input::expand(&arguments.models)?;
    let mut worst = Exit::Fine;
    let mut objects = Vec::new();
    for path in &models {
        let report = Report::of(path, arguments);
        worst = worst.max(report.exit(arguments.strict));
        if arguments.json {
            objects.push(report.json(arguments));
        } else {
            report.show(arguments, terminal)?;
        }
        if worst == Exit::Interrupted {
            break;
        }
    }
    if arguments.json {
        let object = match (&mut objects[..], models.len()) {
            ([only], 1) => only.take(),
            _ => json!({"exit_code": worst as u8, "reports": objects}),
        };
        terminal.result(&report::pretty(&object))?;
    }
    Ok(worst)
}

impl Report {
    fn of(path: &Path, arguments: &ValidateArguments) -> Report {
        let name = input::name_of(path);
        match examine(path, arguments) {
            Ok((found, source)) => Report { name, found, source, failure: None },
            Err(mut failure) => {
                let (found, source) = (std::mem::take(&mut failure.diagnostics), failure.source.take());
                let failure = (!failure.message.is_empty()).then_some(failure);
                Report { name, found, source, failure }
            }
        }
    }

    fn exit(&self, strict: bool) -> Exit {
        match &self.failure {
            Some(failure) => failure.exit,
            None if self.found.iter().any(Diagnostic::is_error) => Exit::Invalid,
            None if strict && has_warnings(&self.found) => Exit::Invalid,
            None => Exit::Fine,
        }
    }

    /// The findings and the verdict; they are the result of this command.
    fn show(&self, arguments: &ValidateArguments, terminal: &Terminal) -> Result<(), Failure> {
        let fine = self.exit(arguments.strict) == Exit::Fine;
        if fine && arguments.quiet {
            return Ok(());
        }
        terminal.result(&terminal.diagnostics_for_out(&self.found, self.source.as_ref()))?;
        if let Some(failure) = &self.failure {
            terminal.failure(failure);
            return Ok(());
        }
        if let Some(help) = limits::advice(&self.found) {
            terminal.help(help);
        }
        let (verdict, colour) =
            if fine { ("valid", AnsiColor::Green) } else { ("not valid", AnsiColor::Red) };
        let verdict = match (fine, self.found.iter().any(Diagnostic::is_error)) {
            (false, false) => "not valid (warnings are errors with --strict)",
            _ => verdict,
        };
        let style = terminal.style(Style::new().bold().fg_color(Some(colour.into())));
        terminal.result(&format!(
            "{}: {style}{verdict}{style:#} · score {:.2} · tier {}\n",
            self.name,
            score(&self.found),
            arguments.tier.name()
        ))
    }

    fn json(&self, arguments: &ValidateArguments) -> Value {
        json!({
            "model": self.name,
            "valid": self.exit(arguments.strict) == Exit::Fine,
            "exit_code": self.exit(arguments.strict) as u8,
            "tier": arguments.tier.name(),
            "score": score(&self.found),
            "score_method": SCORE_METHOD,
            "error": self.failure.as_ref().map(|failure| failure.message.as_str()),
            "diagnostics": report::diagnostics(&self.found, self.source.as_ref()),
        })
    }
}

/// Everything found up to the tier that was asked for.
fn examine(path: &Path, arguments: &ValidateArguments) -> Result<(Vec<Diagnostic>, Option<Source>), Failure> {
    if arguments.tier == Tier::Schema {
        let loaded = input::parse(path, &arguments.reading)?;
        return Ok((loaded.warnings, loaded.model.source_text().cloned()));
    }
    let (loaded, plan) = input::compile(path, &arguments.reading)?;
    let source = loaded.model.source_text().cloned();
    let mut found = loaded.warnings;
    if arguments.tier == Tier::Analyse {
        match plan.run(
            &RunOptions::new().limits(limits::all(&arguments.reading.limits)).cancel(interrupt::cancel()),
        ) {
            Ok(run) => found.extend(analysis::findings(&loaded.model, &run)),
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(Failure::interrupted()),
            Err(error) => return Err(Failure { source, ..Failure::from(error).after(&found) }),
        }
        found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    }
    Ok((found, source))
}
