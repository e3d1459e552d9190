//! The program: how the values of a graph are computed for what a run keeps.
//!
//! Data only. `compile` writes it, `eval` runs it.

use super::graph::Rolling;

/// No address, or no number.
pub(crate) const NONE: i32 = i32::MIN;
/// No output.
pub(crate) const NO_OUT: u32 = u32::MAX;

/// What one instruction of the vector machine does.
///
/// `A` is the accumulator, `V` numbers in memory (`a`, then `b`), `S` the literal; the order of
/// the letters is the order of the operands. The result is the new accumulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[rustfmt::skip]
pub(crate) enum Code {
    LoadV, LoadS,
    /// The accumulator as it is, to be stored once more.
    Same,
    AddAV, AddAS, AddVV, AddVS,
    SubAV, SubAS, SubVV, SubVS, SubVA, SubSA, SubSV,
    MulAV, MulAS, MulVV, MulVS,
    /// `A + V·S`, `A - V·S`, `V·S - A`: two roundings, as written.
    AddAVS, SubAVS, SubVSA,
    /// `A + V·V`, `A - V·V`.
    AddAVV, SubAVV,
    DivAV, DivVV, DivVA, DivSA, DivSV,
    DivAS, DivVS,
    /// Division by a literal 0: everything is 0 and is noted.
    DivZero,
    MinAV, MinVA, MinVV, MinAS, MinVS, MinSA, MinSV,
    MaxAV, MaxVA, MaxVV, MaxAS, MaxVS, MaxSA, MaxSV,
    /// `MIN(A, V)` and so on is stored, and what it leaves of `A` is the new accumulator: what a queue does.
    TakeAV, TakeVA, TakeAS, TakeSA,
    /// `IF(A < V, A, V)`, `IF(A > V, A, V)`, and what the lower one leaves.
    LowerAV, LowerVA, LowerVV, LowerAS, LowerVS, LowerSA, LowerSV,
    UpperAV, UpperVA, UpperVV, UpperAS, UpperVS, UpperSA, UpperSV,
    TakeLowerAV, TakeLowerVA, TakeLowerAS, TakeLowerSA,
    /// The same with `<=` and `>=`.
    AtMostAV, AtMostVA, AtMostAS, AtMostSA,
    AtLeastAV, AtLeastVA, AtLeastAS, AtLeastSA,
    TakeAtMostAV, TakeAtMostVA, TakeAtMostAS, TakeAtMostSA,
    /// With a literal that is neither 0 nor NaN: one instruction serves, see `machine`.
    MinAK, MinVK, MaxAK, MaxVK,
    /// With the literal +0: see `machine`.
    MinAZ, MinVZ, MaxAZ, MaxVZ,
    LtAV, LtAS, LtVV, LtVS, LtVA, LtSA, LtSV,
    LeAV, LeAS, LeVV, LeVS, LeVA, LeSA, LeSV,
    EqAV, EqAS, EqVV, EqVS,
    NeAV, NeAS, NeVV, NeVS,
    AndAV, AndAS, OrAV, OrAS,
    Neg, Abs, Sqrt, Floor, Ceil, Round, Sign, Not, Exp, Ln,
    /// `POW` and `MOD` with the literal or memory on either side.
    PowAV, PowAS, PowVA, PowSA,
    ModAV, ModAS, ModVA, ModSA,
    /// `IF(A, a, b)`.
    SelVV, SelVS, SelSV,
    /// `IF(A, literal, the literal whose bits are in a and b)`.
    SelSS,
}

/// Where an operand of the vector machine lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    /// 0 for the working memory, `n + 1` for output n; in a bundle 0 for the row, 1 for what never changes.
    pub(crate) area: u32,
    /// Numbers from the area's present bin.
    pub(crate) offset: i32,
}

impl At {
    /// No operand.
    pub(crate) const NOWHERE: At = At { area: 0, offset: NONE };

    /// An address in the working memory, or relative to a row.
    pub(crate) fn memory(offset: i32) -> At {
        At { area: 0, offset }
    }

    /// One of a bundle's numbers that never change.
    pub(crate) fn fixed(cell: u32) -> At {
        At { area: 1, offset: cell as i32 }
    }

    /// What output `number` was given in this bin.
    pub(crate) fn out(number: u32) -> At {
        At { area: number + 1, offset: 0 }
    }
}

/// One step of the vector machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instruction {
    pub(crate) code: Code,
    pub(crate) a: At,
    pub(crate) b: At,
    /// Where the result is stored, if anywhere.
    pub(crate) dst: i32,
    /// Which output the result is, if any.
    pub(crate) out: u32,
    /// For divisions whose divisor may be 0: its number.
    pub(crate) division: u32,
    pub(crate) literal: f64,
}

