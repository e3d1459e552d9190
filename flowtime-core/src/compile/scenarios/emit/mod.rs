//! Emission of the steps of a bin.

mod places;
mod values;

use super::order::{Past, lagged_reads, order};
use super::{is_horizon, reached, roots};
use crate::compile::components::components;
use crate::plan::graph::{Binary, Graph, Op, Operand, ValueId};
use crate::plan::measure::Measure;
use crate::plan::program::At;
use crate::plan::scenarios::{Column, Request, ScenarioPass, ScenarioProgram, Spot, Varies};
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
    /// A minimum that is computed together with what it leaves of its other operand.
    takes: bool,
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
            takes: false,
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
        self.find_takes(&emitted);
        let mut values = emitted.iter().copied().enumerate();
        while let Some((n, id)) = values.next() {
            if self.notes[id.index()].takes {
                values.next();
                self.take(id, emitted[n + 1], emitted.get(n + 2).copied());
            } else {
                self.value(id, emitted.get(n + 1).copied());
            }
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

    /// Finds minima of what was just computed and of something else, with what they leave of it right behind.
    fn find_takes(&mut self, emitted: &[ValueId]) {
        for three in emitted.windows(3) {
            let &[whole, less, rest] = three else { continue };
            let (
                &Op::Binary(Binary::Min | Binary::Lower | Binary::AtMost, a, b),
                &Op::Binary(Binary::Sub, c, d),
            ) = (self.op(less), self.op(rest))
            else {
                continue;
            };
            let is = |operand: Operand, id: ValueId| plain(operand) == Some(id);
            let of_whole = is(a, whole) != is(b, whole) && is(c, whole) && is(d, less);
            let note = &self.notes[less.index()];
            let stored = note.pasts.len() + note.outs.len();
            let in_accumulator = self.op(whole).is_elementwise()
                && self.stands(whole).is_none()
                && self.notes[whole.index()].measures.is_empty()
                && !self.notes[whole.index()].takes;
            self.notes[less.index()].takes =
                of_whole && in_accumulator && stored <= 1 && note.measures.is_empty();
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
