//! Storing.

use super::folder::{json, read_folder};
use super::index::Change;
use super::scan::REMOVE;
use super::{Registry, RegistryError};
use crate::artifact::{
    CATALOG_FILE, Card, CatalogFile, Kind, LabelChange, Labels, ModelCatalog, TelemetryCatalog, checked_id,
    normal_utc, version_number, write_catalog,
};
use crate::error::StoreError;
use crate::record::RunRecord;
use crate::run_folder::{OnExisting, Outcome, PROVENANCE_FILE, store_run};
use crate::storage::{Found, Staging};
use crate::sums::{SummedFolder, bytes_sum, check_sums, read_sums};
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;

/// The model of an artifact.
pub(crate) const MODEL_FILE: &str = "model.yaml";

/// Its picture.
pub(crate) const PREVIEW_FILE: &str = "preview.svg";

/// The data of telemetry.
pub(crate) const TELEMETRY_FILE: &str = "binned_v0.csv";

/// Where deleted artifacts wait.
pub(super) const TRASH_FOLDER: &str = ".trash";

/// A model to be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewModel<'a> {
    /// What it is; `version`, `files` and an empty `created_utc` are filled in.
    pub catalog: ModelCatalog,
    /// The model.
    pub model_yaml: &'a [u8],
    /// Where it came from, stored as `provenance.json`.
    pub provenance: Option<&'a Value>,
    /// Its picture, stored as `preview.svg`.
    pub preview: Option<&'a [u8]>,
    /// Its labels, over title and description of the catalog.
    pub labels: LabelChange,
    /// The version to store it as; the next free one when not said.
    pub version: Option<u32>,
}

impl<'a> NewModel<'a> {
    /// A model with nothing but its catalog.
    pub fn new(catalog: ModelCatalog, model_yaml: &'a [u8]) -> Self {
        let labels = LabelChange::new();
        NewModel { catalog, model_yaml, provenance: None, preview: None, labels, version: None }
    }

    /// Sets where it came from.
    #[must_use]
    pub fn provenance(mut self, provenance: &'a Value) -> Self {
        self.provenance = Some(provenance);
        self
    }

    /// Sets its picture.
    #[must_use]
    pub fn preview(mut self, svg: &'a [u8]) -> Self {
        self.preview = Some(svg);
        self
    }

    /// Sets its labels.
    #[must_use]
    pub fn labels(mut self, labels: LabelChange) -> Self {
        self.labels = labels;
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.labels = self.labels.add_tag(tag);
        self
    }

    /// Sets the version to store it as.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }
}

/// Measured series to be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewTelemetry<'a> {
    /// What they are; `files` and an empty `created_utc` are filled in.
    pub catalog: TelemetryCatalog,
    /// `bin_index` and a column a series.
    pub csv: &'a [u8],
    /// Their labels, over title and description of the catalog.
    pub labels: LabelChange,
}

impl<'a> NewTelemetry<'a> {
    /// Telemetry with nothing but its catalog.
    pub fn new(catalog: TelemetryCatalog, csv: &'a [u8]) -> Self {
        NewTelemetry { catalog, csv, labels: LabelChange::new() }
    }

    /// Sets its labels.
    #[must_use]
    pub fn labels(mut self, labels: LabelChange) -> Self {
        self.labels = labels;
        self
    }
}

/// What is stored now.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// Its card.
    pub card: Card,
    /// Its folder.
    pub path: PathBuf,
    /// Whether it is new, was there, or took another's place.
    pub outcome: Outcome,
    /// Whether the index could not be told yet; the next operation that can will do it.
    pub pending: bool,
}

