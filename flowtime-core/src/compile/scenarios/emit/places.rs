//! Where values are read and written, and what is kept and measured without being computed.

use super::{Emit, Past, Ring, plain, ring};
use crate::compile::assemble::Assembler;
use crate::compile::select::Place;
use crate::plan::graph::{Operand, ValueId};
use crate::plan::measure::Measure;
use crate::plan::program::{At, Code, Instruction, NO_OUT};
use crate::plan::scenarios::{Column, Parameter, ScenarioStep, Spot};

impl<K: Fn(ValueId) -> bool> Emit<'_, K> {
    /// Kept and measured series that are no value of the present bin.
    pub(super) fn keep_first(&mut self, kept: &[u32], measures: &[(u32, Measure)]) {
        for (out, node) in (0u32..).zip(kept) {
            if let Some(place) = self.elsewhere(*node) {
                self.load(place);
                self.store_out(Spot::Out(out));
            }
        }
        for (number, (node, _)) in (0u32..).zip(measures) {
            if let Some(place) = self.elsewhere(*node) {
                self.load(place);
                self.measure(number);
            }
        }
    }

    /// Where a node is that is no value of the present bin.
    pub(super) fn elsewhere(&mut self, node: u32) -> Option<Place> {
        self.acc = None;
        match self.graph.nodes[node as usize] {
            Operand::Literal(x) => Some(Place::Literal(x)),
            operand @ Operand::Value { id, lag, .. } if lag > 0 || !self.varying[id.index()] => {
                Some(self.place(operand))
            }
            Operand::Value { .. } => None,
        }
    }

    /// Takes the accumulator into measure `number`; it then holds something else.
    pub(super) fn measure(&mut self, number: u32) {
        let slot = self.program.measures[number as usize];
        let (_, measure) = self.request.measures[number as usize];
        self.pass.fills.push((slot, 1, measure.start()));
        let spot = Spot::State { slot };
        let at = self.at_spot(spot);
        let nothing = Place::Literal(0.0);
        match measure {
            Measure::Maximum => self.push(Code::MaxAV, at, At::NOWHERE, nothing),
            Measure::Minimum => self.push(Code::MinAV, at, At::NOWHERE, nothing),
            Measure::Total | Measure::Mean => self.push(Code::AddAV, at, At::NOWHERE, nothing),
            Measure::Last => self.push(Code::Same, At::NOWHERE, At::NOWHERE, nothing),
            Measure::BinsAbove(threshold) => {
                self.push(Code::LtSA, At::NOWHERE, At::NOWHERE, Place::Literal(threshold));
                self.push(Code::AddAV, at, At::NOWHERE, nothing);
            }
            Measure::FirstAbove(threshold) => {
                self.push(Code::LtSA, At::NOWHERE, At::NOWHERE, Place::Literal(threshold));
                // The number of the bin, or infinity; the first is the smallest.
                let bin = Place::Parameter(self.parameter_of(Column::Bin, 0, 0.0));
                self.select_of(Place::Acc, bin, Place::Literal(f64::INFINITY));
                self.push(Code::MinAV, at, At::NOWHERE, nothing);
            }
        }
        self.store_out(spot);
        self.acc = None;
    }

    pub(super) fn spot(&mut self, spot: Spot) -> u32 {
        *self.spots.entry(spot).or_insert_with(|| {
            self.program.spots.push(spot);
            self.program.spots.len() as u32 - 1
        })
    }

    pub(super) fn at_spot(&mut self, spot: Spot) -> At {
        At::out(self.spot(spot))
    }

    /// The last instruction's result goes to `spot` too.
    pub(super) fn store_out(&mut self, spot: Spot) {
        let number = self.spot(spot);
        if self.program.code.last().is_some_and(|last| last.out != NO_OUT) {
            self.push(Code::Same, At::NOWHERE, At::NOWHERE, Place::Literal(0.0));
        }
        if let Some(last) = self.program.code.last_mut() {
            last.out = number;
        }
    }

    pub(super) fn close(&mut self) {
        let to = self.program.code.len() as u32;
        if to > self.machine {
            self.pass.steps.push(ScenarioStep::Machine { from: self.machine, to });
        }
        self.machine = to;
        self.acc = None;
    }

    pub(super) fn parameter(&mut self, id: ValueId, lag: u32, fill: f64) -> u32 {
        let column = *self.columns.entry(id).or_insert_with(|| {
            self.program.shared.push(id);
            self.program.shared.len() as u32 - 1
        });
        self.parameter_of(Column::Shared(column), lag, fill)
    }

    pub(super) fn parameter_of(&mut self, column: Column, lag: u32, fill: f64) -> u32 {
        let bits = if lag == 0 { 0 } else { fill.to_bits() };
        *self.parameters.entry((column, lag, bits)).or_insert_with(|| {
            self.program.parameters.push(Parameter { column, lag: u64::from(lag), fill });
            self.program.parameters.len() as u32 - 1
        })
    }

    pub(super) fn place(&mut self, operand: Operand) -> Place {
        match operand {
            Operand::Literal(x) => Place::Literal(x),
            Operand::Value { id, lag, fill } if !self.varying[id.index()] => {
                Place::Parameter(self.parameter(id, lag, fill))
            }
            Operand::Value { id, lag: 0, .. } if self.acc == Some(id) => Place::Acc,
            Operand::Value { id, lag: 0, .. } => Place::Memory(self.at(id)),
            Operand::Value { id, lag, fill } => Place::Memory(self.past((id, fill.to_bits()), lag)),
        }
    }

    /// The place of an operand that may not be the accumulator.
    pub(super) fn beside(&mut self, operand: Operand) -> Place {
        match (self.place(operand), plain(operand)) {
            (Place::Acc, Some(id)) => Place::Memory(self.at(id)),
            (place, _) => place,
        }
    }

    /// Where a value of this bin is.
    pub(super) fn at(&mut self, id: ValueId) -> At {
        match self.stands(id) {
            Some(spot) => self.at_spot(spot),
            None => self.notes[id.index()].at,
        }
    }

    /// Where the number of `lag` bins ago is.
    pub(super) fn past(&mut self, past: Past, lag: u32) -> At {
        let Ring { slot, length } = self.rings[&past];
        self.at_spot(ring(slot, length, lag))
    }
}

impl<K> Assembler for Emit<'_, K> {
    fn code(&mut self) -> &mut Vec<Instruction> {
        &mut self.program.code
    }

    fn patch(&mut self, code: Code, parameter: u32) {
        self.pass.patches.push((self.program.code.len() as u32, code, parameter));
    }

    fn parameter_at(&mut self, parameter: u32) -> At {
        let spot = Spot::Spread(parameter);
        let number = *self.spots.entry(spot).or_insert_with(|| {
            self.program.spots.push(spot);
            self.program.spots.len() as u32 - 1
        });
        At::out(number)
    }
}
