//! Expressions to the value graph: equal sub-expressions become one value, literals are folded.

use super::known::{KnownValues, in_order};
use super::references::leading_zeros;
use super::settle;
use crate::expr::builtins::Function;
use crate::expr::{Arg, BinaryOp, Expr, ExprKind, UnaryOp};
use crate::model::{Model, NodeKind};
use crate::plan::graph::{Binary, Graph, Op, Operand, Rolling, TILE, Unary, Value, ValueId};
use crate::rules;
use std::collections::HashMap;

/// Kernels up to this length are written out as products and sums, which fuse; longer ones keep
/// a history of their own.
const SHORT_KERNEL: usize = 16;

/// Builds the graph of a model that has passed the checks.
///
/// `order` is the same-bin order of the nodes, `input_of` the input number of each node that is one.
pub(crate) fn lower(
    model: &Model,
    ids: &HashMap<&str, u32>,
    order: &[u32],
    input_of: &[Option<u32>],
) -> Graph {
    let mut lower = Lower {
        bins: model.grid.bins as u64,
        ids,
        node: 0,
        graph: Graph::default(),
        known: KnownValues::default(),
        done: vec![None; model.nodes.len()],
        forward: HashMap::new(),
        operands: Vec::new(),
    };
    for &index in order {
        lower.node = index;
        let node = &model.nodes[index as usize];
        let operand = match (&node.kind, input_of[index as usize]) {
            (NodeKind::Expr(expr), _) => lower.expr(&expr.ast),
            (_, Some(input)) => lower.value(Op::Input(input)),
            _ => Operand::Literal(0.0),
        };
        lower.done[index as usize] = Some(operand);
    }
    lower.graph.nodes = lower.done.iter().map(|operand| operand.unwrap_or(Operand::Literal(0.0))).collect();
    let Lower { mut graph, forward, .. } = lower;
    settle::settle(&mut graph, forward);
    graph
}

struct Lower<'a> {
    bins: u64,
    ids: &'a HashMap<&'a str, u32>,
    /// The node being lowered.
    node: u32,
    graph: Graph,
    known: KnownValues,
    done: Vec<Option<Operand>>,
    forward: HashMap<u32, ValueId>,
    /// The series arguments of the calls that are being lowered.
    operands: Vec<Operand>,
}

