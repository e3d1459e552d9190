//! What is left to do when every expression has been lowered: forward references are replaced,
//! scans inside loops written out, additions of 0 read past, equal values made one again, and every value given one fill.

use super::components::components;
use super::known::{KnownValues, in_order};
use super::plus_zero;
use crate::plan::graph::{Binary, Graph, Op, Operand, Unary, Value, ValueId};
use std::collections::HashMap;

/// Rounds of making equal values one; each may make readers equal.
const MOST_ROUNDS: usize = 8;

/// Settles `graph`, whose `forward` values stand for nodes that were not lowered yet.
pub(super) fn settle(graph: &mut Graph, forward: HashMap<u32, ValueId>) {
    let mut forward: Vec<(u32, ValueId)> = forward.into_iter().collect();
    forward.sort_unstable();
    replace_forward(graph, &forward);
    let opened = open_scans_of_loops(graph);
    if opened || !forward.is_empty() {
        merge_equal(graph);
    }
    if plus_zero::read_past(graph) {
        merge_equal(graph);
    }
    unify_fills(graph);
    graph.divisions.sort_unstable();
    graph.divisions.dedup();
    graph.always_zero.sort_unstable();
    graph.always_zero.dedup();
}

/// A new value, without looking for an equal one.
fn part(graph: &mut Graph, op: Op) -> Operand {
    graph.values.push(Value { op, fill: 0.0, history: 0 });
    Operand::now(ValueId(graph.values.len() as u32 - 1))
}

/// Puts `target[id]` in the place of every id, wherever one is read.
fn redirect(graph: &mut Graph, target: &[ValueId]) {
    let move_operand = |operand: &mut Operand| {
        if let Operand::Value { id, .. } = operand {
            *id = target[id.index()];
        }
    };
    for value in &mut graph.values {
        if let Op::Delay { x, .. } = &mut value.op {
            *x = target[x.index()];
        }
        value.op.operands_mut(move_operand);
    }
    graph.nodes.iter_mut().for_each(move_operand);
    for (division, _) in &mut graph.divisions {
        *division = target[division.index()];
    }
}

fn replace_forward(graph: &mut Graph, forward: &[(u32, ValueId)]) {
    let mut target: Vec<ValueId> = (0..graph.values.len() as u32).map(ValueId).collect();
    for &(node, id) in forward {
        let value = match graph.nodes[node as usize] {
            Operand::Value { id, lag: 0, .. } => id,
            operand => {
                part(graph, Op::Unary(Unary::Copy, operand));
                target.push(ValueId(target.len() as u32));
                ValueId(graph.values.len() as u32 - 1)
            }
        };
        target[id.index()] = value;
    }
    // A node may be nothing but another forward reference; the checks saw that this ends.
    for &(_, id) in forward {
        let mut end = target[id.index()];
        while target[end.index()] != end {
            end = target[end.index()];
        }
        target[id.index()] = end;
    }
    redirect(graph, &target);
}

/// Writes QUEUE, CUMSUM and EMA out by their formulas where they are part of a loop: there they
/// go bin by bin anyway, and as elementary operations they can share a loop's pass or its lanes.
fn open_scans_of_loops(graph: &mut Graph) -> bool {
    if !graph.values.iter().any(|value| is_scan(&value.op)) {
        return false;
    }
    let mut edges = Vec::new();
    for (index, value) in graph.values.iter().enumerate() {
        value.op.operands(|operand| {
            if let Operand::Value { id, .. } = operand {
                edges.push((id.0, index as u32));
            }
        });
    }
    let component = components(graph.values.len(), &edges);
    let mut size = vec![0u32; graph.values.len()];
    for group in &component {
        size[*group as usize] += 1;
    }
    open_scans(graph, |id| size[component[id.index()] as usize] > 1, false)
}

fn is_scan(op: &Op) -> bool {
    matches!(op, Op::Queue { .. } | Op::Cumsum { .. } | Op::Ema { .. })
}

