//! Values of const nodes from CSV files beside the model: `source: departures.csv#JFK_scheduled`.

use crate::csv_row::{CsvTable, TableLimits, read_table};
use crate::suggest::nearest;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Reads the columns that models name, each file once.
///
/// A file has a header row, commas between cells, and quotes as in RFC 4180. An empty cell is a
/// missing value, and so is `NaN`; any other cell of a column that is asked for must be a finite
/// number. Files are looked for in one folder, that of the model, and nowhere else: not above it,
/// not through a link that leaves it.
#[derive(Debug)]
pub struct CsvSources {
    folder: PathBuf,
    limits: TableLimits,
    files: HashMap<PathBuf, Result<CsvTable, SourceError>>,
}

/// A column and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSeries {
    /// One number a row; NaN is missing.
    pub values: Vec<f64>,
    /// The file as the source names it, relative to the folder.
    pub path: String,
    /// The column.
    pub column: String,
    /// The SHA-256 of the file's bytes in hex.
    pub sha256: String,
}

impl CsvSources {
    /// Reads sources of a model from the folder that its file is in.
    pub fn beside(model: &Path) -> Self {
        match model.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => CsvSources::in_folder(parent),
            _ => CsvSources::in_folder(Path::new(".")),
        }
    }

    /// Reads sources from a folder.
    pub fn in_folder(folder: &Path) -> Self {
        CsvSources { folder: folder.to_owned(), limits: TableLimits::default(), files: HashMap::new() }
    }

    /// Sets the most bytes that a file may have. Default 1 GiB.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.limits.file_bytes = bytes;
        self
    }

    /// Sets the most cells that are kept of all files together, 8 bytes each. Default 2^27.
    #[must_use]
    pub fn max_cells(mut self, cells: usize) -> Self {
        self.limits.cells = cells;
        self
    }

    /// The values that a source, `file.csv#column`, names.
    ///
    /// # Errors
    ///
    /// When the source is no such text or leads out of the folder; when there is no such file or
    /// column; when a cell of the column is not a number.
    pub fn resolve(&mut self, source: &str) -> Result<SourceSeries, SourceError> {
        let (file, column) = split(source)?;
        let path = self.locate(file)?;
        if !self.files.contains_key(&path) {
            let table = self.read(file, &path);
            if let Ok(table) = &table {
                self.limits.kept += table.cells();
            }
            self.files.insert(path.clone(), table);
        }
        let table = match &self.files[&path] {
            Ok(table) => table,
            Err(error) => return Err(error.clone()),
        };
        let mut found = table.columns.iter().filter(|candidate| candidate.name == column);
        let file = file.to_owned();
        match (found.next(), found.next()) {
            (Some(only), None) => match &only.cells {
                Ok(values) => Ok(SourceSeries {
                    values: values.clone(),
                    path: file,
                    column: column.to_owned(),
                    sha256: table.sha256.clone(),
                }),
                Err(cell) => Err(SourceError::Cell {
                    file,
                    line: cell.line,
                    column: column.to_owned(),
                    text: cell.text.clone(),
                    reason: cell.reason,
                }),
            },
            (Some(_), Some(_)) => Err(SourceError::DuplicateColumn { file, column: column.to_owned() }),
            (None, _) => {
                let names = || table.columns.iter().map(|column| column.name.as_str());
                let nearest = nearest(column, names()).map(str::to_owned);
                let columns = names().take(20).map(str::to_owned).collect();
                Err(SourceError::UnknownColumn { file, column: column.to_owned(), nearest, columns })
            }
        }
    }

    /// Where a file really is, if that is in the folder.
    fn locate(&self, file: &str) -> Result<PathBuf, SourceError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                SourceError::NoFile { file: file.to_owned() }
            }
            _ => SourceError::Unreadable { file: file.to_owned(), reason: error.to_string() },
        };
        let folder = fs::canonicalize(&self.folder).map_err(failed)?;
        let path = fs::canonicalize(folder.join(file)).map_err(failed)?;
        if !path.starts_with(&folder) {
            return Err(SourceError::Outside {
                file: file.to_owned(),
                reason: "it is a link that leaves it",
            });
        }
        // A pipe or a device would be waited for.
        if !fs::metadata(&path).map_err(failed)?.is_file() {
            return Err(SourceError::Unreadable {
                file: file.to_owned(),
                reason: "it is not a regular file".into(),
            });
        }
        Ok(path)
    }

    fn read(&self, file: &str, path: &Path) -> Result<CsvTable, SourceError> {
        let unreadable = |error: std::io::Error| SourceError::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let opened = File::open(path).map_err(unreadable)?;
        if opened.metadata().map_err(unreadable)?.len() > self.limits.file_bytes {
            return Err(SourceError::TooLarge { file: file.to_owned(), limit: self.limits.file_bytes });
        }
        read_table(opened, file, &self.limits)
    }
}

