//! Runs of a plan: once, or again and again into the same memory.

use super::buffer::{SeriesBuffer, emptied};
use super::control::Control;
use super::execute::{Given, Workspace};
use super::kernels::environment::DefaultEnvironment;
use super::kernels::memory::Isa;
use super::options::{InputValue, RunOptions};
use super::prepare;
use crate::error::{Error, ErrorKind};
use crate::plan::feed::{Feed, random};
use crate::plan::{Plan, Prepared};
use ndarray::ArrayView1;
use rand_pcg::Lcg64Xsh32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The series of one run.
#[derive(Debug, Clone)]
pub struct Run {
    plan: Plan,
    prepared: Arc<Prepared>,
    seed: u64,
    numbers: SeriesBuffer,
    warnings: Vec<RunWarning>,
}

/// Something that happened in a run and is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunWarning {
    /// A node divided by zero, which gives 0.
    DivisionByZero {
        /// The node.
        node: String,
        /// In how many bins.
        bins: u64,
    },
}

impl std::fmt::Display for RunWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let RunWarning::DivisionByZero { node, bins } = self;
        let noun = if *bins == 1 { "bin" } else { "bins" };
        write!(f, "`{node}` divided by zero in {bins} {noun}; a division by zero gives 0")
    }
}

impl Run {
    /// The plan that was run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The seed that was used.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The ids of the kept series, in the order of the model or as they were asked for.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.prepared.kept.iter().map(|node| self.plan.0.nodes[*node as usize].id.as_str())
    }

    /// The series of node `id`, one number a bin; `None` if it was not kept.
    pub fn series(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        let node = self.plan.find(id)?;
        let everything = self.prepared.kept.len() == self.plan.0.nodes.len();
        let index = match self.prepared.kept.get(node as usize) {
            Some(kept) if everything && *kept == node => node as usize,
            _ => self.prepared.kept.iter().position(|kept| *kept == node)?,
        };
        Some(ArrayView1::from(self.numbers_of(index)))
    }

    /// Every kept series with its id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, ArrayView1<'_, f64>)> {
        self.ids().enumerate().map(|(index, id)| (id, ArrayView1::from(self.numbers_of(index))))
    }

    fn numbers_of(&self, index: usize) -> &[f64] {
        self.numbers.series(self.prepared.series[index] as usize)
    }

    /// Divisions by zero: a warning for each node that divided, in the order of the model.
    pub fn warnings(&self) -> &[RunWarning] {
        &self.warnings
    }
}

impl Plan {
    /// Runs the plan once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for unknown names, expressions given as inputs, wrong lengths,
    /// infinities and seeds over 2^53 - 1; [`ErrorKind::LimitExceeded`] when the result or the work
    /// is larger than the limits allow; [`ErrorKind::Cancelled`].
    pub fn run(&self, options: &RunOptions) -> Result<Run, Error> {
        let mut runner = self.runner(options)?;
        let mut numbers = SeriesBuffer::new(runner.prepared.program.outs.len(), self.0.grid.bins());
        runner.execute(&mut numbers.all_mut())?;
        let warnings = runner.warnings();
        Ok(Run { plan: self.clone(), prepared: runner.prepared, seed: runner.seed, numbers, warnings })
    }

    /// Prepares to run the plan again and again: see [`Runner`].
    ///
    /// # Errors
    ///
    /// As for [`Plan::run`].
    pub fn runner(&self, options: &RunOptions) -> Result<Runner, Error> {
        let _environment = DefaultEnvironment::enter();
        let seed = prepare::seed(&self.0, options.seed)?;
        let feeds = prepare::feeds(self, options)?;
        let prepared = prepare::prepare(self, options, &feeds)?;
        let bins = self.0.grid.bins();
        let mut runner = Runner {
            workspace: Workspace::new(&prepared.program, bins, self.0.nodes.len(), feeds.len()),
            plan: self.clone(),
            options: options.clone(),
            random: Vec::new(),
            feeds,
            prepared,
            seed,
            numbers: SeriesBuffer::default(),
            finished: false,
            list: Vec::new(),
        };
        runner.set_streams();
        Ok(runner)
    }
}

