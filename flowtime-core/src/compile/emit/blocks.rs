//! Which block holds which value: sources brought in, blocks taken and given back.

use super::notes::Note;
use super::pass::PassEmit;
use crate::compile::schedule::is_source;
use crate::plan::graph::{Op, Operand, ValueId};
use crate::plan::program::{At, NO_OUT, NONE, Step, Uniform};

impl PassEmit<'_, '_> {
    /// What is known of `id` now.
    pub(super) fn note(&self, id: ValueId) -> Note {
        self.emit.notes.of(id)
    }

    /// The same, to change it.
    pub(super) fn note_mut(&mut self, id: ValueId) -> &mut Note {
        self.emit.notes.of_mut(id)
    }

    /// Makes sure that everything that `values` read from elsewhere is in memory.
    pub(super) fn sources_of(&mut self, values: &[ValueId]) {
        for &id in values {
            let elementwise = self.op(id).is_elementwise();
            self.op(id).operands(|operand| {
                let Operand::Value { id: read, lag, .. } = operand else { return };
                let parameter = elementwise && lag == 0 && self.parameter(read).is_some();
                if !parameter {
                    self.source(read);
                }
            });
        }
    }

    /// The input that `id` is, if that has one value in every bin.
    pub(super) fn parameter(&self, id: ValueId) -> Option<u32> {
        match self.op(id) {
            Op::Input(input) if self.emit.request.uniform[*input as usize] => Some(*input),
            _ => None,
        }
    }

    /// Brings a value that is not computed in this pass into memory.
    pub(super) fn source(&mut self, id: ValueId) {
        if self.note(id).address != NONE || self.note(id).brought {
            return;
        }
        let computed_here = self.emit.schedule.pass[id.index()] == self.number;
        let op = self.op(id);
        if let Some(input) = self.parameter(id) {
            let dst = self.lasting_block(id);
            self.pass.uniform.push((dst, Uniform::Input(input)));
        } else if let (Op::Horizon { .. }, false) = (op, computed_here) {
            let dst = self.lasting_block(id);
            self.pass.uniform.push((dst, Uniform::Horizon(self.emit.horizons[&id])));
        } else if is_source(op) {
            let Note { out, uses, .. } = self.note(id);
            self.note_mut(id).brought = true;
            let dst = if uses > 0 && !self.read_from_out(id) { self.destination(id) } else { NONE };
            self.pass.steps.push(match op {
                Op::Input(input) => Step::Input { input: *input, dst, out },
                Op::Pulse { period, phase } => Step::Pulse { period: *period, phase: *phase, dst, out },
                _ => Step::Bin { dst, out },
            });
        } else if !computed_here {
            let column = self.emit.columns[&id];
            let dst = self.destination(id);
            self.pass.steps.push(Step::ColumnLoad { column, dst });
        }
    }

    pub(super) fn lasting_block(&mut self, id: ValueId) -> i32 {
        let value = self.emit.graph.value(id);
        let address = self.slots.append(value.history);
        if value.history > 0 {
            self.pass.histories.push((address, value.history, value.fill));
        }
        let note = self.note_mut(id);
        (note.lasting, note.address) = (true, address);
        address
    }

    /// The block that `id` is written to, taken now if it has none.
    pub(super) fn destination(&mut self, id: ValueId) -> i32 {
        let address = self.note(id).address;
        if address != NONE {
            return address;
        }
        if self.emit.graph.value(id).history > 0 {
            return self.lasting_block(id);
        }
        let address = self.slots.take();
        self.note_mut(id).address = address;
        address
    }

    /// The block that `id` is read from.
    pub(super) fn memory(&mut self, id: ValueId) -> i32 {
        self.source(id);
        self.destination(id)
    }

    /// Is `id` read where it is kept, so that it needs no block of its own?
    pub(super) fn read_from_out(&self, id: ValueId) -> bool {
        let note = self.note(id);
        note.out != NO_OUT && !note.needs_block && self.emit.graph.value(id).history == 0
    }

    /// Where the machine finds an operand that is in memory.
    pub(super) fn at(&mut self, operand: Operand) -> At {
        match operand {
            Operand::Value { id, lag: 0, .. } if self.read_from_out(id) => At::out(self.note(id).out),
            operand => At::memory(self.operand(operand)),
        }
    }

    /// The block of an operand that must be in memory.
    pub(super) fn operand(&mut self, operand: Operand) -> i32 {
        match operand {
            Operand::Value { id, lag, .. } => self.memory(id) - lag as i32,
            Operand::Literal(x) => {
                if let Some(&address) = self.literals.get(&x.to_bits()) {
                    return address;
                }
                let address = self.slots.append(0);
                self.literals.insert(x.to_bits(), address);
                self.pass.uniform.push((address, Uniform::Literal(x)));
                address
            }
        }
    }

    /// Counts one read; after the last the block is free.
    pub(super) fn used(&mut self, id: ValueId) {
        let note = self.note_mut(id);
        if note.uses == 0 {
            return;
        }
        note.uses -= 1;
        if note.uses == 0 {
            let inside_loop = note.inside_loop;
            if self.in_loop && !inside_loop {
                self.free_after_loop.push(id);
            } else {
                self.free(id);
            }
        }
    }

    pub(super) fn free(&mut self, id: ValueId) {
        let note = self.note_mut(id);
        if !note.lasting && note.address != NONE {
            let address = std::mem::replace(&mut note.address, NONE);
            self.slots.free(address);
        }
    }

    pub(super) fn operands_used(&mut self, id: ValueId) {
        self.op(id).operands(|operand| {
            if let Operand::Value { id, .. } = operand {
                self.used(id);
            }
        });
    }
}