/// File and column of a source; the file a plain path that goes nowhere but down.
fn split(source: &str) -> Result<(&str, &str), SourceError> {
    let malformed = |reason| SourceError::Malformed { source_text: source.to_owned(), reason };
    let (file, column) = source.split_once('#').ok_or_else(|| malformed("there is no `#`"))?;
    let column = column.trim();
    if file.is_empty() {
        return Err(malformed("there is no file before the `#`"));
    }
    if column.is_empty() {
        return Err(malformed("there is no column after the `#`"));
    }
    let outside = |reason| Err(SourceError::Outside { file: file.to_owned(), reason });
    let drive = matches!(file.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if file.contains('\\') {
        return outside("paths are written with `/`");
    }
    if file.starts_with('/') || drive {
        return outside("it is an absolute path");
    }
    if file.split('/').any(|part| part == "..") {
        return outside("it contains `..`");
    }
    if file.contains(char::is_control) {
        return Err(malformed("the file's name contains a control character"));
    }
    Ok((file, column))
}

/// Why a source has no values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It is not a file and a column.
    #[error("`{}` is not a source: {reason}", source_text.escape_debug())]
    Malformed {
        /// What was written.
        source_text: String,
        /// Why not.
        reason: &'static str,
    },
    /// The file is not in the model's folder.
    #[error("`{}` is not in the model's folder: {reason}", file.escape_debug())]
    Outside {
        /// The file as written.
        file: String,
        /// Why not.
        reason: &'static str,
    },
    /// There is no such file.
    #[error("there is no file `{file}` in the model's folder")]
    NoFile {
        /// The file as written.
        file: String,
    },
    /// The system cannot read the file.
    #[error("`{file}` cannot be read: {reason}")]
    Unreadable {
        /// The file as written.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The file has more bytes than allowed.
    #[error("`{file}` has more than {limit} bytes")]
    TooLarge {
        /// The file as written.
        file: String,
        /// The most bytes allowed.
        limit: u64,
    },
    /// The files have more cells than are kept in memory.
    #[error("the source files up to and with `{file}` have more than {limit} cells")]
    TooManyCells {
        /// The file as written.
        file: String,
        /// The most cells that are kept.
        limit: usize,
    },
    /// The file is empty.
    #[error("`{file}` has no header row")]
    NoHeader {
        /// The file as written.
        file: String,
    },
    /// The file has a header row and nothing else.
    #[error("`{file}` has no rows below its header")]
    NoRows {
        /// The file as written.
        file: String,
    },
    /// The header has no such column.
    #[error("`{file}` has no column `{}`", column.escape_debug())]
    UnknownColumn {
        /// The file as written.
        file: String,
        /// The column as written.
        column: String,
        /// A column of a similar name.
        nearest: Option<String>,
        /// The first columns of the file.
        columns: Vec<String>,
    },
    /// Two columns have the name.
    #[error("`{file}` has more than one column `{column}`")]
    DuplicateColumn {
        /// The file as written.
        file: String,
        /// The column.
        column: String,
    },
    /// A cell is not a finite number.
    #[error("line {line} of `{file}`: `{}` in column `{column}` {reason}", text.escape_debug())]
    Cell {
        /// The file as written.
        file: String,
        /// The line of the file, the header being 1.
        line: u64,
        /// The column.
        column: String,
        /// What the cell says, shortened.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A row has more or fewer cells than the header.
    #[error("line {line} of `{file}` has {found} {}, the header has {expected}", if *found == 1 { "cell" } else { "cells" })]
    RowLength {
        /// The file as written.
        file: String,
        /// The line of the file, the header being 1.
        line: u64,
        /// The cells of the header.
        expected: usize,
        /// The cells of the row.
        found: usize,
    },
    /// A row cannot be cut into cells.
    #[error("line {line} of `{file}`: {reason}")]
    Row {
        /// The file as written.
        file: String,
        /// The line of the file, the header being 1.
        line: u64,
        /// Why not.
        reason: &'static str,
    },
}

impl SourceError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            SourceError::Malformed { .. } => "write `source: file.csv#column`".to_owned(),
            SourceError::Outside { .. } => {
                "put the file beside the model and name it by its path from there".to_owned()
            }
            SourceError::NoFile { .. } => {
                "the path is taken from the folder that the model's file is in".to_owned()
            }
            SourceError::Unreadable { .. } => "check the file and its permissions".to_owned(),
            SourceError::TooLarge { .. } | SourceError::TooManyCells { .. } => {
                "keep only the columns that the model needs".to_owned()
            }
            SourceError::NoHeader { .. } => {
                "the first line names the columns, with commas between them".to_owned()
            }
            SourceError::NoRows { .. } => "each line below the header is one bin".to_owned(),
            SourceError::UnknownColumn { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            SourceError::UnknownColumn { columns, .. } if matches!(&columns[..], [only] if only.contains([';', '\t'])) => {
                "columns are separated by commas".to_owned()
            }
            SourceError::UnknownColumn { columns, .. } => {
                format!("its columns are `{}`", columns.join("`, `"))
            }
            SourceError::DuplicateColumn { .. } => "give the columns different names".to_owned(),
            SourceError::Cell { .. } => {
                "write a finite number with `.` as decimal point, or leave the cell empty for a missing value"
                    .to_owned()
            }
            SourceError::RowLength { .. } => "every row has one cell for each name in the header".to_owned(),
            SourceError::Row { .. } => {
                "a quoted cell begins and ends with `\"`, and a `\"` in it is doubled".to_owned()
            }
        }
    }
}
