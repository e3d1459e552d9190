//! Where artifacts lie: folders on a disk, or memory.
//!
//! The registry says everything in these few operations, so that another kind of store can follow.

mod directory;
mod memory;

pub use directory::Directory;
pub use memory::Memory;

use crate::error::StoreError;
use std::fmt::Debug;
use std::io::{Read, Write};
use std::path::PathBuf;

/// A store of files in folders.
///
/// Paths are relative to the root of the store, with `/` between their parts, none of which is empty, `.` or
/// `..`; an implementation refuses anything else, and whatever leads out of its root.
///
/// ```
/// use flowtime_registry::{Found, Memory, Storage};
/// let store = Memory::new();
/// store.write("notes/today.txt", b"calm")?;
/// assert!(matches!(store.look("notes/today.txt")?, Some(Found::File { size: 4, .. })));
/// assert_eq!(store.names("notes")?[0].0, "today.txt");
/// assert!(store.write("../escape.txt", b"").is_err());
/// # Ok::<(), flowtime_registry::StoreError>(())
/// ```
pub trait Storage: Debug + Send + Sync {
    /// How a path is called in messages.
    fn locate(&self, path: &str) -> PathBuf;

    /// Starts a folder that appears whole when it is committed, and never in part.
    ///
    /// # Errors
    ///
    /// When the path is refused or nothing can be written there.
    fn stage(&self, path: &str) -> Result<Box<dyn Staging + '_>, StoreError>;

    /// Opens a file to be read from a byte on; at its end there is nothing to read.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] when there is none; links and pipes are refused.
    fn open(&self, path: &str, offset: u64) -> Result<Box<dyn Read + '_>, StoreError>;

    /// What stands under a path.
    ///
    /// # Errors
    ///
    /// When the path is refused or cannot be looked at; nothing standing there is no error.
    fn look(&self, path: &str) -> Result<Option<Found>, StoreError>;

    /// The names in a folder, sorted; none when there is no such folder.
    ///
    /// # Errors
    ///
    /// When the path is refused or the folder cannot be read.
    fn names(&self, folder: &str) -> Result<Vec<(String, Found)>, StoreError>;

    /// Writes a file that is whole or absent; one of that name is replaced in one step.
    ///
    /// # Errors
    ///
    /// When the path is refused or the store cannot be written; what stood there still does.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Writes at the end of a file after cutting it to `at` bytes. The file is created when `at` is 0.
    ///
    /// A process that ends in the middle may leave a first part of `bytes`, nothing else.
    ///
    /// # Errors
    ///
    /// When the path is refused or the store cannot be written.
    fn append(&self, path: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError>;

    /// Gives a folder another place in one step.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] when something stands there, [`StoreError::NotFound`] when nothing is to be moved.
    fn rename(&self, from: &str, to: &str) -> Result<(), StoreError>;

    /// Removes a file, or a folder with all that is in it; nothing standing there is no error.
    ///
    /// # Errors
    ///
    /// When the path is refused or the store cannot be written.
    fn remove(&self, path: &str) -> Result<(), StoreError>;

    /// Takes the lock that one writer at a time holds, of all processes; `None` when another one has it.
    ///
    /// # Errors
    ///
    /// When the store cannot be written or knows no locks.
    fn try_lock(&self) -> Result<Option<Box<dyn Locked + '_>>, StoreError>;

    /// Removes from some folders what writers left behind that were killed, as far as possible.
    fn tidy(&self, folders: &[String]) {
        let _ = folders;
    }
}

/// A folder that is being written. Dropped without [`Staging::commit`], nothing remains of it.
pub trait Staging: Debug {
    /// Creates a file at a path relative to the folder, such as `series/arrivals.csv`.
    ///
    /// # Errors
    ///
    /// When the path is refused, the file exists, or the store cannot be written.
    fn create(&mut self, relative: &str) -> Result<Box<dyn Write>, StoreError>;

    /// Shows the folder under its name, all of it at once; with `replace`, in place of another one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Exists`] when the name is taken and `replace` is false; it may be committed again then.
    fn commit(&mut self, replace: bool) -> Result<(), StoreError>;
}

impl<S: Staging + ?Sized> Staging for Box<S> {
    fn create(&mut self, relative: &str) -> Result<Box<dyn Write>, StoreError> {
        (**self).create(relative)
    }

    fn commit(&mut self, replace: bool) -> Result<(), StoreError> {
        (**self).commit(replace)
    }
}

/// The lock of a store, held for as long as this lives.
pub trait Locked: Debug {}

/// What stands under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Another one whenever the file is replaced or written to.
        stamp: u64,
    },
    /// A folder.
    Folder,
    /// Something that is not followed or read: a link, a pipe, a device.
    Other,
}

/// Reads a whole file that is no larger than it has a right to be.
pub(crate) fn read_file(storage: &dyn Storage, path: &str, most: u64) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let read = storage.open(path, 0)?.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| StoreError::io("read", &storage.locate(path), error))?;
    if bytes.len() as u64 > most {
        let error = std::io::Error::new(std::io::ErrorKind::InvalidData, "it is larger than any such file");
        return Err(StoreError::io("read", &storage.locate(path), error));
    }
    Ok(bytes)
}

/// Whether a file stands there.
pub(crate) fn is_file(storage: &dyn Storage, path: &str) -> Result<bool, StoreError> {
    Ok(matches!(storage.look(path)?, Some(Found::File { .. })))
}
