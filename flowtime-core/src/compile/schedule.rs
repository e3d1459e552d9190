//! In which pass and in which order values are computed, and which of them only bin by bin.

use super::bundle::{self, Work};
use super::components::components;
use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Graph, Op, Operand, ValueId};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Bins that a loop may advance at a time when its shortest memory is at least as long.
pub(crate) const CHUNK: u32 = 8;

/// No place among the members of a pass.
const NOWHERE: u32 = u32::MAX;

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
    let computed = |v: &u32| needed[*v as usize] && !is_source(&graph.values[*v as usize].op);
    let members =
        Adjacency::new(passes as usize, (0..count as u32).filter(computed).map(|v| (pass[v as usize], v)));
    // The place of each value among the members of its pass.
    let mut local = vec![NOWHERE; count];
    let passes = (0..passes).map(|pass| order(graph, members.of(pass), &mut local)).collect();
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
///
/// `local` has a place for every value and holds [`NOWHERE`], also afterwards.
fn order(graph: &Graph, members: &[u32], local: &mut [u32]) -> Vec<Unit> {
    for (n, id) in members.iter().enumerate() {
        local[*id as usize] = n as u32;
    }
    // Edges inside a tile; delays read bins of earlier tiles only.
    let mut edges: Vec<(u32, u32, u32)> = Vec::new();
    for (n, id) in members.iter().enumerate() {
        graph.values[*id as usize].op.operands(|operand| {
            if let Operand::Value { id, lag, .. } = operand
                && local[id.index()] != NOWHERE
            {
                edges.push((local[id.index()], n as u32, lag));
            }
        });
    }
    for id in members {
        local[*id as usize] = NOWHERE;
    }
    let plain: Vec<(u32, u32)> = edges.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut component = components(members.len(), &plain);
    let groups = component.iter().map(|c| c + 1).max().unwrap_or(0) as usize;
    let bundles = find_bundles(graph, members, &edges, &component, groups);
    let bundles = untangled(bundles, &edges, &component, groups);
    // The members of a bundle are one component from now on.
    let batches_of = joined(bundles, &mut component);
    let inside = grouped(&component, groups);
    let loop_edges = edges_inside(&edges, &component, groups);
    let group_edges = edges
        .iter()
        .map(|(from, to, _)| (component[*from as usize], component[*to as usize]))
        .filter(|(from, to)| from != to);
    let readers = Adjacency::new(groups, group_edges.clone());
    let mut waiting = vec![0u32; groups];
    for (_, to) in group_edges {
        waiting[to as usize] += 1;
    }
    let mut singles: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    let mut loops: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    let release = |group: u32, singles: &mut BinaryHeap<_>, loops: &mut BinaryHeap<_>| {
        let queue = if loop_edges.of(group).is_empty() { singles } else { loops };
        queue.push(Reverse((inside.of(group)[0], group)));
    };
    for group in 0..groups as u32 {
        if waiting[group as usize] == 0 && !inside.of(group).is_empty() {
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
                        None => loop_unit(members, inside.of(group), &edges, loop_edges.of(group)),
                    });
                    group
                }
                None => break,
            },
        };
        for &reader in readers.of(group) {
            waiting[reader as usize] -= 1;
            if waiting[reader as usize] == 0 {
                release(reader, &mut singles, &mut loops);
            }
        }
    }
    debug_assert_eq!(units.iter().map(|unit| unit.values().len()).sum::<usize>(), members.len());
    units
}

/// A pass's operations in batches, as numbers of members.
type Batches = Vec<Vec<u32>>;

/// Makes the members of each bundle one component; the bundles by component.
fn joined(bundles: Vec<Batches>, component: &mut [u32]) -> HashMap<u32, Batches> {
    let mut by_group = HashMap::new();
    for batches in bundles {
        let group = component[batches[0][0] as usize];
        for n in batches.iter().flatten() {
            component[*n as usize] = group;
        }
        by_group.insert(group, batches);
    }
    by_group
}

