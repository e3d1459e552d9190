//! The folder of one run: `<root>/runs/<run_id>`.

use crate::artifact::{Labels, RunCatalog, checked_id, write_catalog};
use crate::atomic::is_plain;
use crate::documents::{IndexEntry, Manifest, RunDocument, SeriesIndex, Summary};
use crate::error::{Fault, FaultKind, StoreError};
use crate::record::RunRecord;
use crate::series_csv::write_series_csv;
use crate::storage::{Directory, Found, Staging, Storage, read_file};
use crate::sums::{SUMS_FILE, SummedFolder, check_sums, file_sum};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// The most bytes of a JSON document that is read back.
const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// What to do when a run of that id is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExisting {
    /// Fail with [`StoreError::Exists`].
    Refuse,
    /// Leave it when it is undamaged, else replace it: for deterministic runs.
    Reuse,
    /// Replace it.
    Replace,
}

/// How a run came to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is new.
    Written,
    /// It was there, undamaged, and was left alone.
    Reused,
    /// It took the place of an earlier one.
    Replaced,
}

/// A run that stands in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRun {
    /// Its folder.
    pub path: PathBuf,
    /// How it came to be there.
    pub outcome: Outcome,
}

/// What is found under a run's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Nothing.
    Absent,
    /// A run whose files are all as they were written.
    Whole,
    /// Something else: every file that is missing, changed or not listed.
    Damaged(Vec<Fault>),
}

/// A stored run, checked against its checksums.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Its folder.
    pub path: PathBuf,
    /// `run.json`.
    pub run: serde_json::Value,
    /// `manifest.json`.
    pub manifest: serde_json::Value,
    /// `series/index.json`.
    pub index: serde_json::Value,
}

/// Stores a run in `<root>/runs/<run_id>`, all of it or nothing, whenever the process ends.
///
/// Several processes may write the same run at once: one of them stores it, and with
/// [`OnExisting::Reuse`] the others find it.
///
/// # Errors
///
/// When the id or a file name is not allowed, the run exists and is to be refused, the user interrupts,
/// or the system refuses; nothing is left behind then.
pub fn write_run(root: &Path, run: &RunRecord<'_>, existing: OnExisting) -> Result<WrittenRun, StoreError> {
    let storage = Directory::new(root);
    let outcome = store_run(&storage, run, existing)?;
    Ok(WrittenRun { path: root.join(run_path(&storage, run.run_id)?), outcome })
}

/// Stores a run in `runs/<run_id>`.
pub(crate) fn store_run(
    storage: &dyn Storage,
    run: &RunRecord<'_>,
    existing: OnExisting,
) -> Result<Outcome, StoreError> {
    check_file_names(run)?;
    let path = run_path(storage, run.run_id)?;
    match existing {
        OnExisting::Refuse if storage.look(&path)?.is_some() => {
            return Err(StoreError::Exists { path: storage.locate(&path) });
        }
        OnExisting::Reuse if state_of(storage, run.run_id)? == RunState::Whole => {
            return Ok(Outcome::Reused);
        }
        _ => {}
    }
    let mut staged = write_files(storage, &path, run)?;
    go_on(run)?;
    match staged.commit(false) {
        Ok(()) => return Ok(Outcome::Written),
        Err(StoreError::Exists { .. }) if existing != OnExisting::Refuse => {}
        Err(error) => return Err(error),
    }
    // Another writer of the same run may have been quicker.
    if existing == OnExisting::Reuse && state_of(storage, run.run_id)? == RunState::Whole {
        return Ok(Outcome::Reused);
    }
    staged.commit(true)?;
    Ok(Outcome::Replaced)
}

/// Checks what is stored under a run's id, reading every byte of it.
///
/// # Errors
///
/// When the id is not allowed or the root cannot be read.
pub fn run_state(root: &Path, run_id: &str) -> Result<RunState, StoreError> {
    state_of(&Directory::new(root), run_id)
}

fn state_of(storage: &dyn Storage, run_id: &str) -> Result<RunState, StoreError> {
    // A run that is replaced while it is read looks damaged; then its checksums are others.
    const ATTEMPTS: usize = 5;
    let path = run_path(storage, run_id)?;
    let sums = format!("{path}/{SUMS_FILE}");
    let mut before = file_sum(storage, &sums).ok();
    for _ in 1..ATTEMPTS {
        let state = look_at(storage, &path, run_id)?;
        let after = file_sum(storage, &sums).ok();
        if !matches!(state, RunState::Damaged(_)) || after == before {
            return Ok(state);
        }
        before = after;
    }
    look_at(storage, &path, run_id)
}

fn look_at(storage: &dyn Storage, path: &str, run_id: &str) -> Result<RunState, StoreError> {
    let (sums, mut faults) = match check_sums(storage, path) {
        Err(StoreError::NotFound { .. }) => return Ok(RunState::Absent),
        checked => checked?,
    };
    if faults.is_empty() {
        faults = unlisted(storage, path, run_id, &sums);
    }
    Ok(if faults.is_empty() { RunState::Whole } else { RunState::Damaged(faults) })
}

/// The files that a run has to have and that its checksums do not list.
pub(crate) fn unlisted(
    storage: &dyn Storage,
    path: &str,
    run_id: &str,
    sums: &BTreeMap<String, String>,
) -> Vec<Fault> {
    let required = [SPEC_FILE, RUN_FILE, MANIFEST_FILE, INDEX_FILE].map(str::to_owned);
    let Some(series) = series_files(storage, path, run_id) else {
        return vec![Fault { file: MANIFEST_FILE.to_owned(), kind: FaultKind::Malformed }];
    };
    let required = required.into_iter().chain(series).filter(|file| !sums.contains_key(file));
    required.map(|file| Fault { file, kind: FaultKind::Unlisted }).collect()
}

