//! Memory: gone with the process.

use super::{Found, Locked, Staging, Storage};
use crate::atomic::is_plain;
use crate::error::StoreError;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory, for tests and for hosts without a disk.
///
/// ```
/// use flowtime_registry::{Memory, Storage};
/// use std::io::Write;
/// let store = Memory::new();
/// let mut folder = store.stage("runs/run_a")?;
/// folder.create("spec.yaml")?.write_all(b"schemaVersion: 1")?;
/// assert!(store.names("runs")?.is_empty());
/// folder.commit(false)?;
/// assert_eq!(store.names("runs")?[0].0, "run_a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Memory {
    files: Mutex<Files>,
    locked: AtomicBool,
}

#[derive(Debug, Default)]
struct Files {
    by_path: BTreeMap<String, File>,
    writes: u64,
}

#[derive(Debug)]
struct File {
    bytes: Arc<[u8]>,
    stamp: u64,
}

impl Files {
    fn put(&mut self, path: String, bytes: &[u8]) {
        self.writes += 1;
        self.by_path.insert(path, File { bytes: bytes.into(), stamp: self.writes });
    }

    /// The paths of all files in a folder and below it.
    fn below(&self, folder: &str) -> Vec<String> {
        let start = format!("{folder}/");
        let from = self.by_path.range(start.clone()..);
        from.map(|(path, _)| path).take_while(|path| path.starts_with(&start)).cloned().collect()
    }

    fn is_folder(&self, path: &str) -> bool {
        let start = format!("{path}/");
        self.by_path.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
    }

    fn found(&self, path: &str) -> Option<Found> {
        match self.by_path.get(path) {
            Some(file) => Some(Found::File { size: file.bytes.len() as u64, stamp: file.stamp }),
            None => self.is_folder(path).then_some(Found::Folder),
        }
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Memory::default()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checked(&self, path: &str) -> Result<(), StoreError> {
        if is_plain(path) {
            return Ok(());
        }
        Err(StoreError::OutsideRoot { path: PathBuf::from(path), root: PathBuf::from(".") })
    }
}

impl Storage for Memory {
    fn locate(&self, path: &str) -> PathBuf {
        PathBuf::from(path)
    }

    fn stage(&self, path: &str) -> Result<Box<dyn Staging + '_>, StoreError> {
        self.checked(path)?;
        Ok(Box::new(StagedInMemory { store: self, target: path.to_owned(), files: BTreeMap::new() }))
    }

    fn open(&self, path: &str, offset: u64) -> Result<Box<dyn Read + '_>, StoreError> {
        self.checked(path)?;
        let files = self.files();
        let file = files.by_path.get(path).ok_or(StoreError::NotFound { path: self.locate(path) })?;
        let mut cursor = Cursor::new(file.bytes.clone());
        cursor.set_position(offset);
        Ok(Box::new(cursor))
    }

    fn look(&self, path: &str) -> Result<Option<Found>, StoreError> {
        self.checked(path)?;
        Ok(self.files().found(path))
    }

    fn names(&self, folder: &str) -> Result<Vec<(String, Found)>, StoreError> {
        self.checked(folder)?;
        let files = self.files();
        if files.by_path.contains_key(folder) {
            return Err(StoreError::NotAFolder { path: self.locate(folder) });
        }
        let mut names = BTreeMap::new();
        for path in files.below(folder) {
            let rest = &path[folder.len() + 1..];
            let name = rest.split('/').next().unwrap_or(rest);
            if let Some(found) = files.found(&format!("{folder}/{name}")) {
                names.insert(name.to_owned(), found);
            }
        }
        Ok(names.into_iter().collect())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.checked(path)?;
        let mut files = self.files();
        if files.is_folder(path) {
            return Err(StoreError::IsAFolder { path: self.locate(path) });
        }
        files.put(path.to_owned(), bytes);
        Ok(())
    }

    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.checked(path)?;
        let mut files = self.files();
        let before = match files.by_path.get(path) {
            Some(file) => file.bytes.clone(),
            None if at == 0 => Arc::from([]),
            None => return Err(StoreError::NotFound { path: self.locate(path) }),
        };
        let kept = usize::try_from(at).map_or(before.len(), |at| at.min(before.len()));
        let all = [&before[..kept], bytes].concat();
        files.put(path.to_owned(), &all);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.checked(from)?;
        self.checked(to)?;
        let mut files = self.files();
        if files.found(to).is_some() {
            return Err(StoreError::Exists { path: self.locate(to) });
        }
        let paths = files.below(from);
        if paths.is_empty() {
            return Err(StoreError::NotFound { path: self.locate(from) });
        }
        for path in paths {
            if let Some(file) = files.by_path.remove(&path) {
                files.by_path.insert(format!("{to}{}", &path[from.len()..]), file);
            }
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), StoreError> {
        self.checked(path)?;
        let mut files = self.files();
        files.by_path.remove(path);
        for path in files.below(path) {
            files.by_path.remove(&path);
        }
        Ok(())
    }

    fn try_lock(&self) -> Result<Option<Box<dyn Locked + '_>>, StoreError> {
        if self.locked.swap(true, Ordering::Acquire) {
            return Ok(None);
        }
        Ok(Some(Box::new(MemoryLock(&self.locked))))
    }
}

#[derive(Debug)]
struct MemoryLock<'a>(&'a AtomicBool);

impl Locked for MemoryLock<'_> {}

impl Drop for MemoryLock<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[derive(Debug)]
struct StagedInMemory<'a> {
    store: &'a Memory,
    target: String,
    files: BTreeMap<String, Arc<Mutex<Vec<u8>>>>,
}

impl Staging for StagedInMemory<'_> {
    fn create(&mut self, relative: &str) -> Result<Box<dyn Write>, StoreError> {
        let path = self.store.locate(&format!("{}/{relative}", self.target));
        if !is_plain(relative) {
            return Err(StoreError::OutsideRoot { path, root: self.store.locate(&self.target) });
        }
        if self.files.contains_key(relative) {
            return Err(StoreError::Exists { path });
        }
        let bytes = Arc::default();
        self.files.insert(relative.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(Growing(bytes)))
    }

    fn commit(&mut self, replace: bool) -> Result<(), StoreError> {
        let mut files = self.store.files();
        let path = self.store.locate(&self.target);
        match files.found(&self.target) {
            Some(Found::Folder) if replace => {
                for path in files.below(&self.target) {
                    files.by_path.remove(&path);
                }
            }
            Some(Found::Folder) => return Err(StoreError::Exists { path }),
            Some(_) => return Err(StoreError::NotAFolder { path }),
            None => {}
        }
        for (relative, bytes) in &self.files {
            let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            files.put(format!("{}/{relative}", self.target), &bytes);
        }
        Ok(())
    }
}

/// A file that grows until its folder is committed.
struct Growing(Arc<Mutex<Vec<u8>>>);

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