impl Code {
    /// The best code for it when its literal is known.
    pub(crate) fn specialised(self, literal: f64) -> Code {
        let is_plus_zero = literal == 0.0 && literal.is_sign_positive();
        match self {
            // MIN2 and MAX2 with a missing literal are missing, on either side.
            Code::MinAS
            | Code::MinVS
            | Code::MinSA
            | Code::MinSV
            | Code::MaxAS
            | Code::MaxVS
            | Code::MaxSA
            | Code::MaxSV
                if literal.is_nan() =>
            {
                Code::LoadS
            }
            Code::MinAS if literal != 0.0 => Code::MinAK,
            Code::MinVS if literal != 0.0 => Code::MinVK,
            Code::MaxAS if literal != 0.0 => Code::MaxAK,
            Code::MaxVS if literal != 0.0 => Code::MaxVK,
            Code::MinAS if is_plus_zero => Code::MinAZ,
            Code::MinVS if is_plus_zero => Code::MinVZ,
            Code::MaxAS if is_plus_zero => Code::MaxAZ,
            Code::MaxVS if is_plus_zero => Code::MaxVZ,
            Code::DivAS | Code::DivVS if literal == 0.0 => Code::DivZero,
            code => code,
        }
    }
}

impl Instruction {
    /// An instruction that neither stores nor keeps its result.
    pub(crate) fn new(code: Code, a: At, b: At, literal: f64) -> Self {
        Instruction { code, a, b, dst: NONE, out: NO_OUT, division: 0, literal }
    }

    /// Where it reads and writes, other than its output.
    pub(crate) fn places(&self) -> impl Iterator<Item = At> {
        // In this one form the fields hold the bits of a number.
        let operands = if self.code == Code::SelSS { [At::NOWHERE; 2] } else { [self.a, self.b] };
        [operands[0], operands[1], At::memory(self.dst)].into_iter().filter(|at| *at != At::NOWHERE)
    }
}

/// How the values of a graph are computed for one choice of kept nodes and input shapes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    /// One pass over the horizon each; a later pass reads the SUMs and MEANs of the earlier ones.
    pub(crate) passes: Vec<Pass>,
    pub(crate) code: Vec<Instruction>,
    /// Literals that are inputs with one value: `(instruction, its code before it is specialised, input)`.
    pub(crate) patches: Vec<(u32, Code, u32)>,
    /// Numbers of working memory.
    pub(crate) arena: usize,
    /// The scans, each with a state of its own.
    pub(crate) scans: Vec<Scan>,
    /// The delay lines: length and fill.
    pub(crate) delays: Vec<(u64, f64)>,
    /// Series that one pass leaves to a later one.
    pub(crate) columns: usize,
    /// Accumulators of SUM and MEAN.
    pub(crate) horizons: Vec<Horizon>,
    /// Series that are kept. Nodes with equal values share one.
    pub(crate) outs: Vec<Out>,
    /// The nodes that each division counts for.
    pub(crate) division_owners: Vec<Vec<u32>>,
    /// Nodes with divisions in several passes, so that a bin could count twice; sorted.
    pub(crate) divided_nodes: Vec<u32>,
    /// Nodes that divide by a literal zero in every bin.
    pub(crate) always_zero: Vec<u32>,
    /// Groups of equal shape that are advanced together.
    pub(crate) bundles: Vec<Bundle>,
    /// What was chosen, for people.
    pub(crate) summary: Summary,
}

/// Where a kept series comes from, when it is not stored by an instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Out {
    /// Written while the passes run.
    Computed,
    /// The same number in every bin.
    Literal(f64),
    /// A SUM or MEAN, known after its pass.
    Horizon(u32),
    /// An input with one value.
    Input(u32),
}

/// A SUM or MEAN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Horizon {
    pub(crate) mean: bool,
}

/// One pass over the horizon, tile by tile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pass {
    /// Blocks that hold one number throughout: `(address, number)`.
    pub(crate) uniform: Vec<(i32, Uniform)>,
    /// Histories: `(address of the block, length, fill)`.
    pub(crate) histories: Vec<(i32, u32, f64)>,
    pub(crate) steps: Vec<Step>,
}

/// A number that a block holds throughout a pass.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Uniform {
    Literal(f64),
    Input(u32),
    Horizon(u32),
}

