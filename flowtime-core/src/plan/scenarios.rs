//! The program of an ensemble: how the values of a graph are computed for many scenarios side by side.
//!
//! Data only. `compile` writes it, `eval` runs it. All scenarios of a block stand in the same bin,
//! so loops need no care of their own: what looks back reads what an earlier bin left.

use super::graph::{Rolling, ValueId};
use super::measure::Measure;
use super::program::{At, Code, Instruction};

/// Scenarios that are advanced together.
pub(crate) const LANES: usize = 64;

/// How an input differs between scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Varies {
    /// Not at all.
    No,
    /// Drawn.
    Drawn,
    /// One number a scenario.
    Number,
    /// One series a scenario.
    Series,
}

/// What a program for scenarios is built for.
pub(crate) struct Request<'a> {
    /// By input.
    pub(crate) varies: &'a [Varies],
    /// By input: is it one number in all bins?
    pub(crate) steady: &'a [bool],
    /// The nodes whose series are kept.
    pub(crate) kept: &'a [u32],
    /// Nodes whose series are summed up, and how.
    pub(crate) measures: &'a [(u32, Measure)],
    /// The nodes that are computed: those kept or measured, and all that they read.
    pub(crate) computed: &'a [bool],
    pub(crate) bins: usize,
}

/// How the values of a graph are computed for scenarios, bin by bin.
///
/// Areas of instructions: 0 is the working memory, `n + 1` is spot n.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScenarioProgram {
    /// One pass over the horizon each; each leaves the SUMs and MEANs that later passes read.
    pub(crate) passes: Vec<ScenarioPass>,
    pub(crate) code: Vec<Instruction>,
    /// What instructions read and write besides the working memory.
    pub(crate) spots: Vec<Spot>,
    /// What is the same in all scenarios, as instructions read it.
    pub(crate) parameters: Vec<Parameter>,
    /// Values that are the same in all scenarios; they are computed once, as one run.
    pub(crate) shared: Vec<ValueId>,
    /// By value: does it differ between scenarios?
    pub(crate) varying: Vec<bool>,
    /// Slots of working memory, of [`LANES`] numbers each.
    pub(crate) temporaries: usize,
    /// Slots of a block's state: what one bin leaves to later ones.
    pub(crate) state: usize,
    /// Series that are kept, one a kept node.
    pub(crate) outs: usize,
    /// The slots of what sums up the series of a scenario.
    pub(crate) measures: Vec<u32>,
    /// The nodes that each division counts for, in the last pass.
    pub(crate) division_owners: Vec<Vec<u32>>,
    /// Nodes that divide by a literal zero in every bin.
    pub(crate) always_zero: Vec<u32>,
}

/// One pass over the horizon.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScenarioPass {
    /// What slots hold before bin 0: `(first slot, how many, number)`.
    pub(crate) fills: Vec<(u32, u32, f64)>,
    /// Instructions `from..to` that are done once, before bin 0: for what stays the same in all bins.
    pub(crate) prologue: (u32, u32),
    /// Slots of streams of random numbers: `(slot, input)`.
    pub(crate) streams: Vec<(u32, u32)>,
    /// The steps of a bin.
    pub(crate) steps: Vec<ScenarioStep>,
    /// Literals that are parameters: `(instruction, its code before it is specialised, parameter)`.
    pub(crate) patches: Vec<(u32, Code, u32)>,
    /// The spots that this pass uses.
    pub(crate) spots: std::ops::Range<usize>,
}

/// A place of [`LANES`] numbers, one a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// A slot of the state.
    State { slot: u32 },
    /// What was written `lag` bins ago to the `length` slots from `slot`, which take turns.
    Ring { slot: u32, length: u32, lag: u32 },
    /// Kept series n, in the present bin.
    Out(u32),
    /// An input with one number a scenario.
    Number(u32),
    /// An input with one series a scenario.
    Series(u32),
    /// A parameter, once a lane.
    Spread(u32),
}

/// What is the same in all scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    /// A value that is computed once, by its number in `shared`.
    Shared(u32),
    /// The number of the bin.
    Bin,
}

/// What all scenarios read in a bin: a column as it was `lag` bins ago.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) column: Column,
    pub(crate) lag: u64,
    pub(crate) fill: f64,
}

/// One step of a bin.
#[derive(Debug, Clone)]
pub(crate) enum ScenarioStep {
    /// Instructions `from..to`.
    Machine { from: u32, to: u32 },
    /// One draw a scenario.
    Draw { input: u32, stream: u32, to: At },
    /// A kernel over the last bins of a ring, from `lag` bins ago on.
    Conv { kernel: Box<[f64]>, slot: u32, length: u32, lag: u32, to: At },
    /// A rolling window. From `slot` on: the numbers of the present block of `window` bins, the folds
    /// of the one before from the right, and the fold of the present one.
    Rolling { kind: Rolling, window: u32, slot: u32, x: At, to: At },
}
