//! Models from files and from standard input.

use crate::args::ReadingArguments;
use crate::exit::{Exit, Failure};
use crate::limits;
use flowtime_core::diagnostics::{Code, Diagnostic};
use flowtime_core::{Limits, Model, ModelBundle, ParseOptions, Plan};
use flowtime_registry::{SourceRecord, Sources, Workspace};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A model with everything that is known about it so far.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Its values in place, wherever they came from.
    pub(crate) model: Model,
    /// Warnings, in document order.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The files that its const nodes were read from.
    pub(crate) sources: Vec<SourceRecord>,
}

/// The name of a model in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if is_standard_input(path) { "<stdin>".to_owned() } else { path.display().to_string() }
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The bytes of a document: one more than the limit tells that there are too many.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let most = (limits.document_bytes as u64).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if is_standard_input(path) {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::reading(path, &error))?;
    Ok(bytes)
}

/// Reads a model's document; its sources are not looked at.
pub(crate) fn parse(path: &Path, reading: &ReadingArguments) -> Result<Loaded, Failure> {
    let limits = limits::all(&reading.limits);
    let options =
        ParseOptions::default().name(name_of(path)).limits(limits).ignore_reserved(reading.ignore_reserved);
    let bytes = read(path, &limits)?;
    match Model::parse(&bytes, &options) {
        Ok(parsed) => Ok(Loaded { model: parsed.model, warnings: parsed.warnings, sources: Vec::new() }),
        Err(_) if ModelBundle::is_bundle(&bytes) => {
            let name = name_of(path);
            Err(Failure::new(Exit::Invalid, format!("`{name}` is a bundle, not a model"))
                .help(format!("store its model with `flowtime import {name}`, and run that")))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads a model and the values that its sources name: telemetry of the registry in `root`, CSV files beside it.
pub(crate) fn resolved(path: &Path, reading: &ReadingArguments, root: &Path) -> Result<Loaded, Failure> {
    let mut loaded = parse(path, reading)?;
    let sources = Sources::of_registry(root);
    let mut sources =
        if is_standard_input(path) { sources.in_folder(Path::new(".")) } else { sources.beside(path) };
    match sources.resolve(&loaded.model) {
        Ok(resolved) => {
            loaded.model = resolved.model;
            loaded.sources = resolved.sources;
            loaded.warnings.extend(resolved.warnings);
            loaded.warnings.sort_by_key(|d| d.span.map_or(0, |span| span.start));
            Ok(loaded)
        }
        // All at once: what is wrong besides the sources as well.
        Err(error) => Err(Failure::from(error).after(&other_errors(&loaded.model)).after(&loaded.warnings)),
    }
}

/// Reads a model and the values that its sources name, and compiles it.
pub(crate) fn compile(path: &Path, reading: &ReadingArguments) -> Result<(Loaded, Plan), Failure> {
    let loaded = resolved(path, reading, &Workspace::default_root())?;
    match loaded.model.compile() {
        Ok(plan) => Ok((loaded, plan)),
        Err(error) => Err(Failure::from(error).after(&loaded.warnings)),
    }
}

/// What is wrong with a model besides its sources.
fn other_errors(model: &Model) -> Vec<Diagnostic> {
    match model.compile() {
        Ok(_) => Vec::new(),
        Err(error) => error.diagnostics().iter().filter(|d| d.code != Code::SourceFailed).cloned().collect(),
    }
}

/// The models that arguments name: a pattern stands for the files that match it.
pub(crate) fn expand(models: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut expanded = Vec::new();
    for model in models {
        match model.to_str() {
            Some(pattern) if pattern.contains(['*', '?', '[']) && !model.exists() => {
                let matches = glob::glob(pattern).map_err(|error| {
                    Failure::new(Exit::Usage, format!("`{pattern}` is not a pattern: {}", error.msg))
                })?;
                let before = expanded.len();
                expanded.extend(matches.flatten().filter(|path| path.is_file()));
                if expanded.len() == before {
                    return Err(Failure::new(Exit::NotFound, format!("no file matches `{pattern}`")));
                }
            }
            _ => expanded.push(model.clone()),
        }
    }
    Ok(expanded)
}
