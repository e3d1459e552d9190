//! A run to its folder.

use crate::args::{Format, RunArguments};
use crate::exit::Failure;
use crate::input::Loaded;
use crate::interrupt;
use crate::overrides::{self, Override};
use crate::progress::Progress;
use crate::provenance;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{format_number, logic_hash_of, model_hash_of, run_id, timestamped_run_id};
use flowtime_core::{NodeKind, Run, Value};
use flowtime_draw::{LineChart, Series};
use flowtime_registry::{
    ExtraFile, GridRecord, Interrupted, OnExisting, Outcome, RunRecord, SeriesRecord, WarningRecord,
    WrittenRun, write_run,
};
use jiff::Timestamp;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The picture of the outputs.
pub(crate) const PLOT_FILE: &str = "plot.svg";

/// All series in one document.
pub(crate) const SERIES_FILE: &str = "series.json";

/// A run that is done, with all that is stored of it.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) run: &'a Run,
    pub(crate) overrides: &'a [Override],
    /// Of the document and of the run.
    pub(crate) warnings: &'a [Diagnostic],
    pub(crate) provenance: Option<&'a Value>,
    /// How long reading, compiling and evaluating took.
    pub(crate) took: Duration,
    /// The model without provenance, its sources resolved.
    spec: Value,
    pub(crate) model_hash: String,
    pub(crate) run_id: String,
    created: Timestamp,
}

/// An output of a run: its series, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output<'a> {
    pub(crate) id: &'a str,
    pub(crate) file: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) unit: Option<&'a str>,
    pub(crate) values: &'a [f64],
}

impl<'a> Finished<'a> {
    pub(crate) fn new(
        loaded: &'a Loaded,
        run: &'a Run,
        overrides: &'a [Override],
        warnings: &'a [Diagnostic],
        provenance: Option<&'a Value>,
        took: Duration,
        deterministic: bool,
    ) -> Self {
        let spec = without_provenance(loaded.model.to_value());
        let model_hash = model_hash_of(&spec);
        let created = Timestamp::now();
        let run_id = if deterministic {
            run_id(&model_hash, run.seed(), &overrides::document(overrides))
        } else {
            timestamped_run_id(created.as_second().unsigned_abs(), distinct())
        };
        Finished { loaded, run, overrides, warnings, provenance, took, spec, model_hash, run_id, created }
    }

