//! All folders of a store, recognised by what they hold.

use super::folder::read_folder;
use crate::artifact::{CATALOG_FILE, Card, Kind};
use crate::atomic::TEMPORARY_PREFIX;
use crate::error::StoreError;
use crate::storage::{Found, Storage, is_file};
use serde::Serialize;
use std::collections::HashMap;

/// Something that is not as it should be, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Where it is, below the root.
    pub path: String,
    /// What was found.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl Problem {
    pub(crate) fn new(path: &str, message: impl Into<String>, help: &'static str) -> Self {
        Problem { path: path.to_owned(), message: message.into(), help }
    }
}

/// What the folders hold, whatever the index says.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Scan {
    /// What can be read, by path.
    pub cards: Vec<Card>,
    /// What cannot.
    pub failed: Vec<Problem>,
}

/// A folder that may hold an artifact.
pub(crate) struct Candidates {
    pub(crate) paths: Vec<String>,
    pub(crate) failed: Vec<Problem>,
}

/// Finds the folders that may hold artifacts without opening any.
pub(crate) fn candidates(storage: &dyn Storage) -> Result<Candidates, StoreError> {
    let mut all = Candidates { paths: Vec::new(), failed: Vec::new() };
    for kind in Kind::ALL {
        let names = match storage.names(kind.folder()) {
            Ok(names) => names,
            Err(error @ (StoreError::NotAFolder { .. } | StoreError::OutsideRoot { .. })) => {
                all.failed.push(Problem::new(kind.folder(), error.to_string(), error.help()));
                continue;
            }
            Err(error) => return Err(error),
        };
        for (name, found) in names {
            let path = format!("{}/{name}", kind.folder());
            if !all.takes(&path, &name, found) {
                continue;
            }
            if kind != Kind::Model || is_file(storage, &format!("{path}/{CATALOG_FILE}"))? {
                all.paths.push(path);
                continue;
            }
            for (version, found) in storage.names(&path)? {
                let path = format!("{path}/{version}");
                if all.takes(&path, &version, found) {
                    all.paths.push(path);
                }
            }
        }
    }
    Ok(all)
}

impl Candidates {
    /// Whether something may be an artifact; what never can be is noted.
    fn takes(&mut self, path: &str, name: &str, found: Found) -> bool {
        // What begins with a dot is being written, or belongs to another program.
        if name.starts_with('.') || name.starts_with(TEMPORARY_PREFIX) {
            return false;
        }
        let what = match found {
            Found::Folder if crate::atomic::is_plain(path) && !name.contains('\u{fffd}') => return true,
            Found::Folder => "its name cannot be read on every system",
            Found::Other => "it is a link or device, which is not followed",
            Found::File { .. } => "it is a file, a folder is expected",
        };
        self.failed.push(Problem::new(path, what, "move it out of the registry"));
        false
    }
}

/// Reads every folder; what cannot be read is reported and fails nothing.
pub(crate) fn scan(storage: &dyn Storage) -> Result<Scan, StoreError> {
    let Candidates { paths, failed } = candidates(storage)?;
    let mut scan = Scan { cards: Vec::with_capacity(paths.len()), failed };
    let mut first: HashMap<(Kind, String, u32), String> = HashMap::new();
    for path in paths {
        match read_folder(storage, &path) {
            Ok(folder) => {
                let key = (folder.card.kind, folder.card.id.clone(), folder.card.version);
                if let Some(other) = first.get(&key) {
                    let message = format!("it is a copy of `{other}`");
                    scan.failed.push(Problem::new(&path, message, "remove one of the two"));
                    continue;
                }
                first.insert(key, path.clone());
                if let Some(fault) = folder.labels_fault {
                    scan.failed.push(Problem::new(&path, fault, RELABEL));
                }
                scan.cards.push(folder.card);
            }
            // It went while the others were read.
            Err(_) if storage.look(&path)?.is_none() => {}
            Err(message) => scan.failed.push(Problem::new(&path, message, REMOVE)),
        }
    }
    Ok(scan)
}

pub(crate) const RELABEL: &str = "set its labels once more; those of its making are shown until then";

pub(crate) const REMOVE: &str = "restore it from a copy, or remove the folder";
