//! Emission of the steps of a bin.

use super::order::{Past, lagged_reads, order};
use super::{is_horizon, reached, roots};
use crate::compile::assemble::Assembler;
use crate::compile::components::components;
use crate::compile::select::Place;
use crate::plan::graph::{Binary, Graph, Op, Operand, ValueId};
use crate::plan::measure::Measure;
use crate::plan::program::{At, Code, Instruction, NO_OUT};
use crate::plan::scenarios::{Column, LANES, Parameter, ScenarioPass, ScenarioProgram, ScenarioStep, Spot};
use crate::plan::scenarios::{Request, Varies};
use std::collections::HashMap;

/// How far back a product may stand that a sum takes in.
const NEARBY: usize = 16;

/// Emits all passes.
pub(super) fn program(
    graph: &Graph,
    request: &Request,
    varying: &[bool],
    steady: &[bool],
) -> ScenarioProgram {
    let level = levels(graph, varying);
    let last =
        (0..varying.len()).filter(|i| varying[*i]).map(|i| needed_pass(graph, &level, i)).max().unwrap_or(0);
    let mut program = ScenarioProgram {
        outs: request.kept.len(),
        varying: varying.to_vec(),
        always_zero: graph
            .always_zero
            .iter()
            .copied()
            .filter(|node| request.computed[*node as usize])
            .collect(),
        ..ScenarioProgram::default()
    };
    // Slots that last from pass to pass: the sums over the horizon.
    let mut horizons: HashMap<ValueId, u32> = HashMap::new();
    for id in
        (0..varying.len() as u32).map(ValueId).filter(|id| varying[id.index()] && is_horizon(graph, *id))
    {
        horizons.insert(id, horizons.len() as u32);
    }
    let first_measure = horizons.len() as u32;
    let lasting = first_measure + request.measures.len() as u32;
    program.measures = (first_measure..lasting).collect();
    program.state = lasting as usize;
    let mut columns: HashMap<ValueId, u32> = HashMap::new();
    let mut parameters: HashMap<(Column, u32, u64), u32> = HashMap::new();
    for number in 0..=last {
        let is_last = number == last;
        let sums: Vec<ValueId> =
            horizons.keys().copied().filter(|id| level[id.index()] == number && !is_last).collect();
        let wanted = if is_last { roots(graph, request) } else { sums.clone() };
        // A SUM or MEAN is read from its slot once it is known.
        let enters =
            |id: ValueId| varying[id.index()] && !(is_horizon(graph, id) && level[id.index()] < number);
        let mut found = reached(graph, wanted.iter().copied(), enters);
        for id in wanted.iter().chain(&values_of(graph, &found)).filter(|id| varying[id.index()]) {
            // Means are divided anew in each pass that reads them.
            found[id.index()] |= is_horizon(graph, *id) && level[id.index()] < number;
        }
        let mut emit = Emit {
            graph,
            request,
            varying,
            steady,
            slots: HashMap::new(),
            known: |id: ValueId| is_horizon(graph, id) && level[id.index()] < number,
            horizons: &horizons,
            columns: &mut columns,
            parameters: &mut parameters,
            spots: HashMap::new(),
            notes: vec![Note::default(); graph.values.len()],
            pass: ScenarioPass::default(),
            rings: HashMap::new(),
            state: lasting,
            free: Vec::new(),
            temporaries: 0,
            acc: None,
            machine: program.code.len() as u32,
            counts: is_last,
            program: &mut program,
        };
        emit.run(&found, is_last);
        let pass = emit.pass;
        program.passes.push(pass);
    }
    program
}

/// All values that were found, and those they read.
fn values_of(graph: &Graph, found: &[bool]) -> Vec<ValueId> {
    let mut all = Vec::new();
    for (value, _) in graph.values.iter().zip(found).filter(|(_, found)| **found) {
        value.op.reads(|read| all.push(read));
    }
    all
}

