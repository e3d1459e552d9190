//! `flowtime run`

use super::validate;
use crate::args::{Format, RunArguments, Tier, ValidateArguments};
use crate::batch;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::interrupt;
use crate::limits;
use crate::overrides;
use crate::progress::Progress;
use crate::provenance;
use crate::report;
use crate::terminal::Terminal;
use flowtime_core::diagnostics::{Diagnostic, Severity};
use flowtime_core::provenance::Provenance;
use flowtime_registry::{
    Execution, Outcome, Override, PARQUET_FILE, PLOT_FILE, RunRef, RunRequest, SERIES_FILE, StoreOptions,
    Workspace,
};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::PathBuf;
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
    workspace: Workspace,
    overrides: Vec<Override>,
    provenance: Option<Provenance>,
}

/// What is run.
#[derive(Debug)]
pub(crate) enum Subject {
    File(PathBuf),
    /// The id of a stored model.
    Stored(String),
}

impl Subject {
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Subject::File(path) => input::name_of(path),
            Subject::Stored(id) => id.clone(),
        }
    }
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
        if arguments.version.is_some() && arguments.model.is_none() {
            return Err(Failure::new(Exit::Usage, "`--version` is for stored models")
                .help("name the model with `--model ID`, or leave the version out"));
        }
        let overrides = arguments.set.iter().map(|text| overrides::read(text)).collect::<Result<_, _>>()?;
        let provenance = arguments.provenance.as_deref().map(provenance::read).transpose()?;
        let root = arguments.output.clone().unwrap_or_else(Workspace::default_root);
        Ok(Job { arguments, workspace: Workspace::open(root), overrides, provenance })
    }

    /// Everything that is to be run.
    pub(crate) fn subjects(&self) -> Result<Vec<Subject>, Failure> {
        match &self.arguments.model {
            Some(id) => Ok(vec![Subject::Stored(id.clone())]),
            None => Ok(input::expand(&self.arguments.models)?.into_iter().map(Subject::File).collect()),
        }
    }

    /// Runs one model, from its file to its folder.
    pub(crate) fn run(&self, subject: &Subject, terminal: &Terminal) -> Result<Success, Failure> {
        let (arguments, name) = (self.arguments, subject.name());
        let started = Instant::now();
        let (mut request, known) = self.request(subject)?;
        let progress = Progress::new(name.clone(), terminal.err_is_terminal && !arguments.quiet);
        let bar = progress.clone();
        request = request.watch(move |done| {
            bar.show("running", done);
            ControlFlow::Continue(())
        });
        let executed = self.workspace.execute(&request);
        progress.clear();
        let mut execution = executed.map_err(|error| match Failure::from(error) {
            failure if failure.diagnostics.is_empty() => failure,
            failure => failure.after(&known),
        })?;
        execution.took = started.elapsed();
        let source = execution.model.source_text().cloned();
        if arguments.strict && !execution.warnings.is_empty() {
            execution.warnings.iter_mut().for_each(|warning| warning.severity = Severity::Error);
            return Err(Failure::findings(execution.warnings, source));
        }
        let written = if arguments.dry_run { None } else { Some(self.store(&execution, &progress)?) };
        if !arguments.quiet && !arguments.json && !execution.warnings.is_empty() {
            // The empty line sets them off from the table.
            terminal
                .note(&format!("{}\n", terminal.diagnostics_for_err(&execution.warnings, source.as_ref())));
        }
        if let Some(run) = &written {
            self.remark(run, terminal);
        }
        let json = if arguments.json {
            report::json(&name, &execution, written.as_ref())
        } else {
            serde_json::Value::Null
        };
        Ok(Success {
            text: report::text(&execution, written.as_ref(), arguments, terminal),
            json,
            path: written.map(|run| run.path.display().to_string()),
            warnings: execution.warnings.len(),
        })
    }

    /// What to run, and what is known of it already.
    fn request(&self, subject: &Subject) -> Result<(RunRequest, Vec<Diagnostic>), Failure> {
        let arguments = self.arguments;
        let (mut request, known) = match subject {
            Subject::File(path) => {
                let loaded = input::resolved(path, &arguments.reading, self.workspace.root())?;
                let mut request = RunRequest::of_model(loaded.model);
                request.warnings.clone_from(&loaded.warnings);
                request.sources = loaded.sources;
                (request, loaded.warnings)
            }
            Subject::Stored(id) => (RunRequest::of_model_id(id), Vec::new()),
        };
        request.version = arguments.version;
        request.seed = arguments.seed;
        request.overrides.clone_from(&self.overrides);
        request.provenance.clone_from(&self.provenance);
        request.deterministic = arguments.deterministic;
        let request = request.limits(limits::all(&arguments.reading.limits)).cancel(interrupt::cancel());
        Ok((request, known))
    }

    fn store(&self, execution: &Execution, progress: &Progress) -> Result<RunRef, Failure> {
        let arguments = self.arguments;
        let earlier = match &arguments.model {
            Some(_) => self.workspace.equal_runs(execution)?.into_iter().next(),
            None => None,
        };
        // Asked before each file, which tells how far the writing is.
        let (files, asking) = (execution.outputs().len() as f64, Cell::new(0));
        let asked = || {
            let done = f64::from(asking.replace(asking.get() + 1)) / files;
            progress.show("writing", done.min(1.0));
            interrupt::cancel().is_cancelled()
        };
        let options = StoreOptions::new()
            .parquet(arguments.format == Format::Parquet)
            .json(arguments.format == Format::Json)
            .plot(arguments.plot)
            .replace(arguments.force)
            .interrupted(&asked);
        let stored = self.workspace.store(execution, &options);
        progress.clear();
        let mut run = stored?;
        run.was_duplicate_of = earlier.or(run.was_duplicate_of);
        Ok(run)
    }

    /// Says what of a stored run may surprise.
    fn remark(&self, run: &RunRef, terminal: &Terminal) {
        let arguments = self.arguments;
        let asked = [
            (arguments.plot, PLOT_FILE),
            (arguments.format == Format::Json, SERIES_FILE),
            (arguments.format == Format::Parquet, PARQUET_FILE),
        ];
        let missing = asked.iter().find(|(wanted, file)| *wanted && !run.path.join(file).exists());
        if let Some((_, file)) = missing.filter(|_| run.outcome == Outcome::Reused) {
            terminal.warning(&format!(
                "the stored run has no `{file}` and is left as it is; `--force` writes it anew"
            ));
        }
        if run.pending {
            terminal
                .warning("the run is stored, but the index could not be told; the next command will do it");
        }
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
