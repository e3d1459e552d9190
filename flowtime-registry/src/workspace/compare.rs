//! Two runs side by side.

use super::Workspace;
use super::error::WorkspaceError;
use super::json::to_json;
use super::models::stored_provenance;
use crate::artifact::Kind;
use crate::registry::Entry;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What differs between two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The first run.
    pub run_a: String,
    /// The second run.
    pub run_b: String,
    /// Whether both computed the same, by their `model_hash`.
    pub same_model: bool,
    /// Whether every series that both have is the same in every bin, and both have the same ones.
    pub identical: bool,
    /// Of each series that both have, in the order of the first run.
    pub series: Vec<SeriesDifference>,
    /// Series that only the first run has.
    pub only_in_a: Vec<String>,
    /// Series that only the second run has.
    pub only_in_b: Vec<String>,
    /// Parameters of the template, seeds and overrides that are not the same.
    pub parameters: Vec<ParameterDifference>,
}

/// What differs in a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeriesDifference {
    /// The series.
    pub id: String,
    /// How many bins were compared: of the shorter one.
    pub bins: usize,
    /// In how many they differ; a value that only one of them has is one of them.
    pub different_bins: usize,
    /// The first of them.
    pub first_different_bin: Option<usize>,
    /// `|b - a|`, over the bins in which both have a value.
    pub absolute: Difference,
    /// `|b - a| / max(|a|, |b|)`, over the same bins; 0 where both are 0.
    pub relative: Difference,
}

/// Of the differences in all bins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The greatest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
}

/// Something that was chosen differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParameterDifference {
    /// `parameters.<name>`, `overrides.<node>`, `seed`, `template_id`, `template_version` or `model_id`.
    pub name: String,
    /// In the first run; null when it has none.
    pub a: Value,
    /// In the second run; null when it has none.
    pub b: Value,
}

impl Workspace {
    /// Compares two stored runs, series by series and in what they were made with.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when a run is not there or is damaged; [`WorkspaceError::Invalid`] when one is no run.
    pub fn compare(&self, run_a: &str, run_b: &str) -> Result<Comparison, WorkspaceError> {
        let (a, b) = (self.run_entry(run_a)?, self.run_entry(run_b)?);
        let (series_a, series_b) = (self.stored_series(run_a)?, self.stored_series(run_b)?);
        let in_b: BTreeMap<&str, &[f64]> =
            series_b.iter().map(|(id, values)| (id.as_str(), &values[..])).collect();
        let in_a: BTreeMap<&str, &[f64]> =
            series_a.iter().map(|(id, values)| (id.as_str(), &values[..])).collect();
        let both = series_a.iter().filter_map(|(id, values)| Some((id, values, in_b.get(id.as_str())?)));
        let series: Vec<_> = both.map(|(id, a, b)| difference(id, a, b)).collect();
        let only = |of: &[(String, Vec<f64>)], other: &BTreeMap<&str, &[f64]>| -> Vec<String> {
            of.iter().map(|(id, _)| id.clone()).filter(|id| !other.contains_key(id.as_str())).collect()
        };
        let (only_in_a, only_in_b) = (only(&series_a, &in_b), only(&series_b, &in_a));
        let equal_length = series_a.first().map(|(_, v)| v.len()) == series_b.first().map(|(_, v)| v.len());
        Ok(Comparison {
            same_model: a.card.model_hash.is_some() && a.card.model_hash == b.card.model_hash,
            identical: equal_length
                && only_in_a.is_empty()
                && only_in_b.is_empty()
                && series.iter().all(|series| series.different_bins == 0),
            parameters: parameters(&self.choices(&a)?, &self.choices(&b)?),
            run_a: a.card.id,
            run_b: b.card.id,
            series,
            only_in_a,
            only_in_b,
        })
    }

    fn run_entry(&self, reference: &str) -> Result<Entry, WorkspaceError> {
        let entry = self.registry.get(reference)?;
        if entry.card.kind == Kind::Run {
            return Ok(entry);
        }
        let message = format!("`{}` is a {}, not a run", entry.card.id, entry.card.kind.name());
        Err(WorkspaceError::invalid(message, "`flowtime runs list` lists the runs"))
    }

    /// The series of a stored run, each checked against its checksum, in the order of its index.
    pub(super) fn stored_series(&self, run: &str) -> Result<Vec<(String, Vec<f64>)>, WorkspaceError> {
        let reference = self.run_entry(run)?.card.reference();
        let index = self.registry.read_file(&reference, "series/index.json")?;
        let index: Value = serde_json::from_slice(&index).unwrap_or_default();
        let mut series = Vec::new();
        for entry in index["series"].as_array().into_iter().flatten() {
            let (Some(id), Some(path)) = (entry["id"].as_str(), entry["path"].as_str()) else { continue };
            if series.iter().any(|(known, _)| known == id) {
                continue;
            }
            let text = self.registry.read_file(&reference, path)?;
            series.push((id.to_owned(), numbers(&String::from_utf8_lossy(&text))));
        }
        Ok(series)
    }

