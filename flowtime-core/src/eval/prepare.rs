//! Checks what a run is asked for and finds or builds the program for it.

use super::options::{InputValue, RunOptions};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::names::{Nearest, counted, listed, quoted};
use crate::plan::feed::Feed;
use crate::plan::graph::TILE;
use crate::plan::program::{Program, ScanKind};
use crate::plan::{Plan, PlanData, Prepared};
use std::sync::Arc;

/// The largest seed: the largest whole number that a float64 holds with all its neighbours.
const LARGEST_SEED: u64 = (1 << 53) - 1;

fn invalid(message: impl Into<String>) -> Error {
    Error::call(ErrorKind::InvalidArgument, message)
}

fn infinite(id: &str, bin: Option<usize>) -> Error {
    let place = bin.map_or(String::new(), |bin| format!(" in bin {bin}"));
    invalid(format!(
        "the value for `{id}` is infinite{place}: numbers must be finite, or NaN where one is missing"
    ))
}

impl Plan {
    /// The number of the node called `id`.
    pub(crate) fn node(&self, id: &str) -> Result<u32, Error> {
        if let Some(node) = self.find(id) {
            return Ok(node);
        }
        let near = Nearest::new().to(id, self.0.nodes.iter().map(|node| node.id.as_str()));
        let hint =
            if near.is_empty() { String::new() } else { format!("; did you mean {}?", listed(near, "or")) };
        Err(invalid(format!("no node is called `{}`{hint}", quoted(id))))
    }

    /// The number of the input called `id`.
    pub(crate) fn input(&self, id: &str) -> Result<u32, Error> {
        let node = self.node(id)?;
        match self.0.inputs.binary_search_by_key(&node, |input| input.node) {
            Ok(input) => Ok(input as u32),
            Err(_) => Err(invalid(format!(
                "`{id}` is an expression: only const and pmf nodes can be replaced{}",
                match self.inputs().collect::<Vec<_>>() {
                    ids if ids.is_empty() || ids.len() > 20 => String::new(),
                    ids => format!(", here {}", listed(ids, "and")),
                }
            ))),
        }
    }

    /// What a value given to input `id` becomes.
    pub(crate) fn feed(&self, id: &str, value: &InputValue) -> Result<Feed, Error> {
        match value {
            InputValue::Number(x) if x.is_infinite() => Err(infinite(id, None)),
            InputValue::Number(x) => Ok(Feed::Value(*x)),
            InputValue::Series(series) => {
                self.check_series(id, series)?;
                Ok(Feed::Series(series.as_slice().into()))
            }
        }
    }

    /// Can `series` take the place of input `id`?
    pub(crate) fn check_series(&self, id: &str, series: &[f64]) -> Result<(), Error> {
        let bins = self.0.grid.bins();
        if series.len() != bins {
            let found = counted(series.len(), "number");
            return Err(invalid(format!(
                "the series for `{id}` has {found}, but the grid has {}",
                counted(bins, "bin")
            )));
        }
        match series.iter().position(|x| x.is_infinite()) {
            Some(bin) => Err(infinite(id, Some(bin))),
            None => Ok(()),
        }
    }
}

impl Plan {
    /// An estimate of the elementary operations of a run that keeps every node, for hosts that do short
    /// work differently from long work.
    ///
    /// ```
    /// let model = flowtime_core::Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 1000, binSize: 1, binUnit: hours}
    /// nodes: [{id: a, kind: const, values: 1}, {id: b, kind: expr, expr: 'SHIFT(b, 1) + a'}]
    /// ").unwrap();
    /// assert!(model.compile().unwrap().operations() >= 1000.0);
    /// ```
    pub fn operations(&self) -> f64 {
        let options = RunOptions::new().limits(Limits {
            result_bytes: u64::MAX,
            operations: f64::MAX,
            ..Limits::default()
        });
        let prepared = feeds(self, &options).and_then(|feeds| prepare(self, &options, &feeds));
        prepared.map_or(f64::MAX, |prepared| operations(&prepared.program, self.0.grid.bins()))
    }
}

/// The seed of a run: the caller's, the model's, 0.
pub(crate) fn seed(plan: &PlanData, given: Option<u64>) -> Result<u64, Error> {
    match given.or(plan.seed).unwrap_or(0) {
        seed if seed <= LARGEST_SEED => Ok(seed),
        seed => Err(invalid(format!("the seed {seed} is too large: seeds are 0 to {LARGEST_SEED}"))),
    }
}

