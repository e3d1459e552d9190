//! Values to instructions and steps: what is used once stays in the accumulator.

use super::{Emit, Note, Ring, plain, ring};
use crate::compile::assemble::Assembler;
use crate::compile::select::Place;
use crate::plan::graph::{Binary, Op, Operand, ValueId};
use crate::plan::program::{At, Code};
use crate::plan::scenarios::{LANES, ScenarioStep, Spot};

impl<K: Fn(ValueId) -> bool> Emit<'_, K> {
    /// Computes an elementwise value in the accumulator.
    pub(super) fn elementwise(&mut self, id: ValueId) {
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
    }

    /// Emits one value; `next` is what follows.
    pub(super) fn value(&mut self, id: ValueId, next: Option<ValueId>) {
        let op = self.op(id).clone();
        let known = (self.known)(id);
        match op {
            _ if self.stands(id).is_some() => {
                let place = Place::Memory(self.at(id));
                self.load(place);
                self.store(id, next);
                self.acc = self.acc.and(Some(id));
                return;
            }
            Op::Horizon { mean: true, .. } if known => {
                let at = self.at_spot(Spot::State { slot: self.horizons[&id] });
                self.load(Place::Memory(at));
                let bins = Place::Literal(self.request.bins as f64);
                self.push(Code::DivAS, At::NOWHERE, At::NOWHERE, bins);
            }
            Op::Horizon { x, .. } => {
                let slot = self.horizons[&id];
                self.pass.fills.push((slot, 1, 0.0));
                let place = self.place(x);
                self.load(place);
                let at = self.at_spot(Spot::State { slot });
                self.push(Code::AddAV, at, At::NOWHERE, Place::Literal(0.0));
                self.store_out(Spot::State { slot });
                self.operands_used(&op);
                self.acc = None;
                return;
            }
            _ if op.is_elementwise() => self.elementwise(id),
            _ => {
                self.special(id, &op);
                return;
            }
        }
        if let Op::Binary(Binary::Div, ..) = op {
            self.division(id);
        }
        if !known {
            self.operands_used(&op);
        }
        if let Op::Binary(_, a, b) = op {
            for product in [a, b].into_iter().filter_map(plain) {
                if std::mem::take(&mut self.notes[product.index()].deferred) {
                    let op = self.op(product).clone();
                    self.operands_used(&op);
                }
            }
        }
        self.acc = Some(id);
        self.store(id, next);
    }

    /// Emits the minimum `less` of what is in the accumulator and something else, and `rest`, which it leaves of it.
    pub(super) fn take(&mut self, less: ValueId, rest: ValueId, next: Option<ValueId>) {
        let (of_less, of_rest) = (self.op(less).clone(), self.op(rest).clone());
        let Op::Binary(op, left, right) = of_less else { return };
        let (l, r) = match plain(left) == self.acc {
            true => (Place::Acc, self.beside(right)),
            false => (self.beside(left), Place::Acc),
        };
        self.take_of(op, l, r);
        self.operands_used(&of_less);
        self.store(less, Some(rest));
        self.operands_used(&of_rest);
        self.acc = Some(rest);
        let note = &self.notes[rest.index()];
        let passes_on = note.uses == 1 && next.is_some_and(|next| self.takes(next, rest));
        if !(passes_on && note.pasts.is_empty() && note.outs.is_empty() && note.measures.is_empty()) {
            // The instruction has stored its other result.
            self.push(Code::Same, At::NOWHERE, At::NOWHERE, Place::Literal(0.0));
        }
        self.store(rest, next);
    }

    /// Puts the accumulator wherever `id` is read from, and into its measures.
    pub(super) fn store(&mut self, id: ValueId, next: Option<ValueId>) {
        let Note { outs, pasts, uses, measures, .. } = self.notes[id.index()].clone();
        let mut at = At::NOWHERE;
        for fill in pasts {
            let Ring { slot, length } = self.rings[&(id, fill)];
            let spot = ring(slot, length, 0);
            self.store_out(spot);
            at = self.at_spot(spot);
        }
        for out in outs {
            self.store_out(Spot::Out(out));
            if at == At::NOWHERE {
                at = self.at_spot(Spot::Out(out));
            }
        }
        let in_register = measures.is_empty()
            && next.is_some_and(|next| match self.notes[next.index()].takes {
                // What it leaves reads it too, in the same instruction.
                true => uses == 2,
                false => uses == 1 && self.takes(next, id),
            });
        let reads = if measures.len() > 1 { uses + 1 } else { uses };
        if at == At::NOWHERE && reads > 0 && !in_register && self.stands(id).is_none() {
            at = self.temporary(id);
            if let Some(last) = self.program.code.last_mut() {
                last.dst = at.offset;
            }
        }
        self.notes[id.index()].at = at;
        self.measures(id, &measures, true);
    }

    /// Takes the measures of `id`, which is in the accumulator or in memory.
    pub(super) fn measures(&mut self, id: ValueId, measures: &[u32], mut in_accumulator: bool) {
        for number in measures {
            if !std::mem::take(&mut in_accumulator) {
                let at = self.at(id);
                self.load(Place::Memory(at));
            }
            self.measure(*number);
        }
        let note = &mut self.notes[id.index()];
        if note.uses == 0 && std::mem::take(&mut note.temporary) {
            self.free.push((note.at.offset as usize / LANES) as u32);
        }
    }

    pub(super) fn temporary(&mut self, id: ValueId) -> At {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.temporaries += 1;
            self.temporaries - 1
        });
        self.notes[id.index()].temporary = true;
        At::memory((slot as usize * LANES) as i32)
    }

    /// Emits what is no work for the machine.
    pub(super) fn special(&mut self, id: ValueId, op: &Op) {
        let step = match *op {
            Op::Input(input) => {
                let stream = self.state;
                self.state += 1;
                self.pass.streams.push((stream, input));
                ScenarioStep::Draw { input, stream, to: At::NOWHERE }
            }
            Op::Conv { x: Operand::Value { id, lag, .. }, kernel } => {
                let kernel = self.graph.kernels[kernel as usize].clone();
                let Ring { slot, length } = self.rings[&(id, 0f64.to_bits())];
                ScenarioStep::Conv { kernel, slot, length, lag, to: At::NOWHERE }
            }
            Op::Rolling { kind, x, window } => {
                let window = window as u32;
                let slot = self.state;
                self.state += 2 * window + 1;
                let Place::Memory(x) = self.beside(x) else { return };
                ScenarioStep::Rolling { kind, window, slot, x, to: At::NOWHERE }
            }
            _ => return,
        };
        self.close();
        self.operands_used(op);
        // One place for the step; the machine copies it to the others.
        let Note { outs, pasts, measures, .. } = self.notes[id.index()].clone();
        let spots: Vec<Spot> = pasts
            .iter()
            .map(|fill| {
                let Ring { slot, length } = self.rings[&(id, *fill)];
                ring(slot, length, 0)
            })
            .chain(outs.iter().map(|out| Spot::Out(*out)))
            .collect();
        let at = match spots.first() {
            Some(spot) => self.at_spot(*spot),
            None => self.temporary(id),
        };
        self.notes[id.index()].at = at;
        self.pass.steps.push(match step {
            ScenarioStep::Draw { input, stream, .. } => ScenarioStep::Draw { input, stream, to: at },
            ScenarioStep::Conv { kernel, slot, length, lag, .. } => {
                ScenarioStep::Conv { kernel, slot, length, lag, to: at }
            }
            ScenarioStep::Rolling { kind, window, slot, x, .. } => {
                ScenarioStep::Rolling { kind, window, slot, x, to: at }
            }
            step => step,
        });
        if spots.len() > 1 {
            self.load(Place::Memory(at));
            for spot in &spots[1..] {
                self.store_out(*spot);
            }
            self.acc = Some(id);
        }
        if !measures.is_empty() {
            self.measures(id, &measures, false);
        }
    }

    pub(super) fn binary(&mut self, op: Binary, left: Operand, right: Operand) {
        let taken =
            |this: &Self, operand: Operand| plain(operand).filter(|id| this.notes[id.index()].deferred);
        if let Some(product) = taken(self, right).or(taken(self, left)) {
            let on_the_right = taken(self, right).is_some();
            let Op::Binary(_, x, y) = *self.op(product) else { return };
            let (x, y) = (self.beside(x), self.beside(y));
            self.product_of(op, x, y, on_the_right);
            return;
        }
        let l = self.place(left);
        let r = if l == Place::Acc { self.beside(right) } else { self.place(right) };
        self.binary_of(op, l, r);
    }

    /// Can `reader` take `id` from the accumulator?
    pub(super) fn takes(&self, reader: ValueId, id: ValueId) -> bool {
        let is = |operand: Operand| plain(operand) == Some(id);
        match *self.op(reader) {
            Op::Unary(_, a) => is(a),
            Op::Binary(_, a, b) => is(a) != is(b),
            Op::Select(c, a, b) => is(c) && !is(a) && !is(b),
            Op::Horizon { x, .. } => !(self.known)(reader) && is(x),
            _ => false,
        }
    }

    pub(super) fn division(&mut self, id: ValueId) {
        let owners: Vec<u32> = if self.counts {
            self.graph.division_owners(id).filter(|node| self.request.computed[*node as usize]).collect()
        } else {
            Vec::new()
        };
        self.program.division_owners.push(owners);
        let number = self.program.division_owners.len() as u32 - 1;
        if let Some(last) = self.program.code.last_mut() {
            last.division = number;
        }
    }

    pub(super) fn operands_used(&mut self, op: &Op) {
        op.operands(|operand| {
            let Operand::Value { id, lag: 0, .. } = operand else { return };
            let note = &mut self.notes[id.index()];
            note.uses = note.uses.saturating_sub(1);
            if note.uses == 0 && std::mem::take(&mut note.temporary) {
                self.free.push((note.at.offset as usize / LANES) as u32);
            }
        });
    }
}
