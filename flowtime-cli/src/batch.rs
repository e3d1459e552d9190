//! One model after the other.

use crate::args::RunArguments;
use crate::commands::run::{Job, Success};
use crate::exit::{Exit, Failure};
use crate::interrupt;
use crate::junit;
use crate::report;
use crate::table::{Align, Table};
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_registry::write_file_atomically;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What came of one model.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) took: Duration,
    pub(crate) result: Result<Success, Failure>,
}

impl Case {
    pub(crate) fn exit(&self) -> Exit {
        self.result.as_ref().map_or_else(|failure| failure.exit, |_| Exit::Fine)
    }

    fn json(&self) -> Value {
        match &self.result {
            Ok(success) => success.json.clone(),
            Err(failure) => report::failure(&self.name, failure),
        }
    }
}

/// Runs the models of a command line. Without `--batch` the first failure is the last.
pub(crate) fn run_all(job: &Job<'_>, terminal: &Terminal) -> Result<Exit, Failure> {
    let arguments = job.arguments;
    let models = job.subjects()?;
    let mut cases: Vec<Case> = Vec::with_capacity(models.len());
    for subject in &models {
        let started = Instant::now();
        let result = job.run(subject, terminal);
        let case = Case { name: subject.name(), took: started.elapsed(), result };
        show(&case, models.len() > 1, arguments, terminal)?;
        cases.push(case);
        let failed = cases.last().is_some_and(|case| case.result.is_err());
        if failed && !arguments.batch || interrupt::cancel().is_cancelled() {
            break;
        }
    }
    let worst = cases.iter().map(Case::exit).max().unwrap_or(Exit::Fine);
    if let Some(path) = &arguments.junit_output {
        write_file_atomically(path, junit::report(&cases)?.as_bytes())?;
    }
    if arguments.json {
        let object = match &cases[..] {
            [only] if !arguments.batch => only.json(),
            cases => json!({
                "exit_code": worst as u8,
                "runs": cases.iter().map(Case::json).collect::<Vec<_>>(),
            }),
        };
        terminal.result(&report::pretty(&object))?;
    } else if arguments.batch && !arguments.quiet {
        terminal.result(&summary(&cases, models.len(), terminal))?;
    }
    Ok(worst)
}

/// Shows what came of a model as soon as it is known.
fn show(case: &Case, several: bool, arguments: &RunArguments, terminal: &Terminal) -> Result<(), Failure> {
    match &case.result {
        // In JSON the failure is part of the result.
        Err(failure) if !arguments.json => {
            // Diagnostics say which file they are about, other messages may not.
            if several && failure.diagnostics.is_empty() {
                terminal.note(&format!("{}: ", case.name));
            }
            terminal.failure(failure);
            Ok(())
        }
        Ok(success) if !arguments.json && !arguments.quiet && !arguments.batch => {
            if several {
                let bold = terminal.style(Style::new().bold());
                terminal.result(&format!("{bold}{}{bold:#}\n", case.name))?;
            }
            terminal.result(&success.text)?;
            if several { terminal.result("\n") } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// A line a model.
fn summary(cases: &[Case], models: usize, terminal: &Terminal) -> String {
    let mut table = Table::new([
        ("model", Align::Left),
        ("result", Align::Left),
        ("time", Align::Right),
        ("", Align::Left),
    ]);
    for case in cases {
        let (result, what) = match &case.result {
            Ok(success) if success.warnings > 0 => {
                (report::counted(success.warnings, "warning"), success.path.clone())
            }
            Ok(success) => ("ok".to_owned(), success.path.clone()),
            Err(failure) => {
                let errors = failure.diagnostics.iter().filter(|d| d.is_error()).count();
                let result = if failure.exit == Exit::Interrupted {
                    "interrupted".to_owned()
                } else if errors > 0 {
                    report::counted(errors, "error")
                } else {
                    "failed".to_owned()
                };
                (result, None)
            }
        };
        table.row([case.name.clone(), result, report::duration(case.took), what.unwrap_or_default()]);
    }
    let failed = cases.iter().filter(|case| case.result.is_err()).count();
    let mut facts = vec![report::counted(models, "model"), format!("{} ok", cases.len() - failed)];
    if failed > 0 {
        facts.push(format!("{failed} failed"));
    }
    if cases.len() < models {
        facts.push(format!("{} not run", models - cases.len()));
    }
    format!("{}\n{}\n", table.text(terminal.style(Style::new().bold())), facts.join(" · "))
}
