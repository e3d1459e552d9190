//! What is to be stored of a run, as plain data.

use flowtime_core::Grid;
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};

/// Everything that is stored of one run. Borrowed, so that no series is copied to be written.
#[derive(Debug, Clone)]
pub struct RunRecord<'a> {
    /// The id, and the name of the run's folder.
    pub run_id: &'a str,
    /// What people call it; without one it is called by its id.
    pub title: Option<&'a str>,
    /// The time of the run in UTC, `YYYY-MM-DDThh:mm:ssZ`.
    pub created_at: String,
    /// The model as YAML: sources resolved, provenance stripped.
    pub spec_yaml: &'a str,
    /// The time grid.
    pub grid: GridRecord,
    /// The series to write, in order.
    pub outputs: Vec<SeriesRecord<'a>>,
    /// `sha256:` and 64 hex digits.
    pub model_hash: &'a str,
    /// `sha256:` and 64 hex digits.
    pub logic_hash: &'a str,
    /// The seed of the run.
    pub seed: u64,
    /// Who chose the seed: `caller`, `model` or `default`.
    pub seed_source: &'a str,
    /// Inputs that the run replaced.
    pub overrides: Vec<OverrideRecord<'a>>,
    /// The id of each pmf node and how it became a series.
    pub pmf_modes: Vec<(&'a str, &'a str)>,
    /// How long compiling and evaluating took.
    pub execution_time_ms: f64,
    /// What was found that is no error.
    pub warnings: Vec<WarningRecord>,
    /// Where the model came from, if known; stored as `provenance.json`.
    pub provenance: Option<serde_json::Value>,
    /// The files that const nodes were read from.
    pub sources: Vec<SourceRecord>,
    /// Further files, such as a picture: part of the folder and of its checksums.
    pub extra_files: Vec<ExtraFile<'a>>,
    /// Asked between files: when it says `true`, nothing is stored.
    pub interrupted: Option<Interrupted<'a>>,
}

/// A file beside those that every run has.
#[derive(Clone, Copy)]
pub struct ExtraFile<'a> {
    /// Its path in the folder of the run, such as `plot.svg`.
    pub path: &'a str,
    /// Writes what is in it.
    pub write: &'a dyn Fn(&mut dyn Write) -> io::Result<()>,
}

impl fmt::Debug for ExtraFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraFile({:?})", self.path)
    }
}

/// Says whether the user wants the writing to stop.
#[derive(Clone, Copy)]
pub struct Interrupted<'a>(pub &'a dyn Fn() -> bool);

impl fmt::Debug for Interrupted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupted")
    }
}

/// A time grid, with the names that a model document uses.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GridRecord {
    /// The number of bins.
    pub bins: usize,
    /// The size of a bin in units.
    pub bin_size: u32,
    /// `minutes`, `hours`, `days` or `weeks`.
    pub bin_unit: String,
    /// The start of bin 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
}

impl From<&Grid> for GridRecord {
    fn from(grid: &Grid) -> Self {
        GridRecord {
            bins: grid.bins(),
            bin_size: grid.bin_size(),
            bin_unit: grid.bin_unit().name().to_owned(),
            start: grid.start().map(str::to_owned),
        }
    }
}

/// A series and the file it is written to.
#[derive(Debug, Clone, Copy)]
pub struct SeriesRecord<'a> {
    /// The node's id.
    pub id: &'a str,
    /// The bare name of its file.
    pub file: &'a str,
    /// The node's kind: `const`, `expr` or `pmf`.
    pub kind: &'a str,
    /// The node's unit.
    pub unit: Option<&'a str>,
    /// One value a bin; NaN is missing.
    pub values: &'a [f64],
}

/// An input that a run replaced.
#[derive(Debug, Clone, Copy)]
pub struct OverrideRecord<'a> {
    /// The node's id.
    pub node: &'a str,
    /// What it was replaced by.
    pub value: OverrideValue<'a>,
}

/// What an input was replaced by.
#[derive(Debug, Clone, Copy)]
pub enum OverrideValue<'a> {
    /// One number for every bin.
    Number(f64),
    /// One number a bin; stored as its length and its hash.
    Series(&'a [f64]),
}

/// Something worth telling that is no error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WarningRecord {
    /// The code of the catalogue, such as `FT1203`.
    pub code: String,
    /// What was found.
    pub message: String,
    /// The node it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The place in the document, such as `/nodes/3/expr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A file column that a const node was read from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceRecord {
    /// The node's id.
    pub node: String,
    /// The file, relative to the model's folder.
    pub path: String,
    /// The column.
    pub column: String,
    /// The SHA-256 of the file in hex.
    pub sha256: String,
}