/// Reads a stored run's documents after checking all its files.
///
/// # Errors
///
/// [`StoreError::NotFound`] when there is none, [`StoreError::Damaged`] with every fault.
pub fn read_run(root: &Path, run_id: &str) -> Result<StoredRun, StoreError> {
    let storage = Directory::new(root);
    let folder = run_path(&storage, run_id)?;
    let path = root.join(&folder);
    match state_of(&storage, run_id)? {
        RunState::Absent => Err(StoreError::NotFound { path }),
        RunState::Damaged(faults) => Err(StoreError::Damaged { path, faults }),
        RunState::Whole => {
            let read = |file: &str| {
                read_json(&storage, &format!("{folder}/{file}")).ok_or_else(|| StoreError::Damaged {
                    path: path.clone(),
                    faults: vec![Fault { file: file.to_owned(), kind: FaultKind::Malformed }],
                })
            };
            let (run, manifest, index) = (read(RUN_FILE)?, read(MANIFEST_FILE)?, read(INDEX_FILE)?);
            Ok(StoredRun { path, run, manifest, index })
        }
    }
}

pub(crate) const SPEC_FILE: &str = "spec.yaml";
pub(crate) const RUN_FILE: &str = "run.json";
pub(crate) const MANIFEST_FILE: &str = "manifest.json";
pub(crate) const PROVENANCE_FILE: &str = "provenance.json";
pub(crate) const INDEX_FILE: &str = "series/index.json";

fn write_files<'s>(
    storage: &'s dyn Storage,
    path: &str,
    run: &RunRecord<'_>,
) -> Result<Box<dyn Staging + 's>, StoreError> {
    let mut folder = SummedFolder::over(storage.stage(path)?, storage.locate(path));
    folder.write(SPEC_FILE, |file| file.write_all(run.spec_yaml.as_bytes()))?;
    let mut entries = Vec::with_capacity(run.outputs.len());
    for series in &run.outputs {
        go_on(run)?;
        let path = format!("series/{}", series.file);
        let sha256 = folder.write(&path, |file| write_series_csv(file, series.values))?;
        entries.push(IndexEntry {
            id: series.id,
            path,
            kind: series.kind,
            unit: series.unit,
            points: series.values.len(),
            sha256,
            summary: Summary::of(series.values),
        });
    }
    let index = SeriesIndex::of(run, entries);
    write_json(&mut folder, INDEX_FILE, &index)?;
    write_json(&mut folder, MANIFEST_FILE, &Manifest::of(run, &index))?;
    write_json(&mut folder, RUN_FILE, &RunDocument::of(run))?;
    if let Some(provenance) = &run.provenance {
        let mut provenance = provenance.clone();
        if let Some(members) = provenance.as_object_mut() {
            members.entry("received_at").or_insert_with(|| run.created_at.clone().into());
        }
        write_json(&mut folder, PROVENANCE_FILE, &provenance)?;
    }
    for extra in &run.extra_files {
        go_on(run)?;
        folder.write(extra.path, |file| (extra.write)(file))?;
    }
    let catalog = RunCatalog::of(run);
    write_catalog(&mut folder, &catalog)?;
    let mut staged = folder.seal()?;
    Labels::of_run(&catalog).write(&mut *staged, storage, path)?;
    Ok(staged)
}

/// Stops here when the user asked for that.
fn go_on(run: &RunRecord<'_>) -> Result<(), StoreError> {
    match run.interrupted {
        Some(asked) if asked.0() => Err(StoreError::Interrupted),
        _ => Ok(()),
    }
}

/// Writes a document as people like to read it.
fn write_json<S: Staging>(
    folder: &mut SummedFolder<S>,
    file: &str,
    document: &impl Serialize,
) -> Result<(), StoreError> {
    folder.write(file, |writer| {
        serde_json::to_writer_pretty(&mut *writer, document)?;
        writer.write_all(b"\n")
    })?;
    Ok(())
}

/// The series files that the manifest names; `None` when it is not this run's manifest.
fn series_files(storage: &dyn Storage, path: &str, run_id: &str) -> Option<Vec<String>> {
    let manifest = read_json(storage, &format!("{path}/{MANIFEST_FILE}"))?;
    if manifest.get("run_id")?.as_str()? != run_id {
        return None;
    }
    let series = manifest.get("series")?.as_array()?;
    series.iter().map(|entry| Some(entry.get("path")?.as_str()?.to_owned())).collect()
}

fn read_json(storage: &dyn Storage, path: &str) -> Option<serde_json::Value> {
    serde_json::from_slice(&read_file(storage, path, MAX_DOCUMENT_BYTES).ok()?).ok()
}

fn run_path(storage: &dyn Storage, run_id: &str) -> Result<String, StoreError> {
    let path = format!("runs/{}", checked_id(run_id)?);
    // A link would be replaced, or read, wherever it leads.
    match storage.look(&path)? {
        Some(Found::Other) => {
            Err(StoreError::OutsideRoot { path: storage.locate(&path), root: storage.locate("") })
        }
        _ => Ok(path),
    }
}

/// The names were checked with the model; what writes files checks them once more.
fn check_file_names(run: &RunRecord<'_>) -> Result<(), StoreError> {
    let mut seen = HashSet::new();
    for series in &run.outputs {
        let name = series.file;
        let reason = if name.len() > 255 {
            "it has more than 255 bytes"
        } else if !name.ends_with(".csv") {
            "it does not end in `.csv`"
        } else if name.contains('/') || !is_plain(name) {
            "it is not a bare file name"
        } else if !seen.insert(name.to_lowercase()) {
            "another series has it"
        } else {
            continue;
        };
        return Err(StoreError::InvalidFileName { name: name.to_owned(), reason });
    }
    Ok(())
}
