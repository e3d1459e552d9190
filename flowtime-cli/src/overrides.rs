//! `--set node=value`: inputs that a run replaces.

use crate::exit::{Exit, Failure};
use flowtime_registry::{CsvSources, Override, SourceRecord};
use std::path::Path;

/// Reads `node=12.5` or `node=@file.csv#column`, the file relative to the working folder.
pub(crate) fn read(text: &str) -> Result<Override, Failure> {
    let usage = |message: String| {
        Failure::new(Exit::Usage, message).help("write `--set node=12.5` or `--set node=@file.csv#column`")
    };
    let (node, value) = text
        .split_once('=')
        .map(|(node, value)| (node.trim(), value.trim()))
        .filter(|(node, _)| !node.is_empty())
        .ok_or_else(|| usage(format!("`--set {text}` does not say which node gets which value")))?;
    if let Some(source) = value.strip_prefix('@') {
        return column(node, source);
    }
    let number: f64 = value.parse().map_err(|_| {
        usage(format!("`--set {text}`: `{value}` is neither a number nor a column (`@file.csv#column`)"))
    })?;
    if number.is_infinite() {
        return Err(usage(format!("`--set {text}`: the value is infinite, and numbers are finite or `NaN`")));
    }
    Ok(Override::new(node, number))
}

fn column(node: &str, source: &str) -> Result<Override, Failure> {
    // The user may name any file; the reader of sources stays in one folder.
    let Some((file, column)) = source.split_once('#').filter(|(_, column)| !column.is_empty()) else {
        let message = format!("`--set {node}=@{source}` does not say which column of the file");
        return Err(Failure::new(Exit::Usage, message).help(format!("write `--set {node}=@file.csv#column`")));
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
    Ok(Override { source: Some(source), ..Override::new(node, series.values) })
}
