//! Where const nodes get their numbers from: telemetry of the registry, and CSV files beside a model.

use crate::artifact::checked_id;
use crate::csv_source::CsvSources;
use crate::record::SourceRecord;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::{Error, Model, SourceError};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What a source of telemetry begins with: `telemetry:<id>#column`.
pub const TELEMETRY_PREFIX: &str = "telemetry:";

/// Reads the columns that const nodes name: `telemetry:<id>#column` from a registry, `file.csv#column` from a folder.
///
/// ```no_run
/// use flowtime_core::Model;
/// use flowtime_registry::Sources;
/// let model = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 2, binSize: 1, binUnit: hours}
/// nodes: [{id: load, kind: const, source: 'telemetry:january#calls'}]
/// ")?;
/// let resolved = Sources::of_registry("data").resolve(&model)?;
/// assert_eq!(resolved.sources[0].path, "telemetry/january/binned_v0.csv");
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    files: Option<CsvSources>,
    telemetry: HashMap<String, CsvSources>,
}

/// A model with the values of its sources.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Resolved {
    /// The model.
    pub model: Model,
    /// What is worth knowing of the values.
    pub warnings: Vec<Diagnostic>,
    /// Where they came from, a record a node.
    pub sources: Vec<SourceRecord>,
}

impl Sources {
    /// The telemetry of the registry in a folder, and no files.
    pub fn of_registry(root: impl Into<PathBuf>) -> Self {
        Sources { root: root.into(), files: None, telemetry: HashMap::new() }
    }

    /// Also the CSV files of a folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.files = Some(CsvSources::in_folder(folder));
        self
    }

    /// Also the CSV files beside a model's file.
    #[must_use]
    pub fn beside(mut self, model: &Path) -> Self {
        self.files = Some(CsvSources::beside(model));
        self
    }

    /// The model with the values that its sources name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`](flowtime_core::ErrorKind::InvalidModel) with a diagnostic for each source that
    /// cannot be read or does not fit.
    pub fn resolve(&mut self, model: &Model) -> Result<Resolved, Error> {
        if model.sources().next().is_none() {
            return Ok(Resolved { model: model.clone(), warnings: Vec::new(), sources: Vec::new() });
        }
        let mut found = HashMap::new();
        let parsed = model.resolve_sources(&mut |source| {
            let (values, record) = self.read(source)?;
            found.insert(source.to_owned(), record);
            Ok(values)
        })?;
        let named = model.sources().filter_map(|(node, source)| {
            Some(SourceRecord { node: node.to_owned(), ..found.get(source)?.clone() })
        });
        Ok(Resolved { sources: named.collect(), model: parsed.model, warnings: parsed.warnings })
    }

    fn read(&mut self, source: &str) -> Result<(Vec<f64>, SourceRecord), SourceError> {
        let failed = |error: crate::SourceError| SourceError::new(error.to_string()).help(error.help());
        let (mut series, folder) = match source.strip_prefix(TELEMETRY_PREFIX) {
            Some(rest) => {
                let (id, column) = rest.split_once('#').unwrap_or((rest, ""));
                if column.is_empty() {
                    return Err(SourceError::new(format!("`{source}` does not say which column"))
                        .help(format!("write `{TELEMETRY_PREFIX}{id}#column`")));
                }
                let folder = self.telemetry_folder(id)?;
                let path = self.root.join(&folder);
                let files =
                    self.telemetry.entry(id.to_owned()).or_insert_with(|| CsvSources::in_folder(&path));
                (files.resolve(&format!("binned_v0.csv#{column}")).map_err(failed)?, format!("{folder}/"))
            }
            None => match &mut self.files {
                Some(files) => (files.resolve(source).map_err(failed)?, String::new()),
                None => {
                    return Err(SourceError::new(format!(
                        "`{source}` is a file, and no folder is known to look in"
                    ))
                    .help("name the folder of the model, or import the file: `flowtime telemetry import`"));
                }
            },
        };
        series.path.insert_str(0, &folder);
        let record = SourceRecord {
            node: String::new(),
            path: series.path,
            column: series.column,
            sha256: series.sha256,
        };
        Ok((series.values, record))
    }

    fn telemetry_folder(&self, id: &str) -> Result<String, SourceError> {
        let folder = match checked_id(id) {
            Ok(id) => format!("telemetry/{id}"),
            Err(error) => return Err(SourceError::new(error.to_string()).help(error.help())),
        };
        if self.root.join(&folder).join("binned_v0.csv").is_file() {
            return Ok(folder);
        }
        let names = std::fs::read_dir(self.root.join("telemetry")).into_iter().flatten().flatten();
        let mut names: Vec<String> = names
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        let error = SourceError::new(format!("there is no telemetry `{id}` in `{}`", self.root.display()));
        Err(match crate::suggest::nearest(id, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`flowtime artifacts list --kind telemetry` lists what there is"),
        })
    }
}
