//! `labels.json`: what may change of an artifact.

use super::canonical::canonical;
use super::{LABELS_FILE, ModelCatalog, RunCatalog, SCHEMA_VERSION, TelemetryCatalog};
use crate::error::StoreError;
use crate::storage::{Staging, Storage};
use crate::sums::bytes_sum;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes of a title, an owner or a tag.
const MAX_NAME: usize = 200;

/// The most bytes of a description.
const MAX_DESCRIPTION: usize = 4000;

/// The most tags of an artifact.
const MAX_TAGS: usize = 32;

/// The most bytes of a verification report.
const MAX_VERIFICATION: usize = 1 << 20;

/// The member that has the checksum of all others.
const CHECKSUM: &str = "checksum";

/// Title, description, tags, owner, visibility and the report of a verification.
///
/// The document carries the checksum of all its other members, so that damage is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Labels {
    /// The version of this document.
    pub schema_version: u32,
    /// What people read.
    pub title: String,
    /// A sentence or two.
    #[serde(default)]
    pub description: String,
    /// Words to find it by, each once.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who is to see it, such as `private`, `team` or `public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// The report of the last verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Value>,
    /// When they were last changed, `YYYY-MM-DDThh:mm:ssZ`.
    pub updated_at: String,
}

impl Labels {
    fn new(title: &str, description: &str, created: &str) -> Self {
        Labels {
            schema_version: SCHEMA_VERSION,
            title: title.to_owned(),
            description: description.to_owned(),
            tags: Vec::new(),
            owner: None,
            visibility: None,
            verification: None,
            updated_at: created.to_owned(),
        }
    }

    pub(crate) fn of_model(catalog: &ModelCatalog) -> Self {
        Labels::new(&catalog.title, &catalog.description, &catalog.created_utc)
    }

    pub(crate) fn of_run(catalog: &RunCatalog) -> Self {
        Labels::new(&catalog.title, "", &catalog.created_utc)
    }

    pub(crate) fn of_telemetry(catalog: &TelemetryCatalog) -> Self {
        Labels::new(&catalog.title, &catalog.description, &catalog.created_utc)
    }

    /// The document with its checksum.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut document = serde_json::to_value(self)?;
        document[CHECKSUM] = Value::String(checksum(&document));
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Labels as they were written; `None` when they are not.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut document: Value = serde_json::from_slice(bytes).ok()?;
        // Over what the document says, also where no label has that name.
        let written = document.as_object_mut()?.remove(CHECKSUM)?;
        (written == checksum(&document)).then_some(())?;
        serde_json::from_value(document).ok()
    }

    /// Puts them into a folder that is being written.
    pub(crate) fn write(
        &self,
        staged: &mut dyn Staging,
        storage: &dyn Storage,
        folder: &str,
    ) -> Result<(), StoreError> {
        let failed =
            |error| StoreError::io("write", &storage.locate(&format!("{folder}/{LABELS_FILE}")), error);
        let bytes = self.to_bytes().map_err(|error| failed(error.into()))?;
        staged.create(LABELS_FILE)?.write_all(&bytes).map_err(failed)
    }

    /// Applies a change, or says what is wrong with it.
    pub(crate) fn apply(&mut self, change: &LabelChange, now: String) -> Result<(), String> {
        change.check()?;
        let set = |text: &mut String, to: &Option<String>| {
            if let Some(to) = to {
                text.clone_from(to);
            }
        };
        set(&mut self.title, &change.title);
        set(&mut self.description, &change.description);
        // An empty text takes the label away.
        for (label, to) in [(&mut self.owner, &change.owner), (&mut self.visibility, &change.visibility)] {
            if let Some(to) = to {
                *label = (!to.is_empty()).then(|| to.clone());
            }
        }
        if let Some(tags) = &change.tags {
            self.tags.clone_from(tags);
        }
        self.tags.retain(|tag| !change.remove_tags.contains(tag));
        self.tags.extend(change.add_tags.iter().cloned());
        let mut seen = std::collections::HashSet::new();
        self.tags.retain(|tag| seen.insert(tag.clone()));
        if self.tags.len() > MAX_TAGS {
            return Err(format!("there are {} tags, at most {MAX_TAGS} are kept", self.tags.len()));
        }
        if let Some(report) = &change.verification {
            self.verification = (!report.is_null()).then(|| report.clone());
        }
        self.updated_at = now;
        Ok(())
    }
}

fn checksum(document: &Value) -> String {
    format!("sha256:{}", bytes_sum(canonical(document).as_bytes()))
}

/// What is to be changed of the labels; what is not said stays.
///
/// ```
/// use flowtime_registry::LabelChange;
/// let change = LabelChange::new().title("Peak").add_tag("winter").owner("operations");
/// assert_eq!(change.title.as_deref(), Some("Peak"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct LabelChange {
    /// What people read.
    pub title: Option<String>,
    /// A sentence or two.
    pub description: Option<String>,
    /// All tags, in place of those that were there.
    pub tags: Option<Vec<String>>,
    /// Tags to add.
    pub add_tags: Vec<String>,
    /// Tags to take away.
    pub remove_tags: Vec<String>,
    /// Whose it is; an empty text takes it away.
    pub owner: Option<String>,
    /// Who is to see it; an empty text takes it away.
    pub visibility: Option<String>,
    /// The report of a verification; null takes it away.
    pub verification: Option<Value>,
}

impl LabelChange {
    /// Changes nothing.
    pub fn new() -> Self {
        LabelChange::default()
    }

    /// Sets the title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets all tags.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn add_tag(mut self, tag: impl Into<String>) -> Self {
        self.add_tags.push(tag.into());
        self
    }

    /// Takes a tag away.
    #[must_use]
    pub fn remove_tag(mut self, tag: impl Into<String>) -> Self {
        self.remove_tags.push(tag.into());
        self
    }

    /// Sets the owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Sets the visibility.
    #[must_use]
    pub fn visibility(mut self, visibility: impl Into<String>) -> Self {
        self.visibility = Some(visibility.into());
        self
    }

    /// Sets the report of a verification.
    #[must_use]
    pub fn verification(mut self, report: Value) -> Self {
        self.verification = Some(report);
        self
    }

    fn check(&self) -> Result<(), String> {
        let tags = self.tags.iter().flatten().chain(&self.add_tags);
        let names = [("title", &self.title), ("owner", &self.owner), ("visibility", &self.visibility)];
        let names = names.into_iter().filter_map(|(what, text)| Some((what, text.as_ref()?, MAX_NAME)));
        let description = self.description.iter().map(|text| ("description", text, MAX_DESCRIPTION));
        for (what, text, most) in names.chain(description).chain(tags.map(|tag| ("tag", tag, MAX_NAME))) {
            if text.len() > most {
                return Err(format!("the {what} has {} bytes, at most {most} are kept", text.len()));
            }
            if what != "description" && text.chars().any(char::is_control) {
                return Err(format!("the {what} `{}` has a control character", text.escape_debug()));
            }
            if matches!(what, "title" | "tag") && text.trim().is_empty() {
                return Err(format!("the {what} is empty"));
            }
        }
        let report = self.verification.as_ref().map_or(0, |report| report.to_string().len());
        if report > MAX_VERIFICATION {
            return Err(format!(
                "the verification report has {report} bytes, at most {MAX_VERIFICATION} are kept"
            ));
        }
        Ok(())
    }
}
