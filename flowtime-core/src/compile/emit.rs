//! A schedule to a program: memory for values, instructions for expressions.

mod rows;

use super::schedule::{Schedule, Unit, is_source, schedule};
use super::select::{self, Place};
use super::slots::Slots;
use crate::plan::graph::{Binary, Graph, Op, Operand, ValueId};
use crate::plan::program::{
    Code, Horizon, How, Instruction, NO_OUT, NONE, Out, Pass, Program, Scan, ScanKind, Stage, Step, Summary,
    Uniform,
};
use std::collections::{HashMap, HashSet};

/// Values of one run of the vector machine: few enough that what they read is still cached.
const SEGMENT: usize = 256;

/// How far back a product may stand that a sum takes in: its operands stay in memory till then.
const NEARBY: usize = 16;

/// What a program is built for.
pub(crate) struct Request<'a> {
    /// Inputs that have one value in every bin.
    pub(crate) uniform: &'a [bool],
    /// The nodes whose series are kept, each with the number of its series.
    pub(crate) kept: &'a [u32],
    /// The nodes that are computed: those kept and all that they read.
    pub(crate) computed: &'a [bool],
}

/// Builds the program, and says which series each kept node is.
pub(crate) fn program(graph: &Graph, request: &Request) -> (Program, Vec<u32>) {
    let mut program = Program::default();
    let mut keeps: HashMap<(ValueId, u32, u64), u32> = HashMap::new();
    let mut series = Vec::with_capacity(request.kept.len());
    let mut literals: HashMap<u64, u32> = HashMap::new();
    let mut roots: Vec<ValueId> = Vec::new();
    for &node in request.kept {
        let number = program.outs.len() as u32;
        let number = match graph.nodes[node as usize] {
            Operand::Literal(x) => *literals.entry(x.to_bits()).or_insert_with(|| {
                program.outs.push(Out::Literal(x));
                number
            }),
            Operand::Value { id, lag, fill } => {
                let fill = if lag == 0 { 0 } else { fill.to_bits() };
                *keeps.entry((id, lag, fill)).or_insert_with(|| {
                    roots.push(id);
                    program.outs.push(match graph.value(id).op {
                        Op::Input(input) if lag == 0 && request.uniform[input as usize] => Out::Input(input),
                        _ => Out::Computed,
                    });
                    number
                })
            }
        };
        series.push(number);
    }
    for &(division, node) in &graph.divisions {
        if request.computed[node as usize] {
            roots.push(division);
        }
    }
    program.always_zero =
        graph.always_zero.iter().copied().filter(|node| request.computed[*node as usize]).collect();

    let schedule = schedule(graph, &roots);
    let mut emit = Emit {
        graph,
        request,
        schedule: &schedule,
        program,
        columns: HashMap::new(),
        delays: HashMap::new(),
        horizons: HashMap::new(),
        division_pass: HashMap::new(),
        end: 0,
    };
    let mut keeps: Vec<(ValueId, u32, u32)> =
        keeps.into_iter().map(|((id, lag, _), out)| (id, lag, out)).collect();
    keeps.sort_unstable();
    emit.passes(&keeps);
    let mut program = emit.program;
    program.divided_nodes.sort_unstable();
    program.divided_nodes.dedup();
    program.arena = emit.end;
    program.summary = summary(graph, &schedule, request.computed);
    (program, series)
}

