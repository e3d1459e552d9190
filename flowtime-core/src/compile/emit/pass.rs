//! Emission of one pass: units in order, each to its steps.

use super::Emit;
use super::notes::Note;
use crate::compile::schedule::{Unit, is_source};
use crate::compile::slots::Slots;
use crate::plan::graph::{Op, ValueId};
use crate::plan::program::{NONE, Pass, Scan, ScanKind, Step};
use std::collections::HashMap;

/// Values of one run of the vector machine: few enough that what they read is still cached.
const SEGMENT: usize = 256;
/// The emission of one pass.
pub(super) struct PassEmit<'a, 'b> {
    pub(super) emit: &'b mut Emit<'a>,
    pub(super) number: u32,
    pub(super) pass: Pass,
    pub(super) slots: Slots,
    /// The room that bundles take turns with: its address and how many numbers.
    pub(super) rows: Option<(i32, usize)>,
    pub(super) literals: HashMap<u64, i32>,
    /// Kept values that are sources.
    pub(super) kept_sources: Vec<ValueId>,
    /// What the accumulator holds.
    pub(super) acc: Option<ValueId>,
    /// Delay lines by the value that they delay.
    pub(super) delayed: HashMap<ValueId, Vec<u32>>,
    pub(super) lagged_keeps: Vec<(ValueId, u32, u32)>,
    /// Inside a loop, blocks from outside are freed only after it.
    pub(super) in_loop: bool,
    pub(super) free_after_loop: Vec<ValueId>,
}

impl<'a, 'b> PassEmit<'a, 'b> {
    pub(super) fn new(emit: &'b mut Emit<'a>, number: u32, keeps: &[(ValueId, u32, u32)]) -> Self {
        emit.notes.begin_pass();
        let mut this = PassEmit {
            emit,
            number,
            pass: Pass::default(),
            slots: Slots::default(),
            rows: None,
            literals: HashMap::new(),
            kept_sources: Vec::new(),
            acc: None,
            delayed: HashMap::new(),
            lagged_keeps: Vec::new(),
            in_loop: false,
            free_after_loop: Vec::new(),
        };
        for &(id, lag, out) in keeps {
            if lag == 0 {
                this.note_mut(id).out = out;
                if is_source(this.op(id)) {
                    this.kept_sources.push(id);
                }
            } else {
                let note = this.note_mut(id);
                note.uses += 1;
                note.needs_block = true;
                this.lagged_keeps.push((id, lag, out));
            }
        }
        this
    }

