//! Every byte of every artifact against what was said of it.

use super::folder::{Catalog, json, read_folder};
use super::put::{MODEL_FILE, TELEMETRY_FILE};
use super::scan::{Candidates, Problem, RELABEL, REMOVE, candidates};
use super::{Registry, RegistryError};
use crate::artifact::{CATALOG_FILE, Card, SCHEMA_VERSION};
use crate::error::Fault;
use crate::run_folder::{INDEX_FILE, PROVENANCE_FILE, unlisted};
use crate::sums::check_sums;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const RESTORE: &str = "restore the file from a copy, or delete the artifact";

/// What a check of everything found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Validation {
    /// The version of this document.
    pub schema_version: u32,
    /// How many artifacts were checked.
    pub checked: usize,
    /// How many of them are as they were written.
    pub valid: usize,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

impl Validation {
    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Registry {
    /// Checks everything that the index or the folders know: that it is there, that every byte is the one that was
    /// written, that every document says what it has to, and that the index says the same.
    ///
    /// # Errors
    ///
    /// When the root cannot be read; all else is in the result.
    pub fn validate(&self) -> Result<Validation, RegistryError> {
        let Candidates { mut paths, failed } = candidates(&*self.storage)?;
        let cards: BTreeMap<String, Card> = self.with_index(|index| index.cards.clone())?;
        let mut validation =
            Validation { schema_version: SCHEMA_VERSION, problems: failed, ..Default::default() };
        let standing: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let gone: Vec<String> =
            cards.keys().filter(|path| !standing.contains(path.as_str())).cloned().collect();
        paths.extend(gone);
        for path in paths {
            self.validate_into(&mut validation, &path, Some(cards.get(&path)))?;
        }
        Ok(validation)
    }

    /// Checks one artifact, as [`Registry::validate`] does.
    ///
    /// # Errors
    ///
    /// Those of [`Registry::card`].
    pub fn validate_one(&self, reference: &str) -> Result<Validation, RegistryError> {
        let card = self.card(reference)?;
        let mut validation = Validation { schema_version: SCHEMA_VERSION, ..Default::default() };
        self.validate_into(&mut validation, &card.path, None)?;
        Ok(validation)
    }

    /// `known` is what the index says, where that is to be checked too.
    fn validate_into(
        &self,
        validation: &mut Validation,
        path: &str,
        known: Option<Option<&Card>>,
    ) -> Result<(), RegistryError> {
        let before = validation.problems.len();
        validation.checked += 1;
        if self.storage.look(path)?.is_none() {
            let what = "the index knows it and its folder is gone";
            validation.problems.push(Problem::new(path, what, "restore it from a copy, or run `sync`"));
            return Ok(());
        }
        let (sums, mut faults) = check_sums(&*self.storage, path)?;
        match read_folder(&*self.storage, path) {
            Ok(folder) => {
                if faults.is_empty() {
                    faults = self.faults_of(path, &folder.catalog, &sums);
                }
                if let Some(fault) = folder.labels_fault {
                    validation.problems.push(Problem::new(path, fault, RELABEL));
                }
                if known.is_some_and(|known| known != Some(&folder.card)) {
                    let what = "the index says something else of it, or nothing";
                    validation.problems.push(Problem::new(path, what, "run `sync`"));
                }
            }
            Err(message) if faults.is_empty() => {
                validation.problems.push(Problem::new(path, message, REMOVE));
            }
            Err(_) => {}
        }
        let faults = faults.iter().map(|fault| Problem::new(path, fault.to_string(), RESTORE));
        validation.problems.extend(faults);
        validation.valid += usize::from(validation.problems.len() == before);
        Ok(())
    }

    /// What is wrong with documents whose bytes are those that were written.
    fn faults_of(&self, path: &str, catalog: &Catalog, sums: &BTreeMap<String, String>) -> Vec<Fault> {
        let (mut faults, files) = match catalog {
            Catalog::Model(catalog) => (missing(&[MODEL_FILE, CATALOG_FILE], sums), &catalog.files[..]),
            Catalog::Telemetry(catalog) => {
                (missing(&[TELEMETRY_FILE, CATALOG_FILE], sums), &catalog.files[..])
            }
            Catalog::Run(catalog) => {
                let mut faults = unlisted(&*self.storage, path, &catalog.id, sums);
                let index = json(&*self.storage, path, INDEX_FILE);
                if !index.is_some_and(|index| index["series"].is_array()) {
                    faults.push(Fault::malformed(INDEX_FILE));
                }
                (faults, &[][..])
            }
        };
        if sums.contains_key(PROVENANCE_FILE)
            && !json(&*self.storage, path, PROVENANCE_FILE).is_some_and(|document| document.is_object())
        {
            faults.push(Fault::malformed(PROVENANCE_FILE));
        }
        if files.iter().any(|file| sums.get(&file.name) != Some(&file.sha256)) {
            faults.push(Fault::malformed(CATALOG_FILE));
        }
        faults
    }
}

fn missing(files: &[&str], sums: &BTreeMap<String, String>) -> Vec<Fault> {
    files.iter().filter(|file| !sums.contains_key(**file)).map(|file| Fault::unlisted(file)).collect()
}
