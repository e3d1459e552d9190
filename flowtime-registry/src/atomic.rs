//! Files and folders that are whole or absent, whenever the process ends.
//!
//! What is written goes into a temporary file or folder beside its target, hence on the same file
//! system, is brought to the disk, and takes its final name in one step. A writer holds a lock on its
//! temporary one; the system releases it when the process ends, however it ends. So what a killed
//! process left behind is recognised by its name and by a lock that can be had, and is removed when
//! something is written beside it again.

use crate::error::StoreError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the names of all temporary files and folders begin with.
pub const TEMPORARY_PREFIX: &str = ".flowtime-tmp-";

/// Where locks do not work, a leftover is removed when nothing touched it for this long.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// A folder that is being written and does not stand under its name yet.
///
/// Dropped without [`StagedFolder::commit`], nothing remains of it.
#[derive(Debug)]
pub struct StagedFolder {
    target: PathBuf,
    staging: Temporary,
    files: Vec<PathBuf>,
    /// Subfolders, parents first.
    folders: Vec<PathBuf>,
}

impl StagedFolder {
    /// Starts a folder that is to stand at `target`; folders above it are created.
    ///
    /// # Errors
    ///
    /// When a folder cannot be created beside the target.
    pub fn beside(target: &Path) -> Result<Self, StoreError> {
        let parent = parent_of(target);
        create_folders(parent)?;
        remove_leftovers(parent);
        let staging = Temporary::create(parent, target, |path| {
            fs::create_dir(path)?;
            open_folder(path)
        })?;
        Ok(StagedFolder { target: target.to_owned(), staging, files: Vec::new(), folders: Vec::new() })
    }

    /// Creates a file at a path relative to the folder, such as `series/arrivals.csv`.
    ///
    /// # Errors
    ///
    /// When the path is not a plain relative one, the file exists, or the system refuses.
    pub fn create(&mut self, relative: &str) -> Result<File, StoreError> {
        let path = self.target.join(relative);
        if !is_plain(relative) {
            return Err(StoreError::OutsideRoot { path, root: self.target.clone() });
        }
        let mut folder = self.staging.path.clone();
        let mut parts = relative.split('/').peekable();
        while let Some(part) = parts.next() {
            folder.push(part);
            if parts.peek().is_some() && !self.folders.contains(&folder) {
                fs::create_dir(&folder).map_err(|error| StoreError::io("create", &path, error))?;
                self.folders.push(folder.clone());
            }
        }
        let file = File::create_new(&folder).map_err(|error| StoreError::io("create", &path, error))?;
        self.files.push(folder);
        Ok(file)
    }

    /// Brings everything to the disk and gives the folder its name.
    ///
    /// An empty folder of that name is taken over. With `replace`, so is any other one: where the
    /// system can (Linux and macOS, most file systems) both trade places in one step.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] when the target exists and `replace` is false; what was staged then
    /// remains and may be committed again. [`StoreError::NotAFolder`] when it is a file, whatever
    /// `replace` says.
    pub fn commit(&mut self, replace: bool) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("write", &self.target, error);
        let files = self.files.iter().map(|file| Unsynced::File(file));
        let folders = self.folders.iter().chain([&self.staging.path]).map(|folder| Unsynced::Folder(folder));
        sync(&files.chain(folders).collect::<Vec<_>>()).map_err(failed)?;
        match fs::rename(&self.staging.path, &self.target) {
            Ok(()) => {}
            Err(_) if is_file(&self.target) => {
                return Err(StoreError::NotAFolder { path: self.target.clone() });
            }
            Err(error) => match StoreError::io("create", &self.target, error) {
                StoreError::Exists { .. } if replace => self.trade_places()?,
                error => return Err(error),
            },
        }
        sync_folder(parent_of(&self.target))
    }

    /// Puts the staged folder under the target's name and what stood there under the staged one's.
    fn trade_places(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("replace", &self.target, error);
        if exchange(&self.staging.path, &self.target) {
            return Ok(());
        }
        // Without the system's help there is a moment at which neither stands there.
        let aside = temporary_path(parent_of(&self.target));
        let mut placed = Ok(());
        // Another writer may put its own there in that moment: then once more.
        for _ in 0..100 {
            match fs::rename(&self.target, &aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => placed = fs::rename(&self.staging.path, &self.target),
            }
            match &placed {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => remove(&aside),
                _ => break,
            }
        }
        match placed {
            Ok(()) => remove(&aside),
            // As far as possible: the first failure is the one to report.
            Err(_) => drop(fs::rename(&aside, &self.target)),
        }
        placed.map_err(failed)
    }
}

/// Writes a file that is whole or absent; one of that name is replaced.
///
/// # Errors
///
/// When the target is a folder or the system refuses; what stood there before then still does.
pub fn write_file_atomically(target: &Path, contents: &[u8]) -> Result<(), StoreError> {
    write_file_atomically_with(target, |file| file.write_all(contents))
}