/// For each value, how many passes come before it is known but for the bins; a SUM or MEAN is read one
/// pass later.
fn levels(graph: &Graph, varying: &[bool]) -> Vec<u32> {
    let mut edges = Vec::new();
    for (index, value) in graph.values.iter().enumerate().filter(|(index, _)| varying[*index]) {
        value.op.reads(|read| {
            if varying[read.index()] {
                edges.push((index as u32, read.0));
            }
        });
    }
    let component = components(varying.len(), &edges);
    let mut by_component: Vec<u32> = (0..varying.len() as u32).filter(|v| varying[*v as usize]).collect();
    by_component.sort_by_key(|v| component[*v as usize]);
    let mut level = vec![0u32; varying.len()];
    for group in by_component.chunk_by(|a, b| component[*a as usize] == component[*b as usize]) {
        let mut latest = 0;
        for v in group {
            graph.values[*v as usize].op.reads(|read| {
                let after = varying[read.index()] && is_horizon(graph, read);
                latest = latest.max(level[read.index()] + u32::from(after));
            });
        }
        for v in group {
            level[*v as usize] = latest;
        }
    }
    level
}

/// The pass in which the value can be kept.
fn needed_pass(graph: &Graph, level: &[u32], index: usize) -> u32 {
    level[index] + u32::from(is_horizon(graph, ValueId(index as u32)))
}

/// What is known of a value in a pass.
#[derive(Debug, Clone)]
struct Note {
    /// How often it is still to be read in the present bin.
    uses: u32,
    /// Where it is.
    at: At,
    /// A slot of working memory, to be freed.
    temporary: bool,
    /// The series that it is kept as.
    outs: Vec<u32>,
    /// A product that its sum computes.
    deferred: bool,
    /// Its place in the order.
    position: u32,
    /// The pasts that are written from it.
    pasts: Vec<u64>,
    /// The measures that are taken of it.
    measures: Vec<u32>,
}

impl Default for Note {
    fn default() -> Self {
        Note {
            uses: 0,
            at: At::NOWHERE,
            temporary: false,
            outs: Vec::new(),
            deferred: false,
            position: 0,
            pasts: Vec::new(),
            measures: Vec::new(),
        }
    }
}

/// Where the past of a value is.
#[derive(Debug, Clone, Copy)]
struct Ring {
    slot: u32,
    length: u32,
}

/// The emission of one pass.
struct Emit<'a, K> {
    graph: &'a Graph,
    request: &'a Request<'a>,
    varying: &'a [bool],
    /// Is it the same in all bins?
    steady: &'a [bool],
    /// The slots of steady values.
    slots: HashMap<ValueId, u32>,
    /// Is it a sum over the horizon that an earlier pass left?
    known: K,
    horizons: &'a HashMap<ValueId, u32>,
    columns: &'a mut HashMap<ValueId, u32>,
    parameters: &'a mut HashMap<(Column, u32, u64), u32>,
    spots: HashMap<Spot, u32>,
    notes: Vec<Note>,
    pass: ScenarioPass,
    rings: HashMap<Past, Ring>,
    /// The end of the state's slots.
    state: u32,
    /// Free slots of working memory.
    free: Vec<u32>,
    temporaries: u32,
    acc: Option<ValueId>,
    /// The first instruction of the step that grows.
    machine: u32,
    /// Are divisions by zero counted in this pass?
    counts: bool,
    program: &'a mut ScenarioProgram,
}