/// Runs a plan again and again into the same memory: nothing is allocated after the first run.
///
/// ```
/// use flowtime_core::{Model, RunOptions};
/// let plan = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 3, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: demand, kind: const, values: [8, 12, 10]}
///   - {id: capacity, kind: const, values: 9}
///   - {id: served, kind: expr, expr: 'MIN(demand, capacity)'}
/// ")?.compile()?;
/// let mut runner = plan.runner(&RunOptions::new().keep(["served"]))?;
/// let mut best = 0.0;
/// for capacity in [9.0, 10.0, 11.0] {
///     runner.set_input("capacity", capacity)?;
///     runner.run()?;
///     best = runner.series("served").unwrap().iter().sum();
/// }
/// assert_eq!(best, 29.0);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Runner {
    plan: Plan,
    options: RunOptions,
    prepared: Arc<Prepared>,
    feeds: Vec<Feed>,
    random: Vec<Lcg64Xsh32>,
    seed: u64,
    workspace: Workspace,
    /// Room for the series of `run`; empty before the first.
    numbers: SeriesBuffer,
    /// `numbers` holds the whole result of a run of this program.
    finished: bool,
    /// Empty between runs, so that only the first allocates it.
    list: Vec<&'static mut [f64]>,
}

/// How often anything was evaluated in this process.
static EVALUATIONS: AtomicU64 = AtomicU64::new(0);

/// How often a run was begun in this process: for tests of what must not evaluate.
#[doc(hidden)]
pub fn evaluations() -> u64 {
    EVALUATIONS.load(Ordering::Relaxed)
}

impl Runner {
    fn set_streams(&mut self) {
        self.random.clear();
        for input in &self.plan.0.inputs {
            self.random.push(random(self.seed, &self.plan.0.nodes[input.node as usize].id));
        }
    }

    /// Draws with this seed from now on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for seeds over 2^53 - 1.
    pub fn set_seed(&mut self, seed: u64) -> Result<(), Error> {
        self.seed = prepare::seed(&self.plan.0, Some(seed))?;
        self.set_streams();
        Ok(())
    }

    /// Puts a number, or one number a bin, in the place of a const or pmf node from now on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for unknown names, expressions, wrong lengths and infinities;
    /// [`ErrorKind::LimitExceeded`] when runs with a series in this place are larger than the limits allow.
    /// The runner is then as it was.
    pub fn set_input(&mut self, node: &str, value: impl Into<InputValue>) -> Result<(), Error> {
        let input = self.plan.input(node)? as usize;
        let feed = self.plan.feed(node, &value.into())?;
        let reshaped = self.prepared.uniform[input] && feed.value().is_none();
        let before = std::mem::replace(&mut self.feeds[input], feed);
        if reshaped {
            // The program has this input as a literal; one with a series in its place is needed.
            let _environment = DefaultEnvironment::enter();
            match prepare::prepare(&self.plan, &self.options, &self.feeds) {
                Ok(prepared) => self.prepared = prepared,
                Err(error) => {
                    self.feeds[input] = before;
                    return Err(error);
                }
            }
            self.finished = false;
            let bins = self.plan.0.grid.bins();
            self.workspace =
                Workspace::new(&self.prepared.program, bins, self.plan.0.nodes.len(), self.feeds.len());
        }
        Ok(())
    }

    /// Puts one number a bin in the place of a const or pmf node from now on, as
    /// [`Runner::set_input`] does; once the node has a series of this runner, nothing is allocated.
    ///
    /// # Errors
    ///
    /// As for [`Runner::set_input`].
    pub fn set_series(&mut self, node: &str, series: &[f64]) -> Result<(), Error> {
        let input = self.plan.input(node)? as usize;
        if let Feed::Series(numbers) = &mut self.feeds[input]
            && let Some(numbers) = Arc::get_mut(numbers)
        {
            self.plan.check_series(node, series)?;
            numbers.copy_from_slice(series);
            return Ok(());
        }
        self.set_input(node, series)
    }

    /// Runs the plan; the series are then in [`Runner::series`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cancelled`].
    pub fn run(&mut self) -> Result<(), Error> {
        let (count, bins) = (self.prepared.program.outs.len(), self.plan.0.grid.bins());
        let mut numbers = std::mem::take(&mut self.numbers);
        if !numbers.holds(count, bins) {
            numbers = SeriesBuffer::new(count, bins);
        }
        let mut list = numbers.all_mut_in(emptied(std::mem::take(&mut self.list)));
        let result = self.execute(&mut list);
        self.list = emptied(list);
        self.numbers = numbers;
        self.finished = result.is_ok();
        result
    }

