//! The index: a snapshot of all cards and a log of what changed since.
//!
//! Both are caches. The snapshot, `registry-index.json`, is one card a line after a first line that says which
//! generation it is. The log, `registry-index.log`, begins with the generation that it continues; each further line
//! puts or removes a card. A writer holds the lock of the store; readers hold nothing:
//!
//! * the log is replaced after the snapshot, so a log of an earlier generation is contained in the snapshot;
//! * a last line without its end was never acknowledged: readers ignore it, the next writer cuts it off;
//! * anything else that does not fit means that the index is made anew from the folders.

use crate::artifact::{Card, SCHEMA_VERSION};
use crate::error::StoreError;
use crate::storage::{Found, Storage, read_file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

/// The snapshot of all cards.
pub const INDEX_FILE: &str = "registry-index.json";

/// The snapshot before the last one.
pub const INDEX_BACKUP_FILE: &str = "registry-index.json.bak";

/// What changed since the snapshot.
pub const LOG_FILE: &str = "registry-index.log";

/// The most bytes that a snapshot or log may have: millions of cards.
const MAX_INDEX_BYTES: u64 = 4 << 30;

/// The most bytes of a first line, and of any line of the log.
const MAX_LINE: u64 = 1 << 20;

/// A log is not worth a new snapshot below this many bytes.
const MIN_LOG: u64 = 1 << 18;

/// A change of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    Put(Box<Card>),
    /// The path of what is no longer there.
    Remove(String),
}

/// The first line of the snapshot, closed; and of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    schema_version: u32,
    generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_scan: Option<String>,
}

/// The snapshot as a whole.
#[derive(Deserialize)]
struct Snapshot {
    schema_version: u32,
    generation: u64,
    #[serde(default)]
    last_scan: Option<String>,
    artifacts: Vec<Card>,
}

/// Why the index has to be made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    Absent,
    Damaged(String),
}

/// What a read or write of the index can end in beside success.
#[derive(Debug)]
pub(crate) enum IndexError {
    Unusable(Unusable),
    Store(StoreError),
}

impl From<StoreError> for IndexError {
    fn from(error: StoreError) -> Self {
        IndexError::Store(error)
    }
}

fn damaged<T>(what: impl Into<String>) -> Result<T, IndexError> {
    Err(IndexError::Unusable(Unusable::Damaged(what.into())))
}

/// All cards by path, and how far the log was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) cards: BTreeMap<String, Card>,
    pub(crate) last_scan: Option<String>,
    generation: u64,
    /// Whether the log belongs to this generation, and up to where it was read.
    log_read: Option<u64>,
    snapshot: Option<Found>,
}

impl Index {
    /// An index of cards that are found elsewhere; it stands for no file yet.
    pub(crate) fn of(cards: impl IntoIterator<Item = Card>) -> Self {
        let cards = cards.into_iter().map(|card| (card.path.clone(), card)).collect();
        Index { cards, ..Index::default() }
    }

    /// Reads the snapshot and what changed since.
    pub(crate) fn load(storage: &dyn Storage) -> Result<Self, IndexError> {
        // A log read just before a new snapshot is written looks older than that one.
        const ATTEMPTS: usize = 5;
        let mut seen = None;
        for _ in 0..ATTEMPTS {
            let log = read_log(storage, 0)?;
            let snapshot = storage.look(INDEX_FILE)?;
            let mut index = read_snapshot(storage)?;
            index.snapshot = snapshot;
            match log {
                None => return damaged(format!("`{LOG_FILE}` is missing")),
                Some(log) if log.generation == index.generation => {
                    index.log_read = Some(log.end);
                    log.changes.into_iter().for_each(|change| index.apply(change));
                    return Ok(index);
                }
                Some(log) if log.generation > index.generation => {
                    return damaged(format!("`{INDEX_FILE}` is older than `{LOG_FILE}`"));
                }
                Some(log) => {
                    if seen == Some((index.generation, log.generation)) {
                        // A writer ended between the two: the snapshot has it all.
                        return Ok(index);
                    }
                    seen = Some((index.generation, log.generation));
                }
            }
        }
        damaged("it changes faster than it can be read")
    }

