//! When two operations are the same computation, and which were met before.

use crate::plan::graph::{Op, Operand, ValueId};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The values that were met so far, found by what they compute.
#[derive(Default)]
pub(super) struct KnownValues {
    values: HashTable<ValueId>,
    hasher: DefaultHashBuilder,
}

impl KnownValues {
    /// The value that computes `op`: one met before, or else `new`, which is noted. `op_of` says what
    /// the values met before compute.
    pub(super) fn id<'o>(&mut self, op: &Op, new: ValueId, op_of: impl Fn(ValueId) -> &'o Op) -> ValueId {
        let key = Key::of(op);
        let hash = |key: &Key| self.hasher.hash_one(key);
        *self
            .values
            .entry(hash(&key), |id| Key::of(op_of(*id)) == key, |id| hash(&Key::of(op_of(*id))))
            .or_insert(new)
            .get()
    }
}

/// The operands of an operation that commutes, in one order, so that `a + b` and `b + a` are one value.
pub(super) fn in_order(a: Operand, b: Operand) -> (Operand, Operand) {
    let rank = |operand: Operand| match operand {
        Operand::Value { id, lag, .. } => (0, id.0, lag),
        Operand::Literal(_) => (1, 0, 0),
    };
    if rank(a) <= rank(b) { (a, b) } else { (b, a) }
}

/// What makes two operations the same computation: bits, not float equality.
#[derive(PartialEq, Eq, Hash)]
struct Key([u64; 9]);

impl Key {
    fn of(op: &Op) -> Key {
        let mut words = [0u64; 9];
        let (tag, extra) = match op {
            Op::Input(n) => (0, [u64::from(*n), 0]),
            Op::Bin => (1, [0, 0]),
            Op::Pulse { period, phase } => (2, [*period, *phase]),
            Op::Unary(op, _) => (3, [*op as u64, 0]),
            Op::Binary(op, ..) => (4, [*op as u64, 0]),
            Op::Select(..) => (5, [0, 0]),
            Op::Delay { x, lag, fill } => {
                words[3] = u64::from(x.0);
                (6, [*lag, fill.to_bits()])
            }
            Op::Conv { kernel, .. } => (7, [u64::from(*kernel), 0]),
            // NaN is no literal, so its bits can stand for "none".
            Op::Ema { alpha, init, .. } => (8, [alpha.to_bits(), init.unwrap_or(f64::NAN).to_bits()]),
            Op::Cumsum { .. } => (9, [0, 0]),
            Op::Queue { initial, .. } => (10, [initial.to_bits(), 0]),
            Op::Rolling { kind, window, .. } => (11, [*kind as u64, *window]),
            Op::Horizon { mean, .. } => (12, [u64::from(*mean), 0]),
            Op::Forward(node) => (13, [u64::from(*node), 0]),
        };
        words[0] = tag;
        words[1] = extra[0];
        words[2] = extra[1];
        let mut at = 3;
        op.operands(|operand| {
            match operand {
                Operand::Literal(x) => {
                    words[at] = u64::MAX;
                    words[at + 1] = x.to_bits();
                }
                // Lag 0 never reads the fill, so it takes no part.
                Operand::Value { id, lag, fill } => {
                    words[at] = u64::from(id.0) | u64::from(lag) << 32;
                    words[at + 1] = if lag == 0 { 0 } else { fill.to_bits() };
                }
            }
            at += 2;
        });
        Key(words)
    }
}
