//! Additions of 0 that change nothing.
//!
//! `0 + x` is `x`, unless `x` is -0. Sums of a kernel begin with such an addition, and people write some. They are read
//! past where -0 never occurs, or would not show.

use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Binary, Graph, Op, Operand, TILE, Unary};

/// Has readers read past additions of 0 where that shows nowhere; were there some?
pub(super) fn read_past(graph: &mut Graph) -> bool {
    let sums: Vec<Option<Operand>> = graph.values.iter().map(|value| added_to_zero(&value.op)).collect();
    if sums.iter().all(Option::is_none) {
        return false;
    }
    let never = never_minus_zero(graph);
    let is_never = |operand: Operand| never_is(&never, operand);
    let past = |operand: Operand| match operand {
        Operand::Value { id, lag: 0, .. } => sums[id.index()],
        _ => None,
    };
    // Wherever the operand is never -0, whoever reads the sum.
    let everywhere = |operand: &mut Operand| {
        if let Operand::Value { id, lag, fill } = *operand
            && let Some(inner) = sums[id.index()]
            && is_never(inner)
            && let Some(earlier) = earlier(inner, lag, fill)
        {
            *operand = earlier;
        }
    };
    for value in &mut graph.values {
        value.op.operands_mut(everywhere);
        // In a sum with what is never -0, and taken from it, the sign of a zero does not show.
        match &mut value.op {
            Op::Binary(Binary::Add, a, b) => {
                if is_never(*b) {
                    *a = past(*a).unwrap_or(*a);
                }
                if is_never(*a) {
                    *b = past(*b).unwrap_or(*b);
                }
            }
            Op::Binary(Binary::Sub, a, b) if is_never(*a) => *b = past(*b).unwrap_or(*b),
            _ => {}
        }
    }
    graph.nodes.iter_mut().for_each(everywhere);
    true
}

/// The `x` of `0 + x`.
fn added_to_zero(op: &Op) -> Option<Operand> {
    let is_zero = |operand: Operand| matches!(operand, Operand::Literal(x) if x.to_bits() == 0);
    match *op {
        Op::Binary(Binary::Add, x, zero) | Op::Binary(Binary::Add, zero, x) if is_zero(zero) => Some(x),
        _ => None,
    }
}

/// `operand` so many bins before, with `fill` before the first; `None` where no operand says that.
fn earlier(operand: Operand, bins: u32, fill: f64) -> Option<Operand> {
    match operand {
        _ if bins == 0 => Some(operand),
        Operand::Value { id, lag: 0, .. } => Some(Operand::Value { id, lag: bins, fill }),
        Operand::Value { id, lag, fill: own }
            if own.to_bits() == fill.to_bits() && ((lag + bins) as usize) < TILE =>
        {
            Some(Operand::Value { id, lag: lag + bins, fill })
        }
        _ => None,
    }
}

fn never_is(never: &[bool], operand: Operand) -> bool {
    let is_minus_zero = |x: f64| x == 0.0 && x.is_sign_negative();
    match operand {
        Operand::Literal(x) => !is_minus_zero(x),
        Operand::Value { id, lag, fill } => never[id.index()] && (lag == 0 || !is_minus_zero(fill)),
    }
}

/// The values that are -0 in no bin, whatever the inputs.
///
/// All are taken for such at first, and those that might not be are struck out until no more follow: what is left has
/// no first bin in which one of it could be -0.
fn never_minus_zero(graph: &Graph) -> Vec<bool> {
    let mut reads = Vec::new();
    for (value, reader) in graph.values.iter().zip(0u32..) {
        value.op.reads(|read| reads.push((read.0, reader)));
    }
    let readers = Adjacency::new(graph.values.len(), reads.iter().copied());
    let mut never = vec![true; graph.values.len()];
    let mut open: Vec<u32> = (0..graph.values.len() as u32).collect();
    while let Some(number) = open.pop() {
        let index = number as usize;
        if never[index] && !stays_never(&graph.values[index].op, |operand| never_is(&never, operand)) {
            never[index] = false;
            open.extend(readers.of(number));
        }
    }
    never
}

/// Is the result never -0, going by which operands never are?
fn stays_never(op: &Op, never: impl Fn(Operand) -> bool) -> bool {
    match *op {
        Op::Bin | Op::Pulse { .. } => true,
        Op::Unary(op, a) => match op {
            Unary::Abs | Unary::Exp | Unary::Sign | Unary::Not => true,
            Unary::Copy | Unary::Sqrt | Unary::Floor => never(a),
            Unary::Neg | Unary::Ln | Unary::Ceil | Unary::Round => false,
        },
        Op::Binary(op, a, b) => match op {
            // -0 only of two of them; x - x is +0.
            Binary::Add => never(a) || never(b),
            Binary::Sub => never(a),
            Binary::Min | Binary::Max | Binary::Lower | Binary::Upper | Binary::AtMost | Binary::AtLeast => {
                never(a) && never(b)
            }
            Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge | Binary::Eq | Binary::Ne => true,
            Binary::And | Binary::Or => true,
            Binary::Mul | Binary::Div | Binary::Pow | Binary::Mod => false,
        },
        Op::Select(_, a, b) => never(a) && never(b),
        Op::Delay { x, fill, .. } => never(Operand::Value { id: x, lag: 1, fill }),
        // A sum that begins with +0 never becomes -0.
        Op::Conv { .. } => true,
        _ => false,
    }
}