    /// Takes in what others added; `false` when it has to be loaded again.
    pub(crate) fn refresh(&mut self, storage: &dyn Storage) -> Result<bool, StoreError> {
        let Some(read) = self.log_read else { return Ok(false) };
        match storage.look(LOG_FILE)? {
            // The log keeps its name and generation until there is another snapshot.
            Some(Found::File { size, .. }) if size >= read => {}
            _ => return Ok(false),
        }
        let tail = match read_log(storage, read) {
            Ok(Some(log)) if log.generation == self.generation => log,
            Err(IndexError::Store(error)) => return Err(error),
            _ => return Ok(false),
        };
        if storage.look(INDEX_FILE)? != self.snapshot {
            return Ok(false);
        }
        self.log_read = Some(tail.end);
        tail.changes.into_iter().for_each(|change| self.apply(change));
        Ok(true)
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Put(card) => drop(self.cards.insert(card.path.clone(), *card)),
            Change::Remove(path) => drop(self.cards.remove(&path)),
        }
    }

    /// Writes a new snapshot and an empty log; the lock has to be held.
    pub(crate) fn save(&mut self, storage: &dyn Storage, now: &str) -> Result<(), StoreError> {
        let known = [head_of_snapshot(storage), head_of_log(storage)].into_iter().flatten();
        let generation = known.map(|head| head.generation).max().unwrap_or(0).max(self.generation) + 1;
        let head = Head {
            schema_version: SCHEMA_VERSION,
            generation,
            updated_at: Some(now.to_owned()),
            last_scan: self.last_scan.clone(),
        };
        let failed =
            |error: serde_json::Error| StoreError::io("write", &storage.locate(INDEX_FILE), error.into());
        let mut text = serde_json::to_vec(&head).map_err(failed)?;
        text.pop();
        text.extend_from_slice(b",\"artifacts\":[");
        for (position, card) in self.cards.values().enumerate() {
            text.extend_from_slice(if position > 0 { b",\n" } else { b"\n" });
            serde_json::to_writer(&mut text, card).map_err(failed)?;
        }
        text.extend_from_slice(b"\n]}\n");
        match read_file(storage, INDEX_FILE, MAX_INDEX_BYTES) {
            Ok(previous) => storage.write(INDEX_BACKUP_FILE, &previous)?,
            Err(StoreError::NotFound { .. }) => {}
            // What cannot be read is of no use to anybody.
            Err(_) => storage.remove(INDEX_FILE)?,
        }
        storage.write(INDEX_FILE, &text)?;
        let log = log_head(generation).map_err(failed)?;
        storage.write(LOG_FILE, &log)?;
        self.generation = generation;
        self.log_read = Some(log.len() as u64);
        self.snapshot = storage.look(INDEX_FILE)?;
        Ok(())
    }
}

/// Adds changes to the log, whatever its length; the lock has to be held.
///
/// Returns whether the log is long enough for a new snapshot to be worth it.
pub(crate) fn append(storage: &dyn Storage, changes: &[Change]) -> Result<bool, IndexError> {
    let (size, snapshot_size) = match (storage.look(LOG_FILE)?, storage.look(INDEX_FILE)?) {
        (_, None) => return Err(IndexError::Unusable(Unusable::Absent)),
        (Some(Found::File { size, .. }), Some(Found::File { size: snapshot, .. })) => (size, snapshot),
        _ => return damaged("one of its files is missing"),
    };
    let Some(snapshot) = head_of_snapshot(storage) else {
        return damaged(format!("`{INDEX_FILE}` cannot be read"));
    };
    let Some(log) = head_of_log(storage) else {
        return damaged(format!("`{LOG_FILE}` cannot be read"));
    };
    let failed = |error: serde_json::Error| StoreError::io("write", &storage.locate(LOG_FILE), error.into());
    let mut lines = Vec::new();
    for change in changes {
        serde_json::to_writer(&mut lines, change).map_err(failed)?;
        lines.push(b'\n');
    }
    if log.generation < snapshot.generation {
        // The last writer ended between the snapshot and its log.
        let head = log_head(snapshot.generation).map_err(failed)?;
        storage.write(LOG_FILE, &[head, lines].concat())?;
        return Ok(false);
    }
    if log.generation > snapshot.generation {
        return damaged(format!("`{INDEX_FILE}` is older than `{LOG_FILE}`"));
    }
    let end = end_of_last_line(storage, size)?;
    storage.append(LOG_FILE, end, &lines)?;
    Ok(end + lines.len() as u64 > MIN_LOG.max(snapshot_size / 2))
}

