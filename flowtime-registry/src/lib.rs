//! The part of FlowTime that writes files, and reads those that models name.
//!
//! * [`write_run`] stores a run in a folder that is whole or absent, whenever the process ends;
//!   [`run_state`] and [`read_run`] check every byte of it against its `SHA256SUMS`.
//! * [`SummedFolder`], [`StagedFolder`] and [`write_file_atomically`] are what it is made of.
//! * [`CsvSources`] reads the columns that const nodes name, from files beside the model.
//!
//! Nothing here evaluates a model.
#![deny(unsafe_code)]

mod atomic;
mod csv_row;
mod csv_source;
mod documents;
mod error;
mod record;
mod run_folder;
mod schemas;
mod series_csv;
mod suggest;
mod sums;

pub use atomic::{StagedFolder, TEMPORARY_PREFIX, write_file_atomically, write_file_atomically_with};
pub use csv_source::{CsvSources, SourceError, SourceSeries};
pub use error::{Fault, FaultKind, StoreError};
pub use record::{
    ExtraFile, GridRecord, Interrupted, OverrideRecord, OverrideValue, RunRecord, SeriesRecord, SourceRecord,
    WarningRecord,
};
pub use run_folder::{OnExisting, Outcome, RunState, StoredRun, WrittenRun, read_run, run_state, write_run};
pub use schemas::{MANIFEST_SCHEMA, RUN_SCHEMA, SERIES_INDEX_SCHEMA};
pub use series_csv::write_series_csv;
pub use sums::{SUMS_FILE, SummedFolder};
