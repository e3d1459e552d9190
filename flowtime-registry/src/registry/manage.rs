//! Changing labels, deleting, restoring, pruning.

use super::entries::runs_of;
use super::folder::read_folder;
use super::index::{Change, Index};
use super::put::TRASH_FOLDER;
use super::{Registry, RegistryError};
use crate::artifact::{Card, Kind, LABELS_FILE, LabelChange, Reference, utc};
use crate::error::StoreError;
use crate::storage::Found;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// What is to be pruned: every condition that is given has to hold, and at least one has to be given.
///
/// ```
/// use flowtime_registry::{Kind, Prune};
/// use std::time::Duration;
/// let prune = Prune::new().kind(Kind::Run).older_than(Duration::from_secs(30 * 24 * 3600)).dry_run();
/// assert!(prune.dry_run);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prune {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only what was made longer ago.
    pub older_than: Option<Duration>,
    /// Only models that no run refers to.
    pub unused: bool,
    /// Only say what would go.
    pub dry_run: bool,
}

impl Prune {
    /// Nothing is pruned until a condition is set.
    pub fn new() -> Self {
        Prune::default()
    }

    /// Sets the kind.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Sets the age.
    #[must_use]
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Takes only models that no run refers to.
    #[must_use]
    pub fn unused(mut self) -> Self {
        self.unused = true;
        self
    }

    /// Only says what would go.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// What goes, runs first; a model that a remaining run refers to stays.
    fn select(&self, index: &Index, now: SystemTime) -> Vec<Card> {
        let before = self.older_than.map(|age| now.checked_sub(age).map_or_else(String::new, utc));
        let old = |card: &Card| before.as_ref().is_none_or(|before| card.created < *before);
        let wanted = |card: &&Card| self.kind.is_none_or(|kind| kind == card.kind) && old(card);
        if self.older_than.is_none() && !self.unused {
            return Vec::new();
        }
        let all = index.cards.values().filter(wanted);
        let (models, others): (Vec<&Card>, Vec<&Card>) = all.partition(|card| card.kind == Kind::Model);
        let mut chosen: Vec<Card> = others.into_iter().filter(|_| !self.unused).cloned().collect();
        let gone: BTreeSet<String> = chosen.iter().map(|card| card.path.clone()).collect();
        let used = |model: &Card| runs_of(index, model).any(|run| !gone.contains(&run.path));
        chosen.extend(models.into_iter().filter(|model| !used(model)).cloned());
        chosen
    }
}

impl Registry {
    /// Changes what is said of an artifact.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::card`]; [`RegistryError::Invalid`] when a label is too long or empty;
    /// [`RegistryError::Locked`].
    pub fn update_labels(&self, reference: &str, change: &LabelChange) -> Result<Card, RegistryError> {
        let path = self.card(reference)?.path;
        let _lock = self.lock(self.lock_wait)?;
        let folder = read_folder(&*self.storage, &path).map_err(|message| self.unreadable(&path, message))?;
        let mut labels = folder.labels;
        labels.apply(change, self.now()).map_err(RegistryError::Invalid)?;
        let bytes = labels.to_bytes().map_err(|error| RegistryError::Invalid(error.to_string()))?;
        self.storage.write(&format!("{path}/{LABELS_FILE}"), &bytes)?;
        let card = folder.catalog.card(&labels, &path);
        self.register_or_postpone(&Change::Put(Box::new(card.clone())));
        Ok(card)
    }

    /// Moves an artifact to the trash: a version of a model, or all of them when none is named.
    ///
    /// # Errors
    ///
    /// [`RegistryError::InUse`] while runs refer to it, unless it is forced; those of [`Registry::card`];
    /// [`RegistryError::Locked`].
    pub fn delete(&self, reference: &str, force: bool) -> Result<Vec<Card>, RegistryError> {
        let wanted: Reference = reference.parse()?;
        let newest = self.card(reference)?;
        let _lock = self.lock(self.lock_wait)?;
        let (cards, users) = self.with_index_locked(|index| {
            let same = |card: &&Card| card.kind == newest.kind && card.id == newest.id;
            let version = |card: &&Card| wanted.version.is_none_or(|version| version == card.version);
            let mut cards: Vec<Card> = index.cards.values().filter(same).filter(version).cloned().collect();
            if cards.is_empty() {
                cards.push(newest.clone());
            }
            let models = cards.iter().filter(|card| card.kind == Kind::Model);
            let users: BTreeSet<String> =
                models.flat_map(|model| runs_of(index, model)).map(|run| run.id.clone()).collect();
            (cards, users)
        })?;
        match users.first() {
            Some(example) if !force => {
                let (id, count) = (newest.id, users.len());
                Err(RegistryError::InUse { id, count, example: example.clone() })
            }
            _ => {
                cards.iter().try_for_each(|card| self.discard(card))?;
                Ok(cards)
            }
        }
    }

    /// Moves a folder to the trash; the lock has to be held.
    fn discard(&self, card: &Card) -> Result<(), RegistryError> {
        let trash = format!("{TRASH_FOLDER}/{}", card.path);
        let place = format!("{trash}/{}", self.newest_in_trash(&trash)?.unwrap_or(0) + 1);
        // The index first: what it shows is always there.
        let told = self.register_locked(&[Change::Remove(card.path.clone())]).is_ok();
        match self.storage.rename(&card.path, &place) {
            // It went another way.
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => {
                self.register_or_postpone(&Change::Put(Box::new(card.clone())));
                return Err(error.into());
            }
        }
        if !told {
            self.register_or_postpone(&Change::Remove(card.path.clone()));
        }
        Ok(())
    }

