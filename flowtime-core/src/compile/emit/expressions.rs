//! Elementwise values to instructions: what is used once stays in the accumulator.

use super::notes::Note;
use super::pass::PassEmit;
use crate::compile::assemble::Assembler;
use crate::compile::select::Place;
use crate::plan::graph::{Binary, Op, Operand, ValueId};
use crate::plan::program::{At, Code, Instruction, NO_OUT, NONE, Step, Uniform};

/// How far back a product may stand that a sum takes in: its operands stay in memory till then.
const NEARBY: usize = 16;

impl Assembler for PassEmit<'_, '_> {
    fn code(&mut self) -> &mut Vec<Instruction> {
        &mut self.emit.program.code
    }

    fn patch(&mut self, code: Code, parameter: u32) {
        let number = self.emit.program.code.len() as u32;
        self.emit.program.patches.push((number, code, parameter));
    }

    fn parameter_at(&mut self, parameter: u32) -> At {
        let address = self.slots.append(0);
        self.pass.uniform.push((address, Uniform::Input(parameter)));
        At::memory(address)
    }
}

impl PassEmit<'_, '_> {
    /// Emits elementwise values, in order, as one run of the machine.
    pub(super) fn machine(&mut self, values: &[ValueId]) -> Option<Step> {
        let from = self.emit.program.code.len() as u32;
        self.acc = None;
        self.defer(values);
        let emitted: Vec<ValueId> = values.iter().copied().filter(|id| !self.note(*id).deferred).collect();
        for (n, &id) in emitted.iter().enumerate() {
            self.value(id, emitted.get(n + 1).copied());
        }
        self.acc = None;
        let to = self.emit.program.code.len() as u32;
        (to > from).then_some(Step::Machine { from, to })
    }

    /// Finds products that a following sum or difference takes in: in `p + x·s` the product needs
    /// no pass of its own while `p` is in the accumulator.
    pub(super) fn defer(&mut self, values: &[ValueId]) {
        for n in 2..values.len() {
            let Op::Binary(op @ (Binary::Add | Binary::Sub), left, right) = self.op(values[n]) else {
                continue;
            };
            let (Some(left), Some(right)) = (plain(*left), plain(*right)) else { continue };
            let before = values[n - 1];
            let taken = if right == before && left == values[n - 2] && self.is_product(right, left, true) {
                right
            } else if right == before
                && self.is_product(left, right, *op == Binary::Add)
                && values[..n].iter().rev().take(NEARBY).any(|v| *v == left)
            {
                left
            } else {
                continue;
            };
            // The other operand has to arrive in the accumulator.
            let other = if taken == left { right } else { left };
            if !self.note(other).deferred && self.passes_on(other) {
                self.note_mut(taken).deferred = true;
            }
        }
    }

    /// Is `id` a product that only its sum with `other` reads, of operands that are in memory?
    pub(super) fn is_product(&self, id: ValueId, other: ValueId, pairs: bool) -> bool {
        let Op::Binary(Binary::Mul, a, b) = self.op(id) else { return false };
        let reads_other = |operand: &Operand| matches!(operand, Operand::Value { id, .. } if *id == other);
        let scalar = |operand: &Operand| match operand {
            Operand::Literal(_) => true,
            Operand::Value { id, lag, .. } => *lag == 0 && self.parameter(*id).is_some(),
        };
        // A product of two series has one form less, and two parameters have none.
        let scalars = u8::from(scalar(a)) + u8::from(scalar(b));
        self.passes_on(id)
            && !reads_other(a)
            && !reads_other(b)
            && (scalars == 1 || scalars == 0 && pairs)
            && !self.note(id).deferred
    }

    /// Is `id` read once, now, and not needed in memory or as an output?
    pub(super) fn passes_on(&self, id: ValueId) -> bool {
        let note = self.note(id);
        note.uses == 1
            && note.out == NO_OUT
            && self.emit.graph.value(id).history == 0
            && self.op(id).is_elementwise()
    }

    /// Can `reader` take `id` from the accumulator?
    pub(super) fn takes(&self, reader: ValueId, id: ValueId) -> bool {
        let is = |operand: &Operand| plain(*operand) == Some(id);
        match self.op(reader) {
            Op::Unary(_, a) => is(a),
            Op::Binary(_, a, b) => is(a) != is(b),
            Op::Select(c, a, b) => is(c) && !is(a) && !is(b),
            _ => false,
        }
    }