/// What a log says from some byte on.
struct Log {
    generation: u64,
    changes: Vec<Change>,
    /// After the last whole line.
    end: u64,
}

fn read_log(storage: &dyn Storage, from: u64) -> Result<Option<Log>, IndexError> {
    // The head first: what follows belongs to the same file, or to a later one that does not fit.
    let Some(head) = head_of_log(storage) else {
        return match storage.look(LOG_FILE)? {
            None => Ok(None),
            Some(_) => damaged(format!("`{LOG_FILE}` cannot be read")),
        };
    };
    let mut bytes = Vec::new();
    let read = storage.open(LOG_FILE, from)?.take(MAX_INDEX_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| StoreError::io("read", &storage.locate(LOG_FILE), error))?;
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    let mut lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n');
    let mut generation = head.generation;
    if from == 0 {
        let Some(head) = lines.next().and_then(|line| serde_json::from_slice::<Head>(line).ok()) else {
            return damaged(format!("`{LOG_FILE}` cannot be read"));
        };
        generation = head.generation;
    }
    let mut changes = Vec::new();
    for (position, line) in lines.enumerate() {
        match serde_json::from_slice(line) {
            Ok(change) => changes.push(change),
            Err(_) => return damaged(format!("line {} of `{LOG_FILE}` cannot be read", position + 2)),
        }
    }
    Ok(Some(Log { generation, changes, end: from + whole as u64 }))
}

fn read_snapshot(storage: &dyn Storage) -> Result<Index, IndexError> {
    let bytes = match read_file(storage, INDEX_FILE, MAX_INDEX_BYTES) {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound { .. }) => return Err(IndexError::Unusable(Unusable::Absent)),
        Err(error) => return damaged(error.to_string()),
    };
    let Some(snapshot) = parse_snapshot(&bytes) else {
        return damaged(format!("`{INDEX_FILE}` cannot be read"));
    };
    let mut index = Index::of(snapshot.artifacts);
    index.generation = snapshot.generation;
    index.last_scan = snapshot.last_scan;
    Ok(index)
}

fn parse_snapshot(bytes: &[u8]) -> Option<Snapshot> {
    let snapshot: Snapshot = serde_json::from_slice(bytes).ok()?;
    (snapshot.schema_version == SCHEMA_VERSION).then_some(snapshot)
}

/// The head of the snapshot, without reading the cards.
fn head_of_snapshot(storage: &dyn Storage) -> Option<Head> {
    let mut line = first_line(storage, INDEX_FILE)?;
    line.extend_from_slice(b"]}");
    serde_json::from_slice(&line).ok()
}

fn head_of_log(storage: &dyn Storage) -> Option<Head> {
    serde_json::from_slice(&first_line(storage, LOG_FILE)?).ok()
}

fn first_line(storage: &dyn Storage, path: &str) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let file = storage.open(path, 0).ok()?;
    BufReader::with_capacity(512, file).take(MAX_LINE).read_until(b'\n', &mut line).ok()?;
    line.ends_with(b"\n").then_some(line)
}

fn log_head(generation: u64) -> Result<Vec<u8>, serde_json::Error> {
    let head = Head { schema_version: SCHEMA_VERSION, generation, updated_at: None, last_scan: None };
    let mut line = serde_json::to_vec(&head)?;
    line.push(b'\n');
    Ok(line)
}

/// Where the last whole line of the log ends: what follows was never acknowledged.
fn end_of_last_line(storage: &dyn Storage, size: u64) -> Result<u64, IndexError> {
    let mut window = 256;
    loop {
        let start = size.saturating_sub(window);
        let mut bytes = Vec::new();
        let read = storage.open(LOG_FILE, start)?.take(size - start).read_to_end(&mut bytes);
        read.map_err(|error| StoreError::io("read", &storage.locate(LOG_FILE), error))?;
        match bytes.iter().rposition(|&byte| byte == b'\n') {
            Some(last) => return Ok(start + last as u64 + 1),
            None if start == 0 || window > MAX_LINE => {
                return damaged(format!("`{LOG_FILE}` has no whole line"));
            }
            None => window *= 4,
        }
    }
}