    /// Takes what was deleted last out of the trash: a version of a model, or all of them when none is named.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NotFound`] when nothing of that id lies there; [`StoreError::Exists`] when another one has
    /// taken its place; [`RegistryError::Locked`].
    pub fn restore(&self, reference: &str) -> Result<Vec<Card>, RegistryError> {
        let wanted: Reference = reference.parse()?;
        let _lock = self.lock(self.lock_wait)?;
        let mut cards = Vec::new();
        let mut taken = None;
        let trashed = self.trashed()?;
        let mut paths: Vec<&String> = trashed.iter().filter(|path| is_of(path, &wanted)).collect();
        if paths.is_empty() {
            // Folders that people renamed say themselves what they are.
            paths = trashed
                .iter()
                .filter(|path| self.in_trash(path).is_some_and(|card| fits(&card, &wanted)))
                .collect();
        }
        for path in paths {
            let trash = format!("{TRASH_FOLDER}/{path}");
            let Some(newest) = self.newest_in_trash(&trash)? else { continue };
            match self.storage.rename(&format!("{trash}/{newest}"), path) {
                Err(error @ StoreError::Exists { .. }) => taken = Some(error),
                renamed => {
                    renamed?;
                    let folder = read_folder(&*self.storage, path)
                        .map_err(|message| self.unreadable(path, message))?;
                    self.register_or_postpone(&Change::Put(Box::new(folder.card.clone())));
                    cards.push(folder.card);
                }
            }
        }
        match taken {
            Some(error) if cards.is_empty() => Err(error.into()),
            _ if cards.is_empty() => {
                let what = wanted.kind.map_or("deleted artifact", |kind| match kind {
                    Kind::Model => "deleted model",
                    Kind::Run => "deleted run",
                    Kind::Telemetry => "deleted telemetry",
                });
                let known = trashed.iter().filter_map(|path| path.split('/').nth(1));
                let nearest = crate::suggest::nearest(&wanted.id, known).map(str::to_owned);
                Err(RegistryError::NotFound { what, id: wanted.id, nearest })
            }
            _ => Ok(cards),
        }
    }

    /// What lies in the trash, by the paths where it was, such as `models/desk_1f3a9c02b7d4/v1`.
    ///
    /// # Errors
    ///
    /// When the trash cannot be read.
    pub fn trashed(&self) -> Result<Vec<String>, RegistryError> {
        let mut paths = Vec::new();
        for kind in Kind::ALL {
            let folder = format!("{TRASH_FOLDER}/{}", kind.folder());
            for (name, _) in self.storage.names(&folder)? {
                let place = format!("{}/{name}", kind.folder());
                let inside = self.storage.names(&format!("{TRASH_FOLDER}/{place}"))?;
                for (version, _) in inside {
                    // A number is a place in the trash, anything else a version.
                    let path = if version.parse::<u32>().is_ok() {
                        place.clone()
                    } else {
                        format!("{place}/{version}")
                    };
                    if !paths.contains(&path)
                        && self.newest_in_trash(&format!("{TRASH_FOLDER}/{path}"))?.is_some()
                    {
                        paths.push(path);
                    }
                }
            }
        }
        Ok(paths)
    }

    /// Removes what lies in the trash for good, and says how much that was.
    ///
    /// # Errors
    ///
    /// When it cannot be removed; [`RegistryError::Locked`].
    pub fn empty_trash(&self) -> Result<usize, RegistryError> {
        let _lock = self.lock(self.lock_wait)?;
        let count = self.trashed()?.len();
        self.storage.remove(TRASH_FOLDER)?;
        Ok(count)
    }

    /// Moves what fits to the trash, and says what that was.
    ///
    /// A model that a remaining run refers to always stays.
    ///
    /// # Errors
    ///
    /// When something cannot be moved; what went before it stays in the trash.
    pub fn prune(&self, prune: &Prune) -> Result<Vec<Card>, RegistryError> {
        let now = self.clock.now();
        if prune.dry_run {
            return self.with_index(|index| prune.select(index, now));
        }
        let _lock = self.lock(self.lock_wait)?;
        let cards = self.with_index_locked(|index| prune.select(index, now))?;
        cards.iter().try_for_each(|card| self.discard(card))?;
        Ok(cards)
    }

    /// What was deleted last from a path.
    fn in_trash(&self, path: &str) -> Option<Card> {
        let trash = format!("{TRASH_FOLDER}/{path}");
        let newest = self.newest_in_trash(&trash).ok()??;
        self.card_at(&format!("{trash}/{newest}"))
    }

    /// The last number under which something lies in a place of the trash.
    fn newest_in_trash(&self, place: &str) -> Result<Option<u32>, RegistryError> {
        let names = self.storage.names(place)?;
        let folders = names.iter().filter(|(_, found)| *found == Found::Folder);
        Ok(folders.filter_map(|(name, _)| name.parse().ok()).max())
    }

    /// Tells the index, or notes that it has to be told; the lock has to be held.
    fn register_or_postpone(&self, change: &Change) {
        if self.register_locked(std::slice::from_ref(change)).is_err() {
            self.postpone(change);
        }
    }
}

/// Whether a card is of what is referred to.
fn fits(card: &Card, wanted: &Reference) -> bool {
    card.id == wanted.id
        && wanted.kind.is_none_or(|kind| card.kind == kind)
        && wanted.version.is_none_or(|version| card.version == version)
}

/// Whether a path in the trash is of what is referred to.
fn is_of(path: &str, wanted: &Reference) -> bool {
    let Ok(reference) = path.parse::<Reference>() else { return false };
    reference.id == wanted.id
        && wanted.kind.is_none_or(|kind| reference.kind == Some(kind))
        && wanted.version.is_none_or(|version| reference.version == Some(version))
}
