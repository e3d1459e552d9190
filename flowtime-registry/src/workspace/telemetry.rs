//! Measured series, into the registry and out of it: `bin_index` and a column a series.

use super::Workspace;
use super::error::WorkspaceError;
use super::sources::TELEMETRY_PREFIX;
use crate::artifact::{LabelChange, TelemetryCatalog, TelemetrySeries};
use crate::csv_row::{CsvTable, TableLimits, read_table};
use crate::registry::NewTelemetry;
use crate::run_folder::Outcome;
use crate::sums::bytes_sum;
use flowtime_core::provenance::{model_id, write_number};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The column that counts bins, which is made anew.
const INDEX: &str = "bin_index";

/// Stored telemetry.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TelemetryRef {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub path: PathBuf,
    /// `registry:telemetry/<id>`.
    pub catalog_url: String,
    /// The names of its series; a const node has one as `source: telemetry:<id>#name`.
    pub series: Vec<String>,
    /// How many bins it has.
    pub bins: usize,
    /// Columns of the file that are no numbers, and were left out.
    pub left_out: Vec<String>,
    /// Whether the same was stored before.
    pub existed: bool,
    /// Whether the index could not be told yet.
    pub pending: bool,
}

impl TelemetryRef {
    /// What a const node writes to have a series of it.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("calls.csv");
    /// std::fs::write(&file, "day,calls\nMon,3\nTue,4\n")?;
    /// let workspace = flowtime_registry::Workspace::open(folder.path());
    /// let stored = workspace.import_telemetry(&file, Some("january"), &[])?;
    /// assert_eq!(stored.source("calls"), format!("telemetry:{}#calls", stored.id));
    /// assert_eq!(stored.left_out, ["day"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source(&self, series: &str) -> String {
        format!("{TELEMETRY_PREFIX}{}#{series}", self.id)
    }

    /// As JSON, with the names of the fields, and `sources`: what const nodes write; the same from the command, Python
    /// and C.
    pub fn to_json(&self) -> serde_json::Value {
        let sources: Vec<String> = self.series.iter().map(|series| self.source(series)).collect();
        serde_json::json!({
            "id": self.id,
            "path": self.path.display().to_string(),
            "catalog_url": self.catalog_url,
            "bins": self.bins,
            "series": self.series,
            "sources": sources,
            "left_out": self.left_out,
            "existed": self.existed,
            "pending": self.pending,
        })
    }
}

impl Workspace {
    /// Stores the columns of a CSV file whose cells are all numbers, or missing, a row a bin.
    ///
    /// The id is made of the name, or the file's, and of the numbers: the same numbers under the same name are stored
    /// once. With `columns` only those are taken, and each has to be numbers.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Reading`] when the file cannot be read, [`WorkspaceError::Invalid`] when it has no such
    /// columns, [`WorkspaceError::Registry`] when it cannot be stored.
    pub fn import_telemetry(
        &self,
        csv: &Path,
        name: Option<&str>,
        columns: &[String],
    ) -> Result<TelemetryRef, WorkspaceError> {
        let shown = csv.display().to_string();
        let reading = |source| WorkspaceError::Reading { path: csv.to_owned(), source };
        let file = File::open(csv).map_err(reading)?;
        if !file.metadata().map_err(reading)?.is_file() {
            let kind = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(reading(kind));
        }
        let failed = |error: crate::SourceError| WorkspaceError::invalid(error.to_string(), error.help());
        let table = read_table(file, &shown, &TableLimits::default()).map_err(failed)?;
        let (taken, left_out) = choose(&table, columns, &shown)?;
        let bins = taken.first().map_or(0, |(_, values)| values.len());
        let text = binned(&taken);
        let stem = csv.file_stem().and_then(|stem| stem.to_str()).unwrap_or("telemetry");
        let name = name.unwrap_or(stem);
        let id = model_id(name, &format!("sha256:{}", bytes_sum(text.as_bytes())));
        let mut catalog = TelemetryCatalog::new(&id, name);
        catalog.source = csv.file_name().and_then(|file| file.to_str()).map(str::to_owned);
        catalog.bins = bins;
        let series = taken.iter().map(|(name, _)| TelemetrySeries { id: (*name).to_owned(), unit: None });
        catalog.series = series.collect();
        let new = NewTelemetry::new(catalog, text.as_bytes()).labels(LabelChange::new());
        let stored = self.registry.put_telemetry(&new)?;
        Ok(TelemetryRef {
            catalog_url: stored.card.reference(),
            id: stored.card.id,
            path: stored.path,
            series: taken.iter().map(|(name, _)| (*name).to_owned()).collect(),
            bins,
            left_out,
            existed: stored.outcome == Outcome::Reused,
            pending: stored.pending,
        })
    }