impl Lower<'_> {
    /// The value that `op` computes, an existing one if there is one.
    fn value(&mut self, op: Op) -> Operand {
        let values = &mut self.graph.values;
        let new = ValueId(values.len() as u32);
        let id = self.known.id(&op, new, |id| &values[id.index()].op);
        if id == new {
            values.push(Value { op, fill: 0.0, history: 0 });
        }
        Operand::now(id)
    }

    /// The value id of `operand` read with lag 0.
    fn materialise(&mut self, operand: Operand) -> ValueId {
        match operand {
            Operand::Value { id, lag: 0, .. } => id,
            _ => match self.value(Op::Unary(Unary::Copy, operand)) {
                Operand::Value { id, .. } => id,
                Operand::Literal(_) => unreachable!("a new value is never a literal"),
            },
        }
    }

    fn expr(&mut self, expr: &Expr) -> Operand {
        match &expr.kind {
            ExprKind::Number(number) => Operand::Literal(*number),
            ExprKind::Name(name) => self.reference(name),
            ExprKind::Unary(UnaryOp::Plus, inner) => self.expr(inner),
            ExprKind::Unary(UnaryOp::Neg, inner) => {
                let inner = self.expr(inner);
                self.unary(Unary::Neg, inner)
            }
            ExprKind::Chain(first, rest) => {
                let mut left = self.expr(first);
                for (op, right) in rest {
                    let right = self.expr(right);
                    left = self.binary(binary_of(*op), left, right);
                }
                left
            }
            ExprKind::Call(function, args) => self.call(*function, args),
        }
    }

    fn reference(&mut self, name: &str) -> Operand {
        let Some(&node) = self.ids.get(name) else { return Operand::Literal(0.0) };
        if let Some(operand) = self.done[node as usize] {
            return operand;
        }
        // Only references that look back reach a node before it is lowered.
        if let Some(&id) = self.forward.get(&node) {
            return Operand::now(id);
        }
        let operand = self.value(Op::Forward(node));
        if let Operand::Value { id, .. } = operand {
            self.forward.insert(node, id);
        }
        operand
    }

    fn unary(&mut self, op: Unary, a: Operand) -> Operand {
        match a {
            Operand::Literal(a) => Operand::Literal(rules::unary(op, a)),
            _ => self.value(Op::Unary(op, a)),
        }
    }

    fn binary(&mut self, op: Binary, a: Operand, b: Operand) -> Operand {
        if let (Binary::Div, Operand::Literal(divisor)) = (op, b)
            && divisor == 0.0
        {
            self.graph.always_zero.push(self.node);
            return Operand::Literal(0.0);
        }
        if let (Operand::Literal(a), Operand::Literal(b)) = (a, b) {
            return Operand::Literal(rules::binary(op, a, b));
        }
        let is_one = |operand: Operand| matches!(operand, Operand::Literal(one) if one == 1.0);
        match op {
            Binary::Mul | Binary::Div if is_one(b) => return a,
            Binary::Mul if is_one(a) => return b,
            _ => {}
        }
        let (a, b) = if op.commutes() { in_order(a, b) } else { (a, b) };
        let result = self.value(Op::Binary(op, a, b));
        if let (Binary::Div, Operand::Value { .. }, Operand::Value { id, .. }) = (op, b, result) {
            self.graph.divisions.push((id, self.node));
        }
        result
    }

    fn select(&mut self, c: Operand, a: Operand, b: Operand) -> Operand {
        match c {
            Operand::Literal(c) => {
                if rules::truth(c) {
                    a
                } else {
                    b
                }
            }
            _ => match self.chosen(c, a, b) {
                Some((op, a, b)) => self.binary(op, a, b),
                None => self.value(Op::Select(c, a, b)),
            },
        }
    }

    /// `IF(c, a, b)` where it chooses the lower or the upper one of what `c` compares.
    fn chosen(&self, c: Operand, a: Operand, b: Operand) -> Option<(Binary, Operand, Operand)> {
        let Operand::Value { id, lag: 0, .. } = c else { return None };
        let Op::Binary(comparison, left, right) = self.graph.value(id).op else { return None };
        // Where the comparison holds the one, where it does not, or one is missing, the other.
        let (same, exchanged) = match comparison {
            Binary::Lt => (Binary::Lower, Binary::Upper),
            Binary::Gt => (Binary::Upper, Binary::Lower),
            Binary::Le => (Binary::AtMost, Binary::AtLeast),
            Binary::Ge => (Binary::AtLeast, Binary::AtMost),
            _ => return None,
        };
        if a.is(left) && b.is(right) {
            Some((same, left, right))
        } else if a.is(right) && b.is(left) {
            Some((exchanged, right, left))
        } else {
            None
        }
    }

    fn call(&mut self, function: Function, args: &[Arg]) -> Operand {
        let first = self.operands.len();
        for arg in args {
            if let Arg::Series(expr) = arg {
                let operand = self.expr(expr);
                self.operands.push(operand);
            }
        }
        let result = self.applied(function, args, first);
        self.operands.truncate(first);
        result
    }

    /// `function` of the operands from number `first` on, and of the other arguments.
    fn applied(&mut self, function: Function, args: &[Arg], first: usize) -> Operand {
        let series = |this: &Self, n: usize| this.operands[first + n];
        let int = |n: usize| match args.get(n) {
            Some(Arg::Int(value)) => *value,
            _ => 0,
        };
        let num = |n: usize| match args.get(n) {
            Some(Arg::Num(value)) => Some(*value),
            Some(Arg::Int(value)) => Some(*value as f64),
            _ => None,
        };
        let fold = |this: &mut Self, op: Binary| {
            let mut left = this.operands[first];
            for n in first + 1..this.operands.len() {
                left = this.binary(op, left, this.operands[n]);
            }
            left
        };
        match function {
            Function::Abs => self.unary(Unary::Abs, series(self, 0)),
            Function::Sqrt => self.unary(Unary::Sqrt, series(self, 0)),
            Function::Exp => self.unary(Unary::Exp, series(self, 0)),
            Function::Ln => self.unary(Unary::Ln, series(self, 0)),
            Function::Floor => self.unary(Unary::Floor, series(self, 0)),
            Function::Ceil => self.unary(Unary::Ceil, series(self, 0)),
            Function::Round => self.unary(Unary::Round, series(self, 0)),
            Function::Sign => self.unary(Unary::Sign, series(self, 0)),
            Function::Not => self.unary(Unary::Not, series(self, 0)),
            Function::Min => fold(self, Binary::Min),
            Function::Max => fold(self, Binary::Max),
            Function::And => fold(self, Binary::And),
            Function::Or => fold(self, Binary::Or),
            Function::Pow => self.binary(Binary::Pow, series(self, 0), series(self, 1)),
            Function::Mod => self.binary(Binary::Mod, series(self, 0), series(self, 1)),
            Function::Step => self.binary(Binary::Ge, series(self, 0), series(self, 1)),
            Function::Clamp => {
                let raised = self.binary(Binary::Max, series(self, 0), series(self, 1));
                self.binary(Binary::Min, raised, series(self, 2))
            }
            Function::If => self.select(series(self, 0), series(self, 1), series(self, 2)),
            Function::Bin => self.value(Op::Bin),
            Function::Pulse => {
                let pulse = self.value(Op::Pulse { period: int(0), phase: int(1) });
                match self.operands.get(first).copied() {
                    Some(amplitude) => self.select(pulse, amplitude, Operand::Literal(0.0)),
                    None => pulse,
                }
            }
            Function::Shift => self.shift(series(self, 0), int(1), num(2).unwrap_or(0.0)),
            Function::Conv => match args.get(1) {
                Some(Arg::Kernel(kernel)) => self.conv(series(self, 0), kernel),
                _ => Operand::Literal(0.0),
            },
            Function::Ema => {
                let alpha = num(1).unwrap_or(1.0);
                self.value(Op::Ema { x: series(self, 0), alpha, init: num(2) })
            }
            Function::Cumsum => self.value(Op::Cumsum { x: series(self, 0) }),
            Function::Queue => {
                let initial = num(2).unwrap_or(0.0);
                self.value(Op::Queue { inflow: series(self, 0), outflow: series(self, 1), initial })
            }
            Function::RollingSum => self.rolling(Rolling::Sum, series(self, 0), int(1)),
            Function::RollingMean => self.rolling(Rolling::Mean, series(self, 0), int(1)),
            Function::RollingMin => self.rolling(Rolling::Min, series(self, 0), int(1)),
            Function::RollingMax => self.rolling(Rolling::Max, series(self, 0), int(1)),
            Function::Sum => self.value(Op::Horizon { x: series(self, 0), mean: false }),
            Function::Mean => self.value(Op::Horizon { x: series(self, 0), mean: true }),
        }
    }

    /// A window longer than the horizon never fills, so it may as well be the horizon.
    fn rolling(&mut self, kind: Rolling, x: Operand, window: u64) -> Operand {
        self.value(Op::Rolling { kind, x, window: window.min(self.bins) })
    }

    fn shift(&mut self, x: Operand, k: u64, fill: f64) -> Operand {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
        if k == 0 {
            return x;
        }
        match x {
            _ if k >= self.bins => Operand::Literal(fill),
            Operand::Literal(x) if same(x, fill) => Operand::Literal(x),
            Operand::Value { id, lag, fill: inner } if lag == 0 || same(inner, fill) => {
                let total = u64::from(lag) + k;
                if total >= self.bins {
                    Operand::Literal(fill)
                } else if total < TILE as u64 {
                    Operand::Value { id, lag: total as u32, fill }
                } else {
                    self.value(Op::Delay { x: id, lag: total, fill })
                }
            }
            _ => {
                let id = self.materialise(x);
                self.shift(Operand::now(id), k, fill)
            }
        }
    }

    fn conv(&mut self, x: Operand, kernel: &[f64]) -> Operand {
        let zeros = leading_zeros(kernel);
        // Bins before the first count as 0: adding k·0 changes nothing, because a sum that starts
        // at +0 never becomes -0 and literals are finite.
        if zeros as u64 >= self.bins {
            return Operand::Literal(0.0);
        }
        let taps = &kernel[zeros..kernel.len().min(zeros.saturating_add(self.bins as usize))];
        if taps.len() <= SHORT_KERNEL {
            let mut sum = Operand::Literal(0.0);
            for (j, k) in taps.iter().enumerate() {
                let past = self.shift(x, (zeros + j) as u64, 0.0);
                let product = self.binary(Binary::Mul, past, Operand::Literal(*k));
                sum = self.binary(Binary::Add, sum, product);
            }
            return sum;
        }
        let past = self.shift(x, zeros as u64, 0.0);
        let same = |kept: &[f64]| {
            kept.len() == taps.len() && kept.iter().zip(taps).all(|(a, b)| a.to_bits() == b.to_bits())
        };
        let number = match self.graph.kernels.iter().position(|kept| same(kept)) {
            Some(number) => number,
            None => {
                self.graph.kernels.push(taps.into());
                self.graph.kernels.len() - 1
            }
        };
        self.value(Op::Conv { x: past, kernel: number as u32 })
    }
}

fn binary_of(op: BinaryOp) -> Binary {
    match op {
        BinaryOp::Add => Binary::Add,
        BinaryOp::Sub => Binary::Sub,
        BinaryOp::Mul => Binary::Mul,
        BinaryOp::Div => Binary::Div,
        BinaryOp::Lt => Binary::Lt,
        BinaryOp::Le => Binary::Le,
        BinaryOp::Gt => Binary::Gt,
        BinaryOp::Ge => Binary::Ge,
        BinaryOp::Eq => Binary::Eq,
        BinaryOp::Ne => Binary::Ne,
    }
}
