//! `flowtime run`

use super::validate;
use crate::args::{RunArguments, Tier, ValidateArguments};
use crate::batch;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::interrupt;
use crate::limits;
use crate::overrides::Override;
use crate::progress::Progress;
use crate::provenance;
use crate::report;
use crate::store::{Finished, left_out};
use crate::terminal::Terminal;
use flowtime_core::diagnostics::{Diagnostic, Severity};
use flowtime_core::{Plan, Run, RunOptions, Value, analysis};
use std::path::Path;
use std::time::Instant;

pub(crate) fn perform(arguments: &RunArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    if arguments.validate {
        return validate::perform(&validation(arguments), terminal);
    }
    let job = Job::new(arguments)?;
    batch::run_all(&job, terminal)
}

/// What all models of a command line have in common.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) arguments: &'a RunArguments,
    overrides: Vec<Override>,
    provenance: Option<Value>,
}

/// What came of a model, to be shown.
#[derive(Debug)]
pub(crate) struct Success {
    /// For people; for programs, when the arguments say so.
    pub(crate) text: String,
    pub(crate) json: serde_json::Value,
    /// The folder, if one was written.
    pub(crate) path: Option<String>,
    pub(crate) warnings: usize,
}

impl<'a> Job<'a> {
    fn new(arguments: &'a RunArguments) -> Result<Self, Failure> {
        let overrides = arguments.set.iter().map(|text| Override::read(text)).collect::<Result<_, _>>()?;
        let provenance = arguments.provenance.as_deref().map(provenance::read).transpose()?;
        Ok(Job { arguments, overrides, provenance })
    }

    /// Runs one model, from its file to its folder.
    pub(crate) fn run(&self, path: &Path, terminal: &Terminal) -> Result<Success, Failure> {
        let (arguments, name) = (self.arguments, input::name_of(path));
        let started = Instant::now();
        let (loaded, plan) = input::compile(path, &arguments.reading)?;
        let progress = Progress::new(name.clone(), terminal.err_is_terminal && !arguments.quiet);
        let run = self.evaluate(&plan, &progress)?;
        let took = started.elapsed();
        let (provenance, conflict) = provenance::choose(self.provenance.as_ref(), &loaded.model);
        let mut warnings = loaded.warnings.clone();
        warnings.extend(conflict);
        warnings.extend(analysis::run_warnings(&loaded.model, &run));
        let source = loaded.model.source_text();
        if arguments.strict && !warnings.is_empty() {
            warnings.iter_mut().for_each(|warning| warning.severity = Severity::Error);
            return Err(Failure::findings(warnings, source.cloned()));
        }
        let finished = Finished::new(
            &loaded,
            &run,
            &self.overrides,
            &warnings,
            provenance,
            took,
            arguments.deterministic,
        );
        let written = if arguments.dry_run { None } else { Some(finished.write(arguments, &progress)?) };
        if !arguments.quiet && !arguments.json && !warnings.is_empty() {
            // The empty line sets them off from the table.
            terminal.note(&format!("{}\n", terminal.diagnostics_for_err(&warnings, source)));
        }
        if let Some(message) = written.as_ref().and_then(|written| left_out(written, arguments)) {
            terminal.warning(&message);
        }
        let json = if arguments.json {
            report::json(&name, &finished, written.as_ref(), arguments)
        } else {
            serde_json::Value::Null
        };
        Ok(Success {
            text: report::text(&finished, written.as_ref(), arguments, terminal),
            json,
            path: written.map(|run| run.path.display().to_string()),
            warnings: warnings.len(),
        })
    }

    /// Computes the outputs and what they need.
    fn evaluate(&self, plan: &Plan, progress: &Progress) -> Result<Run, Failure> {
        let mut options =
            RunOptions::new().limits(limits::all(&self.arguments.reading.limits)).cancel(interrupt::cancel());
        // Naming every node is the same as naming none, and quicker.
        if plan.outputs().len() != plan.nodes().len() {
            options = options.keep(plan.outputs().map(|(id, _)| id));
        }
        if let Some(seed) = self.arguments.seed {
            options = options.seed(seed);
        }
        for given in &self.overrides {
            options = options.input(&given.node, given.input());
        }
        let bar = progress.clone();
        options = options.progress(move |done| bar.show("running", done));
        let run = plan.run(&options);
        progress.clear();
        Ok(run?)
    }
}

/// `run --validate` is `validate`.
fn validation(arguments: &RunArguments) -> ValidateArguments {
    ValidateArguments {
        models: arguments.models.clone(),
        tier: Tier::Compile,
        strict: arguments.strict,
        reading: arguments.reading.clone(),
        json: arguments.json,
        quiet: arguments.quiet,
    }
}

/// The warnings among findings.
pub(crate) fn has_warnings(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Warning)
}