/// What people are told about the schedule.
fn summary(graph: &Graph, schedule: &Schedule, computed: &[bool]) -> Summary {
    let mut nodes_of: HashMap<ValueId, Vec<u32>> = HashMap::new();
    for (node, operand) in graph.nodes.iter().enumerate().filter(|(node, _)| computed[*node]) {
        if let Operand::Value { id, .. } = operand {
            nodes_of.entry(*id).or_default().push(node as u32);
        }
    }
    let stages = |units: &Vec<Unit>| {
        let mut stages: Vec<Stage> = Vec::new();
        for unit in units {
            let how = match unit {
                Unit::Value(_) => How::Tiles,
                Unit::Loop { chunk, .. } => How::Loop { bins: *chunk },
                Unit::Bundle { batches } => {
                    How::Bundle { lanes: batches.iter().map(Vec::len).max().unwrap_or(0) as u32 }
                }
            };
            if how != How::Tiles || stages.last().is_none_or(|stage| stage.how != How::Tiles) {
                stages.push(Stage { how, values: 0, nodes: Vec::new() });
            }
            if let Some(stage) = stages.last_mut() {
                let values = unit.values();
                stage.values += values.len();
                stage.nodes.extend(values.iter().filter_map(|id| nodes_of.get(id)).flatten());
            }
        }
        stages
    };
    Summary {
        values: schedule.needed.iter().filter(|needed| **needed).count(),
        passes: schedule.passes.iter().map(stages).collect(),
    }
}

struct Emit<'a> {
    graph: &'a Graph,
    request: &'a Request<'a>,
    schedule: &'a Schedule,
    program: Program,
    /// Values that later passes read, and where they are left.
    columns: HashMap<ValueId, u32>,
    delays: HashMap<ValueId, u32>,
    horizons: HashMap<ValueId, u32>,
    /// The pass of each node's first division.
    division_pass: HashMap<u32, u32>,
    end: usize,
}

impl Emit<'_> {
    fn passes(&mut self, keeps: &[(ValueId, u32, u32)]) {
        let graph = self.graph;
        // What crosses from one pass to a later one, other than SUM and MEAN.
        for index in (0..graph.values.len()).filter(|i| self.schedule.needed[*i]) {
            let value = &graph.values[index];
            if let Op::Horizon { mean, .. } = value.op {
                self.horizons.insert(ValueId(index as u32), self.program.horizons.len() as u32);
                self.program.horizons.push(Horizon { mean });
            }
            value.op.reads(|read| {
                let op = &graph.value(read).op;
                let crosses = self.schedule.pass[read.index()] < self.schedule.pass[index];
                if crosses
                    && !is_source(op)
                    && !matches!(op, Op::Horizon { .. })
                    && !self.columns.contains_key(&read)
                {
                    self.columns.insert(read, self.program.columns as u32);
                    self.program.columns += 1;
                }
            });
        }
        // A lagged SUM or MEAN is kept one pass later than it is known.
        let keep_pass = |id: ValueId, lag: u32| {
            let after = matches!(graph.value(id).op, Op::Horizon { .. }) && lag > 0;
            self.schedule.pass[id.index()] + u32::from(after)
        };
        let last = keeps.iter().map(|(id, lag, _)| keep_pass(*id, *lag) as usize + 1).max().unwrap_or(0);
        let passes = self.schedule.passes.len().max(last);
        let mut by_pass: Vec<Vec<(ValueId, u32, u32)>> = vec![Vec::new(); passes];
        for &(id, lag, out) in keeps {
            match graph.value(id).op {
                Op::Horizon { .. } if lag == 0 => {
                    self.program.outs[out as usize] = Out::Horizon(self.horizons[&id])
                }
                _ if matches!(self.program.outs[out as usize], Out::Input(_)) => {}
                _ => by_pass[keep_pass(id, lag) as usize].push((id, lag, out)),
            }
        }
        for (number, keeps) in by_pass.iter().enumerate() {
            let pass = PassEmit::new(self, number as u32, keeps).run();
            self.program.passes.push(pass);
        }
    }
}

