//! How the index and the folders agree, and making them agree.

use super::folder::{is_sealed, read_folder};
use super::index::{Change, Index, IndexError, Unusable};
use super::scan::{Candidates, Problem, REMOVE, Scan, candidates, scan};
use super::{Registry, RegistryError};
use crate::artifact::{Card, Kind, Reference, checked_id};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const SYNC: &str = "run `sync`: the index is made to say what the folders hold";

/// How the registry is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The version of this document.
    pub schema_version: u32,
    /// What the index knows and what has a folder.
    pub registered: usize,
    /// The same, by kind.
    pub by_kind: BTreeMap<&'static str, usize>,
    /// What can be read and the index does not know.
    pub unregistered: usize,
    /// What the index knows and has no folder.
    pub orphaned: usize,
    /// What has a folder that cannot be read.
    pub failed: usize,
    /// What was stored while the index could not be told.
    pub pending: usize,
    /// What lies in the trash.
    pub trashed: usize,
    /// When all folders were last read.
    pub last_scan: Option<String>,
    /// How long operations of this registry took on average, in milliseconds.
    pub average_ms: BTreeMap<&'static str, f64>,
    /// Everything that is not as it should be.
    pub problems: Vec<Problem>,
}

/// What was changed so that the index says what the folders hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Synced {
    /// The paths that were new to the index.
    pub added: Vec<String>,
    /// Those of which it said something else.
    pub updated: Vec<String>,
    /// Those that have no folder.
    pub removed: Vec<String>,
    /// How many the index knows now.
    pub total: usize,
    /// What could not be read.
    pub failed: Vec<Problem>,
}

impl Registry {
    /// Reads all folders, whatever the index says, and changes nothing.
    ///
    /// # Errors
    ///
    /// When the root cannot be read; a folder that cannot is reported in the result.
    pub fn scan(&self) -> Result<Scan, RegistryError> {
        Ok(scan(&*self.storage)?)
    }

    /// Makes the index say what the folders hold, and removes what killed writers left behind.
    ///
    /// # Errors
    ///
    /// When the root cannot be read or the index not be written; [`RegistryError::Locked`].
    pub fn sync(&self) -> Result<Synced, RegistryError> {
        let Scan { cards, failed } = scan(&*self.storage)?;
        let _lock = self.lock(self.lock_wait)?;
        let mut index = match Index::load(&*self.storage) {
            Ok(index) => index,
            Err(IndexError::Unusable(_)) => Index::default(),
            Err(IndexError::Store(error)) => return Err(error.into()),
        };
        let mut synced = Synced { failed, ..Synced::default() };
        let scanned: BTreeSet<&str> = cards.iter().map(|card| &*card.path).collect();
        let mut changes = Vec::new();
        for card in &cards {
            let known = index.cards.get(&card.path);
            if known == Some(card) {
                continue;
            }
            // It may have changed since it was read.
            match self.card_at(&card.path) {
                Some(now) if known == Some(&now) => {}
                Some(now) => {
                    let list = if known.is_some() { &mut synced.updated } else { &mut synced.added };
                    list.push(card.path.clone());
                    changes.push(Change::Put(Box::new(now)));
                }
                None => {}
            }
        }
        for path in index.cards.keys().filter(|path| !scanned.contains(path.as_str())) {
            if self.card_at(path).is_none() || synced.failed.iter().any(|problem| problem.path == *path) {
                synced.removed.push(path.clone());
                changes.push(Change::Remove(path.clone()));
            }
        }
        changes.into_iter().for_each(|change| index.apply(change));
        // What had to wait is told with the rest.
        let pending = self.pending_paths();
        let now = self.now();
        index.last_scan = Some(now.clone());
        synced.total = index.cards.len();
        index.save(&*self.storage, &now)?;
        self.settle(&pending)?;
        let models = self.storage.names(Kind::Model.folder())?;
        let models = models.into_iter().map(|(name, _)| format!("{}/{name}", Kind::Model.folder()));
        let kinds = Kind::ALL.into_iter().map(|kind| kind.folder().to_owned());
        self.storage.tidy(&kinds.chain(models).collect::<Vec<_>>());
        Ok(synced)
    }

