//! `--set node=value`: inputs that a run replaces.

use crate::exit::{Exit, Failure};
use flowtime_core::provenance::format_number;
use flowtime_core::{InputValue, Value};
use flowtime_registry::{CsvSources, OverrideRecord, OverrideValue, SourceRecord};
use std::fmt;
use std::path::Path;

/// What the command line puts in the place of a node.
#[derive(Debug)]
pub(crate) struct Override {
    pub(crate) node: String,
    value: Given,
    /// The file it was read from.
    pub(crate) source: Option<SourceRecord>,
}

#[derive(Debug)]
enum Given {
    Number(f64),
    Series(Vec<f64>),
}

impl Override {
    /// Reads `node=12.5` or `node=@file.csv#column`, the file relative to the working folder.
    pub(crate) fn read(text: &str) -> Result<Override, Failure> {
        let usage = |message: String| {
            Failure::new(Exit::Usage, message)
                .help("write `--set node=12.5` or `--set node=@file.csv#column`")
        };
        let (node, value) = text
            .split_once('=')
            .map(|(node, value)| (node.trim(), value.trim()))
            .filter(|(node, _)| !node.is_empty())
            .ok_or_else(|| usage(format!("`--set {text}` does not say which node gets which value")))?;
        if let Some(source) = value.strip_prefix('@') {
            return Override::column(node, source);
        }
        let number: f64 = value.parse().map_err(|_| {
            usage(format!("`--set {text}`: `{value}` is neither a number nor a column (`@file.csv#column`)"))
        })?;
        if number.is_infinite() {
            return Err(usage(format!(
                "`--set {text}`: the value is infinite, and numbers are finite or `NaN`"
            )));
        }
        Ok(Override { node: node.to_owned(), value: Given::Number(number), source: None })
    }

    fn column(node: &str, source: &str) -> Result<Override, Failure> {
        // The user may name any file; the reader of sources stays in one folder.
        let Some((file, column)) = source.split_once('#').filter(|(_, column)| !column.is_empty()) else {
            let message = format!("`--set {node}=@{source}` does not say which column of the file");
            return Err(
                Failure::new(Exit::Usage, message).help(format!("write `--set {node}=@file.csv#column`"))
            );
        };
        let path = Path::new(file);
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Err(error) = std::fs::metadata(path) {
            return Err(Failure::reading(path, &error));
        }
        let series = CsvSources::in_folder(folder)
            .resolve(&format!("{name}#{column}"))
            .map_err(|error| Failure::new(Exit::Invalid, format!("`{node}`: {error}")).help(error.help()))?;
        let source = SourceRecord {
            node: node.to_owned(),
            path: file.to_owned(),
            column: series.column,
            sha256: series.sha256,
        };
        Ok(Override { node: node.to_owned(), value: Given::Series(series.values), source: Some(source) })
    }

    /// As a run takes it.
    pub(crate) fn input(&self) -> InputValue {
        match &self.value {
            Given::Number(number) => InputValue::Number(*number),
            Given::Series(values) => InputValue::Series(values.clone()),
        }
    }

    /// As it is stored.
    pub(crate) fn record(&self) -> OverrideRecord<'_> {
        let value = match &self.value {
            Given::Number(number) => OverrideValue::Number(*number),
            Given::Series(values) => OverrideValue::Series(values),
        };
        OverrideRecord { node: &self.node, value }
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, &self.source) {
            (Given::Number(number), _) => write!(f, "{}={}", self.node, format_number(*number)),
            (_, Some(source)) => write!(f, "{}=@{}#{}", self.node, source.path, source.column),
            (Given::Series(values), None) => write!(f, "{}: {} values", self.node, values.len()),
        }
    }
}

/// All overrides as a document, for the id of a deterministic run.
pub(crate) fn document(overrides: &[Override]) -> Value {
    let value = |given: &Override| match &given.value {
        Given::Number(number) => Value::Number(*number),
        Given::Series(values) => Value::Array(values.iter().map(|x| Value::Number(*x)).collect()),
    };
    Value::Object(overrides.iter().map(|given| (given.node.clone(), value(given))).collect())
}
