//! The JSON documents of a run's folder, field by field.
//!
//! Their schemas are in the crate's `schemas` folder; a test validates what is written against them.

use crate::record::{GridRecord, OverrideRecord, OverrideValue, RunRecord, SourceRecord, WarningRecord};
use flowtime_core::provenance::{ENGINE_VERSION, SEMANTICS_VERSION, numbers_hash};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The version of all three documents.
const SCHEMA_VERSION: u32 = 1;

/// `run.json`: what a run is, for lists.
#[derive(Serialize)]
pub(crate) struct RunDocument<'a> {
    schema_version: u32,
    run_id: &'a str,
    title: &'a str,
    created_at: &'a str,
    grid: &'a GridRecord,
    outputs: Vec<OutputEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<&'a str>,
    warnings_count: usize,
    status: &'static str,
}

#[derive(Serialize)]
struct OutputEntry<'a> {
    series: &'a str,
    r#as: &'a str,
}

impl<'a> RunDocument<'a> {
    pub(crate) fn of(run: &'a RunRecord<'_>) -> Self {
        RunDocument {
            schema_version: SCHEMA_VERSION,
            run_id: run.run_id,
            title: run.title.unwrap_or(run.run_id),
            created_at: &run.created_at,
            grid: &run.grid,
            outputs: run.outputs.iter().map(|o| OutputEntry { series: o.id, r#as: o.file }).collect(),
            model_id: provenance_text(run, "model_id", "modelId"),
            template_id: provenance_text(run, "template_id", "templateId"),
            warnings_count: run.warnings.len(),
            status: "complete",
        }
    }
}

/// `manifest.json`: what a run was made of and what came out, for checking and repeating it.
#[derive(Serialize)]
pub(crate) struct Manifest<'a> {
    schema_version: u32,
    run_id: &'a str,
    model_hash: &'a str,
    logic_hash: &'a str,
    seed: Seed,
    seed_source: &'a str,
    overrides: BTreeMap<&'a str, OverrideEntry>,
    pmf_modes: BTreeMap<&'a str, &'a str>,
    inputs: &'a [SourceRecord],
    engine: Engine,
    execution_time_ms: f64,
    created_at: &'a str,
    provenance: ProvenanceSummary<'a>,
    series: Vec<ManifestSeries<'a>>,
    warnings: &'a [WarningRecord],
}

#[derive(Serialize)]
struct Engine {
    name: &'static str,
    version: &'static str,
    semantics: u32,
}

#[derive(Serialize)]
struct ProvenanceSummary<'a> {
    has_provenance: bool,
    model_id: Option<&'a str>,
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct ManifestSeries<'a> {
    id: &'a str,
    path: &'a str,
    sha256: &'a str,
    points: usize,
}

impl<'a> Manifest<'a> {
    pub(crate) fn of(run: &'a RunRecord<'_>, index: &'a SeriesIndex<'_>) -> Self {
        let series = index.series.iter();
        Manifest {
            schema_version: SCHEMA_VERSION,
            run_id: run.run_id,
            model_hash: run.model_hash,
            logic_hash: run.logic_hash,
            seed: Seed(run.seed),
            seed_source: run.seed_source,
            overrides: run.overrides.iter().map(|o| (o.node, OverrideEntry::of(o))).collect(),
            pmf_modes: run.pmf_modes.iter().copied().collect(),
            inputs: &run.sources,
            engine: Engine { name: "flowtime", version: ENGINE_VERSION, semantics: SEMANTICS_VERSION },
            execution_time_ms: run.execution_time_ms,
            created_at: &run.created_at,
            provenance: ProvenanceSummary {
                has_provenance: run.provenance.is_some(),
                model_id: provenance_text(run, "model_id", "modelId"),
                source: provenance_text(run, "source", "source"),
            },
            series: series
                .map(|s| ManifestSeries { id: s.id, path: &s.path, sha256: &s.sha256, points: s.points })
                .collect(),
            warnings: &run.warnings,
        }
    }
}

/// `series/index.json`: the series of a run with what can be said of each in a line.
#[derive(Serialize)]
pub(crate) struct SeriesIndex<'a> {
    schema_version: u32,
    grid: &'a GridRecord,
    pub(crate) series: Vec<IndexEntry<'a>>,
}

