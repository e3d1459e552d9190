//! A schedule to a program: memory for values, instructions for expressions.

mod blocks;
mod expressions;
mod layout;
mod notes;
mod pass;
mod rows;

use super::schedule::{Schedule, Unit, is_source, schedule};
use crate::plan::graph::{Graph, Op, Operand, ValueId};
use crate::plan::program::{Horizon, How, Out, Program, Stage, Summary};
use notes::Notes;
use pass::PassEmit;
use std::collections::HashMap;

/// What a program is built for.
pub(crate) struct Request<'a> {
    /// Inputs that have one value in every bin.
    pub(crate) uniform: &'a [bool],
    /// What is kept.
    pub(crate) kept: &'a [Operand],
    /// The nodes that are computed: those kept and all that they read.
    pub(crate) computed: &'a [bool],
}

/// Builds the program, and says which series each kept value is.
pub(crate) fn program(graph: &Graph, request: &Request) -> (Program, Vec<u32>) {
    let mut program = Program::default();
    let mut keeps: HashMap<(ValueId, u32, u64), u32> = HashMap::new();
    let mut series = Vec::with_capacity(request.kept.len());
    let mut literals: HashMap<u64, u32> = HashMap::new();
    let mut roots: Vec<ValueId> = Vec::new();
    for &kept in request.kept {
        let number = program.outs.len() as u32;
        let number = match kept {
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
        notes: Notes::new(graph.values.len()),
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
    notes: Notes,
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