/// One step of a tile.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The input's numbers of this tile.
    Input {
        input: u32,
        dst: i32,
        out: u32,
    },
    /// The bins' numbers.
    Bin {
        dst: i32,
        out: u32,
    },
    Pulse {
        period: u64,
        phase: u64,
        dst: i32,
        out: u32,
    },
    /// Instructions `from..to` over the whole tile.
    Machine {
        from: u32,
        to: u32,
    },
    /// A scan over the whole tile.
    Scan {
        scan: u32,
        dst: i32,
        out: u32,
    },
    /// A loop: its steps run for `chunk` bins, then for the next.
    Feedback {
        chunk: u32,
        steps: Vec<Step>,
    },
    /// Groups of equal shape, bin by bin, groups as lanes.
    Bundle(u32),
    DelayRead {
        delay: u32,
        dst: i32,
        out: u32,
    },
    DelayWrite {
        delay: u32,
        src: i32,
    },
    ColumnLoad {
        column: u32,
        dst: i32,
    },
    ColumnStore {
        column: u32,
        src: i32,
    },
    HorizonAdd {
        horizon: u32,
        src: i32,
    },
    /// Keeps the block at `src`.
    Keep {
        src: i32,
        out: u32,
    },
}

/// A computation that carries something from bin to bin by itself.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) kind: ScanKind,
    /// Addresses of the operands.
    pub(crate) a: i32,
    pub(crate) b: i32,
}

/// The scans.
#[derive(Debug, Clone)]
pub(crate) enum ScanKind {
    Ema {
        alpha: f64,
        init: Option<f64>,
    },
    Cumsum,
    /// `a` flows in, `b` out.
    Queue {
        initial: f64,
    },
    Rolling {
        kind: Rolling,
        window: usize,
    },
    Conv {
        kernel: Box<[f64]>,
    },
}

/// Groups that are advanced bin by bin, equal operations side by side.
///
/// Memory is a row a bin: `width` numbers, preceded by `history` rows of earlier bins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bundle {
    pub(crate) width: usize,
    pub(crate) history: usize,
    /// The address of the row of the tile's first bin.
    pub(crate) rows: i32,
    /// Where the history is kept from tile to tile when other bundles use the same rows, at least
    /// one row; else [`NONE`].
    pub(crate) past: i32,
    /// Cells read from blocks.
    pub(crate) imports: Vec<Import>,
    /// Numbers that never change, read beside the rows, and their address.
    pub(crate) fixed: Vec<Uniform>,
    pub(crate) fixed_at: i32,
    /// Cells that hold one number in every row.
    pub(crate) uniform: Vec<(u32, Uniform)>,
    /// What fills the rows before bin 0: `(cell, fill)`.
    pub(crate) fills: Vec<(u32, f64)>,
    /// What happens in a bin.
    pub(crate) steps: Vec<BundleStep>,
    /// Cells written to blocks and outputs after every few rows, up to eight neighbours each.
    pub(crate) exports: Vec<Export>,
}

/// A cell that holds what a block outside does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Import {
    /// The block.
    pub(crate) address: i32,
    pub(crate) cell: u32,
    /// How many rows back the cell is, seen from the bin whose number it holds.
    pub(crate) lag: u32,
}

/// Neighbouring cells that leave a bundle.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) cell: u32,
    /// How many rows back.
    pub(crate) lag: u32,
    /// Of each cell: the block's address and the output, as far as there are any.
    pub(crate) to: Vec<(i32, u32)>,
    /// May these outputs bypass the caches, as no later step reads them?
    pub(crate) bypasses: bool,
}

/// Bins that a bundle advances before its results are handed over: few, so that its rows stay in
/// the first-level cache.
pub(crate) const ROWS: usize = 32;

/// How many lanes are computed at a time for a batch of `lanes`.
pub(crate) fn lane_block(lanes: usize) -> usize {
    lanes.next_multiple_of(8).next_power_of_two().min(64)
}

/// One step of a bundle's bin.
#[derive(Debug, Clone)]
pub(crate) enum BundleStep {
    /// Copies `count` numbers between cells; addresses are relative to the row.
    Gather { from: i32, to: i32, count: u32 },
    /// Instructions over `lanes` numbers.
    Machine { from: u32, to: u32, lanes: u32 },
}

/// What the planner chose.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Values computed, after equal ones became one.
    pub(crate) values: usize,
    /// By pass, in the order of evaluation.
    pub(crate) passes: Vec<Vec<Stage>>,
}

/// A part of a pass.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) how: How,
    /// How many values it computes.
    pub(crate) values: usize,
    /// The nodes whose series it computes.
    pub(crate) nodes: Vec<u32>,
}

/// How a stage advances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum How {
    /// A tile at a time.
    Tiles,
    /// So many bins at a time, because later bins wait for them.
    Loop { bins: u32 },
    /// Bin by bin, with so many groups side by side.
    Bundle { lanes: u32 },
}