    /// Runs the plan into the caller's memory: `series[n]` receives the n-th kept series.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] when the number of series or a length is wrong; nothing is
    /// written then. [`ErrorKind::Cancelled`] leaves the series half written.
    pub fn run_into(&mut self, series: &mut [&mut [f64]]) -> Result<(), Error> {
        let bins = self.plan.0.grid.bins();
        let kept = self.prepared.kept.len();
        if series.len() != kept || series.iter().any(|series| series.len() != bins) {
            return Err(Error::call(
                ErrorKind::InvalidArgument,
                format!("a run into memory wants {kept} series of {bins} numbers each"),
            ));
        }
        // Nodes with equal values share a series; their owners get copies afterwards.
        if self.prepared.program.outs.len() == kept {
            return self.execute(series);
        }
        self.run()?;
        for (index, series) in series.iter_mut().enumerate() {
            series.copy_from_slice(self.numbers.series(self.prepared.series[index] as usize));
        }
        Ok(())
    }

    fn execute(&mut self, series: &mut [&mut [f64]]) -> Result<(), Error> {
        EVALUATIONS.fetch_add(1, Ordering::Relaxed);
        let _environment = DefaultEnvironment::enter();
        let bins = self.plan.0.grid.bins();
        let program = &self.prepared.program;
        let total = bins * program.passes.len();
        let mut control = Control::new(self.options.cancel.clone(), self.options.progress.clone(), total);
        let given = Given {
            bins,
            feeds: &self.feeds,
            random: &self.random,
            isa: self.options.isa.unwrap_or_else(Isa::best),
        };
        self.workspace.run(program, &given, series, &mut control)
    }

    /// The series of node `id` of the last [`Runner::run`]; `None` if it is not kept, if nothing was run
    /// or if that run was cancelled, and after a [`Runner::set_input`] that put a series in the place of a
    /// number for the first time, until the next run.
    pub fn series(&self, id: &str) -> Option<ArrayView1<'_, f64>> {
        let node = self.plan.find(id)?;
        let index = self.prepared.kept.iter().position(|kept| *kept == node)?;
        self.finished.then(|| ArrayView1::from(self.numbers.series(self.prepared.series[index] as usize)))
    }

    /// What is worth knowing about the last run.
    pub fn warnings(&self) -> Vec<RunWarning> {
        let counts = self.workspace.zero_counts.iter().zip(&self.plan.0.nodes);
        counts
            .filter(|(bins, _)| **bins > 0)
            .map(|(bins, node)| RunWarning::DivisionByZero { node: node.id.clone(), bins: *bins })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Limits, Model, RunOptions};

    #[test]
    fn a_series_that_does_not_fit_the_limits_changes_nothing() {
        // Long lags, so that the memory besides the result is where it begins to be refused.
        let mut text = String::from(
            "schemaVersion: 1\ngrid: {bins: 10000000, binSize: 1, binUnit: minutes}\nnodes:\n  - {id: x, kind: const, values: 3}\n  - {id: a0, kind: expr, expr: BIN() + x * BIN()}\n",
        );
        for i in 1..20 {
            text += &format!("  - {{id: a{i}, kind: expr, expr: 'SHIFT(a{}, 9000000) + {i}'}}\n", i - 1);
        }
        let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
        let options = |bytes: u64| {
            let limits = Limits::default().max_result_bytes(bytes);
            RunOptions::new().keep(["a19"]).limits(limits)
        };
        let (mut refused, mut enough) = (1 << 20, 8 << 30);
        while enough - refused > 1 {
            let middle = (enough + refused) / 2;
            *(if plan.runner(&options(middle)).is_ok() { &mut enough } else { &mut refused }) = middle;
        }
        let mut runner = plan.runner(&options(enough)).unwrap();
        let error = runner.set_input("x", vec![1.0; 10_000_000]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(runner.feeds[0].value(), Some(3.0));
        runner.set_input("x", 4.0).unwrap();
    }
}