/// The emission of one pass.
struct PassEmit<'a, 'b> {
    emit: &'b mut Emit<'a>,
    number: u32,
    pass: Pass,
    slots: Slots,
    /// The block of each value that has one now.
    address: HashMap<ValueId, i32>,
    /// Blocks that are never freed in this pass.
    lasting: HashSet<ValueId>,
    literals: HashMap<u64, i32>,
    /// Reads of each value that are still to come.
    uses: HashMap<ValueId, u32>,
    /// The output of each value that is kept as it is.
    outs: HashMap<ValueId, u32>,
    /// Products that their sum computes: they have no instruction of their own.
    deferred: HashSet<ValueId>,
    /// What the accumulator holds.
    acc: Option<ValueId>,
    /// Delay lines by the value that they delay.
    delayed: HashMap<ValueId, Vec<u32>>,
    lagged_keeps: Vec<(ValueId, u32, u32)>,
    /// Inside a loop, blocks from outside are freed only after it.
    in_loop: bool,
    free_after_loop: Vec<ValueId>,
    inside_loop: HashSet<ValueId>,
}

impl<'a, 'b> PassEmit<'a, 'b> {
    fn new(emit: &'b mut Emit<'a>, number: u32, keeps: &[(ValueId, u32, u32)]) -> Self {
        let mut this = PassEmit {
            emit,
            number,
            pass: Pass::default(),
            slots: Slots::default(),
            address: HashMap::new(),
            lasting: HashSet::new(),
            literals: HashMap::new(),
            uses: HashMap::new(),
            outs: HashMap::new(),
            deferred: HashSet::new(),
            acc: None,
            delayed: HashMap::new(),
            lagged_keeps: Vec::new(),
            in_loop: false,
            free_after_loop: Vec::new(),
            inside_loop: HashSet::new(),
        };
        for &(id, lag, out) in keeps {
            if lag == 0 {
                this.outs.insert(id, out);
            } else {
                *this.uses.entry(id).or_default() += 1;
                this.lagged_keeps.push((id, lag, out));
            }
        }
        this
    }

