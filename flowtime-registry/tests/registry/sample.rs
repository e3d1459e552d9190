//! Runs to store.

use flowtime_registry::{
    GridRecord, OverrideRecord, OverrideValue, RunRecord, SeriesRecord, SourceRecord, WarningRecord,
};
use std::fs;
use std::path::Path;

/// The values of a run, which its record borrows.
pub(crate) struct Sample {
    pub(crate) run_id: String,
    pub(crate) series: Vec<(String, String, Vec<f64>)>,
}

impl Sample {
    pub(crate) fn new(run_id: &str, count: usize, bins: usize) -> Self {
        let series = (0..count)
            .map(|i| {
                let values = (0..bins).map(|t| (t * (i + 1)) as f64 / 7.0).collect();
                (format!("node_{i}"), format!("node_{i}.csv"), values)
            })
            .collect();
        Sample { run_id: run_id.to_owned(), series }
    }

    pub(crate) fn record(&self) -> RunRecord<'_> {
        let outputs = self
            .series
            .iter()
            .map(|(id, file, values)| SeriesRecord { id, file, kind: "expr", unit: None, values })
            .collect();
        RunRecord {
            run_id: &self.run_id,
            title: None,
            created_at: "2026-01-05T10:00:00Z".to_owned(),
            spec_yaml: "schemaVersion: 1\n",
            grid: GridRecord {
                bins: self.series.first().map_or(1, |s| s.2.len()),
                bin_size: 1,
                bin_unit: "hours".to_owned(),
                start: None,
            },
            outputs,
            model_hash: "sha256:1111111111111111111111111111111111111111111111111111111111111111",
            logic_hash: "sha256:2222222222222222222222222222222222222222222222222222222222222222",
            seed: 42,
            seed_source: "caller",
            overrides: Vec::new(),
            pmf_modes: Vec::new(),
            execution_time_ms: 1.25,
            warnings: Vec::new(),
            provenance: None,
            sources: Vec::new(),
            extra_files: Vec::new(),
            interrupted: None,
        }
    }
}

/// The sample's record with something in every field.
pub(crate) fn full(sample: &Sample) -> RunRecord<'_> {
    let mut record = sample.record();
    record.title = Some("a \"full\" run");
    record.grid.start = Some("2026-01-05T00:00:00Z".to_owned());
    record.outputs[0].unit = Some("flights");
    record.overrides = vec![
        OverrideRecord { node: "a", value: OverrideValue::Number(1.5) },
        OverrideRecord { node: "b", value: OverrideValue::Number(f64::NAN) },
        OverrideRecord { node: "c", value: OverrideValue::Series(&[1.0, 2.5, f64::NAN]) },
    ];
    record.pmf_modes = vec![("demand", "sample")];
    record.warnings = vec![WarningRecord {
        code: "FT0001".to_owned(),
        message: "divided by zero in 3 bins".to_owned(),
        node: Some("node_0".to_owned()),
        path: Some("/nodes/0/expr".to_owned()),
    }];
    record.provenance = Some(serde_json::json!({
        "source": "flowtime-sim", "model_id": "checkout-baseline_1f3a9c02b7d4", "template_id": "checkout",
    }));
    record.sources = vec![SourceRecord {
        node: "node_0".to_owned(),
        path: "departures.csv".to_owned(),
        column: "JFK".to_owned(),
        sha256: "3".repeat(64),
    }];
    record
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
