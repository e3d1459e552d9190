//! The part of FlowTime that writes files, and reads those that models name.
//!
//! * [`Registry`] keeps models in versions, runs and telemetry under one root, finds them again and traces them back.
//!   It works over any [`Storage`]: a [`Directory`], or [`Memory`].
//! * [`write_run`] stores a run in a folder that is whole or absent, whenever the process ends;
//!   [`run_state`] and [`read_run`] check every byte of it against its `SHA256SUMS`.
//! * [`SummedFolder`], [`StagedFolder`] and [`write_file_atomically`] are what it is made of.
//! * [`CsvSources`] reads the columns that const nodes name, from files beside the model.
//!
//! * [`Registry`] keeps models, runs and telemetry, and finds them again; it computes nothing.
//! * [`Workspace`] makes models from templates, runs them and stores both: the only part that evaluates.
#![deny(unsafe_code)]

mod artifact;
mod atomic;
mod csv_row;
mod csv_source;
mod documents;
mod error;
mod record;
mod registry;
mod run_folder;
mod schemas;
mod series_csv;
mod series_parquet;
mod storage;
mod suggest;
mod sums;
mod table_parquet;
mod workspace;

pub use artifact::{
    Card, CardProvenance, CatalogFile, CatalogMetadata, CatalogNode, Kind, LabelChange, Labels, ModelCatalog,
    Reference, Relationships, RunCatalog, TelemetryCatalog, TelemetrySeries, Topology,
};
pub use atomic::{StagedFolder, TEMPORARY_PREFIX, write_file_atomically, write_file_atomically_with};
pub use csv_source::{CsvSources, SourceError, SourceSeries};
pub use error::{Fault, FaultKind, StoreError};
pub use record::{
    ExtraFile, GridRecord, Interrupted, OverrideRecord, OverrideValue, RunRecord, SeriesRecord, SourceRecord,
    WarningRecord,
};
pub use registry::{
    Catalog, Clock, Counts, Entry, FixedClock, INDEX_BACKUP_FILE, INDEX_FILE, LOG_FILE, Metadata, NewModel,
    NewTelemetry, Page, Problem, Prune, Query, Registry, RegistryError, Scan, SortBy, Status, Stored, Synced,
    SystemClock, Trace, TraceTemplate, Validation, artifacts_root,
};
pub use run_folder::{OnExisting, Outcome, RunState, StoredRun, WrittenRun, read_run, run_state, write_run};
pub use schemas::{
    CARD_SCHEMA, LABELS_SCHEMA, MANIFEST_SCHEMA, METADATA_SCHEMA, MODEL_CATALOG_SCHEMA, PROVENANCE_SCHEMA,
    REGISTRY_INDEX_SCHEMA, REGISTRY_LOG_SCHEMA, RUN_CATALOG_SCHEMA, RUN_SCHEMA, SERIES_INDEX_SCHEMA,
    STATUS_SCHEMA, TELEMETRY_CATALOG_SCHEMA, VALIDATION_SCHEMA,
};
pub use series_csv::write_series_csv;
pub use series_parquet::{PARQUET_FILE, write_series_parquet};
pub use storage::{Directory, Found, Locked, Memory, Staging, Storage};
pub use sums::{SUMS_FILE, SummedFolder};
pub use table_parquet::{Cells, ColumnKind, ParquetTable};
pub use workspace::{
    BundleForm, Comparison, Difference, Draft, Execution, ExportOptions, Exported, Imported, Made, ModelRef,
    ModelRequest, OutputSeries, Override, PLOT_FILE, ParameterDifference, Resolved, RunRef, RunRequest,
    SERIES_FILE, SeriesDifference, Sources, StoreOptions, TELEMETRY_PREFIX, TelemetryRef, Workspace,
    WorkspaceError, WorkspaceErrorKind, from_json, preview, to_json,
};