impl Registry {
    /// Stores a model as the next version of its id.
    ///
    /// When a version with the same bytes is stored and undamaged, that one is returned and nothing is written. Nothing
    /// is ever overwritten, and the number of a deleted version is not given again while it lies in the trash.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Conflict`] when the id belongs to another model, whose hash only begins alike, or when the
    /// version that was asked for holds other bytes; [`RegistryError::Invalid`] when something given cannot be
    /// stored; [`RegistryError::Store`] when the store refuses. Nothing is stored then.
    pub fn put_model(&self, new: &NewModel<'_>) -> Result<Stored, RegistryError> {
        let _timer = self.timer("put");
        const ATTEMPTS: usize = 100;
        let id = checked_id(&new.catalog.id)?;
        for hash in new.catalog.hashes() {
            check_hash(hash)?;
        }
        let sum = bytes_sum(new.model_yaml);
        // Another writer may take the next version first.
        for _ in 0..ATTEMPTS {
            let versions = self.versions(id)?;
            if let Some(existing) = self.same_model(new, &versions, &sum)? {
                return Ok(existing);
            }
            let trashed = self.numbers(&format!("{TRASH_FOLDER}/models/{id}"))?;
            let newest = versions.iter().map(|(number, _)| *number).chain(trashed).max().unwrap_or(0);
            let next = newest.checked_add(1);
            let version = new.version.or(next).filter(|&version| version > 0).ok_or_else(|| {
                RegistryError::Invalid(format!(
                    "`{id}` cannot have version {}",
                    new.version.unwrap_or(newest)
                ))
            })?;
            let path = format!("models/{id}/v{version}");
            let mut staged = self.stage_model(new, version, &path)?;
            match staged.commit(false) {
                Err(StoreError::Exists { .. }) => {}
                done => {
                    done?;
                    return self.landed(&path, Outcome::Written);
                }
            }
        }
        let reason = "other writers take every next version".to_owned();
        Err(RegistryError::Conflict { id: id.to_owned(), reason })
    }

    /// The stored version that a model need not be stored beside, or why it cannot be.
    fn same_model(
        &self,
        new: &NewModel<'_>,
        versions: &[(u32, String)],
        sum: &str,
    ) -> Result<Option<Stored>, RegistryError> {
        let conflict = |reason: String| Err(RegistryError::Conflict { id: new.catalog.id.clone(), reason });
        for (version, path) in versions {
            let catalog = json(&*self.storage, path, CATALOG_FILE);
            let catalog = catalog.and_then(|catalog| serde_json::from_value::<ModelCatalog>(catalog).ok());
            if let Some(catalog) = catalog.filter(|catalog| catalog.identity() != new.catalog.identity()) {
                let (there, given) = (catalog.identity(), new.catalog.identity());
                return conflict(format!("`{path}` is another model, of {there}, and this one of {given}"));
            }
            let sums = read_sums(&*self.storage, path);
            let same = sums.is_ok_and(|sums| sums.get(MODEL_FILE).is_some_and(|there| there == sum));
            let asked = new.version.is_none_or(|asked| asked == *version);
            if same && asked && check_sums(&*self.storage, path)?.1.is_empty() {
                return self.there(path).map(Some);
            }
            if new.version == Some(*version) {
                return conflict(format!("version {version} holds other bytes"));
            }
        }
        Ok(None)
    }