#[derive(Serialize)]
pub(crate) struct IndexEntry<'a> {
    pub(crate) id: &'a str,
    /// Relative to the run's folder.
    pub(crate) path: String,
    pub(crate) kind: &'a str,
    pub(crate) unit: Option<&'a str>,
    pub(crate) points: usize,
    pub(crate) sha256: String,
    #[serde(flatten)]
    pub(crate) summary: Summary,
}

impl<'a> SeriesIndex<'a> {
    pub(crate) fn of(run: &'a RunRecord<'_>, series: Vec<IndexEntry<'a>>) -> Self {
        SeriesIndex { schema_version: SCHEMA_VERSION, grid: &run.grid, series }
    }
}

/// Of the values that are not missing; each is NaN when there are none.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    min: Number,
    mean: Number,
    max: Number,
}

impl Summary {
    /// The sum behind the mean is taken from bin 0 up.
    pub(crate) fn of(values: &[f64]) -> Self {
        let (mut min, mut max, mut sum, mut count) = (f64::NAN, f64::NAN, 0.0, 0u64);
        for &value in values.iter().filter(|value| !value.is_nan()) {
            // A comparison with NaN is false: the first value is taken.
            min = if min <= value { min } else { value };
            max = if max >= value { max } else { value };
            sum += value;
            count += 1;
        }
        let mean = if count == 0 { f64::NAN } else { sum / count as f64 };
        Summary { min: Number(min), mean: Number(mean), max: Number(max) }
    }
}

/// A float64; as text where JSON has no number for it.
#[derive(Debug)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number = self.0;
        if !number.is_finite() {
            serializer.serialize_str(&flowtime_core::provenance::format_number(number))
        } else if number.trunc() == number
            && number.abs() < EXACT
            && !(number == 0.0 && number.is_sign_negative())
        {
            serializer.serialize_i64(number as i64)
        } else {
            serializer.serialize_f64(number)
        }
    }
}

/// A seed; as text where a reader that knows only float64 would round it.
pub(crate) struct Seed(pub(crate) u64);

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 <= 1 << 53 {
            serializer.serialize_u64(self.0)
        } else {
            serializer.serialize_str(&self.0.to_string())
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum OverrideEntry {
    Number(Number),
    Series { points: usize, hash: String },
}

impl OverrideEntry {
    fn of(record: &OverrideRecord<'_>) -> Self {
        match record.value {
            OverrideValue::Number(number) => OverrideEntry::Number(Number(number)),
            OverrideValue::Series(values) => {
                OverrideEntry::Series { points: values.len(), hash: numbers_hash(values) }
            }
        }
    }
}

/// A text of the provenance document, whichever spelling it uses.
pub(crate) fn provenance_text<'a>(run: &'a RunRecord<'_>, snake: &str, camel: &str) -> Option<&'a str> {
    let provenance = run.provenance.as_ref()?;
    provenance.get(snake).or_else(|| provenance.get(camel))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: &[f64]) -> String {
        serde_json::to_string(&Summary::of(values)).unwrap()
    }

    #[test]
    fn summaries() {
        assert_eq!(summary(&[2.0, f64::NAN, 1.0, 6.0]), r#"{"min":1,"mean":3,"max":6}"#);
        assert_eq!(summary(&[0.5]), r#"{"min":0.5,"mean":0.5,"max":0.5}"#);
        assert_eq!(summary(&[f64::NAN]), r#"{"min":"NaN","mean":"NaN","max":"NaN"}"#);
        assert_eq!(summary(&[]), r#"{"min":"NaN","mean":"NaN","max":"NaN"}"#);
        let both = [f64::NEG_INFINITY, f64::INFINITY];
        assert_eq!(summary(&both), r#"{"min":"-inf","mean":"NaN","max":"inf"}"#);
        assert_eq!(summary(&[1e300]), r#"{"min":1e+300,"mean":1e+300,"max":1e+300}"#);
        assert_eq!(summary(&[-0.0]), r#"{"min":-0.0,"mean":0,"max":-0.0}"#);
    }

    #[test]
    fn seeds() {
        let text = |seed| serde_json::to_string(&Seed(seed)).unwrap();
        assert_eq!(text(42), "42");
        assert_eq!(text(1 << 53), "9007199254740992");
        assert_eq!(text(u64::MAX), "\"18446744073709551615\"");
    }
}
