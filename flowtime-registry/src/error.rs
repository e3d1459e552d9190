//! Why something could not be stored or read back.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or folder could not be written, or a stored one not be trusted.
///
/// The message says what was found and where, [`StoreError::help`] what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system has no space left, or a quota is used up.
    #[error("no space left on the disk while writing `{}`", path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system does not allow files of that size.
    #[error("`{}` grew over the largest file size that the system allows", path.display())]
    FileTooLarge {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system is mounted read-only.
    #[error("`{}` is on a read-only file system", path.display())]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The user may not do this.
    #[error("no permission to {action} `{}`", path.display())]
    Denied {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file stands where a folder is needed.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file is to be written.
    #[error("`{}` is a folder, a file was to be written", path.display())]
    IsAFolder {
        /// The folder.
        path: PathBuf,
    },
    /// There is something of that name already.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// What exists.
        path: PathBuf,
    },
    /// There is nothing of that name.
    #[error("`{}` does not exist", path.display())]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A text cannot be an id.
    #[error("`{}` is not an id", id.escape_debug())]
    InvalidId {
        /// The text.
        id: String,
    },
    /// A text cannot be the name of a series file.
    #[error("`{}` cannot be the name of a series file: {reason}", name.escape_debug())]
    InvalidFileName {
        /// The text.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A link leads out of the root folder.
    #[error("`{}` leads out of `{}`", path.display(), root.display())]
    OutsideRoot {
        /// The folder as it was asked for.
        path: PathBuf,
        /// The root that it has to lie under.
        root: PathBuf,
    },
    /// Stored files are not what their checksums say.
    #[error("`{}` is damaged: {}", path.display(), list(faults))]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// Every file that is not as it was written.
        faults: Vec<Fault>,
    },
    /// The user asked for it to stop; nothing was stored.
    #[error("the writing was interrupted")]
    Interrupted,
    /// Anything else that the system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            StoreError::DiskFull { .. } => "free some space, or choose an output folder on another disk",
            StoreError::FileTooLarge { .. } => {
                "raise the limit (`ulimit -f`), or write fewer bins or outputs"
            }
            StoreError::ReadOnly { .. } => "choose an output folder that can be written",
            StoreError::Denied { .. } => {
                "change the permissions of the folder, or choose another output folder"
            }
            StoreError::NotAFolder { .. } => "choose another output folder, or move the file away",
            StoreError::IsAFolder { .. } => "choose another file name",
            StoreError::Exists { .. } => "choose another name, or ask for it to be replaced",
            StoreError::NotFound { .. } => "check the id and the root folder",
            StoreError::InvalidId { .. } => {
                "an id has 1 to 127 letters, digits, `.`, `_` and `-`, starts with a letter or digit, has no `..` and is no name of a device such as `con`"
            }
            StoreError::InvalidFileName { .. } => "use a bare file name that ends in `.csv`",
            StoreError::OutsideRoot { .. } => {
                "replace the link by a folder, or choose the folder it leads to as the root"
            }
            StoreError::Damaged { .. } => "write it again with replacement forced, or restore it from a copy",
            StoreError::Interrupted => "start it again",
            StoreError::Io { .. } => "check the path and the disk, then try again",
        }
    }

    /// Tells the kinds of failure of the system apart.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::DiskFull { path, source }
            }
            io::ErrorKind::FileTooLarge => StoreError::FileTooLarge { path, source },
            io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path, source },
            io::ErrorKind::PermissionDenied => StoreError::Denied { action, path, source },
            io::ErrorKind::NotADirectory => StoreError::NotAFolder { path },
            io::ErrorKind::IsADirectory => StoreError::IsAFolder { path },
            // Where nothing can be created, as below `/proc`, that is what is said.
            io::ErrorKind::NotFound if action == "read" => StoreError::NotFound { path },
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => StoreError::Exists { path },
            _ => StoreError::Io { action, path, source },
        }
    }
}

/// A stored file that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The file, relative to its folder, with `/` between the parts.
    pub file: String,
    /// What is wrong with it.
    pub kind: FaultKind,
}

impl Fault {
    /// A file that does not say what it has to.
    pub(crate) fn malformed(file: &str) -> Self {
        Fault { file: file.to_owned(), kind: FaultKind::Malformed }
    }

    /// A file that has to be there and is not listed.
    pub(crate) fn unlisted(file: &str) -> Self {
        Fault { file: file.to_owned(), kind: FaultKind::Unlisted }
    }
}

/// What is wrong with a stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// It is listed but not there.
    Missing,
    /// Its bytes are not those that were written.
    Changed,
    /// It is there but cannot be read.
    Unreadable,
    /// It has to be listed in `SHA256SUMS` but is not.
    Unlisted,
    /// It does not say what a file of its name has to say.
    Malformed,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            FaultKind::Missing => "is missing",
            FaultKind::Changed => "was changed",
            FaultKind::Unreadable => "cannot be read",
            FaultKind::Unlisted => "is not listed in `SHA256SUMS`",
            FaultKind::Malformed => "is malformed",
        };
        write!(f, "`{}` {what}", self.file.escape_debug())
    }
}

/// The first few faults and how many more there are.
fn list(faults: &[Fault]) -> String {
    const SHOWN: usize = 3;
    let mut text = faults.iter().take(SHOWN).map(Fault::to_string).collect::<Vec<_>>().join(", ");
    if faults.len() > SHOWN {
        text.push_str(&format!(", and {} more", faults.len() - SHOWN));
    }
    text
}
