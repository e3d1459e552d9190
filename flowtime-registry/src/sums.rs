//! Folders sealed by `SHA256SUMS`, readable by `sha256sum -c`.

use crate::atomic::{StagedFolder, is_plain};
use crate::error::{Fault, FaultKind, StoreError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// The name of the file that lists the checksums of all others, and is written last.
pub const SUMS_FILE: &str = "SHA256SUMS";

/// The most bytes of `SHA256SUMS` that are read: far over a file for each of 100 000 nodes.
const MAX_SUMS_BYTES: u64 = 64 << 20;

/// A folder that is being written, with the checksum of each of its files.
#[derive(Debug)]
pub struct SummedFolder {
    staged: StagedFolder,
    sums: BTreeMap<String, String>,
    target: std::path::PathBuf,
}

impl SummedFolder {
    /// Starts a folder that is to stand at `target`.
    ///
    /// # Errors
    ///
    /// Those of [`StagedFolder::beside`].
    pub fn beside(target: &Path) -> Result<Self, StoreError> {
        let staged = StagedFolder::beside(target)?;
        Ok(SummedFolder { staged, sums: BTreeMap::new(), target: target.to_owned() })
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
    pub fn seal(self) -> Result<StagedFolder, StoreError> {
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
    file: File,
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
pub(crate) fn check_sums(folder: &Path) -> Result<(BTreeMap<String, String>, Vec<Fault>), StoreError> {
    let found = fs::metadata(folder).map_err(|error| StoreError::io("read", folder, error))?;
    if !found.is_dir() {
        return Err(StoreError::NotAFolder { path: folder.to_owned() });
    }
    let fault = |file: &str, kind| Fault { file: file.to_owned(), kind };
    let sums = match read_sums(folder) {
        Ok(sums) => sums,
        Err(kind) => return Ok((BTreeMap::new(), vec![fault(SUMS_FILE, kind)])),
    };
    let faults = sums
        .iter()
        .filter_map(|(file, sum)| match file_sum(&folder.join(file)) {
            Ok(found) if found == *sum => None,
            Ok(_) => Some(fault(file, FaultKind::Changed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(fault(file, FaultKind::Missing)),
            Err(_) => Some(fault(file, FaultKind::Unreadable)),
        })
        .collect();
    Ok((sums, faults))
}

fn read_sums(folder: &Path) -> Result<BTreeMap<String, String>, FaultKind> {
    let mut text = String::new();
    let read = open_file(&folder.join(SUMS_FILE))
        .and_then(|file| file.take(MAX_SUMS_BYTES + 1).read_to_string(&mut text));
    match read {
        Ok(bytes) if bytes as u64 > MAX_SUMS_BYTES => return Err(FaultKind::Malformed),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(FaultKind::Missing),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(FaultKind::Malformed),
        Err(_) => return Err(FaultKind::Unreadable),
    }
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
pub(crate) fn file_sum(path: &Path) -> io::Result<String> {
    let mut file = open_file(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
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