    /// Reads the folders of one id again and tells the index; returns what is there.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NotFound`] when neither the index nor the folders know it; [`RegistryError::Invalid`] when its
    /// folder cannot be read.
    pub fn resync(&self, id: &str) -> Result<Vec<Card>, RegistryError> {
        let id = id.parse::<Reference>()?.id;
        let mut paths: BTreeSet<String> = self.with_index(|index| {
            index.cards.values().filter(|card| card.id == id).map(|card| card.path.clone()).collect()
        })?;
        let known = !paths.is_empty();
        paths.extend(self.versions(checked_id(&id)?)?.into_iter().map(|(_, path)| path));
        paths.extend([Kind::Run, Kind::Telemetry].map(|kind| format!("{}/{id}", kind.folder())));
        let _lock = self.lock(self.lock_wait)?;
        let (mut cards, mut changes, mut unreadable) = (Vec::new(), Vec::new(), None);
        for path in paths {
            match read_folder(&*self.storage, &path) {
                Ok(folder) => {
                    changes.push(Change::Put(Box::new(folder.card.clone())));
                    cards.push(folder.card);
                }
                Err(message) => {
                    if self.storage.look(&path)?.is_some() {
                        unreadable = Some(self.unreadable(&path, message));
                    }
                    changes.push(Change::Remove(path));
                }
            }
        }
        if cards.is_empty() && !known && unreadable.is_none() {
            return self.card(&id).map(|card| vec![card]);
        }
        self.register_locked(&changes)?;
        unreadable.map_or(Ok(cards), Err)
    }

    /// How the index and the folders agree. Nothing is changed, and no byte of a registered artifact is read.
    ///
    /// # Errors
    ///
    /// When the root cannot be read.
    pub fn status(&self) -> Result<Status, RegistryError> {
        let mut status = Status { schema_version: crate::artifact::SCHEMA_VERSION, ..Status::default() };
        let Candidates { paths, failed } = candidates(&*self.storage)?;
        status.failed = failed.len();
        status.problems = failed;
        let index = match Index::load(&*self.storage) {
            Ok(index) => index,
            Err(IndexError::Store(error)) => return Err(error.into()),
            Err(IndexError::Unusable(Unusable::Absent)) => {
                if !paths.is_empty() {
                    status.problems.push(Problem::new(super::INDEX_FILE, "it is missing", SYNC));
                }
                Index::default()
            }
            Err(IndexError::Unusable(Unusable::Damaged(what))) => {
                status.problems.push(Problem::new(super::INDEX_FILE, what, SYNC));
                Index::default()
            }
        };
        let pending = self.pending_paths();
        status.pending = pending.len();
        status.last_scan.clone_from(&index.last_scan);
        let mut standing = BTreeSet::new();
        for path in paths {
            let known = index.cards.get(&path);
            match known {
                Some(card) if is_sealed(&*self.storage, &path)? => {
                    status.registered += 1;
                    *status.by_kind.entry(card.kind.name()).or_default() += 1;
                }
                _ => match read_folder(&*self.storage, &path) {
                    Ok(_) => {
                        status.unregistered += 1;
                        if !pending.contains(&path) {
                            status.problems.push(Problem::new(&path, "the index does not know it", SYNC));
                        }
                    }
                    Err(message) => {
                        status.failed += 1;
                        status.problems.push(Problem::new(&path, message, REMOVE));
                    }
                },
            }
            standing.insert(path);
        }
        for path in index.cards.keys().filter(|path| !standing.contains(*path)) {
            status.orphaned += 1;
            let what = "the index knows it and its folder is gone";
            status.problems.push(Problem::new(
                path,
                what,
                "restore it from the trash or a copy, or run `sync`",
            ));
        }
        for path in &pending {
            let help = "the next operation that can write the index registers it";
            status.problems.push(Problem::new(path, "the index could not be told of it yet", help));
        }
        status.trashed = self.trashed()?.len();
        status.average_ms = self.state().averages();
        Ok(status)
    }
}
