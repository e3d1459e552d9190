//! Bundles with files: a zip whose bytes depend on nothing but what is in it.

use std::collections::{BTreeMap, HashSet};
use std::io::{Cursor, Read, Write};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The most bytes of an archive, packed, and of a file in it.
const MOST_BYTES: u64 = 64 << 20;

/// The most bytes that an archive may grow to.
const MOST_UNPACKED: u64 = 256 << 20;

/// The most files of an archive.
const MOST_FILES: usize = 1000;

/// Why an archive is not unpacked; a message that goes on after "the bundle".
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) help: &'static str,
}

fn refuse<T>(message: impl Into<String>, help: &'static str) -> Result<T, Refusal> {
    Err(Refusal { message: message.into(), help })
}

/// Is it an archive, by its first bytes?
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Files by name, in the order of their names; stored as they are, so that no version of a library for packing
/// shows in the bytes.
pub(super) fn pack(files: &BTreeMap<String, Vec<u8>>) -> std::io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The files of an archive by name.
///
/// Refused are names that lead out of a folder, absolute ones, links, files twice, files that share bytes, passwords,
/// and more bytes than a bundle can have.
pub(super) fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    const BROKEN: &str = "it may have been cut off on its way: get it again";
    const LARGE: &str = "a bundle holds a model and what belongs to it, not data";
    let broken =
        |error: ZipError| Refusal { message: format!("is no readable archive: {error}"), help: BROKEN };
    if bytes.len() as u64 > MOST_BYTES {
        return refuse(format!("has more than {} MiB", MOST_BYTES >> 20), LARGE);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MOST_FILES {
        return refuse(format!("has {} files, more than {MOST_FILES}", archive.len()), LARGE);
    }
    let twice = "an archive whose parts contradict each other is not to be trusted";
    if archive.has_duplicate_names() {
        return refuse("has a file twice", twice);
    }
    if archive.has_overlapping_files().map_err(broken)? {
        return refuse("has files that share their bytes", twice);
    }
    let mut files = BTreeMap::new();
    let mut folded = HashSet::new();
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) => Refusal {
                message: "is packed in a way that is not supported, or has a password".to_owned(),
                help: "pack it again, stored or deflated, without a password",
            },
            other => broken(other),
        })?;
        let name = String::from_utf8(entry.name_raw().to_vec()).unwrap_or_default();
        let shown: String = String::from_utf8_lossy(entry.name_raw()).escape_debug().take(100).collect();
        let outside = "every file of a bundle stands in it, under a relative name without `..`";
        if entry.is_symlink()
            || entry.unix_mode().is_some_and(|mode| !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000))
        {
            return refuse(format!("has `{shown}`, which is not a plain file"), outside);
        }
        if !is_plain(name.strip_suffix('/').unwrap_or(&name)) {
            return refuse(format!("has a file `{shown}`, which would stand somewhere else"), outside);
        }
        if !folded.insert(name.to_lowercase()) {
            return refuse(format!("has `{shown}` twice, but for upper and lower case"), twice);
        }
        if entry.is_dir() {
            continue;
        }
        // What an archive says of its sizes may be a lie: what counts is what comes out.
        let most = MOST_BYTES.min(left);
        let mut contents = Vec::new();
        entry.by_ref().take(most + 1).read_to_end(&mut contents).map_err(|error| Refusal {
            message: format!("has a damaged file `{shown}`: {error}"),
            help: BROKEN,
        })?;
        if contents.len() as u64 > most {
            return if most < MOST_BYTES {
                refuse(format!("grows to more than {} MiB when it is unpacked", MOST_UNPACKED >> 20), LARGE)
            } else {
                refuse(format!("has a file `{shown}` of more than {} MiB", MOST_BYTES >> 20), LARGE)
            };
        }
        left -= contents.len() as u64;
        files.insert(name, contents);
    }
    Ok(files)
}

