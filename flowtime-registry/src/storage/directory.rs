//! A folder on a disk.

use super::{Found, Locked, Staging, Storage};
use crate::atomic::{
    StagedFolder, create_folders, is_plain, parent_of, remove_leftovers, sync_folder, temporary_path,
    write_file_atomically,
};
use crate::error::StoreError;
use crate::sums::open_file;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file whose lock is the store's.
const LOCK_FILE: &str = ".registry.lock";

/// A store in a folder, which need not exist before something is written.
///
/// Links inside the folder are not followed out of it. Everything written is on the disk when a call returns.
///
/// ```
/// use flowtime_registry::{Directory, Storage};
/// let folder = tempfile::tempdir()?;
/// let store = Directory::new(folder.path());
/// store.write("a/b.txt", b"x")?;
/// assert_eq!(std::fs::read(folder.path().join("a/b.txt"))?, b"x");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// The store in a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Directory { root: root.into() }
    }

    /// The path on the disk, after checking that it lies under the root.
    fn inside(&self, path: &str) -> Result<PathBuf, StoreError> {
        let target = self.root.join(path);
        if !is_plain(path) {
            return Err(StoreError::OutsideRoot { path: target, root: self.root.clone() });
        }
        // What does not exist yet cannot lead anywhere: the deepest folder that does is looked at.
        for folder in target.ancestors().skip(1).take_while(|folder| **folder != self.root) {
            match fs::canonicalize(folder) {
                Ok(real) => {
                    let root = fs::canonicalize(&self.root)
                        .map_err(|error| StoreError::io("read", &self.root, error))?;
                    if real.starts_with(root) {
                        break;
                    }
                    return Err(StoreError::OutsideRoot { path: target, root: self.root.clone() });
                }
                // A link to nothing would be followed when a folder is created there.
                Err(_) if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) => {
                    return Err(StoreError::OutsideRoot { path: target, root: self.root.clone() });
                }
                Err(_) => {}
            }
        }
        Ok(target)
    }
}

impl Storage for Directory {
    fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn stage(&self, path: &str) -> Result<Box<dyn Staging + '_>, StoreError> {
        let target = self.inside(path)?;
        Ok(Box::new(StagedFolder::beside(&target)?))
    }

    fn open(&self, path: &str, offset: u64) -> Result<Box<dyn Read + '_>, StoreError> {
        let target = self.inside(path)?;
        let mut file = open_file(&target).map_err(|error| StoreError::io("read", &target, error))?;
        file.seek(SeekFrom::Start(offset)).map_err(|error| StoreError::io("read", &target, error))?;
        Ok(Box::new(file))
    }

    fn look(&self, path: &str) -> Result<Option<Found>, StoreError> {
        let target = self.inside(path)?;
        match fs::symlink_metadata(&target) {
            Ok(metadata) => Ok(Some(found(&metadata))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::io("read", &target, error)),
        }
    }

    fn names(&self, folder: &str) -> Result<Vec<(String, Found)>, StoreError> {
        let target = self.inside(folder)?;
        let failed = |error| StoreError::io("read", &target, error);
        match self.look(folder)? {
            None => return Ok(Vec::new()),
            Some(Found::Folder) => {}
            Some(Found::Other) => {
                return Err(StoreError::OutsideRoot { path: target, root: self.root.clone() });
            }
            Some(Found::File { .. }) => return Err(StoreError::NotAFolder { path: target }),
        }
        let entries = match fs::read_dir(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            // One that goes in this moment is not there.
            if let Ok(metadata) = fs::symlink_metadata(entry.path()) {
                names.push((entry.file_name().to_string_lossy().into_owned(), found(&metadata)));
            }
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        write_file_atomically(&self.inside(path)?, bytes)
    }

    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let target = self.inside(path)?;
        let failed = |error| StoreError::io("write", &target, error);
        if at == 0 {
            create_folders(parent_of(&target))?;
        }
        if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_file()) {
            return Err(StoreError::OutsideRoot { path: target, root: self.root.clone() });
        }
        let mut file = match File::options().write(true).create(at == 0).truncate(false).open(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound { path: target });
            }
            file => file.map_err(failed)?,
        };
        file.set_len(at).map_err(failed)?;
        let written = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| file.write_all(bytes))
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // What got onto a full disk is of no use; the next writer cuts it off if this one cannot.
            let _ = file.set_len(at);
            return Err(failed(error));
        }
        if at == 0 { sync_folder(parent_of(&target)) } else { Ok(()) }
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let (from, to) = (self.inside(from)?, self.inside(to)?);
        fs::symlink_metadata(&from).map_err(|error| StoreError::io("read", &from, error))?;
        if fs::symlink_metadata(&to).is_ok() {
            return Err(StoreError::Exists { path: to });
        }
        create_folders(parent_of(&to))?;
        fs::rename(&from, &to).map_err(|error| StoreError::io("move", &from, error))?;
        sync_folder(parent_of(&to))?;
        sync_folder(parent_of(&from))
    }

    fn remove(&self, path: &str) -> Result<(), StoreError> {
        let target = self.inside(path)?;
        let failed = |error| StoreError::io("remove", &target, error);
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_dir() => {
                // Gone at once: a half-removed folder never stands under its name.
                let aside = temporary_path(parent_of(&target));
                fs::rename(&target, &aside).map_err(failed)?;
                fs::remove_dir_all(&aside).map_err(failed)?;
            }
            Ok(_) => match fs::remove_file(&target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                removed => removed.map_err(failed)?,
            },
            Err(_) => return Ok(()),
        }
        sync_folder(parent_of(&target))
    }

    fn try_lock(&self) -> Result<Option<Box<dyn Locked + '_>>, StoreError> {
        create_folders(&self.root)?;
        let path = self.inside(LOCK_FILE)?;
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(StoreError::OutsideRoot { path, root: self.root.clone() });
        }
        let file = File::options().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| StoreError::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(FileLock { _file: file }))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(StoreError::io("lock", &path, error)),
        }
    }

    fn tidy(&self, folders: &[String]) {
        remove_leftovers(&self.root);
        for folder in folders.iter().filter_map(|folder| self.inside(folder).ok()) {
            // The target of a link is no business of this store.
            if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
                remove_leftovers(&folder);
            }
        }
    }
}

impl Staging for StagedFolder {
    fn create(&mut self, relative: &str) -> Result<Box<dyn Write>, StoreError> {
        Ok(Box::new(StagedFolder::create(self, relative)?))
    }

    fn commit(&mut self, replace: bool) -> Result<(), StoreError> {
        StagedFolder::commit(self, replace)
    }
}

/// The system releases it with the file, also when the process is killed.
#[derive(Debug)]
struct FileLock {
    _file: File,
}

impl Locked for FileLock {}

fn found(metadata: &fs::Metadata) -> Found {
    if metadata.is_dir() {
        Found::Folder
    } else if metadata.is_file() {
        Found::File { size: metadata.len(), stamp: stamp(metadata) }
    } else {
        Found::Other
    }
}

/// Changes with the time of the last write and with the file itself.
fn stamp(metadata: &fs::Metadata) -> u64 {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = modified.map_or(0, |since| since.as_nanos() as u64);
    nanos.rotate_left(20) ^ identity(metadata)
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn identity(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

/// The path of the root, for those who want to look with other tools.
impl AsRef<Path> for Directory {
    fn as_ref(&self) -> &Path {
        &self.root
    }
}