    /// The series of a stored run as one table: `bin_index` and a column a series, as telemetry is stored.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such run, or it is damaged.
    pub fn binned_run(&self, run_id: &str) -> Result<String, WorkspaceError> {
        let series = self.stored_series(run_id)?;
        Ok(binned(&series.iter().map(|(id, values)| (id.as_str(), values.as_slice())).collect::<Vec<_>>()))
    }
}

type Columns<'t> = Vec<(&'t str, &'t [f64])>;

/// The columns to take, and the names of those that are left out because they are no numbers.
fn choose<'t>(
    table: &'t CsvTable,
    wanted: &[String],
    file: &str,
) -> Result<(Columns<'t>, Vec<String>), WorkspaceError> {
    let known = || table.columns.iter().map(|column| column.name.as_str());
    let (mut taken, mut left_out): (Columns<'t>, Vec<String>) = (Vec::new(), Vec::new());
    for name in wanted {
        if !known().any(|column| column == name) {
            let near = crate::suggest::nearest(name, known());
            let help = near.map_or_else(
                || format!("the columns are {}", known().take(20).collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(WorkspaceError::invalid(format!("`{file}` has no column `{name}`"), help));
        }
    }
    for column in table.columns.iter().filter(|column| column.name != INDEX) {
        let asked = wanted.contains(&column.name);
        if !wanted.is_empty() && !asked {
            continue;
        }
        match &column.cells {
            _ if column.name.is_empty() || column.name.contains(['"', ',', '\n', '\r', '#']) => {
                let message = format!(
                    "the column `{}` of `{file}` cannot be named in a model",
                    column.name.escape_debug()
                );
                return Err(WorkspaceError::invalid(
                    message,
                    "give it a name without quotes, commas, `#` and line ends",
                ));
            }
            _ if taken.iter().any(|(name, _)| *name == column.name) => {
                let message = format!("`{file}` has two columns `{}`", column.name);
                return Err(WorkspaceError::invalid(message, "give one of them another name"));
            }
            Ok(values) => taken.push((&column.name, values)),
            Err(cell) if asked => {
                let message = format!(
                    "`{file}`, line {}: `{}` in the column `{}` is no number: {}",
                    cell.line, cell.text, column.name, cell.reason
                );
                return Err(WorkspaceError::invalid(message, "an empty cell or `NaN` is a missing value"));
            }
            Err(_) => left_out.push(column.name.clone()),
        }
    }
    if taken.iter().all(|(_, values)| values.is_empty()) {
        let message = format!("`{file}` has no column of numbers");
        return Err(WorkspaceError::invalid(
            message,
            "the first line names the columns, each further one is a bin",
        ));
    }
    Ok((taken, left_out))
}

/// `treehouse.binned.v0`: numbers as in the files of series.
fn binned(columns: &[(&str, &[f64])]) -> String {
    let mut text = String::from(INDEX);
    for (name, _) in columns {
        text.push(',');
        text.push_str(name);
    }
    text.push('\n');
    for bin in 0..columns.first().map_or(0, |(_, values)| values.len()) {
        text.push_str(&bin.to_string());
        for (_, values) in columns {
            text.push(',');
            write_number(&mut text, values.get(bin).copied().unwrap_or(f64::NAN));
        }
        text.push('\n');
    }
    text
}
