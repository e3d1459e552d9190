//! What a run can be asked for.

use super::control::{Cancel, Progress};
use super::kernels::memory::Isa;
use crate::limits::Limits;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a run puts in the place of a const or pmf node. NaN is a missing value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum InputValue {
    /// The same number in every bin.
    Number(f64),
    /// One number a bin.
    Series(Vec<f64>),
}

impl From<f64> for InputValue {
    fn from(number: f64) -> Self {
        InputValue::Number(number)
    }
}

impl From<Vec<f64>> for InputValue {
    fn from(series: Vec<f64>) -> Self {
        InputValue::Series(series)
    }
}

impl From<&[f64]> for InputValue {
    fn from(series: &[f64]) -> Self {
        InputValue::Series(series.to_vec())
    }
}

/// How a plan is run. The plan never changes; options belong to one run.
///
/// ```
/// use flowtime_core::RunOptions;
/// let options = RunOptions::new().seed(7).input("capacity", 120.0).keep(["backlog"]);
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
pub struct RunOptions {
    pub(crate) seed: Option<u64>,
    pub(crate) inputs: Vec<(String, InputValue)>,
    pub(crate) keep: Option<Vec<String>>,
    pub(crate) limits: Limits,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) progress: Option<Progress>,
    pub(crate) isa: Option<Isa>,
}

impl RunOptions {
    /// Every node, the model's own inputs and seed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws with this seed, 0 to 2^53 - 1, instead of the model's.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Puts a number, or one number a bin, in the place of a const or pmf node.
    #[must_use]
    pub fn input(mut self, node: impl Into<String>, value: impl Into<InputValue>) -> Self {
        self.inputs.push((node.into(), value.into()));
        self
    }

    /// Computes and keeps only these nodes, and what they need.
    #[must_use]
    pub fn keep<T: Into<String>>(mut self, nodes: impl IntoIterator<Item = T>) -> Self {
        self.keep = Some(nodes.into_iter().map(Into::into).collect());
        self
    }

    /// Refuses runs that are larger than this.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Stops when `cancel` is asked to.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Calls `f` with the part of the work that is done, from 0 to 1, at most about a thousand
    /// times, from the thread that runs.
    #[must_use]
    pub fn progress(self, f: impl Fn(f64) + Send + Sync + 'static) -> Self {
        self.watch(move |done| {
            f(done);
            ControlFlow::Continue(())
        })
    }

    /// As [`RunOptions::progress`], in its place, and `f` can stop the run: it then ends with
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    ///
    /// ```
    /// use flowtime_core::{ErrorKind, Model, RunOptions};
    /// use std::ops::ControlFlow;
    /// let model = Model::from_yaml(
    ///     "{schemaVersion: 1, grid: {bins: 3, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: const, values: 1}]}",
    /// )?;
    /// let options = RunOptions::new().watch(|_| ControlFlow::Break(()));
    /// let error = model.compile()?.run(&options).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    #[must_use]
    pub fn watch(mut self, f: impl Fn(f64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(f));
        self
    }

    /// Uses instruction set `number` of those that [`RunOptions::instruction_sets`] names. For
    /// tests: the results are the same.
    #[doc(hidden)]
    #[must_use]
    pub fn instruction_set(mut self, number: usize) -> Self {
        self.isa = Isa::all().get(number).copied();
        self
    }

    /// The instruction sets of this machine.
    #[doc(hidden)]
    pub fn instruction_sets() -> Vec<String> {
        Isa::all().iter().map(|isa| format!("{isa:?}")).collect()
    }
}

impl std::fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunOptions")
            .field("seed", &self.seed)
            .field("inputs", &self.inputs)
            .field("keep", &self.keep)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
