//! Finding and reading.

use super::folder::{Catalog, MAX_DOCUMENT, json, read_folder};
use super::index::Index;
use super::query::Query;
use super::{Registry, RegistryError};
use crate::artifact::{Card, Kind, Labels, Reference};
use crate::atomic::is_plain;
use crate::error::{Fault, FaultKind, StoreError};
use crate::run_folder::PROVENANCE_FILE;
use crate::storage::read_file;
use crate::suggest::nearest;
use crate::sums::{SUMS_FILE, bytes_sum, read_sums};
use serde::Serialize;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The most bytes of a file that is read as a whole.
const MAX_FILE: u64 = 4 << 30;

/// An artifact with what its folder and other artifacts say of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its card.
    pub card: Card,
    /// What it was made as.
    pub catalog: Catalog,
    /// What is said of it now.
    pub labels: Labels,
    /// Where it came from, if that was stored.
    pub provenance: Option<Value>,
    /// The versions of a model that are stored.
    pub versions: Vec<u32>,
    /// The runs of a model: of this version, or of none in particular.
    pub generates: Vec<String>,
    /// How many there are.
    pub run_count: usize,
    /// Its folder.
    #[serde(skip)]
    pub path: PathBuf,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Page {
    /// The cards.
    pub cards: Vec<Card>,
    /// How many match, on all pages.
    pub total: usize,
    /// How many come before these.
    pub offset: usize,
}

/// How many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Of all kinds.
    pub total: usize,
    /// By kind.
    pub by_kind: BTreeMap<&'static str, usize>,
    /// By template.
    pub by_template: BTreeMap<String, usize>,
    /// By tag.
    pub by_tag: BTreeMap<String, usize>,
}

impl Registry {
    /// Reads an artifact, by its id, `models/<id>/v<n>` or a `registry:` reference; the newest version of a model,
    /// when none is named.
    ///
    /// # Errors
    ///
    /// [`RegistryError::NotFound`] names the nearest id; [`StoreError::InvalidId`] when the text is no reference.
    pub fn get(&self, reference: &str) -> Result<Entry, RegistryError> {
        let _timer = self.timer("get");
        self.entry(self.card(reference)?)
    }

    /// Reads a version of a model.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::get`].
    pub fn get_version(&self, id: &str, version: u32) -> Result<Entry, RegistryError> {
        self.get(&Reference::version_of(id, version)?.to_string())
    }

    /// The card of an artifact, without opening its files.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::get`].
    pub fn card(&self, reference: &str) -> Result<Card, RegistryError> {
        let wanted: Reference = reference.parse()?;
        let found = self.with_index(|index| find(index, &wanted))?;
        // What landed and is not registered yet lies where its id says.
        if let Some(card) = found.or_else(|| self.unregistered(&wanted)) {
            return Ok(card);
        }
        let nearest = self.with_index(|index| {
            let known = index.cards.values().filter(|card| wanted.kind.is_none_or(|kind| kind == card.kind));
            let same = known.clone().filter(|card| card.id == wanted.id).max_by_key(|card| card.version);
            same.map(Card::reference)
                .or_else(|| nearest(&wanted.id, known.map(|card| &*card.id)).map(str::to_owned))
        })?;
        let what = wanted.kind.map_or("artifact", Kind::name);
        let id = reference.strip_prefix("registry:").unwrap_or(reference).to_owned();
        Err(RegistryError::NotFound { what, id, nearest })
    }

