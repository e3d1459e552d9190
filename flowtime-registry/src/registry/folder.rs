//! An artifact's folder, read back into its card.

use crate::artifact::{
    CATALOG_FILE, Card, Kind, LABELS_FILE, Labels, ModelCatalog, RunCatalog, TelemetryCatalog, checked_id,
    version_number,
};
use crate::error::StoreError;
use crate::run_folder::{MANIFEST_FILE, PROVENANCE_FILE, RUN_FILE};
use crate::storage::{Storage, is_file, read_file};
use crate::sums::SUMS_FILE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most bytes of a catalog, of labels and of a provenance document.
pub(crate) const MAX_DOCUMENT: u64 = 64 << 20;

/// The catalog of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Catalog {
    /// Of a model.
    Model(Box<ModelCatalog>),
    /// Of a run.
    Run(Box<RunCatalog>),
    /// Of telemetry.
    Telemetry(Box<TelemetryCatalog>),
}

impl Catalog {
    pub(crate) fn id(&self) -> &str {
        match self {
            Catalog::Model(catalog) => &catalog.id,
            Catalog::Run(catalog) => &catalog.id,
            Catalog::Telemetry(catalog) => &catalog.id,
        }
    }

    fn labels(&self) -> Labels {
        match self {
            Catalog::Model(catalog) => Labels::of_model(catalog),
            Catalog::Run(catalog) => Labels::of_run(catalog),
            Catalog::Telemetry(catalog) => Labels::of_telemetry(catalog),
        }
    }

    pub(crate) fn card(&self, labels: &Labels, path: &str) -> Card {
        match self {
            Catalog::Model(catalog) => Card::of_model(catalog, labels, path),
            Catalog::Run(catalog) => Card::of_run(catalog, labels, path),
            Catalog::Telemetry(catalog) => Card::of_telemetry(catalog, labels, path),
        }
    }
}

/// An artifact as its folder tells.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) catalog: Catalog,
    pub(crate) labels: Labels,
    pub(crate) card: Card,
    /// What is wrong with its labels; those of its making are used then.
    pub(crate) labels_fault: Option<String>,
}

/// Whether a folder was finished.
pub(crate) fn is_sealed(storage: &dyn Storage, path: &str) -> Result<bool, StoreError> {
    is_file(storage, &format!("{path}/{SUMS_FILE}"))
}

/// Reads what a folder says of itself; the text says why it cannot.
pub(crate) fn read_folder(storage: &dyn Storage, path: &str) -> Result<Folder, String> {
    match is_sealed(storage, path) {
        Ok(true) => {}
        Ok(false) => return Err(format!("`{SUMS_FILE}` is missing: it was not finished, or half deleted")),
        Err(error) => return Err(error.to_string()),
    }
    let catalog = read_catalog(storage, path)?;
    if checked_id(catalog.id()).is_err() {
        return Err(format!("its id `{}` is not allowed", catalog.id().escape_debug()));
    }
    let (labels, labels_fault) = match read_file(storage, &format!("{path}/{LABELS_FILE}"), MAX_DOCUMENT) {
        Ok(bytes) => match Labels::read(&bytes) {
            Some(labels) => (labels, None),
            None => (catalog.labels(), Some(format!("`{LABELS_FILE}` was changed or is malformed"))),
        },
        Err(StoreError::NotFound { .. }) => (catalog.labels(), Some(format!("`{LABELS_FILE}` is missing"))),
        Err(error) => (catalog.labels(), Some(error.to_string())),
    };
    let card = catalog.card(&labels, path);
    Ok(Folder { catalog, labels, card, labels_fault })
}

fn read_catalog(storage: &dyn Storage, path: &str) -> Result<Catalog, String> {
    let bytes = match read_file(storage, &format!("{path}/{CATALOG_FILE}"), MAX_DOCUMENT) {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound { .. }) => {
            return run_without_catalog(storage, path)
                .ok_or_else(|| format!("it has neither `{CATALOG_FILE}` nor a run's documents"));
        }
        Err(error) => return Err(error.to_string()),
    };
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("`{CATALOG_FILE}` is no JSON: {error}"))?;
    let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    match Kind::named(kind) {
        Some(Kind::Model) => {
            let mut catalog: Box<ModelCatalog> = decode(document)?;
            if catalog.version == 0 {
                catalog.version = path.rsplit('/').next().and_then(version_number).unwrap_or(1);
            }
            Ok(Catalog::Model(catalog))
        }
        Some(Kind::Run) => decode(document).map(Catalog::Run),
        Some(Kind::Telemetry) => decode(document).map(Catalog::Telemetry),
        None => Err(format!("`{CATALOG_FILE}` is of no known kind: `{}`", kind.escape_debug())),
    }
}

fn decode<T: DeserializeOwned>(document: Value) -> Result<T, String> {
    serde_json::from_value(document).map_err(|error| format!("`{CATALOG_FILE}` is malformed: {error}"))
}

/// Runs that were written before catalogs were tell the same in two documents.
fn run_without_catalog(storage: &dyn Storage, path: &str) -> Option<Catalog> {
    let (run, manifest) = (json(storage, path, RUN_FILE)?, json(storage, path, MANIFEST_FILE)?);
    let provenance = json(storage, path, PROVENANCE_FILE);
    let catalog = RunCatalog::from_documents(&run, &manifest, provenance.as_ref())?;
    Some(Catalog::Run(Box::new(catalog)))
}

/// A document of a folder; `None` when there is none that can be read.
pub(crate) fn json(storage: &dyn Storage, folder: &str, file: &str) -> Option<Value> {
    serde_json::from_slice(&read_file(storage, &format!("{folder}/{file}"), MAX_DOCUMENT).ok()?).ok()
}
