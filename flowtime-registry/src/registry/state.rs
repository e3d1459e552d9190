//! The index in memory, and how it is kept with the one that is stored.

use super::folder::{is_sealed, read_folder};
use super::index::{Change, Index, IndexError, Unusable, append};
use super::scan::scan;
use super::timing::Timing;
use super::{Registry, RegistryError};
use crate::artifact::Card;
use crate::error::StoreError;
use crate::storage::{Locked, Storage, read_file};
use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where it is noted that something landed and the index does not know it yet.
pub(super) const PENDING_FOLDER: &str = ".pending";

/// The longest pause between two attempts to have the lock.
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// What a registry keeps in memory.
#[derive(Debug, Default)]
pub(super) struct State {
    index: Option<Index>,
    /// Paths that could not even be noted in the store.
    pending: BTreeSet<String>,
    timings: BTreeMap<&'static str, Timing>,
}

impl State {
    pub(super) fn took(&mut self, operation: &'static str, time: Duration) {
        self.timings.entry(operation).or_default().add(time);
    }

    pub(super) fn averages(&self) -> BTreeMap<&'static str, f64> {
        self.timings.iter().map(|(&operation, timing)| (operation, timing.average_ms())).collect()
    }
}

impl Registry {
    /// Waits for the lock, with pauses that double; not longer than it was told.
    pub(super) fn lock(&self, wait: Duration) -> Result<Box<dyn Locked + '_>, RegistryError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(lock) = self.storage.try_lock()? {
                return Ok(lock);
            }
            let left = wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(RegistryError::Locked);
            }
            sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Lets something look at the index as it is now.
    pub(super) fn with_index<T>(&self, look: impl FnOnce(&Index) -> T) -> Result<T, RegistryError> {
        self.look_at_index(false, look)
    }

    /// The same for those who hold the lock.
    pub(super) fn with_index_locked<T>(&self, look: impl FnOnce(&Index) -> T) -> Result<T, RegistryError> {
        self.look_at_index(true, look)
    }

    fn look_at_index<T>(&self, held: bool, look: impl FnOnce(&Index) -> T) -> Result<T, RegistryError> {
        let pending = self.pending_paths();
        let settle =
            || if held { self.register_locked(&[]) } else { self.register_within(&[], Duration::ZERO) };
        let settled = pending.is_empty() || settle().is_ok();
        let mut state = self.state();
        let current = match &mut state.index {
            Some(index) => index.refresh(&*self.storage)?,
            None => false,
        };
        if !current {
            state.index = Some(self.load_index(held)?);
        }
        let index = state.index.get_or_insert_default();
        if !settled {
            // What cannot be registered now is shown all the same.
            current_state(&*self.storage, &pending)?.into_iter().for_each(|change| index.apply(change));
        }
        Ok(look(index))
    }

    fn load_index(&self, held: bool) -> Result<Index, RegistryError> {
        let unusable = match Index::load(&*self.storage) {
            Ok(index) => return Ok(index),
            Err(IndexError::Store(error)) => return Err(error.into()),
            Err(IndexError::Unusable(unusable)) => unusable,
        };
        let mut index = Index::of(scan(&*self.storage)?.cards);
        if unusable == Unusable::Absent && index.cards.is_empty() {
            return Ok(index);
        }
        // Without the lock, or on a disk that cannot be written, the folders themselves are the index.
        let lock = if held { None } else { self.lock(self.lock_wait).ok() };
        if lock.is_none() && !held {
            return Ok(index);
        }
        // Others may have been quicker.
        match Index::load(&*self.storage) {
            Ok(index) => return Ok(index),
            Err(IndexError::Store(error)) => return Err(error.into()),
            Err(IndexError::Unusable(_)) => {}
        }
        let now = self.now();
        index.last_scan = Some(now.clone());
        // If that fails, it is tried again at the next occasion.
        let _ = index.save(&*self.storage, &now);
        Ok(index)
    }

    /// Tells the index of a change; `true` when that has to wait.
    pub(super) fn register(&self, changes: &[Change]) -> bool {
        if self.register_within(changes, self.lock_wait).is_ok() {
            return false;
        }
        changes.iter().for_each(|change| self.postpone(change));
        true
    }

    /// Notes that the index has to be told of a change.
    pub(super) fn postpone(&self, change: &Change) {
        let path = path_of(change);
        if self.storage.write(&marker_of(path), path.as_bytes()).is_err() {
            self.state().pending.insert(path.to_owned());
        }
    }

    fn register_within(&self, changes: &[Change], wait: Duration) -> Result<(), RegistryError> {
        let _lock = self.lock(wait)?;
        self.register_locked(changes)
    }

    /// Tells the index of changes and of everything that had to wait; the lock has to be held.
    pub(super) fn register_locked(&self, changes: &[Change]) -> Result<(), RegistryError> {
        let pending = self.pending_paths();
        let mut all = current_state(&*self.storage, &pending)?;
        for change in changes {
            match change {
                // It may have been deleted since it landed.
                Change::Put(card) if !is_sealed(&*self.storage, &card.path)? => {}
                change => all.push(change.clone()),
            }
        }
        if !all.is_empty() {
            self.write_changes(&all)?;
        }
        self.settle(&pending)
    }

    /// Forgets what had to wait: the index knows it now.
    pub(super) fn settle(&self, pending: &BTreeSet<String>) -> Result<(), RegistryError> {
        for path in pending {
            self.storage.remove(&marker_of(path))?;
            self.state().pending.remove(path);
        }
        Ok(())
    }

    fn write_changes(&self, changes: &[Change]) -> Result<(), RegistryError> {
        match append(&*self.storage, changes) {
            Ok(false) => Ok(()),
            Ok(true) => {
                // The changes are in the log already: a snapshot that fails now is written later.
                if let Ok(mut index) = Index::load(&*self.storage) {
                    let _ = index.save(&*self.storage, &self.now());
                }
                Ok(())
            }
            Err(IndexError::Store(error)) => Err(error.into()),
            Err(IndexError::Unusable(_)) => {
                let now = self.now();
                let mut index = Index::of(scan(&*self.storage)?.cards);
                changes.iter().cloned().for_each(|change| index.apply(change));
                index.last_scan = Some(now.clone());
                Ok(index.save(&*self.storage, &now)?)
            }
        }
    }

    /// The paths of what landed, or went, without the index knowing it.
    pub(super) fn pending_paths(&self) -> BTreeSet<String> {
        let mut paths = self.state().pending.clone();
        let markers = self.storage.names(PENDING_FOLDER).unwrap_or_default();
        for (marker, _) in markers {
            let bytes = read_file(&*self.storage, &format!("{PENDING_FOLDER}/{marker}"), 4096);
            let path = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            // Only what was noted here: its name follows from the path.
            paths.extend(path.filter(|path| marker_of(path).ends_with(&format!("/{marker}"))));
        }
        paths
    }

    /// The card of a folder as it is now, whatever the index says; `None` when it holds no artifact.
    pub(super) fn card_at(&self, path: &str) -> Option<Card> {
        read_folder(&*self.storage, path).ok().map(|folder| folder.card)
    }
}

/// What the index should say of some paths.
fn current_state(storage: &dyn Storage, paths: &BTreeSet<String>) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    for path in paths {
        match read_folder(storage, path) {
            Ok(folder) => changes.push(Change::Put(Box::new(folder.card))),
            Err(_) if storage.look(path)?.is_none() => changes.push(Change::Remove(path.clone())),
            // It is there and cannot be read: a scan will name it.
            Err(_) => {}
        }
    }
    Ok(changes)
}

/// Where it is noted that the index has to be told of a path.
fn marker_of(path: &str) -> String {
    format!("{PENDING_FOLDER}/{}", path.replace('/', "~"))
}

fn path_of(change: &Change) -> &str {
    match change {
        Change::Put(card) => &card.path,
        Change::Remove(path) => path,
    }
}
