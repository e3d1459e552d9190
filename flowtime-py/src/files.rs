//! Values of const nodes from CSV files.

use crate::error::Failure;
use flowtime_core::diagnostics::{Code, Diagnostic};
use flowtime_core::{Model, SourceError};
use flowtime_registry::CsvSources;
use std::collections::HashMap;
use std::path::Path;

/// A model whose sources were read, and what is worth knowing about them.
pub(crate) struct Resolved {
    pub(crate) model: Model,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads the columns that const nodes name, from files in `folder`.
pub(crate) fn resolve(model: &Model, folder: &Path) -> Result<Resolved, Failure> {
    let mut files = CsvSources::in_folder(folder);
    resolve_with(model, &mut |source| match files.resolve(source) {
        Ok(series) => Ok(series.values),
        Err(error) => Err(SourceError::new(error.to_string()).help(error.help())),
    })
}

/// Takes the values of sources as they were read before.
pub(crate) fn given(model: &Model, values: &HashMap<String, Vec<f64>>) -> Result<Resolved, Failure> {
    resolve_with(model, &mut |source| {
        values
            .get(source)
            .cloned()
            .ok_or_else(|| SourceError::new(format!("there are no values of `{source}`")))
    })
}

/// What is wrong with a model whose sources nobody has read.
pub(crate) fn unread(model: &Model) -> Option<Failure> {
    let unread = |source: &str| {
        let message = format!("the values of `{source}` have not been read");
        let help = "read the model with `Model.from_path`, or say with `folder=` where its CSV files are";
        Err(SourceError::new(message).help(help))
    };
    resolve_with(model, &mut { unread }).err()
}

fn resolve_with(
    model: &Model,
    values: &mut dyn FnMut(&str) -> Result<Vec<f64>, SourceError>,
) -> Result<Resolved, Failure> {
    match model.resolve_sources(values) {
        Ok(parsed) => Ok(Resolved { model: parsed.model, warnings: parsed.warnings }),
        // All at once: what is wrong besides the sources as well.
        Err(error) => Err(Failure::from(error).with(&other_errors(model))),
    }
}

fn other_errors(model: &Model) -> Vec<Diagnostic> {
    match model.compile() {
        Ok(_) => Vec::new(),
        Err(error) => error.diagnostics().iter().filter(|d| d.code != Code::SourceFailed).cloned().collect(),
    }
}