    /// What was chosen for a run, in a flat list.
    fn choices(&self, entry: &Entry) -> Result<BTreeMap<String, Value>, WorkspaceError> {
        let mut choices = BTreeMap::new();
        if let Some(provenance) = stored_provenance(entry)? {
            for field in ["model_id", "template_id", "template_version"] {
                choices.extend(provenance.text(field).map(|text| (field.to_owned(), Value::from(text))));
            }
            for (name, value) in provenance.parameters() {
                choices.insert(format!("parameters.{name}"), to_json(value));
            }
        }
        let manifest = self.registry.read_file(&entry.card.reference(), "manifest.json")?;
        let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
        choices.insert("seed".to_owned(), manifest["seed"].clone());
        for (node, value) in manifest["overrides"].as_object().into_iter().flatten() {
            choices.insert(format!("overrides.{node}"), value.clone());
        }
        Ok(choices)
    }
}

fn parameters(a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>) -> Vec<ParameterDifference> {
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let of = |choices: &BTreeMap<String, Value>, name: &str| choices.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| ParameterDifference { name: name.clone(), a: of(a, name), b: of(b, name) })
        .filter(|difference| difference.a != difference.b)
        .collect()
}

fn difference(id: &str, a: &[f64], b: &[f64]) -> SeriesDifference {
    let (mut absolute, mut relative) = (Tally::default(), Tally::default());
    let mut different = (0, None);
    for (bin, (&a, &b)) in a.iter().zip(b).enumerate() {
        if a.is_nan() && b.is_nan() {
            continue;
        }
        if a != b {
            different = (different.0 + 1, different.1.or(Some(bin)));
        }
        if a.is_nan() || b.is_nan() {
            continue;
        }
        // Equal infinities differ by nothing.
        let apart = if a == b { 0.0 } else { (b - a).abs() };
        absolute.add(apart);
        let size = a.abs().max(b.abs());
        relative.add(if apart == 0.0 {
            0.0
        } else if apart.is_infinite() {
            1.0
        } else {
            apart / size
        });
    }
    SeriesDifference {
        id: id.to_owned(),
        bins: a.len().min(b.len()),
        different_bins: different.0,
        first_different_bin: different.1,
        absolute: absolute.difference(),
        relative: relative.difference(),
    }
}

#[derive(Default)]
struct Tally {
    max: f64,
    sum: f64,
    count: usize,
}

impl Tally {
    fn add(&mut self, value: f64) {
        self.max = self.max.max(value);
        self.sum += value;
        self.count += 1;
    }

    fn difference(&self) -> Difference {
        let mean = if self.count == 0 { 0.0 } else { self.sum / self.count as f64 };
        Difference { max: self.max, mean }
    }
}

/// The values of a series as it is stored; its checksum has been looked at.
fn numbers(text: &str) -> Vec<f64> {
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split_once(',').and_then(|(_, value)| value.parse().ok()).unwrap_or(f64::NAN))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let found = difference("a", &[1.0, 2.0, f64::NAN, 0.0, 4.0], &[1.0, 4.0, f64::NAN, 0.0, 3.0]);
        assert_eq!((found.bins, found.different_bins, found.first_different_bin), (5, 2, Some(1)));
        assert_eq!((found.absolute.max, found.absolute.mean), (2.0, 0.75));
        assert_eq!((found.relative.max, found.relative.mean), (0.5, 0.1875));
        let missing = difference("a", &[1.0, f64::NAN], &[1.0, 2.0, 3.0]);
        assert_eq!((missing.bins, missing.different_bins, missing.first_different_bin), (2, 1, Some(1)));
        assert_eq!(missing.absolute.max, 0.0);
        let infinite = difference("a", &[f64::INFINITY, f64::INFINITY], &[f64::INFINITY, 1.0]);
        assert_eq!((infinite.different_bins, infinite.relative.max), (1, 1.0));
        assert_eq!(difference("a", &[], &[]).absolute, Difference { max: 0.0, mean: 0.0 });
    }

    #[test]
    fn numbers_are_read_back() {
        assert_eq!(numbers("bin_index,value\n0,1.5\n1,-0\n2,inf\n"), [1.5, -0.0, f64::INFINITY]);
        assert!(numbers("bin_index,value\n0,NaN\n")[0].is_nan());
    }
}
