//! In which pass and in which order values are computed, and which of them only bin by bin.

use super::bundle::{self, Work};
use super::components::components;
use crate::plan::graph::{Graph, Op, Operand, ValueId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bins that a loop may advance at a time when its shortest memory is at least as long.
pub(crate) const CHUNK: u32 = 8;

/// What is computed, when.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Is the value needed at all?
    pub(crate) needed: Vec<bool>,
    /// The pass in which each needed value is computed.
    pub(crate) pass: Vec<u32>,
    /// The work of each pass, in order.
    pub(crate) passes: Vec<Vec<Unit>>,
}

/// What is scheduled as one piece.
#[derive(Debug, Clone)]
pub(crate) enum Unit {
    /// One value, a whole tile at a time.
    Value(ValueId),
    /// Values that wait for each other's earlier bins, in the order of one bin.
    Loop { values: Vec<ValueId>, chunk: u32 },
    /// Loops of equal shape and what lies between them, bin by bin, in batches of equal operations.
    Bundle { batches: Vec<Vec<ValueId>> },
}

impl Unit {
    /// Every value in it.
    pub(crate) fn values(&self) -> Vec<ValueId> {
        match self {
            Unit::Value(id) => vec![*id],
            Unit::Loop { values, .. } => values.clone(),
            Unit::Bundle { batches } => batches.iter().flatten().copied().collect(),
        }
    }
}

/// Values that need no work of their own before they are first read in a pass.
pub(crate) fn is_source(op: &Op) -> bool {
    matches!(op, Op::Input(_) | Op::Bin | Op::Pulse { .. })
}

/// Schedules everything that `roots` need.
pub(crate) fn schedule(graph: &Graph, roots: &[ValueId]) -> Schedule {
    let count = graph.values.len();
    let needed = needed(graph, roots);
    let mut edges = Vec::new();
    for (index, value) in graph.values.iter().enumerate().filter(|(index, _)| needed[*index]) {
        value.op.reads(|read| edges.push((index as u32, read.0)));
    }
    // What is read has a smaller component number, so one sweep settles the passes. A SUM or MEAN
    // is never inside a loop.
    let component = components(count, &edges);
    let mut by_component: Vec<u32> = (0..count as u32).filter(|v| needed[*v as usize]).collect();
    by_component.sort_by_key(|v| component[*v as usize]);
    let mut pass = vec![0u32; count];
    let mut start = 0;
    while start < by_component.len() {
        let group = component[by_component[start] as usize];
        let mut end = start;
        let mut latest = 0;
        while end < by_component.len() && component[by_component[end] as usize] == group {
            graph.values[by_component[end] as usize].op.reads(|read| {
                let after = matches!(graph.value(read).op, Op::Horizon { .. });
                latest = latest.max(pass[read.index()] + u32::from(after));
            });
            end += 1;
        }
        for v in &by_component[start..end] {
            pass[*v as usize] = latest;
        }
        start = end;
    }

    let passes = by_component.iter().map(|v| pass[*v as usize] + 1).max().unwrap_or(1);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); passes as usize];
    for index in (0..count as u32).filter(|v| needed[*v as usize]) {
        if !is_source(&graph.values[index as usize].op) {
            members[pass[index as usize] as usize].push(index);
        }
    }
    let passes = members.iter().map(|members| order(graph, members)).collect();
    Schedule { needed, pass, passes }
}

fn needed(graph: &Graph, roots: &[ValueId]) -> Vec<bool> {
    let mut needed = vec![false; graph.values.len()];
    let mut stack: Vec<ValueId> = roots.to_vec();
    while let Some(id) = stack.pop() {
        if !std::mem::replace(&mut needed[id.index()], true) {
            graph.value(id).op.reads(|read| stack.push(read));
        }
    }
    needed
}

