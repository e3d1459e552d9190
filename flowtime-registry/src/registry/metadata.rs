//! `metadata.json`: a card with its files, to be handed on.

use super::{Registry, RegistryError};
use crate::artifact::{Card, CatalogFile};
use crate::error::{Fault, StoreError};
use crate::storage::Found;
use crate::sums::{SUMS_FILE, read_sums};
use serde::Serialize;

/// An artifact's card and its files; what other programs are given of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// Its files, with the checksums that were written with them.
    pub files: Vec<CatalogFile>,
}

impl Registry {
    /// An artifact's card with its files.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::card`]; [`StoreError::Damaged`] when its checksums cannot be read.
    pub fn metadata(&self, reference: &str) -> Result<Metadata, RegistryError> {
        let card = self.card(reference)?;
        let sums = read_sums(&*self.storage, &card.path).map_err(|kind| {
            let faults = vec![Fault { file: SUMS_FILE.to_owned(), kind }];
            StoreError::Damaged { path: self.storage.locate(&card.path), faults }
        })?;
        let mut files = Vec::with_capacity(sums.len());
        for (name, sha256) in sums {
            let size_bytes = match self.storage.look(&format!("{}/{name}", card.path))? {
                Some(Found::File { size, .. }) => size,
                _ => 0,
            };
            let (what, content_type) = described(&name);
            files.push(CatalogFile {
                name,
                r#type: what.to_owned(),
                size_bytes,
                content_type: content_type.to_owned(),
                sha256,
            });
        }
        Ok(Metadata { card, files })
    }
}

/// What a file of an artifact is, and its media type.
fn described(name: &str) -> (&'static str, &'static str) {
    match name {
        "model.yaml" | "spec.yaml" => ("model", "application/yaml"),
        "provenance.json" => ("provenance", "application/json"),
        "catalog.json" => ("catalog", "application/json"),
        "preview.svg" => ("preview", "image/svg+xml"),
        _ => match name.rsplit('.').next() {
            Some("csv") => ("data", "text/csv"),
            Some("json") => ("metadata", "application/json"),
            Some("svg") => ("picture", "image/svg+xml"),
            Some("parquet") => ("data", "application/vnd.apache.parquet"),
            _ => ("other", "application/octet-stream"),
        },
    }
}