    /// What is written out, in the order of the document.
    pub(crate) fn outputs(&self) -> Vec<Output<'a>> {
        let series: HashMap<&str, &[f64]> =
            self.run.iter().filter_map(|(id, values)| Some((id, values.to_slice()?))).collect();
        let nodes: HashMap<_, _> = self.run.plan().nodes().map(|node| (node.id, node)).collect();
        let outputs = self.run.plan().outputs().filter_map(|(id, file)| {
            let (node, values) = (nodes.get(id)?, series.get(id)?);
            Some(Output { id, file, kind: node.kind, unit: node.unit, values })
        });
        outputs.collect()
    }

    /// Who chose the seed.
    pub(crate) fn seed_source(&self, arguments: &RunArguments) -> &'static str {
        match (arguments.seed, self.run.plan().seed()) {
            (Some(_), _) => "caller",
            (None, Some(_)) => "model",
            (None, None) => "default",
        }
    }

    /// Writes the folder of the run.
    pub(crate) fn write(&self, arguments: &RunArguments, progress: &Progress) -> Result<WrittenRun, Failure> {
        let outputs = self.outputs();
        let title = self.loaded.model.title();
        let draw = |file: &mut dyn Write| file.write_all(self.plot(&outputs).as_bytes());
        let list = |file: &mut dyn Write| write_series_json(file, &outputs);
        let mut extra_files = Vec::new();
        if arguments.plot {
            extra_files.push(ExtraFile { path: PLOT_FILE, write: &draw });
        }
        if arguments.format == Format::Json {
            extra_files.push(ExtraFile { path: SERIES_FILE, write: &list });
        }
        let given = self.overrides.iter().filter_map(|given| given.source.clone());
        // Asked before each file, which tells how far the writing is.
        let asking = Cell::new(0);
        let asked = || {
            let done = f64::from(asking.replace(asking.get() + 1)) / outputs.len() as f64;
            progress.show("writing", done.min(1.0));
            interrupt::cancel().is_cancelled()
        };
        let record = RunRecord {
            run_id: &self.run_id,
            title,
            created_at: self.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            spec_yaml: &self.spec.to_yaml(),
            grid: GridRecord::from(self.loaded.model.grid()),
            outputs: outputs
                .iter()
                .map(|o| SeriesRecord {
                    id: o.id,
                    file: o.file,
                    kind: o.kind,
                    unit: o.unit,
                    values: o.values,
                })
                .collect(),
            model_hash: &self.model_hash,
            logic_hash: &logic_hash_of(&self.spec),
            seed: self.run.seed(),
            seed_source: self.seed_source(arguments),
            overrides: self.overrides.iter().map(Override::record).collect(),
            pmf_modes: self.pmf_modes(),
            execution_time_ms: self.took.as_micros() as f64 / 1e3,
            warnings: self.warnings.iter().map(|warning| self.warning(warning)).collect(),
            provenance: self.provenance.map(provenance::to_json).transpose()?,
            sources: self.loaded.sources.iter().cloned().chain(given).collect(),
            extra_files,
            interrupted: Some(Interrupted(&asked)),
        };
        let existing = match (arguments.deterministic, arguments.force) {
            (false, _) => OnExisting::Refuse,
            (true, false) => OnExisting::Reuse,
            (true, true) => OnExisting::Replace,
        };
        let written = write_run(&arguments.output, &record, existing);
        progress.clear();
        Ok(written?)
    }

    /// Each pmf node and how it became a series; those that were replaced did not.
    fn pmf_modes(&self) -> Vec<(&'a str, &'a str)> {
        let nodes = self.loaded.model.nodes().iter();
        let modes = nodes.filter_map(|node| match node.kind() {
            NodeKind::Pmf(pmf) if self.overrides.iter().all(|o| o.node != node.id()) => {
                Some((node.id(), pmf.policy().name()))
            }
            _ => None,
        });
        modes.collect()
    }

    fn warning(&self, warning: &Diagnostic) -> WarningRecord {
        let mut parts = warning.path.split('/').skip(1);
        let node = match (parts.next(), parts.next().map(str::parse::<usize>)) {
            (Some("nodes"), Some(Ok(index))) => self.loaded.model.nodes().get(index),
            _ => None,
        };
        WarningRecord {
            code: warning.code.to_string(),
            message: warning.message.clone(),
            node: node.map(|node| node.id().to_owned()),
            path: (!warning.path.is_empty()).then(|| warning.path.clone()),
        }
    }

    fn plot(&self, outputs: &[Output<'_>]) -> String {
        let grid = self.loaded.model.grid();
        let series = outputs.iter().map(|output| {
            let series = Series::new(output.id, output.values);
            if let Some(unit) = output.unit { series.unit(unit) } else { series }
        });
        let mut chart = LineChart::arranged(self.loaded.model.title().unwrap_or("Outputs"), series);
        if let Some(start) = grid.start().and_then(|start| start.parse::<Timestamp>().ok()) {
            chart = chart.time(start.as_second(), grid.bin_minutes() * 60);
        }
        chart.to_svg()
    }
}

/// Says why a stored run has no files that were asked for, if so.
pub(crate) fn left_out(written: &WrittenRun, arguments: &RunArguments) -> Option<String> {
    let asked = [(arguments.plot, PLOT_FILE), (arguments.format == Format::Json, SERIES_FILE)];
    let missing = asked.iter().find(|(wanted, file)| *wanted && !written.path.join(file).exists())?;
    (written.outcome == Outcome::Reused).then(|| {
        format!("the stored run has no `{}` and is left as it is; `--force` writes it anew", missing.1)
    })
}

fn without_provenance(document: Value) -> Value {
    match document {
        Value::Object(entries) => {
            Value::Object(entries.into_iter().filter(|(key, _)| key != "provenance").collect())
        }
        other => other,
    }
}

/// Tells apart the runs of one second, on one machine or several.
fn distinct() -> u32 {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
    hasher.finish() as u32
}

/// `{"series": {"id": [1, 2.5, "NaN"]}}`, a line a series; numbers as in the CSV files.
fn write_series_json(file: &mut dyn Write, outputs: &[Output<'_>]) -> io::Result<()> {
    const PIECE: usize = 1 << 16;
    let mut text = String::from("{\"schema_version\": 1, \"series\": {");
    let mut seen = std::collections::HashSet::new();
    // A series that two files hold is one member.
    for (index, output) in outputs.iter().filter(|output| seen.insert(output.id)).enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.push_str(&format!("  \"{}\": [", output.id));
        for (bin, value) in output.values.iter().enumerate() {
            text.push_str(if bin > 0 { "," } else { "" });
            let quote = if value.is_finite() { "" } else { "\"" };
            text.push_str(&format!("{quote}{}{quote}", format_number(*value)));
            if text.len() >= PIECE {
                file.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        text.push(']');
    }
    text.push_str("\n}}\n");
    file.write_all(text.as_bytes())
}
