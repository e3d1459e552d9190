//! Folders sealed by `SHA256SUMS`, readable by `sha256sum -c`.

use crate::atomic::{StagedFolder, is_plain};
use crate::error::{Fault, FaultKind, StoreError};
use crate::storage::{Found, Staging, Storage, read_file};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The name of the file that lists the checksums of all others, and is written last.
pub const SUMS_FILE: &str = "SHA256SUMS";

/// The most bytes of `SHA256SUMS` that are read: far over a file for each of 100 000 nodes.
const MAX_SUMS_BYTES: u64 = 64 << 20;

/// A folder that is being written, with the checksum of each of its files.
#[derive(Debug)]
pub struct SummedFolder<S: Staging = StagedFolder> {
    staged: S,
    sums: BTreeMap<String, String>,
    target: PathBuf,
}

impl SummedFolder {
    /// Starts a folder that is to stand at `target`.
    ///
    /// # Errors
    ///
    /// Those of [`StagedFolder::beside`].
    pub fn beside(target: &Path) -> Result<Self, StoreError> {
        Ok(SummedFolder::over(StagedFolder::beside(target)?, target.to_owned()))
    }
}

impl<S: Staging> SummedFolder<S> {
    /// Starts a folder over one that is being written; messages call it `target`.
    pub(crate) fn over(staged: S, target: PathBuf) -> Self {
        SummedFolder { staged, sums: BTreeMap::new(), target }
    }

    /// Writes a file and returns its SHA-256 in hex, taken from what goes to the disk.
    ///
    /// # Errors
    ///
    /// When the file cannot be created or written.
    pub fn write(
        &mut self,
        relative: &str,
        contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, StoreError> {
        let file = self.staged.create(relative)?;
        let mut writer = BufWriter::with_capacity(1 << 16, Hashing { file, hasher: Sha256::new() });
        let failed = |error| StoreError::io("write", &self.target.join(relative), error);
        contents(&mut writer).map_err(failed)?;
        let hashing = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        let sum = hex(&hashing.hasher.finalize());
        self.sums.insert(relative.to_owned(), sum.clone());
        Ok(sum)
    }

    /// Writes `SHA256SUMS` over all files so far; nothing may be written afterwards.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn seal(self) -> Result<S, StoreError> {
        let mut staged = self.staged;
        let mut text = String::new();
        for (file, sum) in &self.sums {
            text.push_str(&format!("{sum}  {file}\n"));
        }
        staged
            .create(SUMS_FILE)?
            .write_all(text.as_bytes())
            .map_err(|error| StoreError::io("write", &self.target.join(SUMS_FILE), error))?;
        Ok(staged)
    }
}

struct Hashing {
    file: Box<dyn Write>,
    hasher: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What `SHA256SUMS` says of a folder and what is found: the sums by file, and every fault.
///
/// # Errors
///
/// [`StoreError::NotFound`] when there is no such folder, [`StoreError::NotAFolder`] when it is a file.
pub(crate) fn check_sums(
    storage: &dyn Storage,
    folder: &str,
) -> Result<(BTreeMap<String, String>, Vec<Fault>), StoreError> {
    match storage.look(folder)? {
        Some(Found::Folder) => {}
        Some(_) => return Err(StoreError::NotAFolder { path: storage.locate(folder) }),
        None => return Err(StoreError::NotFound { path: storage.locate(folder) }),
    }
    let fault = |file: &str, kind| Fault { file: file.to_owned(), kind };
    let sums = match read_sums(storage, folder) {
        Ok(sums) => sums,
        Err(kind) => return Ok((BTreeMap::new(), vec![fault(SUMS_FILE, kind)])),
    };
    let faults = sums
        .iter()
        .filter_map(|(file, sum)| match file_sum(storage, &format!("{folder}/{file}")) {
            Ok(found) if found == *sum => None,
            Ok(_) => Some(fault(file, FaultKind::Changed)),
            Err(error) => Some(fault(file, absent_or(FaultKind::Unreadable, &error))),
        })
        .collect();
    Ok((sums, faults))
}

/// Missing when that is what an error says.
fn absent_or(kind: FaultKind, error: &StoreError) -> FaultKind {
    match error {
        StoreError::NotFound { .. } | StoreError::NotAFolder { .. } => FaultKind::Missing,
        _ => kind,
    }
}

/// The sums that a folder lists, by file.
pub(crate) fn read_sums(storage: &dyn Storage, folder: &str) -> Result<BTreeMap<String, String>, FaultKind> {
    let bytes = read_file(storage, &format!("{folder}/{SUMS_FILE}"), MAX_SUMS_BYTES)
        .map_err(|error| absent_or(FaultKind::Unreadable, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| FaultKind::Malformed)?;
    let mut sums = BTreeMap::new();
    for line in text.split_terminator('\n') {
        let (sum, file) = line.split_once("  ").ok_or(FaultKind::Malformed)?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_sum || !is_plain(file) || sums.insert(file.to_owned(), sum.to_owned()).is_some() {
            return Err(FaultKind::Malformed);
        }
    }
    if text.is_empty() || !text.ends_with('\n') { Err(FaultKind::Malformed) } else { Ok(sums) }
}

/// The SHA-256 of a regular file in hex.
pub(crate) fn file_sum(storage: &dyn Storage, path: &str) -> Result<String, StoreError> {
    let mut file = storage.open(path, 0)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StoreError::io("read", &storage.locate(path), error)),
        }
    }
}

/// The SHA-256 of bytes in hex.
pub(crate) fn bytes_sum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Opens a regular file: opening a pipe would wait for a writer that never comes.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    File::open(path)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