    pub(super) fn units(&self) -> &'a [Unit] {
        self.emit.schedule.passes.get(self.number as usize).map_or(&[], Vec::as_slice)
    }

    pub(super) fn op(&self, id: ValueId) -> &'a Op {
        &self.emit.graph.value(id).op
    }

    pub(super) fn run(mut self) -> Pass {
        let units = self.units();
        let here = |this: &Self, id: ValueId| this.emit.schedule.pass[id.index()] == this.number;
        for (unit, id) in units.iter().flat_map(|unit| unit.values().into_iter().map(move |id| (unit, id))) {
            // The machine reads outputs too, but bundles, scans and delay lines read blocks.
            let needs_block = !self.op(id).is_elementwise() || matches!(unit, Unit::Bundle { .. });
            self.op(id).reads(|read| {
                let note = self.note_mut(read);
                note.uses += 1;
                note.needs_block |= needs_block;
            });
            if self.emit.columns.contains_key(&id) {
                let note = self.note_mut(id);
                note.uses += 1;
                note.needs_block = true;
            }
            if let Op::Delay { x, lag, fill } = self.op(id) {
                let number = self.emit.program.delays.len() as u32;
                self.emit.program.delays.push((*lag, *fill));
                self.emit.delays.insert(id, number);
                self.delayed.entry(*x).or_default().push(number);
            }
        }
        for id in std::mem::take(&mut self.kept_sources) {
            self.source(id);
        }

        let mut rest = units;
        while let Some((unit, tail)) = rest.split_first() {
            match unit {
                Unit::Value(id) if self.op(*id).is_elementwise() => {
                    let length = rest
                        .iter()
                        .take(SEGMENT)
                        .take_while(|u| matches!(u, Unit::Value(id) if self.op(*id).is_elementwise()))
                        .count();
                    let values: Vec<ValueId> = rest[..length]
                        .iter()
                        .filter_map(|u| match u {
                            Unit::Value(id) => Some(*id),
                            _ => None,
                        })
                        .collect();
                    self.sources_of(&values);
                    let steps = self.machine(&values);
                    self.pass.steps.extend(steps);
                    self.hand_over(&values);
                    rest = &rest[length..];
                }
                Unit::Value(id) => {
                    self.sources_of(std::slice::from_ref(id));
                    if let Some(step) = self.single(*id) {
                        self.pass.steps.push(step);
                    }
                    self.hand_over(std::slice::from_ref(id));
                    rest = tail;
                }
                Unit::Loop { values, chunk } => {
                    self.feedback(values, *chunk);
                    rest = tail;
                }
                Unit::Bundle { batches } => {
                    self.bundle(batches);
                    rest = tail;
                }
            }
        }
        // Delay lines of what is not computed in this pass: sources, and what earlier passes left.
        let mut others: Vec<ValueId> =
            self.delayed.keys().copied().filter(|id| is_source(self.op(*id)) || !here(&self, *id)).collect();
        others.sort_unstable();
        for id in others {
            let src = self.memory(id);
            for delay in self.delayed.remove(&id).unwrap_or_default() {
                self.pass.steps.push(Step::DelayWrite { delay, src });
            }
        }
        for (id, lag, out) in std::mem::take(&mut self.lagged_keeps) {
            let src = self.memory(id) - lag as i32;
            self.pass.steps.push(Step::Keep { src, out });
        }
        self.emit.end = self.emit.end.max(self.slots.end);
        self.pass
    }

    /// A loop: inside it blocks are reused, but what comes from outside stays until it is done.
    pub(super) fn feedback(&mut self, values: &[ValueId], chunk: u32) {
        self.sources_of(values);
        for id in values {
            self.note_mut(*id).inside_loop = true;
        }
        // Addresses first: members read each other's earlier bins before they are computed.
        for &id in values {
            if self.emit.graph.value(id).history > 0 {
                self.destination(id);
            }
        }
        self.in_loop = true;
        let mut steps = Vec::new();
        let mut rest = values;
        while let Some((id, tail)) = rest.split_first() {
            if self.op(*id).is_elementwise() {
                let length = rest.iter().take_while(|id| self.op(**id).is_elementwise()).count();
                steps.extend(self.machine(&rest[..length]));
                rest = &rest[length..];
            } else {
                steps.extend(self.single(*id));
                rest = tail;
            }
        }
        self.in_loop = false;
        for id in std::mem::take(&mut self.free_after_loop) {
            self.free(id);
        }
        self.pass.steps.push(Step::Feedback { chunk, steps });
        for id in values {
            self.note_mut(*id).inside_loop = false;
        }
        self.hand_over(values);
    }

    /// Gives what was just computed to delay lines and later passes.
    pub(super) fn hand_over(&mut self, values: &[ValueId]) {
        for id in values {
            for delay in self.delayed.remove(id).unwrap_or_default() {
                let src = self.memory(*id);
                self.pass.steps.push(Step::DelayWrite { delay, src });
                self.used(*id);
            }
            if let Some(&column) = self.emit.columns.get(id) {
                let src = self.memory(*id);
                self.pass.steps.push(Step::ColumnStore { column, src });
                self.used(*id);
            }
        }
    }

    /// Emits a value that is not elementwise.
    pub(super) fn single(&mut self, id: ValueId) -> Option<Step> {
        let graph = self.emit.graph;
        let Note { out, uses, .. } = self.note(id);
        let wanted = uses > 0 || graph.value(id).history > 0;
        let (kind, a, b) = match self.op(id).clone() {
            Op::Delay { .. } => {
                let dst = if wanted && !self.read_from_out(id) { self.destination(id) } else { NONE };
                return Some(Step::DelayRead { delay: self.emit.delays[&id], dst, out });
            }
            Op::Horizon { x, .. } => {
                let src = self.operand(x);
                self.operands_used(id);
                return Some(Step::HorizonAdd { horizon: self.emit.horizons[&id], src });
            }
            Op::Ema { x, alpha, init } => (ScanKind::Ema { alpha, init }, self.operand(x), NONE),
            Op::Cumsum { x } => (ScanKind::Cumsum, self.operand(x), NONE),
            Op::Queue { inflow, outflow, initial } => {
                (ScanKind::Queue { initial }, self.operand(inflow), self.operand(outflow))
            }
            Op::Rolling { kind, x, window } => {
                (ScanKind::Rolling { kind, window: window as usize }, self.operand(x), NONE)
            }
            Op::Conv { x, kernel } => {
                (ScanKind::Conv { kernel: graph.kernels[kernel as usize].clone() }, self.operand(x), NONE)
            }
            _ => return None,
        };
        let dst = if wanted && !self.read_from_out(id) { self.destination(id) } else { NONE };
        self.operands_used(id);
        self.emit.program.scans.push(Scan { kind, a, b });
        Some(Step::Scan { scan: self.emit.program.scans.len() as u32 - 1, dst, out })
    }
}
