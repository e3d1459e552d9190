//! How artifacts are referred to.

use super::Kind;
use crate::error::StoreError;
use flowtime_core::provenance::valid_id;
use std::fmt;

/// The names that some systems keep for devices, whatever follows after a dot.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// An artifact by its id, with its kind and version where they are said.
///
/// ```
/// use flowtime_registry::{Kind, Reference};
/// let reference: Reference = "registry:models/checkout_1f3a9c02b7d4/v2".parse()?;
/// assert_eq!(reference.kind, Some(Kind::Model));
/// assert_eq!(reference.id, "checkout_1f3a9c02b7d4");
/// assert_eq!(reference.version, Some(2));
/// assert_eq!(reference.to_string(), "registry:models/checkout_1f3a9c02b7d4/v2");
/// let by_id: Reference = "run_0123456789abcdef".parse()?;
/// assert_eq!(by_id.kind, None);
/// assert!("registry:models/../../etc".parse::<Reference>().is_err());
/// # Ok::<(), flowtime_registry::StoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The kind, when it is said.
    pub kind: Option<Kind>,
    /// The id.
    pub id: String,
    /// The version of a model; the newest when it is not said.
    pub version: Option<u32>,
}

impl Reference {
    /// A version of a model.
    ///
    /// # Errors
    ///
    /// [`StoreError::InvalidId`].
    pub fn version_of(id: &str, version: u32) -> Result<Self, StoreError> {
        let id = checked_id(id)?.to_owned();
        Ok(Reference { kind: Some(Kind::Model), id, version: Some(version) })
    }
}

impl std::str::FromStr for Reference {
    type Err = StoreError;

    /// Reads an id, `<kind>/<id>`, `models/<id>/v<n>`, each with or without `registry:` before it.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refused = || StoreError::InvalidId { id: text.to_owned() };
        let path = text.strip_prefix("registry:").unwrap_or(text);
        let Some((folder, rest)) = path.split_once('/') else {
            return Ok(Reference { kind: None, id: checked_id(path)?.to_owned(), version: None });
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.folder() == folder).ok_or_else(refused)?;
        let (id, version) = match rest.split_once('/') {
            None => (rest, None),
            Some((id, version)) if kind == Kind::Model => {
                (id, Some(version_number(version).ok_or_else(refused)?))
            }
            Some(_) => return Err(refused()),
        };
        if checked_id(id).is_err() {
            return Err(refused());
        }
        Ok(Reference { kind: Some(kind), id: id.to_owned(), version })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "registry:{}/{}", kind.folder(), self.id)?,
            None => f.write_str(&self.id)?,
        }
        match self.version {
            Some(version) => write!(f, "/v{version}"),
            None => Ok(()),
        }
    }
}

/// The number in `v12`, as it is written in paths: no sign, no leading zero.
pub(crate) fn version_number(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('v')?;
    let version: u32 = digits.parse().ok()?;
    (version > 0 && version.to_string() == digits).then_some(version)
}

/// An id that can be the name of a folder on every system.
pub(crate) fn checked_id(id: &str) -> Result<&str, StoreError> {
    let stem = id.split('.').next().unwrap_or(id).to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let device = DEVICES.contains(&stem.as_str())
        || port.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()));
    if valid_id(id) && !device && !id.ends_with('.') {
        Ok(id)
    } else {
        Err(StoreError::InvalidId { id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let long = "a".repeat(127);
        for id in ["a", "run_20260105T100000Z_00c0ffee", "console", "com10", "lpt", "a.nul", &long] {
            assert!(checked_id(id).is_ok(), "{id}");
        }
        let too_long = "a".repeat(300);
        for id in [
            "",
            ".",
            "..",
            "../a",
            "/etc",
            "a/b",
            "a\\b",
            "a\0b",
            "-a",
            "_a",
            "a..b",
            "a.",
            "CON",
            "con",
            "nul.txt",
            "Aux.tar.gz",
            "com1",
            "LPT9.x",
            "é",
            "a b",
            "c:",
            &too_long,
        ] {
            assert!(matches!(checked_id(id), Err(StoreError::InvalidId { .. })), "{id:?}");
        }
    }

    #[test]
    fn references() {
        let read = |text: &str| text.parse::<Reference>();
        let parts = |text| read(text).map(|r| (r.kind, r.id, r.version)).unwrap();
        assert_eq!(parts("models/a/v1"), (Some(Kind::Model), "a".to_owned(), Some(1)));
        assert_eq!(parts("registry:models/a"), (Some(Kind::Model), "a".to_owned(), None));
        assert_eq!(parts("registry:runs/r"), (Some(Kind::Run), "r".to_owned(), None));
        assert_eq!(parts("registry:a"), (None, "a".to_owned(), None));
        for text in [
            "",
            "registry:",
            "registry:models/",
            "registry:models/a/",
            "models/a/v0",
            "models/a/v01",
            "models/a/v+1",
            "models/a/1",
            "models/a/v1/model.yaml",
            "runs/r/v1",
            "secrets/a",
            "models//v1",
            "models/../v1",
            "models/a/v99999999999",
            "models/con/v1",
        ] {
            assert!(matches!(read(text), Err(StoreError::InvalidId { .. })), "{text:?}");
        }
    }
}