/// Orders one pass: what can be done a tile at a time is gathered before each loop.
fn order(graph: &Graph, members: &[u32]) -> Vec<Unit> {
    let mut local = std::collections::HashMap::with_capacity(members.len());
    for (n, id) in members.iter().enumerate() {
        local.insert(*id, n as u32);
    }
    // Edges inside a tile; delays read bins of earlier tiles only.
    let mut edges: Vec<(u32, u32, u32)> = Vec::new();
    for (n, id) in members.iter().enumerate() {
        graph.values[*id as usize].op.operands(|operand| {
            if let Operand::Value { id, lag, .. } = operand
                && let Some(read) = local.get(&id.0)
            {
                edges.push((*read, n as u32, lag));
            }
        });
    }
    let plain: Vec<(u32, u32)> = edges.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut component = components(members.len(), &plain);
    let groups = component.iter().map(|c| c + 1).max().unwrap_or(0) as usize;
    let bundles = find_bundles(graph, members, &edges, &component, groups);
    // The members of a bundle are one component from now on.
    let mut batches_of = std::collections::HashMap::new();
    for batches in bundles {
        let group = component[batches[0][0] as usize];
        for n in batches.iter().flatten() {
            component[*n as usize] = group;
        }
        batches_of.insert(group, batches);
    }
    let mut inside: Vec<Vec<u32>> = vec![Vec::new(); groups];
    for (n, c) in component.iter().enumerate() {
        inside[*c as usize].push(n as u32);
    }
    let mut loop_edges: Vec<Vec<(u32, u32, u32)>> = vec![Vec::new(); groups];
    let mut waiting = vec![0u32; groups];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); groups];
    for &(from, to, lag) in &edges {
        let (from_group, to_group) = (component[from as usize], component[to as usize]);
        if from_group == to_group {
            loop_edges[from_group as usize].push((from, to, lag));
        } else {
            waiting[to_group as usize] += 1;
            readers[from_group as usize].push(to_group);
        }
    }
    let mut singles: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    let mut loops: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    let release = |group: u32, singles: &mut BinaryHeap<_>, loops: &mut BinaryHeap<_>| {
        let queue = if loop_edges[group as usize].is_empty() { singles } else { loops };
        queue.push(Reverse((inside[group as usize][0], group)));
    };
    for group in 0..groups as u32 {
        if waiting[group as usize] == 0 && !inside[group as usize].is_empty() {
            release(group, &mut singles, &mut loops);
        }
    }
    let mut units = Vec::with_capacity(groups);
    loop {
        let group = match singles.pop() {
            Some(Reverse((first, group))) => {
                units.push(Unit::Value(ValueId(members[first as usize])));
                group
            }
            None => match loops.pop() {
                Some(Reverse((_, group))) => {
                    units.push(match batches_of.get(&group) {
                        Some(batches) => Unit::Bundle { batches: bundle::values(members, batches) },
                        None => loop_unit(members, &inside[group as usize], &loop_edges[group as usize]),
                    });
                    group
                }
                None => break,
            },
        };
        for &reader in &readers[group as usize] {
            waiting[reader as usize] -= 1;
            if waiting[reader as usize] == 0 {
                release(reader, &mut singles, &mut loops);
            }
        }
    }
    units
}

/// Looks for loops that have to go bin by bin and have company of their shape.
fn find_bundles(
    graph: &Graph,
    members: &[u32],
    edges: &[(u32, u32, u32)],
    component: &[u32],
    groups: usize,
) -> Vec<Vec<Vec<u32>>> {
    let mut loop_edges: Vec<Vec<(u32, u32, u32)>> = vec![Vec::new(); groups];
    for &(from, to, lag) in edges {
        if component[from as usize] == component[to as usize] {
            loop_edges[component[from as usize] as usize].push((from, to, lag));
        }
    }
    if loop_edges.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    let mut inside: Vec<Vec<u32>> = vec![Vec::new(); groups];
    for (n, c) in component.iter().enumerate() {
        inside[*c as usize].push(n as u32);
    }
    let loops: Vec<Vec<u32>> = inside
        .into_iter()
        .zip(&loop_edges)
        .filter(|(inside, edges)| !edges.is_empty() && bin_order(inside, edges, CHUNK).is_none())
        .map(|(inside, _)| inside)
        .collect();
    Work { graph, members, edges, component }.bundles(&loops)
}

/// The order inside a loop, and how many bins it may advance at a time: as many as leave the
/// shorter lags without a cycle, for then every bin of the chunk only waits for earlier chunks.
fn loop_unit(members: &[u32], inside: &[u32], edges: &[(u32, u32, u32)]) -> Unit {
    let (chunk, order) = match bin_order(inside, edges, CHUNK) {
        Some(order) => (CHUNK, order),
        // Lag 0 alone has no cycle: the model was checked.
        None => (1, bin_order(inside, edges, 1).unwrap_or_else(|| inside.to_vec())),
    };
    Unit::Loop { values: order.iter().map(|n| ValueId(members[*n as usize])).collect(), chunk }
}

/// An order of `inside` in which lags below `chunk` look back, if there is one.
pub(super) fn bin_order(inside: &[u32], edges: &[(u32, u32, u32)], chunk: u32) -> Option<Vec<u32>> {
    let position = |n: u32| inside.binary_search(&n).unwrap_or(0);
    let mut waiting = vec![0u32; inside.len()];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); inside.len()];
    for &(from, to, lag) in edges {
        if lag < chunk {
            waiting[position(to)] += 1;
            readers[position(from)].push(to);
        }
    }
    let mut ready: BinaryHeap<Reverse<u32>> =
        inside.iter().copied().filter(|n| waiting[position(*n)] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(inside.len());
    while let Some(Reverse(n)) = ready.pop() {
        order.push(n);
        for &reader in &readers[position(n)] {
            waiting[position(reader)] -= 1;
            if waiting[position(reader)] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    (order.len() == inside.len()).then_some(order)
}