    pub(super) fn place(&mut self, operand: Operand) -> Place {
        match operand {
            Operand::Literal(x) => Place::Literal(x),
            Operand::Value { id, lag: 0, .. } if self.acc == Some(id) => Place::Acc,
            Operand::Value { id, lag: 0, .. }
                if self.parameter(id).is_some() && self.note(id).address == NONE =>
            {
                Place::Parameter(self.parameter(id).unwrap_or(0))
            }
            _ => Place::Memory(self.at(operand)),
        }
    }

    /// The place of an operand that may not be the accumulator.
    pub(super) fn beside(&mut self, operand: Operand) -> Place {
        match self.place(operand) {
            Place::Acc => Place::Memory(self.at(operand)),
            place => place,
        }
    }

    /// Emits one elementwise value; `next` is what follows in the same run of the machine.
    pub(super) fn value(&mut self, id: ValueId, next: Option<ValueId>) {
        match *self.op(id) {
            Op::Unary(op, a) => {
                let place = self.place(a);
                self.unary_of(op, place);
            }
            Op::Binary(op, left, right) => self.binary(op, left, right),
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.place(c), self.beside(a), self.beside(b));
                self.select_of(c, a, b);
            }
            _ => {}
        }
        if let Op::Binary(Binary::Div, ..) = self.op(id) {
            self.division(id);
        }
        self.operands_used(id);
        if let Op::Binary(_, a, b) = self.op(id) {
            for operand in [a, b] {
                if let Some(product) = plain(*operand)
                    && std::mem::take(&mut self.note_mut(product).deferred)
                {
                    self.operands_used(product);
                }
            }
        }
        let history = self.emit.graph.value(id).history > 0;
        let Note { uses, out, .. } = self.note(id);
        let in_register = uses == 1 && !history && next.is_some_and(|next| self.takes(next, id));
        let stored = uses > 0 && !in_register && !self.read_from_out(id) || history;
        let dst = if stored { self.destination(id) } else { NONE };
        if let Some(instruction) = self.emit.program.code.last_mut() {
            instruction.dst = dst;
            instruction.out = out;
        }
        self.acc = Some(id);
    }

    pub(super) fn binary(&mut self, op: Binary, left: Operand, right: Operand) {
        let taken = |this: &Self, operand: Operand| plain(operand).filter(|id| this.note(*id).deferred);
        if let Some(product) = taken(self, right).or(taken(self, left)) {
            self.sum_with_product(op, product, taken(self, right).is_some());
            return;
        }
        let l = self.place(left);
        let r = if l == Place::Acc { self.beside(right) } else { self.place(right) };
        self.binary_of(op, l, r);
    }

    /// The place of a factor: a parameter is one here even if it is in memory too, as it was when the product was
    /// chosen, since not every form has two series.
    fn factor(&mut self, operand: Operand) -> Place {
        let parameter = plain(operand).and_then(|id| self.parameter(id));
        parameter.map_or_else(|| self.beside(operand), Place::Parameter)
    }

    /// `p + product`, `p - product` or `product - p` with `p` in the accumulator.
    pub(super) fn sum_with_product(&mut self, op: Binary, product: ValueId, on_the_right: bool) {
        let Op::Binary(_, x, y) = *self.op(product) else { return };
        let (x, y) = (self.factor(x), self.factor(y));
        self.product_of(op, x, y, on_the_right);
    }

    /// Numbers the division just emitted, if its divisor can be 0.
    pub(super) fn division(&mut self, id: ValueId) {
        if self.emit.graph.division_owners(id).next().is_some() {
            let number = self.number_division(id);
            if let Some(instruction) = self.emit.program.code.last_mut() {
                instruction.division = number;
            }
        }
    }

    /// A number for a division, with the nodes that it counts for.
    pub(super) fn number_division(&mut self, id: ValueId) -> u32 {
        let computed = self.emit.request.computed;
        let owners: Vec<u32> =
            self.emit.graph.division_owners(id).filter(|node| computed[*node as usize]).collect();
        for &node in &owners {
            if *self.emit.division_pass.entry(node).or_insert(self.number) != self.number {
                self.emit.program.divided_nodes.push(node);
            }
        }
        self.emit.program.division_owners.push(owners);
        self.emit.program.division_owners.len() as u32 - 1
    }
}

/// The value that `operand` is without a lag.
fn plain(operand: Operand) -> Option<ValueId> {
    match operand {
        Operand::Value { id, lag: 0, .. } => Some(id),
        _ => None,
    }
}