/// Names alone, which mean the same on every system and lead nowhere else.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && !name.contains(|c: char| c.is_control() || matches!(c, '\\' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
        entries.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
    }

    fn packed(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
        let options = SimpleFileOptions::default().compression_method(method);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let some =
            files(&[("model-a.yaml", b"kind: Model\n"), ("assets/catalog.json", b"{}"), ("empty", b"")]);
        let bytes = pack(&some).unwrap();
        assert_eq!(unpack(&bytes).unwrap(), some);
        assert_eq!(pack(&some).unwrap(), bytes);
        assert!(is_archive(&bytes) && !is_archive(b"kind: Model\n"));
        assert_eq!(unpack(&pack(&BTreeMap::new()).unwrap()).unwrap(), BTreeMap::new());
        // As other programs pack it.
        let deflated = packed(CompressionMethod::Deflated, &[("a/b", b"xxxxxxxxxxxxxxxx")]);
        assert_eq!(unpack(&deflated).unwrap(), files(&[("a/b", b"xxxxxxxxxxxxxxxx")]));
    }

    #[test]
    fn names_that_lead_elsewhere() {
        let long = "x".repeat(300);
        for name in
            ["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:x", "a\\..\\x", "a//x", "./x", "x\ny", &long]
        {
            let refused = unpack(&packed(CompressionMethod::Stored, &[(name, b"x")])).unwrap_err();
            assert!(refused.message.contains("would stand somewhere else"), "{name}: {refused:?}");
        }
        let cases = unpack(&packed(CompressionMethod::Stored, &[("a", b"1"), ("A", b"2")])).unwrap_err();
        assert!(cases.message.contains("upper and lower case"), "{cases:?}");
    }

    #[test]
    fn links_are_refused() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let refused = unpack(&writer.finish().unwrap().into_inner()).unwrap_err();
        assert!(refused.message.contains("not a plain file"), "{refused:?}");
    }

    #[test]
    fn bombs_are_refused() {
        let zeros = vec![0; (MOST_BYTES + 1) as usize];
        let bomb = packed(CompressionMethod::Deflated, &[("zeros", &zeros)]);
        assert!(bomb.len() < 1 << 20);
        assert!(unpack(&bomb).unwrap_err().message.contains("`zeros` of more than 64 MiB"));
        let five: Vec<(String, &[u8])> = (0..5).map(|i| (i.to_string(), &zeros[1..])).collect();
        let five: Vec<(&str, &[u8])> = five.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let many = packed(CompressionMethod::Deflated, &five);
        assert!(unpack(&many).unwrap_err().message.contains("grows to more than 256 MiB"));
        let names: Vec<String> = (0..=MOST_FILES).map(|i| i.to_string()).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(
            unpack(&packed(CompressionMethod::Stored, &entries)).unwrap_err().message.contains("1001 files")
        );
    }

    #[test]
    fn any_bytes_are_refused_or_read() {
        let whole = pack(&files(&[("model-a.yaml", b"kind: Model\n"), ("b", b"12345")])).unwrap();
        for end in 0..whole.len() {
            assert!(unpack(&whole[..end]).is_err(), "{end}");
        }
        let mut state = 7u32;
        for _ in 0..2000 {
            let mut damaged = whole.clone();
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = state as usize % damaged.len();
            damaged[at] ^= (state >> 24) as u8 | 1;
            let _ = unpack(&damaged);
        }
        // A flipped byte of a file is found by its checksum.
        let at = whole.windows(5).position(|bytes| bytes == b"12345").unwrap();
        let mut damaged = whole.clone();
        damaged[at] = b'x';
        assert!(unpack(&damaged).unwrap_err().message.contains("damaged file"));
        let mut twice = packed(CompressionMethod::Stored, &[("one-name", b"1"), ("two-name", b"2")]);
        while let Some(at) = twice.windows(8).position(|bytes| bytes == b"two-name") {
            twice[at..at + 8].copy_from_slice(b"one-name");
        }
        assert_eq!(unpack(&twice).unwrap_err().message, "has a file twice");
    }
}