/// The feeds of a run: the plan's own, with what the caller puts in their place.
pub(crate) fn feeds(plan: &Plan, options: &RunOptions) -> Result<Vec<Feed>, Error> {
    let mut feeds: Vec<Feed> = plan.0.inputs.iter().map(|input| input.feed.clone()).collect();
    let mut seen = vec![false; feeds.len()];
    for (id, value) in &options.inputs {
        let input = plan.input(id)? as usize;
        if std::mem::replace(&mut seen[input], true) {
            return Err(invalid(format!("`{id}` is given twice")));
        }
        feeds[input] = plan.feed(id, value)?;
    }
    Ok(feeds)
}

/// The program for what `options` ask for, checked against the limits.
pub(crate) fn prepare(plan: &Plan, options: &RunOptions, feeds: &[Feed]) -> Result<Arc<Prepared>, Error> {
    let data = &*plan.0;
    let kept: Vec<u32> = match &options.keep {
        None => (0..data.nodes.len() as u32).collect(),
        Some(ids) => {
            let mut kept = Vec::with_capacity(ids.len());
            let mut seen = vec![false; data.nodes.len()];
            for id in ids {
                let node = plan.node(id)?;
                if !std::mem::replace(&mut seen[node as usize], true) {
                    kept.push(node);
                }
            }
            kept
        }
    };
    check_result(data, kept.len(), &options.limits)?;
    let uniform: Vec<bool> = feeds.iter().map(|feed| feed.value().is_some()).collect();
    let own = feeds
        .iter()
        .zip(&data.inputs)
        .all(|(feed, input)| feed.value().is_some() == input.feed.value().is_some());
    let whole = options.keep.is_none() && own;
    let prepared = match data.everything.get() {
        Some(everything) if whole => everything.clone(),
        _ => {
            // Not while the cell is locked: where a process forks meanwhile, its child would wait for ever.
            let built = Arc::new(data.build(kept, uniform));
            if whole { data.everything.get_or_init(|| built).clone() } else { built }
        }
    };
    check_work(data, &prepared.program, &options.limits)?;
    Ok(prepared)
}

fn check_result(data: &PlanData, kept: usize, limits: &Limits) -> Result<(), Error> {
    let bytes = kept as u64 * data.grid.bins() as u64 * 8;
    if bytes > limits.result_bytes {
        return Err(Error::call(
            ErrorKind::LimitExceeded,
            format!(
                "the result of {} × {} would have {}, more than the limit of {}: keep fewer series (a model's `outputs`), or raise the limit `result_bytes`",
                if kept == 1 { "1 series".to_owned() } else { format!("{kept} series") },
                counted(data.grid.bins(), "bin"),
                readable_bytes(bytes),
                readable_bytes(limits.result_bytes)
            ),
        ));
    }
    Ok(())
}

/// Bytes of working memory that a run of `program` takes besides its result.
pub(crate) fn working_bytes(program: &Program, bins: usize) -> u64 {
    let scans: usize = program
        .scans
        .iter()
        .map(|scan| match &scan.kind {
            ScanKind::Rolling { window, .. } => 2 * window,
            ScanKind::Conv { kernel } => 2 * kernel.len() + TILE,
            _ => 1,
        })
        .sum();
    let delays: u64 = program.delays.iter().map(|(lag, _)| lag + TILE as u64).sum();
    let columns = program.columns as u64 * bins as u64;
    (program.arena as u64 + program.outs.len() as u64 * TILE as u64 + scans as u64 + delays + columns) * 8
}

/// An estimate of the elementary operations of a run.
pub(crate) fn operations(program: &Program, bins: usize) -> f64 {
    let kernels: f64 = program
        .scans
        .iter()
        .map(|scan| match &scan.kind {
            ScanKind::Conv { kernel } => kernel.len() as f64,
            _ => 4.0,
        })
        .sum();
    (program.summary.values as f64 + kernels) * bins as f64
}

fn check_work(data: &PlanData, program: &Program, limits: &Limits) -> Result<(), Error> {
    let bins = data.grid.bins();
    let bytes = working_bytes(program, bins) + program.outs.len() as u64 * bins as u64 * 8;
    if bytes > limits.result_bytes.saturating_add(1 << 30) {
        return Err(Error::call(
            ErrorKind::LimitExceeded,
            format!(
                "the run would need {} of memory, more than the limit of {}: shorten long lags and windows, keep fewer series, or raise the limit `result_bytes`",
                readable_bytes(bytes),
                readable_bytes(limits.result_bytes.saturating_add(1 << 30))
            ),
        ));
    }
    let operations = operations(program, bins);
    if operations > limits.operations {
        return Err(Error::call(
            ErrorKind::LimitExceeded,
            format!(
                "the run would take about {operations:.1e} operations, more than the limit of {:.1e}: use fewer bins or shorter kernels, or raise the limit `operations`",
                limits.operations
            ),
        ));
    }
    Ok(())
}

/// `1.5 GiB`
pub(crate) fn readable_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{size:.1} {}", UNITS[unit]) }
}