/// Writes a file that is whole or absent from what `contents` writes, piece by piece; one of that name is replaced.
///
/// # Errors
///
/// As for [`write_file_atomically`], and those of `contents`.
pub fn write_file_atomically_with(
    target: &Path,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let parent = parent_of(target);
    create_folders(parent)?;
    remove_leftovers(parent);
    if target.file_name().is_none() || target.is_dir() {
        return Err(StoreError::IsAFolder { path: target.to_owned() });
    }
    let staging = Temporary::create(parent, target, |path| File::create_new(path))?;
    let mut file = &staging.handle;
    contents(&mut file)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&staging.path, target))
        .map_err(|error| StoreError::io("write", target, error))?;
    sync_folder(parent)
}

/// Creates a folder and those above it, each of them on the disk when this returns.
///
/// # Errors
///
/// [`StoreError::NotAFolder`] names the part of the path that is a file.
pub(crate) fn create_folders(path: &Path) -> Result<(), StoreError> {
    let mut missing = Vec::new();
    for ancestor in path.ancestors().filter(|ancestor| !ancestor.as_os_str().is_empty()) {
        match fs::metadata(ancestor) {
            Ok(found) if found.is_dir() => break,
            Ok(_) => return Err(StoreError::NotAFolder { path: ancestor.to_owned() }),
            // Something above it is a file, and will be named.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(ancestor),
            Err(error) => return Err(StoreError::io("read", ancestor, error)),
        }
    }
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => sync_folder(parent_of(folder))?,
            Err(_) if folder.is_dir() => {} // someone else was quicker
            Err(error) => return Err(StoreError::io("create", folder, error)),
        }
    }
    Ok(())
}

/// Whether a relative path consists of names alone and means the same on every system.
pub(crate) fn is_plain(relative: &str) -> bool {
    relative.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && !relative.contains(|character: char| character.is_control() || character == '\\')
        // A drive or a stream of a file there, an ordinary character elsewhere.
        && !(cfg!(windows) && relative.contains(':'))
}

/// A temporary file or folder, locked for as long as this lives and removed with it.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    handle: File,
}

impl Temporary {
    fn create(
        parent: &Path,
        target: &Path,
        make: impl Fn(&Path) -> io::Result<File>,
    ) -> Result<Self, StoreError> {
        // Another writer may take a new one for a leftover before it is locked: then once more.
        for _ in 0..100 {
            let path = temporary_path(parent);
            let handle = match make(&path) {
                Ok(handle) => handle,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound && parent.is_dir() => continue,
                Err(error) => return Err(StoreError::io("create", target, error)),
            };
            let lost = matches!(handle.try_lock(), Err(fs::TryLockError::WouldBlock));
            if !lost && path.exists() {
                return Ok(Temporary { path, handle });
            }
        }
        Err(StoreError::io("create", target, io::Error::other("no temporary name is to be had beside it")))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A name that no other writer uses, in this process or another.
pub(crate) fn temporary_path(parent: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    parent.join(format!("{TEMPORARY_PREFIX}{}-{count}-{nanos:x}", std::process::id()))
}

/// Removes what killed processes left in a folder. Failing to is no reason not to write.
pub(crate) fn remove_leftovers(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()) {
            remove_if_abandoned(&entry.path());
        }
    }
}

fn remove_if_abandoned(path: &Path) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let handle = if found.is_dir() {
        open_folder(path)
    } else if found.is_file() {
        File::open(path)
    } else {
        return;
    };
    let abandoned = match handle.as_ref().map(File::try_lock) {
        Ok(Ok(())) => true,
        Ok(Err(fs::TryLockError::WouldBlock)) => false,
        // No locks here: only time can tell.
        Ok(Err(fs::TryLockError::Error(_))) | Err(_) => {
            found.modified().is_ok_and(|then| then.elapsed().is_ok_and(|age| age > STALE))
        }
    };
    if abandoned {
        remove(path);
    }
}

/// Removes a temporary file or folder as far as possible; the next writer tries again.
fn remove(path: &Path) {
    let _ = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => return,
    };
}

/// What is to be brought to the disk.
enum Unsynced<'a> {
    File(&'a Path),
    Folder(&'a Path),
}

/// Brings files and folders to the disk, several at once: a disk does many in little more time than one.
fn sync(all: &[Unsynced<'_>]) -> io::Result<()> {
    const THREADS: usize = 8;
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<()> {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            match one {
                // Opened for writing because some systems refuse otherwise.
                Unsynced::File(path) => File::options().write(true).open(path)?.sync_all()?,
                Unsynced::Folder(path) => sync_names(path)?,
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let started: Vec<_> = (1..THREADS.min(all.len()))
            .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut result = work();
        for thread in started {
            let other =
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread that writes panicked")));
            result = result.and(other);
        }
        result
    })
}

#[cfg(unix)]
fn open_folder(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(windows)]
fn open_folder(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    const SHARE_ALL: u32 = 7;
    File::options().read(true).share_mode(SHARE_ALL).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    sync_names(path).map_err(|error| StoreError::io("write", path, error))
}

/// Brings the names in a folder to the disk.
fn sync_names(path: &Path) -> io::Result<()> {
    match open_folder(path).and_then(|folder| folder.sync_all()) {
        // Some file systems, and Windows, keep names safe by themselves and refuse.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

/// Lets two folders trade places in one step; `false` where the system or file system cannot.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(a: &Path, b: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> bool {
    false
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_dir())
}

pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