    fn stage_model(
        &self,
        new: &NewModel<'_>,
        version: u32,
        path: &str,
    ) -> Result<Box<dyn Staging + '_>, RegistryError> {
        let mut catalog = new.catalog.clone();
        catalog.kind = Kind::Model;
        catalog.version = version;
        catalog.created_utc = self.time_or_now(&catalog.created_utc)?;
        let mut labels = Labels::of_model(&catalog);
        let changed = catalog.created_utc.clone();
        labels.apply(&new.labels, changed).map_err(RegistryError::Invalid)?;
        let provenance = new.provenance.map(pretty).transpose()?;
        let mut files = vec![(MODEL_FILE, "model", "application/yaml", new.model_yaml)];
        if let Some(provenance) = &provenance {
            files.push((PROVENANCE_FILE, "provenance", "application/json", provenance));
        }
        if let Some(preview) = new.preview {
            files.push((PREVIEW_FILE, "preview", "image/svg+xml", preview));
        }
        self.stage_files(path, &files, &labels, |files| {
            catalog.files = files;
            catalog
        })
    }

    /// Writes the files of a folder, then its catalog, which lists them, then its labels.
    fn stage_files<C: Serialize>(
        &self,
        path: &str,
        files: &[(&str, &str, &str, &[u8])],
        labels: &Labels,
        catalog: impl FnOnce(Vec<CatalogFile>) -> C,
    ) -> Result<Box<dyn Staging + '_>, RegistryError> {
        let mut folder = SummedFolder::over(self.storage.stage(path)?, self.storage.locate(path));
        let mut listed = Vec::new();
        for &(name, what, content_type, bytes) in files {
            let sha256 = folder.write(name, |file| file.write_all(bytes))?;
            listed.push(CatalogFile {
                name: name.to_owned(),
                r#type: what.to_owned(),
                size_bytes: bytes.len() as u64,
                content_type: content_type.to_owned(),
                sha256,
            });
        }
        write_catalog(&mut folder, &catalog(listed))?;
        let mut staged = folder.seal()?;
        labels.write(&mut *staged, &*self.storage, path)?;
        Ok(staged)
    }

    /// Stores a run, as [`write_run`](crate::write_run) does, and registers it.
    ///
    /// A provenance that names a stored model is given the link to it, `links.model_artifact`. A run that is replaced
    /// keeps its description, tags, owner and visibility.
    ///
    /// # Errors
    ///
    /// Those of [`write_run`](crate::write_run); nothing is stored then.
    pub fn put_run(&self, run: &RunRecord<'_>, existing: OnExisting) -> Result<Stored, RegistryError> {
        let _timer = self.timer("put");
        let mut run = run.clone();
        let link =
            run.provenance.as_ref().and_then(|provenance| self.model_artifact(provenance, run.model_hash));
        if let (Some(link), Some(Value::Object(provenance))) = (link, &mut run.provenance) {
            let links = provenance.entry("links").or_insert_with(|| Value::Object(Default::default()));
            if let Value::Object(links) = links {
                links.entry("model_artifact").or_insert(Value::String(link));
            }
        }
        let path = format!("runs/{}", checked_id(run.run_id)?);
        let labels = read_folder(&*self.storage, &path).ok().map(|folder| folder.labels);
        let outcome = store_run(&*self.storage, &run, existing)?;
        match (outcome, labels) {
            (Outcome::Reused, _) => self.there(&path),
            (Outcome::Replaced, Some(labels)) => {
                let mut stored = self.landed(&path, outcome)?;
                // People said these of the run, not of its bytes.
                let kept = LabelChange {
                    tags: Some(labels.tags).filter(|tags| !tags.is_empty()),
                    description: Some(labels.description).filter(|text| !text.is_empty()),
                    owner: labels.owner,
                    visibility: labels.visibility,
                    ..LabelChange::new()
                };
                if kept != LabelChange::new() {
                    stored.card = self.update_labels(&path, &kept)?;
                }
                Ok(stored)
            }
            _ => self.landed(&path, outcome),
        }
    }

    /// The stored model that a provenance names: the version that computes the same, else the newest.
    fn model_artifact(&self, provenance: &Value, model_hash: &str) -> Option<String> {
        let id = provenance.get("model_id").or_else(|| provenance.get("modelId"))?.as_str()?;
        let mut versions = self.versions(checked_id(id).ok()?).ok()?;
        versions.sort();
        let computes_the_same = |path: &str| {
            json(&*self.storage, path, CATALOG_FILE)
                .is_some_and(|catalog| catalog["model_hash"] == model_hash)
        };
        let same = versions.iter().rev().find(|(_, path)| computes_the_same(path));
        same.or(versions.last()).map(|(_, path)| path.clone())
    }

    /// Stores measured series. The same bytes under the same id are stored once.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Conflict`] when the id has other bytes; else as [`Registry::put_model`].
    pub fn put_telemetry(&self, new: &NewTelemetry<'_>) -> Result<Stored, RegistryError> {
        let _timer = self.timer("put");
        let mut catalog = new.catalog.clone();
        let path = format!("telemetry/{}", checked_id(&catalog.id)?);
        catalog.kind = Kind::Telemetry;
        catalog.created_utc = self.time_or_now(&catalog.created_utc)?;
        let mut labels = Labels::of_telemetry(&catalog);
        let changed = catalog.created_utc.clone();
        labels.apply(&new.labels, changed).map_err(RegistryError::Invalid)?;
        let files = [(TELEMETRY_FILE, "data", "text/csv", new.csv)];
        let id = catalog.id.clone();
        let mut staged = self.stage_files(&path, &files, &labels, |files| {
            catalog.files = files;
            catalog
        })?;
        match staged.commit(false) {
            Err(StoreError::Exists { .. }) => {}
            done => {
                done?;
                return self.landed(&path, Outcome::Written);
            }
        }
        let sums = read_sums(&*self.storage, &path).unwrap_or_default();
        if sums.get(TELEMETRY_FILE) != Some(&bytes_sum(new.csv)) {
            let reason = "it holds other data".to_owned();
            return Err(RegistryError::Conflict { id, reason });
        }
        self.there(&path)
    }

    /// Registers what was just stored.
    fn landed(&self, path: &str, outcome: Outcome) -> Result<Stored, RegistryError> {
        let folder = read_folder(&*self.storage, path).map_err(|message| self.unreadable(path, message))?;
        let pending = self.register(&[Change::Put(Box::new(folder.card.clone()))]);
        Ok(Stored { card: folder.card, path: self.storage.locate(path), outcome, pending })
    }

    /// Returns what was stored before, and registers it if it is not.
    fn there(&self, path: &str) -> Result<Stored, RegistryError> {
        let folder = read_folder(&*self.storage, path).map_err(|message| self.unreadable(path, message))?;
        let card = folder.card;
        let known = self.with_index(|index| index.cards.get(path) == Some(&card))?;
        let pending = !known && self.register(&[Change::Put(Box::new(card.clone()))]);
        Ok(Stored { card, path: self.storage.locate(path), outcome: Outcome::Reused, pending })
    }

    /// A time as documents say it; now when none is given.
    fn time_or_now(&self, given: &str) -> Result<String, RegistryError> {
        if given.is_empty() {
            return Ok(self.now());
        }
        let refused = || {
            format!("`{}` is no time; one such as `2026-01-05T10:00:00Z` is expected", given.escape_debug())
        };
        normal_utc(given).ok_or_else(|| RegistryError::Invalid(refused()))
    }

    pub(super) fn unreadable(&self, path: &str, message: String) -> RegistryError {
        let path = self.storage.locate(path);
        RegistryError::Invalid(format!("`{}` cannot be read: {message}; {REMOVE}", path.display()))
    }

    /// The versions of a model that have a folder, and their paths.
    pub(super) fn versions(&self, id: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        let folder = format!("models/{id}");
        Ok(self.numbers(&folder)?.into_iter().map(|number| (number, format!("{folder}/v{number}"))).collect())
    }

    fn numbers(&self, folder: &str) -> Result<Vec<u32>, RegistryError> {
        let names = self.storage.names(folder)?;
        let folders = names.iter().filter(|(_, found)| *found == Found::Folder);
        Ok(folders.filter_map(|(name, _)| version_number(name)).collect())
    }
}

fn check_hash(hash: &str) -> Result<(), RegistryError> {
    let digits = hash.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(());
    }
    let expected = "`sha256:` and 64 digits of `0` to `f` are expected";
    Err(RegistryError::Invalid(format!("`{}` is no hash: {expected}", hash.escape_debug())))
}

fn pretty(document: &Value) -> Result<Vec<u8>, RegistryError> {
    let mut bytes =
        serde_json::to_vec_pretty(document).map_err(|error| RegistryError::Invalid(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