/// Leaves out bundles that would wait for each other, as where one's first loop feeds the other's first, and the
/// other's second feeds the one's second: of those that do, the largest is left.
fn untangled(
    bundles: Vec<Batches>,
    edges: &[(u32, u32, u32)],
    component: &[u32],
    groups: usize,
) -> Vec<Batches> {
    if bundles.len() < 2 {
        return bundles;
    }
    let mut group = component.to_vec();
    joined(bundles.clone(), &mut group);
    let between = edges.iter().map(|(from, to, _)| (group[*from as usize], group[*to as usize]));
    let between: Vec<(u32, u32)> = between.filter(|(from, to)| from != to).collect();
    let knot = components(groups, &between);
    let knot_of = |batches: &Batches| knot[group[batches[0][0] as usize] as usize];
    // A bundle alone has nothing between its loops that is not its own, so one of each knot can stay.
    let mut largest: HashMap<u32, (usize, Reverse<usize>)> = HashMap::new();
    for (n, batches) in bundles.iter().enumerate() {
        let size = (batches.iter().map(Vec::len).sum(), Reverse(n));
        largest.entry(knot_of(batches)).and_modify(|most| *most = size.max(*most)).or_insert(size);
    }
    let stays = |(n, batches): (usize, Batches)| (largest[&knot_of(&batches)].1.0 == n).then_some(batches);
    bundles.into_iter().enumerate().filter_map(stays).collect()
}

/// Looks for loops that have to go bin by bin and have company of their shape.
fn find_bundles(
    graph: &Graph,
    members: &[u32],
    edges: &[(u32, u32, u32)],
    component: &[u32],
    groups: usize,
) -> Vec<Batches> {
    let loop_edges = edges_inside(edges, component, groups);
    let inside = grouped(component, groups);
    let loops: Vec<&[u32]> = (0..groups as u32)
        .map(|group| (inside.of(group), loop_edges.of(group)))
        .filter(|(inside, numbers)| !numbers.is_empty() && bin_order(inside, edges, numbers, CHUNK).is_none())
        .map(|(inside, _)| inside)
        .collect();
    if loops.is_empty() {
        return Vec::new();
    }
    Work::new(graph, members, edges, component).bundles(&loops)
}

/// The order inside a loop, and how many bins it may advance at a time: as many as leave the
/// shorter lags without a cycle, for then every bin of the chunk only waits for earlier chunks.
fn loop_unit(members: &[u32], inside: &[u32], edges: &[(u32, u32, u32)], numbers: &[u32]) -> Unit {
    let (chunk, order) = match bin_order(inside, edges, numbers, CHUNK) {
        Some(order) => (CHUNK, order),
        // Lag 0 alone has no cycle: the model was checked.
        None => (1, bin_order(inside, edges, numbers, 1).unwrap_or_else(|| inside.to_vec())),
    };
    Unit::Loop { values: order.iter().map(|n| ValueId(members[*n as usize])).collect(), chunk }
}

/// The members of each component.
fn grouped(component: &[u32], groups: usize) -> Adjacency {
    Adjacency::new(groups, component.iter().enumerate().map(|(n, group)| (*group, n as u32)))
}

/// The numbers of the edges inside each component.
fn edges_inside(edges: &[(u32, u32, u32)], component: &[u32], groups: usize) -> Adjacency {
    let inside = edges.iter().enumerate().filter_map(|(number, (from, to, _))| {
        let group = component[*from as usize];
        (group == component[*to as usize]).then_some((group, number as u32))
    });
    Adjacency::new(groups, inside)
}

/// An order of `inside` in which those `numbers` of `edges` with lags below `chunk` look back, if
/// there is one.
fn bin_order(inside: &[u32], edges: &[(u32, u32, u32)], numbers: &[u32], chunk: u32) -> Option<Vec<u32>> {
    let position = |n: u32| inside.binary_search(&n).unwrap_or(0);
    let order_edges = numbers.iter().map(|number| edges[*number as usize]).filter(|edge| edge.2 < chunk);
    let readers =
        Adjacency::new(inside.len(), order_edges.clone().map(|(from, to, _)| (position(from) as u32, to)));
    let mut waiting = vec![0u32; inside.len()];
    for (_, to, _) in order_edges {
        waiting[position(to)] += 1;
    }
    let mut ready: BinaryHeap<Reverse<u32>> =
        inside.iter().copied().filter(|n| waiting[position(*n)] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(inside.len());
    while let Some(Reverse(n)) = ready.pop() {
        order.push(n);
        for &reader in readers.of(position(n) as u32) {
            waiting[position(reader)] -= 1;
            if waiting[position(reader)] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    (order.len() == inside.len()).then_some(order)
}
