//! A workspace in a folder of its own, at a time that stands still.

use flowtime_core::{Template, Value};
use flowtime_registry::{FixedClock, ModelRef, ModelRequest, Workspace};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

pub(crate) const DESK: &str = "
schemaVersion: 1
metadata: {id: desk, title: A desk, version: 1.0.0, description: Who waits at a desk., tags: [desk]}
parameters:
  - {name: clerks, type: integer, description: Clerks., default: 2, min: 1, max: 9}
  - {name: load, type: array, description: Who comes., default: [9, 12, 6, 3], minItems: 4, maxItems: 4, min: 0, max: 99}
  - {name: pace, type: number, description: What a clerk does., default: 4.0, min: 0, max: 99}
  - {name: open, type: string, description: When., default: day, enum: [day, night]}
  - {name: busy, type: boolean, description: Is it?, default: false}
grid: {bins: 4, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}
nodes:
  - {id: arrivals, kind: const, unit: people, values: '${load}'}
  - {id: noise, kind: pmf, pmf: {values: [0, 1], probabilities: [0.5, 0.5]}}
  - {id: waiting, kind: expr, unit: people, expr: 'QUEUE(arrivals + noise * ${busy}, ${clerks} * ${pace})', description: 'by ${open}'}
outputs: [{series: waiting}, {series: noise, as: n.csv}]
";

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) workspace: Workspace,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place::at(1_767_607_200)
    }

    pub(crate) fn at(seconds: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock(UNIX_EPOCH + Duration::from_secs(seconds)));
        let workspace = Workspace::with_clock(folder.path(), clock);
        Place { folder, workspace }
    }

    pub(crate) fn desk(&self, request: &ModelRequest) -> ModelRef {
        self.workspace.new_model(&desk(), request).unwrap()
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

pub(crate) fn desk() -> Template {
    Template::from_yaml(DESK).unwrap()
}

pub(crate) fn with(name: &str, value: Value) -> ModelRequest {
    ModelRequest::new().parameter(name, value)
}