    fn unregistered(&self, wanted: &Reference) -> Option<Card> {
        let mut paths = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| wanted.kind.is_none_or(|wanted| wanted == *kind)) {
            match (kind, wanted.version) {
                (Kind::Model, Some(version)) => paths.push(format!("models/{}/v{version}", wanted.id)),
                (Kind::Model, None) => {
                    let mut versions = self.versions(&wanted.id).unwrap_or_default();
                    versions.sort_by_key(|(number, _)| Reverse(*number));
                    paths.extend(versions.into_iter().map(|(_, path)| path));
                }
                (kind, _) => paths.push(format!("{}/{}", kind.folder(), wanted.id)),
            }
        }
        paths.iter().filter_map(|path| self.card_at(path)).find(|card| card.id == wanted.id)
    }

    pub(super) fn entry(&self, card: Card) -> Result<Entry, RegistryError> {
        let folder = match read_folder(&*self.storage, &card.path) {
            Ok(folder) => folder,
            Err(_) if self.storage.look(&card.path)?.is_none() => {
                return Err(StoreError::NotFound { path: self.storage.locate(&card.path) }.into());
            }
            Err(message) => return Err(self.unreadable(&card.path, message)),
        };
        let (versions, generates) = self.with_index(|index| {
            if card.kind != Kind::Model {
                return (Vec::new(), Vec::new());
            }
            let versions =
                index.cards.values().filter(|other| other.kind == Kind::Model && other.id == card.id);
            let mut versions: Vec<u32> = versions.map(|other| other.version).collect();
            versions.sort_unstable();
            (versions, runs_of(index, &card).map(|run| run.id.clone()).collect::<Vec<_>>())
        })?;
        Ok(Entry {
            provenance: json(&*self.storage, &card.path, PROVENANCE_FILE),
            path: self.storage.locate(&card.path),
            run_count: generates.len(),
            card: folder.card,
            catalog: folder.catalog,
            labels: folder.labels,
            versions,
            generates,
        })
    }

    /// Lists what a query asks for. No file of an artifact is opened.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Invalid`] when a time of the query is none.
    pub fn list(&self, query: &Query) -> Result<Page, RegistryError> {
        let _timer = self.timer("list");
        let query = query.checked().map_err(RegistryError::Invalid)?;
        self.with_index(|index| {
            let mut found: Vec<&Card> = index.cards.values().filter(|card| query.matches(card)).collect();
            found.sort_by(|a, b| query.order(a, b));
            let limit = query.limit.unwrap_or(usize::MAX);
            let cards = found.iter().skip(query.offset).take(limit).map(|card| (*card).clone()).collect();
            Page { cards, total: found.len(), offset: query.offset }
        })
    }

    /// Counts what a query asks for by kind, template and tag; its paging is not looked at.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::list`].
    pub fn counts(&self, query: &Query) -> Result<Counts, RegistryError> {
        let query = query.checked().map_err(RegistryError::Invalid)?;
        self.with_index(|index| {
            let mut counts = Counts::default();
            for card in index.cards.values().filter(|card| query.matches(card)) {
                counts.total += 1;
                *counts.by_kind.entry(card.kind.name()).or_default() += 1;
                if let Some(template) = &card.template_id {
                    *counts.by_template.entry(template.clone()).or_default() += 1;
                }
                for tag in &card.tags {
                    *counts.by_tag.entry(tag.clone()).or_default() += 1;
                }
            }
            counts
        })
    }

    /// Reads a file of an artifact, such as `model.yaml`, after checking it against its checksum.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when its bytes are not those that were written; [`RegistryError::NotFound`] when the
    /// artifact has no such file, naming the nearest.
    pub fn read_file(&self, reference: &str, file: &str) -> Result<Vec<u8>, RegistryError> {
        let card = self.card(reference)?;
        let damaged = |file: &str, kind| {
            let faults = vec![Fault { file: file.to_owned(), kind }];
            StoreError::Damaged { path: self.storage.locate(&card.path), faults }
        };
        let sums = read_sums(&*self.storage, &card.path).map_err(|kind| damaged(SUMS_FILE, kind))?;
        let Some(sum) = sums.get(file).filter(|_| is_plain(file)) else {
            let nearest = nearest(file, sums.keys().map(String::as_str)).map(str::to_owned);
            return Err(RegistryError::NotFound { what: "file", id: file.to_owned(), nearest });
        };
        let most = if file.ends_with(".json") { MAX_DOCUMENT } else { MAX_FILE };
        match read_file(&*self.storage, &format!("{}/{file}", card.path), most) {
            Ok(bytes) if bytes_sum(&bytes) == *sum => Ok(bytes),
            Ok(_) => Err(damaged(file, FaultKind::Changed).into()),
            Err(StoreError::NotFound { .. }) => Err(damaged(file, FaultKind::Missing).into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The newest version of what is referred to; of several kinds, the first.
fn find(index: &Index, wanted: &Reference) -> Option<Card> {
    let fits = |card: &&Card| {
        card.id == wanted.id
            && wanted.kind.is_none_or(|kind| kind == card.kind)
            && wanted.version.is_none_or(|version| version == card.version)
    };
    let found = index.cards.values().filter(fits);
    found.max_by_key(|card| (Reverse(card.kind), card.version)).cloned()
}

/// The runs that a version of a model made, or that do not say which version it was.
pub(super) fn runs_of<'a>(index: &'a Index, model: &'a Card) -> impl Iterator<Item = &'a Card> {
    index.cards.values().filter(move |run| {
        run.kind == Kind::Run
            && run.model_id.as_ref() == Some(&model.id)
            && run.model_version.is_none_or(|version| version == model.version)
    })
}