/// Writes those scans out that `which` says; an EMA without `init` only if `all`, as its first bin
/// takes a choice.
pub(super) fn open_scans(graph: &mut Graph, which: impl Fn(ValueId) -> bool, all: bool) -> bool {
    let mut opened = false;
    for index in 0..graph.values.len() {
        let id = ValueId(index as u32);
        if !is_scan(&graph.value(id).op) || !which(id) {
            continue;
        }
        let before = |fill: f64| Operand::Value { id, lag: 1, fill };
        let sum = |a: Operand, b: Operand| {
            let (a, b) = in_order(a, b);
            Op::Binary(Binary::Add, a, b)
        };
        let op = match graph.values[index].op {
            Op::Queue { inflow, outflow, initial } => {
                let filled = part(graph, sum(before(initial), inflow));
                let drained = part(graph, Op::Binary(Binary::Sub, filled, outflow));
                Op::Binary(Binary::Max, Operand::Literal(0.0), drained)
            }
            Op::Cumsum { x } => sum(before(0.0), x),
            Op::Ema { x, alpha, init } if init.is_some() || all => {
                let new = part(graph, Op::Binary(Binary::Mul, Operand::Literal(alpha), x));
                let last = before(init.unwrap_or(0.0));
                let old = part(graph, Op::Binary(Binary::Mul, Operand::Literal(1.0 - alpha), last));
                match init {
                    Some(_) => sum(new, old),
                    None => {
                        let next = part(graph, sum(new, old));
                        let first = part(graph, Op::Pulse { period: u64::MAX, phase: 0 });
                        Op::Select(first, x, next)
                    }
                }
            }
            _ => continue,
        };
        graph.values[index].op = op;
        opened = true;
    }
    opened
}

/// Makes values that compute the same one: what was a forward reference in one place and a plain
/// one in another, and the parts of scans that somebody else has written out too.
fn merge_equal(graph: &mut Graph) {
    for _ in 0..MOST_ROUNDS {
        let mut known = KnownValues::default();
        let mut target: Vec<ValueId> = Vec::with_capacity(graph.values.len());
        for value in &mut graph.values {
            if let Op::Binary(op, a, b) = &mut value.op
                && op.commutes()
            {
                (*a, *b) = in_order(*a, *b);
            }
        }
        for (value, index) in graph.values.iter().zip(0u32..) {
            target.push(known.id(&value.op, ValueId(index), |id| &graph.values[id.index()].op));
        }
        if target.iter().enumerate().all(|(index, id)| id.index() == index) {
            return;
        }
        redirect(graph, &target);
    }
}

/// A value has one history, so one fill: readers that want another get a copy.
fn unify_fills(graph: &mut Graph) {
    let mut fill: Vec<Option<u64>> = vec![None; graph.values.len()];
    let mut copies: HashMap<(ValueId, u64), ValueId> = HashMap::new();
    let mut added: Vec<Value> = Vec::new();
    let first_new = graph.values.len() as u32;
    let mut settle = |operand: &mut Operand, history: &mut Vec<u32>| {
        let Operand::Value { id, lag, fill: wanted } = operand else { return };
        if *lag == 0 {
            return;
        }
        let bits = wanted.to_bits();
        let known = &mut fill[id.index()];
        if *known.get_or_insert(bits) != bits {
            *id = *copies.entry((*id, bits)).or_insert_with(|| {
                let op = Op::Unary(Unary::Copy, Operand::now(*id));
                added.push(Value { op, fill: *wanted, history: 0 });
                history.push(0);
                ValueId(first_new + added.len() as u32 - 1)
            });
        }
        history[id.index()] = history[id.index()].max(*lag);
    };
    let mut history = vec![0u32; graph.values.len()];
    for value in &mut graph.values {
        value.op.operands_mut(|operand| settle(operand, &mut history));
    }
    for operand in &mut graph.nodes {
        settle(operand, &mut history);
    }
    for (value, bits) in graph.values.iter_mut().zip(&fill) {
        value.fill = f64::from_bits(bits.unwrap_or(0));
    }
    graph.values.extend(added);
    for (value, history) in graph.values.iter_mut().zip(history) {
        value.history = history;
    }
}