impl<K: Fn(ValueId) -> bool> Emit<'_, K> {
    fn run(&mut self, found: &[bool], is_last: bool) {
        let first_spot = self.program.spots.len();
        let (kept, measures) =
            if is_last { (self.request.kept, self.request.measures) } else { (&[][..], &[][..]) };
        self.prologue(found);
        let members = self.members(found, kept, measures);
        let mut longest: HashMap<Past, u32> = HashMap::new();
        for id in &members {
            self.reads_of(*id, |past, lag| {
                let oldest = longest.entry(past).or_default();
                *oldest = lag.max(*oldest);
            });
        }
        for &node in kept.iter().chain(measures.iter().map(|(node, _)| node)) {
            if let Operand::Value { id, lag, fill } = self.graph.nodes[node as usize]
                && lag > 0
                && self.varying[id.index()]
            {
                let oldest = longest.entry((id, fill.to_bits())).or_default();
                *oldest = lag.max(*oldest);
            }
        }
        let order = order(self.graph, &self.with_pasts(members, &longest), &longest);
        for (position, id) in (1u32..).zip(&order) {
            self.notes[id.index()].position = position;
        }
        self.count_uses(&order);
        self.defer(&order);
        self.place_rings(&order, &longest);
        self.keep_first(kept, measures);
        let emitted: Vec<ValueId> = order.into_iter().filter(|id| !self.notes[id.index()].deferred).collect();
        for (n, id) in emitted.iter().enumerate() {
            self.value(*id, emitted.get(n + 1).copied());
        }
        self.close();
        self.program.state = self.program.state.max(self.state as usize);
        self.program.temporaries = self.program.temporaries.max(self.temporaries as usize);
        self.pass.spots = first_spot..self.program.spots.len();
    }

    /// What stays the same in all bins is computed before the first, each value to a slot of its own.
    fn prologue(&mut self, found: &[bool]) {
        let wanted =
            |id: &ValueId| found[id.index()] && self.steady[id.index()] && self.stands(*id).is_none();
        let members: Vec<ValueId> = (0..found.len() as u32).map(ValueId).filter(wanted).collect();
        let from = self.program.code.len() as u32;
        for id in order(self.graph, &members, &HashMap::new()) {
            self.elementwise(id);
            self.slots.insert(id, self.state);
            self.store_out(Spot::State { slot: self.state });
            self.state += 1;
            self.acc = Some(id);
        }
        self.machine = self.program.code.len() as u32;
        self.pass.prologue = (from, self.machine);
        self.acc = None;
    }

    fn op(&self, id: ValueId) -> &Op {
        &self.graph.value(id).op
    }

    /// Lagged reads of values that differ between scenarios.
    fn reads_of(&self, id: ValueId, mut f: impl FnMut(Past, u32)) {
        if (self.known)(id) {
            return;
        }
        lagged_reads(self.graph, self.op(id), |past, lag| {
            if self.varying[past.0.index()] {
                f(past, lag);
            }
        });
    }

    /// Is it read from where the caller or an earlier pass put it?
    fn stands(&self, id: ValueId) -> Option<Spot> {
        if let Some(slot) = self.slots.get(&id) {
            return Some(Spot::State { slot: *slot });
        }
        match *self.op(id) {
            Op::Input(input) => match self.request.varies[input as usize] {
                Varies::Number => Some(Spot::Number(input)),
                Varies::Series => Some(Spot::Series(input)),
                _ => None,
            },
            Op::Horizon { mean: false, .. } if (self.known)(id) => {
                Some(Spot::State { slot: self.horizons[&id] })
            }
            _ => None,
        }
    }

    /// What is emitted in this pass; which series each is kept as, and how it is measured.
    fn members(&mut self, found: &[bool], kept: &[u32], measures: &[(u32, Measure)]) -> Vec<ValueId> {
        for (number, (node, _)) in (0u32..).zip(measures) {
            if let Operand::Value { id, lag: 0, .. } = self.graph.nodes[*node as usize]
                && self.varying[id.index()]
            {
                self.notes[id.index()].measures.push(number);
            }
        }
        for (out, node) in (0u32..).zip(kept) {
            if let Operand::Value { id, lag: 0, .. } = self.graph.nodes[*node as usize]
                && self.varying[id.index()]
            {
                self.notes[id.index()].outs.push(out);
            }
        }
        let emitted = |id: &ValueId| {
            let Note { outs, measures, .. } = &self.notes[id.index()];
            found[id.index()] && (self.stands(*id).is_none() || !outs.is_empty() || !measures.is_empty())
        };
        (0..found.len() as u32).map(ValueId).filter(emitted).collect()
    }

    /// `members`, and what only stands somewhere but has a past.
    fn with_pasts(&mut self, mut members: Vec<ValueId>, longest: &HashMap<Past, u32>) -> Vec<ValueId> {
        for (id, fill) in longest.keys() {
            self.notes[id.index()].pasts.push(*fill);
        }
        let mut is_member = vec![false; self.graph.values.len()];
        members.iter().for_each(|id| is_member[id.index()] = true);
        for (id, _) in longest.keys() {
            self.notes[id.index()].pasts.sort_unstable();
            if !std::mem::replace(&mut is_member[id.index()], true) {
                members.push(*id);
            }
        }
        members.sort_unstable();
        members
    }

    fn count_uses(&mut self, order: &[ValueId]) {
        for id in order.iter().filter(|id| !(self.known)(**id)) {
            self.graph.value(*id).op.operands(|operand| {
                if let Operand::Value { id, lag: 0, .. } = operand {
                    self.notes[id.index()].uses += 1;
                }
            });
        }
    }

    /// Finds products that a following sum or difference takes in.
    fn defer(&mut self, order: &[ValueId]) {
        for n in 2..order.len() {
            let &Op::Binary(op @ (Binary::Add | Binary::Sub), left, right) = self.op(order[n]) else {
                continue;
            };
            let (Some(left), Some(right)) = (plain(left), plain(right)) else { continue };
            let before = order[n - 1];
            let taken = if right == before && left == order[n - 2] && self.is_product(right, left, true) {
                right
            } else if right == before
                && self.is_product(left, right, op == Binary::Add)
                && order[..n].iter().rev().take(NEARBY).any(|v| *v == left)
            {
                left
            } else {
                continue;
            };
            let other = if taken == left { right } else { left };
            if !self.notes[other.index()].deferred && self.passes_on(other) {
                self.notes[taken.index()].deferred = true;
                // Its operands are read when the sum is.
                self.notes[taken.index()].position = self.notes[order[n].index()].position;
            }
        }
    }

    /// Is `id` a product that only its sum with `other` reads, with an operand in memory? The machine has
    /// no form for a product of two series less something.
    fn is_product(&self, id: ValueId, other: ValueId, pairs: bool) -> bool {
        let &Op::Binary(Binary::Mul, a, b) = self.op(id) else { return false };
        let reads_other = |operand: Operand| matches!(operand, Operand::Value { id, .. } if id == other);
        let scalar = |operand: Operand| match operand {
            Operand::Literal(_) => true,
            Operand::Value { id, .. } => !self.varying[id.index()],
        };
        let scalars = u8::from(scalar(a)) + u8::from(scalar(b));
        self.passes_on(id)
            && !reads_other(a)
            && !reads_other(b)
            && (scalars == 1 || scalars == 0 && pairs)
            && !self.notes[id.index()].deferred
    }

    /// Is `id` read once, now, and not needed in memory?
    fn passes_on(&self, id: ValueId) -> bool {
        let note = &self.notes[id.index()];
        note.uses == 1
            && note.outs.is_empty()
            && note.pasts.is_empty()
            && note.measures.is_empty()
            && self.op(id).is_elementwise()
    }

    /// A ring for every past. Where all who read the oldest number do so before the new one is
    /// written, that takes its place.
    fn place_rings(&mut self, order: &[ValueId], longest: &HashMap<Past, u32>) {
        let mut late: HashMap<Past, bool> = HashMap::new();
        for id in order {
            let position = self.notes[id.index()].position;
            let mut reads = Vec::new();
            self.reads_of(*id, |past, lag| reads.push((past, lag)));
            for (past, lag) in reads {
                let written = self.notes[past.0.index()].position;
                // A value that reads its own past does so before it writes, but kernels read what is new.
                let kernel = matches!(self.op(*id), Op::Conv { .. });
                if longest[&past] == lag && (position > written || kernel) {
                    late.insert(past, true);
                }
            }
        }
        let mut pasts: Vec<(Past, u32)> = longest.iter().map(|(past, lag)| (*past, *lag)).collect();
        pasts.sort_unstable_by_key(|(past, _)| *past);
        for (past, lag) in pasts {
            let length = (lag + u32::from(late.contains_key(&past))).max(1);
            self.rings.insert(past, Ring { slot: self.state, length });
            self.pass.fills.push((self.state, length, f64::from_bits(past.1)));
            self.state += length;
        }
    }

    /// Kept and measured series that are no value of the present bin.
    fn keep_first(&mut self, kept: &[u32], measures: &[(u32, Measure)]) {
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
    fn elsewhere(&mut self, node: u32) -> Option<Place> {
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
    fn measure(&mut self, number: u32) {
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

    fn spot(&mut self, spot: Spot) -> u32 {
        *self.spots.entry(spot).or_insert_with(|| {
            self.program.spots.push(spot);
            self.program.spots.len() as u32 - 1
        })
    }

    fn at_spot(&mut self, spot: Spot) -> At {
        At::out(self.spot(spot))
    }

    /// The last instruction's result goes to `spot` too.
    fn store_out(&mut self, spot: Spot) {
        let number = self.spot(spot);
        if self.program.code.last().is_some_and(|last| last.out != NO_OUT) {
            self.push(Code::Same, At::NOWHERE, At::NOWHERE, Place::Literal(0.0));
        }
        if let Some(last) = self.program.code.last_mut() {
            last.out = number;
        }
    }

    fn close(&mut self) {
        let to = self.program.code.len() as u32;
        if to > self.machine {
            self.pass.steps.push(ScenarioStep::Machine { from: self.machine, to });
        }
        self.machine = to;
        self.acc = None;
    }

    fn parameter(&mut self, id: ValueId, lag: u32, fill: f64) -> u32 {
        let column = *self.columns.entry(id).or_insert_with(|| {
            self.program.shared.push(id);
            self.program.shared.len() as u32 - 1
        });
        self.parameter_of(Column::Shared(column), lag, fill)
    }

    fn parameter_of(&mut self, column: Column, lag: u32, fill: f64) -> u32 {
        let bits = if lag == 0 { 0 } else { fill.to_bits() };
        *self.parameters.entry((column, lag, bits)).or_insert_with(|| {
            self.program.parameters.push(Parameter { column, lag: u64::from(lag), fill });
            self.program.parameters.len() as u32 - 1
        })
    }

    fn place(&mut self, operand: Operand) -> Place {
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
    fn beside(&mut self, operand: Operand) -> Place {
        match (self.place(operand), plain(operand)) {
            (Place::Acc, Some(id)) => Place::Memory(self.at(id)),
            (place, _) => place,
        }
    }

    /// Where a value of this bin is.
    fn at(&mut self, id: ValueId) -> At {
        match self.stands(id) {
            Some(spot) => self.at_spot(spot),
            None => self.notes[id.index()].at,
        }
    }

    /// Where the number of `lag` bins ago is.
    fn past(&mut self, past: Past, lag: u32) -> At {
        let Ring { slot, length } = self.rings[&past];
        self.at_spot(ring(slot, length, lag))
    }

    /// Computes an elementwise value in the accumulator.
    fn elementwise(&mut self, id: ValueId) {
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
    fn value(&mut self, id: ValueId, next: Option<ValueId>) {
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

    /// Puts the accumulator wherever `id` is read from, and into its measures.
    fn store(&mut self, id: ValueId, next: Option<ValueId>) {
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
        let in_register = measures.is_empty() && uses == 1 && next.is_some_and(|next| self.takes(next, id));
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
    fn measures(&mut self, id: ValueId, measures: &[u32], mut in_accumulator: bool) {
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

    fn temporary(&mut self, id: ValueId) -> At {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.temporaries += 1;
            self.temporaries - 1
        });
        self.notes[id.index()].temporary = true;
        At::memory((slot as usize * LANES) as i32)
    }

    /// Emits what is no work for the machine.
    fn special(&mut self, id: ValueId, op: &Op) {
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

    fn binary(&mut self, op: Binary, left: Operand, right: Operand) {
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
    fn takes(&self, reader: ValueId, id: ValueId) -> bool {
        let is = |operand: Operand| plain(operand) == Some(id);
        match *self.op(reader) {
            Op::Unary(_, a) => is(a),
            Op::Binary(_, a, b) => is(a) != is(b),
            Op::Select(c, a, b) => is(c) && !is(a) && !is(b),
            Op::Horizon { x, .. } => !(self.known)(reader) && is(x),
            _ => false,
        }
    }

    fn division(&mut self, id: ValueId) {
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

    fn operands_used(&mut self, op: &Op) {
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

/// The place in a ring. A ring of one slot is a slot.
fn ring(slot: u32, length: u32, lag: u32) -> Spot {
    match length {
        1 => Spot::State { slot },
        _ => Spot::Ring { slot, length, lag: lag % length },
    }
}

/// The value that `operand` is without a lag.
fn plain(operand: Operand) -> Option<ValueId> {
    match operand {
        Operand::Value { id, lag: 0, .. } => Some(id),
        _ => None,
    }
}
