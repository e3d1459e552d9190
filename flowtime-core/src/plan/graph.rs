//! The value graph: what has to be computed, without saying how or in which order.
//!
//! Every sub-expression of the model is one [`Value`]; equal ones are one. Operands say how many
//! bins back they look. Nothing here depends on what a run keeps.

/// Bins that are evaluated together.
///
/// Lags below it are read from a short history in front of each tile; longer ones from a delay
/// line, so that they never order the work inside a tile.
pub(crate) const TILE: usize = 64;

/// Index of a value in [`Graph::values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueId(pub(crate) u32);

impl ValueId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an operation reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operand {
    /// The same number in every bin.
    Literal(f64),
    /// `value` as it was `lag` bins ago (`lag < TILE`), `fill` before the first bin.
    Value { id: ValueId, lag: u32, fill: f64 },
}

impl Operand {
    pub(crate) fn now(id: ValueId) -> Self {
        Operand::Value { id, lag: 0, fill: 0.0 }
    }

    /// The same numbers, to the bit?
    pub(crate) fn is(self, other: Operand) -> bool {
        match (self, other) {
            (Operand::Literal(a), Operand::Literal(b)) => a.to_bits() == b.to_bits(),
            (Operand::Value { id: a, lag, fill }, Operand::Value { id: b, lag: other, fill: before }) => {
                a == b && lag == other && (lag == 0 || fill.to_bits() == before.to_bits())
            }
            _ => false,
        }
    }
}

/// One computed series.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) op: Op,
    /// What readers see before bin 0; settled by `lower`, one for all readers.
    pub(crate) fill: f64,
    /// The longest lag with which it is read (below `TILE`).
    pub(crate) history: u32,
}

/// Elementwise operations of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unary {
    /// The operand itself; materialises a literal, or gives a value a second fill.
    Copy,
    Neg,
    Abs,
    Sqrt,
    Exp,
    Ln,
    Floor,
    Ceil,
    Round,
    Sign,
    Not,
}

/// Elementwise operations of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    /// `IF(a < b, a, b)` and `IF(a > b, a, b)`: as MIN and MAX, but `b` where either is missing.
    Lower,
    Upper,
    /// `IF(a <= b, a, b)` and `IF(a >= b, a, b)`: the same, but `a` of equals.
    AtMost,
    AtLeast,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    And,
    Or,
    Pow,
    Mod,
}

impl Binary {
    /// Does the order of the operands not show in the result?
    pub(crate) fn commutes(self) -> bool {
        matches!(self, Binary::Add | Binary::Mul | Binary::Eq | Binary::Ne | Binary::And | Binary::Or)
    }
}

/// Windows of ROLLING functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rolling {
    Sum,
    Mean,
    Min,
    Max,
}

/// How a value is computed from its operands.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// Input number n: a const or pmf node, or what a run puts in its place.
    Input(u32),
    /// The bin's number.
    Bin,
    /// 1 where `t >= phase` and `(t - phase) mod period == 0`, else 0.
    Pulse {
        period: u64,
        phase: u64,
    },
    Unary(Unary, Operand),
    Binary(Binary, Operand, Operand),
    /// `IF(c, a, b)`.
    Select(Operand, Operand, Operand),
    /// `x` as it was `lag >= TILE` bins ago.
    Delay {
        x: ValueId,
        lag: u64,
        fill: f64,
    },
    /// Convolution with a kernel, number n of [`Graph::kernels`]; `x` is filled with 0.
    Conv {
        x: Operand,
        kernel: u32,
    },
    Ema {
        x: Operand,
        alpha: f64,
        init: Option<f64>,
    },
    Cumsum {
        x: Operand,
    },
    Queue {
        inflow: Operand,
        outflow: Operand,
        initial: f64,
    },
    Rolling {
        kind: Rolling,
        x: Operand,
        window: u64,
    },
    /// SUM, or MEAN, over the whole horizon.
    Horizon {
        x: Operand,
        mean: bool,
    },
    /// Stands for a node that is lowered later; gone after lowering.
    Forward(u32),
}

impl Op {
    /// Calls `f` with every operand that orders work inside a tile.
    pub(crate) fn operands(&self, mut f: impl FnMut(Operand)) {
        match self {
            Op::Input(_) | Op::Bin | Op::Pulse { .. } | Op::Delay { .. } | Op::Forward(_) => {}
            Op::Unary(_, a) => f(*a),
            Op::Binary(_, a, b) => {
                f(*a);
                f(*b);
            }
            Op::Select(c, a, b) => {
                f(*c);
                f(*a);
                f(*b);
            }
            Op::Conv { x, .. }
            | Op::Ema { x, .. }
            | Op::Cumsum { x }
            | Op::Rolling { x, .. }
            | Op::Horizon { x, .. } => f(*x),
            Op::Queue { inflow, outflow, .. } => {
                f(*inflow);
                f(*outflow);
            }
        }
    }

    /// Calls `f` with every operand, to change it.
    pub(crate) fn operands_mut(&mut self, mut f: impl FnMut(&mut Operand)) {
        match self {
            Op::Input(_) | Op::Bin | Op::Pulse { .. } | Op::Delay { .. } | Op::Forward(_) => {}
            Op::Unary(_, a) => f(a),
            Op::Binary(_, a, b) => {
                f(a);
                f(b);
            }
            Op::Select(c, a, b) => {
                f(c);
                f(a);
                f(b);
            }
            Op::Conv { x, .. }
            | Op::Ema { x, .. }
            | Op::Cumsum { x }
            | Op::Rolling { x, .. }
            | Op::Horizon { x, .. } => f(x),
            Op::Queue { inflow, outflow, .. } => {
                f(inflow);
                f(outflow);
            }
        }
    }

    /// Every value read, whatever the lag, the source of a delay included.
    pub(crate) fn reads(&self, mut f: impl FnMut(ValueId)) {
        if let Op::Delay { x, .. } = self {
            f(*x);
        }
        self.operands(|operand| {
            if let Operand::Value { id, .. } = operand {
                f(id);
            }
        });
    }

    /// Is each bin computed from operands alone, by the vector machine?
    pub(crate) fn is_elementwise(&self) -> bool {
        matches!(self, Op::Unary(..) | Op::Binary(..) | Op::Select(..))
    }
}

/// All values of a model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) values: Vec<Value>,
    pub(crate) kernels: Vec<Box<[f64]>>,
    /// The value of each node, in document order; a literal where the node is one.
    pub(crate) nodes: Vec<Operand>,
    /// Divisions and the nodes in whose expressions they stand, sorted.
    pub(crate) divisions: Vec<(ValueId, u32)>,
    /// Nodes that divide by a literal zero: in every bin.
    pub(crate) always_zero: Vec<u32>,
}

impl Graph {
    pub(crate) fn value(&self, id: ValueId) -> &Value {
        &self.values[id.index()]
    }

    /// The nodes in whose expressions the division `id` stands.
    pub(crate) fn division_owners(&self, id: ValueId) -> impl Iterator<Item = u32> + '_ {
        let from = self.divisions.partition_point(|(value, _)| *value < id);
        self.divisions[from..].iter().take_while(move |(value, _)| *value == id).map(|(_, node)| *node)
    }
}