    fn units(&self) -> &'a [Unit] {
        self.emit.schedule.passes.get(self.number as usize).map_or(&[], Vec::as_slice)
    }

    fn op(&self, id: ValueId) -> &'a Op {
        &self.emit.graph.value(id).op
    }

    fn run(mut self) -> Pass {
        let units = self.units();
        let graph = self.emit.graph;
        let here = |this: &Self, id: ValueId| this.emit.schedule.pass[id.index()] == this.number;
        for id in units.iter().flat_map(Unit::values) {
            self.op(id).reads(|read| *self.uses.entry(read).or_default() += 1);
            if self.emit.columns.contains_key(&id) {
                *self.uses.entry(id).or_default() += 1;
            }
            if let Op::Delay { x, lag, fill } = self.op(id) {
                let number = self.emit.program.delays.len() as u32;
                self.emit.program.delays.push((*lag, *fill));
                self.emit.delays.insert(id, number);
                self.delayed.entry(*x).or_default().push(number);
            }
        }
        let mut kept_sources: Vec<ValueId> =
            self.outs.keys().copied().filter(|id| is_source(&graph.value(*id).op)).collect();
        kept_sources.sort_unstable();
        for id in kept_sources {
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
    fn feedback(&mut self, values: &[ValueId], chunk: u32) {
        self.sources_of(values);
        self.inside_loop = values.iter().copied().collect();
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
        self.inside_loop.clear();
        self.hand_over(values);
    }

    /// Gives what was just computed to delay lines and later passes.
    fn hand_over(&mut self, values: &[ValueId]) {
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

    /// Makes sure that everything that `values` read from elsewhere is in memory.
    fn sources_of(&mut self, values: &[ValueId]) {
        for &id in values {
            let mut reads = Vec::new();
            self.op(id).operands(|operand| {
                if let Operand::Value { id, lag, .. } = operand {
                    reads.push((id, lag));
                }
            });
            let elementwise = self.op(id).is_elementwise();
            for (read, lag) in reads {
                let parameter = elementwise && lag == 0 && self.parameter(read).is_some();
                if !parameter {
                    self.source(read);
                }
            }
        }
    }

    /// The input that `id` is, if that has one value in every bin.
    fn parameter(&self, id: ValueId) -> Option<u32> {
        match self.op(id) {
            Op::Input(input) if self.emit.request.uniform[*input as usize] => Some(*input),
            _ => None,
        }
    }

    /// Brings a value that is not computed in this pass into memory.
    fn source(&mut self, id: ValueId) {
        if self.address.contains_key(&id) {
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
            let out = self.outs.get(&id).copied().unwrap_or(NO_OUT);
            let wanted = self.uses.get(&id).is_some_and(|uses| *uses > 0);
            let dst = if wanted { self.destination(id) } else { NONE };
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

    fn lasting_block(&mut self, id: ValueId) -> i32 {
        let value = self.emit.graph.value(id);
        let address = self.slots.append(value.history);
        if value.history > 0 {
            self.pass.histories.push((address, value.history, value.fill));
        }
        self.lasting.insert(id);
        self.address.insert(id, address);
        address
    }

    /// The block that `id` is written to, taken now if it has none.
    fn destination(&mut self, id: ValueId) -> i32 {
        if let Some(&address) = self.address.get(&id) {
            return address;
        }
        if self.emit.graph.value(id).history > 0 {
            return self.lasting_block(id);
        }
        let address = self.slots.take();
        self.address.insert(id, address);
        address
    }

    /// The block that `id` is read from.
    fn memory(&mut self, id: ValueId) -> i32 {
        self.source(id);
        self.destination(id)
    }

    /// The block of an operand that must be in memory.
    fn operand(&mut self, operand: Operand) -> i32 {
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
    fn used(&mut self, id: ValueId) {
        let Some(uses) = self.uses.get_mut(&id) else { return };
        *uses = uses.saturating_sub(1);
        if *uses == 0 {
            if self.in_loop && !self.inside_loop.contains(&id) {
                self.free_after_loop.push(id);
            } else {
                self.free(id);
            }
        }
    }

    fn free(&mut self, id: ValueId) {
        if !self.lasting.contains(&id)
            && let Some(address) = self.address.remove(&id)
        {
            self.slots.free(address);
        }
    }

    fn operands_used(&mut self, id: ValueId) {
        let mut reads = Vec::new();
        self.op(id).operands(|operand| {
            if let Operand::Value { id, .. } = operand {
                reads.push(id);
            }
        });
        for read in reads {
            self.used(read);
        }
    }

    /// Emits a value that is not elementwise.
    fn single(&mut self, id: ValueId) -> Option<Step> {
        let graph = self.emit.graph;
        let out = self.outs.get(&id).copied().unwrap_or(NO_OUT);
        let wanted = self.uses.get(&id).is_some_and(|uses| *uses > 0) || graph.value(id).history > 0;
        let (kind, a, b) = match self.op(id).clone() {
            Op::Delay { .. } => {
                let dst = if wanted { self.destination(id) } else { NONE };
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
        let dst = if wanted { self.destination(id) } else { NONE };
        self.operands_used(id);
        self.emit.program.scans.push(Scan { kind, a, b });
        Some(Step::Scan { scan: self.emit.program.scans.len() as u32 - 1, dst, out })
    }

    /// Emits elementwise values, in order, as one run of the machine.
    fn machine(&mut self, values: &[ValueId]) -> Option<Step> {
        let from = self.emit.program.code.len() as u32;
        self.acc = None;
        self.defer(values);
        let emitted: Vec<ValueId> = values.iter().copied().filter(|id| !self.deferred.contains(id)).collect();
        for (n, &id) in emitted.iter().enumerate() {
            self.value(id, emitted.get(n + 1).copied());
        }
        self.acc = None;
        let to = self.emit.program.code.len() as u32;
        (to > from).then_some(Step::Machine { from, to })
    }

    /// Finds products that a following sum or difference takes in: in `p + x·s` the product needs
    /// no pass of its own while `p` is in the accumulator.
    fn defer(&mut self, values: &[ValueId]) {
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
            if !self.deferred.contains(&other) && self.passes_on(other) {
                self.deferred.insert(taken);
            }
        }
    }

    /// Is `id` a product that only its sum with `other` reads, of operands that are in memory?
    fn is_product(&self, id: ValueId, other: ValueId, pairs: bool) -> bool {
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
            && !self.deferred.contains(&id)
    }

    /// Is `id` read once, now, and not needed in memory or as an output?
    fn passes_on(&self, id: ValueId) -> bool {
        self.uses.get(&id) == Some(&1)
            && self.emit.graph.value(id).history == 0
            && !self.outs.contains_key(&id)
            && self.op(id).is_elementwise()
    }

    /// Can `reader` take `id` from the accumulator?
    fn takes(&self, reader: ValueId, id: ValueId) -> bool {
        let is = |operand: &Operand| plain(*operand) == Some(id);
        match self.op(reader) {
            Op::Unary(_, a) => is(a),
            Op::Binary(_, a, b) => is(a) != is(b),
            Op::Select(c, a, b) => is(c) && !is(a) && !is(b),
            _ => false,
        }
    }

    fn place(&mut self, operand: Operand) -> Place {
        match operand {
            Operand::Literal(x) => Place::Literal(x),
            Operand::Value { id, lag: 0, .. } if self.acc == Some(id) => Place::Acc,
            Operand::Value { id, lag: 0, .. }
                if self.parameter(id).is_some() && !self.address.contains_key(&id) =>
            {
                Place::Parameter(self.parameter(id).unwrap_or(0))
            }
            _ => Place::Memory(self.operand(operand)),
        }
    }

    /// The place of an operand that may not be the accumulator.
    fn beside(&mut self, operand: Operand) -> Place {
        match self.place(operand) {
            Place::Acc => Place::Memory(self.operand(operand)),
            place => place,
        }
    }

    fn push(&mut self, code: Code, a: i32, b: i32, scalar: Place) {
        let literal = match scalar {
            Place::Literal(x) => x,
            _ => 0.0,
        };
        if let Place::Parameter(input) = scalar {
            self.emit.program.patches.push((self.emit.program.code.len() as u32, code, input));
            self.emit.program.code.push(Instruction::new(code, a, b, literal));
        } else {
            self.emit.program.code.push(Instruction::new(code.specialised(literal), a, b, literal));
        }
    }

    fn load(&mut self, place: Place) {
        match place {
            Place::Acc => {}
            Place::Memory(address) => self.push(Code::LoadV, address, NONE, Place::Literal(0.0)),
            scalar => self.push(Code::LoadS, NONE, NONE, scalar),
        }
    }

    /// Emits one elementwise value; `next` is what follows in the same run of the machine.
    fn value(&mut self, id: ValueId, next: Option<ValueId>) {
        match *self.op(id) {
            Op::Unary(op, a) => {
                let place = self.place(a);
                self.load(place);
                match select::unary(op) {
                    Some(code) => self.push(code, NONE, NONE, Place::Literal(0.0)),
                    None if place == Place::Acc => self.push(Code::Same, NONE, NONE, Place::Literal(0.0)),
                    None => {}
                }
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
                    && self.deferred.remove(&product)
                {
                    self.operands_used(product);
                }
            }
        }
        let history = self.emit.graph.value(id).history > 0;
        let uses = self.uses.get(&id).copied().unwrap_or(0);
        let in_register = uses == 1 && !history && next.is_some_and(|next| self.takes(next, id));
        let dst = if uses > 0 && !in_register || history { self.destination(id) } else { NONE };
        let out = self.outs.get(&id).copied().unwrap_or(NO_OUT);
        if let Some(instruction) = self.emit.program.code.last_mut() {
            instruction.dst = dst;
            instruction.out = out;
        }
        self.acc = Some(id);
    }

    /// `IF(c, a, b)`; neither `a` nor `b` is in the accumulator.
    fn select_of(&mut self, c: Place, a: Place, mut b: Place) {
        if let (false, Place::Parameter(_)) = (a.is_memory(), b) {
            b = self.parameter_block(b);
        }
        self.load(c);
        match (a, b) {
            (Place::Memory(a), Place::Memory(b)) => self.push(Code::SelVV, a, b, Place::Literal(0.0)),
            (Place::Memory(a), scalar) => self.push(Code::SelVS, a, NONE, scalar),
            (scalar, Place::Memory(b)) => self.push(Code::SelSV, b, NONE, scalar),
            (scalar, Place::Literal(b)) => {
                let bits = b.to_bits();
                self.push(Code::SelSS, (bits >> 32) as u32 as i32, bits as u32 as i32, scalar);
            }
            _ => {}
        }
    }

    fn parameter_block(&mut self, place: Place) -> Place {
        let Place::Parameter(input) = place else { return place };
        let address = self.slots.append(0);
        self.pass.uniform.push((address, Uniform::Input(input)));
        Place::Memory(address)
    }

    fn binary(&mut self, op: Binary, left: Operand, right: Operand) {
        let taken = |this: &Self, operand: Operand| plain(operand).filter(|id| this.deferred.contains(id));
        if let Some(product) = taken(self, right).or(taken(self, left)) {
            self.sum_with_product(op, product, taken(self, right).is_some());
            return;
        }
        let l = self.place(left);
        let r = if l == Place::Acc { self.beside(right) } else { self.place(right) };
        self.binary_of(op, l, r);
    }

    /// `l op r`; at most one of them is in the accumulator.
    fn binary_of(&mut self, op: Binary, l: Place, r: Place) {
        match select::binary(op, l, r) {
            Some((code, exchanged)) => self.binary_form(code, l, r, exchanged),
            None => {
                self.load(l);
                // A copy in memory of the accumulator's own value reads the same numbers.
                if let Some((code, exchanged)) = select::binary(op, Place::Acc, r) {
                    self.binary_form(code, Place::Acc, r, exchanged);
                }
            }
        }
    }

    fn binary_form(&mut self, code: Code, left: Place, right: Place, exchanged: bool) {
        let (first, second) = if exchanged { (right, left) } else { (left, right) };
        let mut addresses = [first, second].into_iter().filter_map(|place| match place {
            Place::Memory(address) => Some(address),
            _ => None,
        });
        let (a, b) = (addresses.next().unwrap_or(NONE), addresses.next().unwrap_or(NONE));
        let scalar = [first, second]
            .into_iter()
            .find(|place| matches!(place, Place::Literal(_) | Place::Parameter(_)))
            .unwrap_or(Place::Literal(0.0));
        self.push(code, a, b, scalar);
    }

    /// `p + product`, `p - product` or `product - p` with `p` in the accumulator.
    fn sum_with_product(&mut self, op: Binary, product: ValueId, on_the_right: bool) {
        let Op::Binary(_, x, y) = *self.op(product) else { return };
        let (x, y) = (self.beside(x), self.beside(y));
        match (x, y) {
            (Place::Memory(x), Place::Memory(y)) => {
                let code = if op == Binary::Add { Code::AddAVV } else { Code::SubAVV };
                self.push(code, x, y, Place::Literal(0.0));
            }
            (Place::Memory(address), scalar) | (scalar, Place::Memory(address)) => {
                let code = match (op, on_the_right) {
                    (Binary::Add, _) => Code::AddAVS,
                    (_, true) => Code::SubAVS,
                    (_, false) => Code::SubVSA,
                };
                self.push(code, address, NONE, scalar);
            }
            _ => {}
        }
    }

    /// Numbers the division just emitted, if its divisor can be 0.
    fn division(&mut self, id: ValueId) {
        if self.emit.graph.division_owners(id).next().is_some() {
            let number = self.number_division(id);
            if let Some(instruction) = self.emit.program.code.last_mut() {
                instruction.division = number;
            }
        }
    }

    /// A number for a division, with the nodes that it counts for.
    fn number_division(&mut self, id: ValueId) -> u32 {
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
