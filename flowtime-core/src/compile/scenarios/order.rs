//! The order of values in a bin, and how many bins each has to be remembered.

use crate::compile::components::components;
use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Graph, Op, Operand, ValueId};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// A value before the present bin: rings differ in what they hold before bin 0.
pub(super) type Past = (ValueId, u64);

/// Calls `f` with every lagged read of `op`: whose past, and how many bins back.
pub(super) fn lagged_reads(graph: &Graph, op: &Op, mut f: impl FnMut(Past, u32)) {
    let kernel = match op {
        Op::Conv { kernel, .. } => graph.kernels[*kernel as usize].len() as u32,
        _ => 1,
    };
    op.operands(|operand| {
        if let Operand::Value { id, lag, fill } = operand {
            // A kernel reads all bins from its operand's on, and knows no fill but 0.
            let (furthest, fill) = if kernel > 1 { (lag + kernel - 1, 0.0) } else { (lag, fill) };
            if furthest > 0 || matches!(op, Op::Conv { .. }) {
                f((id, fill.to_bits()), furthest);
            }
        }
    });
}

/// Reads of the present bin.
fn reads_now(op: &Op, mut f: impl FnMut(ValueId)) {
    op.operands(|operand| {
        if let Operand::Value { id, lag: 0, .. } = operand {
            f(id);
        }
    });
}

/// An order of `members` in which every value comes after those that it reads in the same bin, and
/// where that can be had after those that read its oldest number, whose place it then takes.
///
/// Of two such orders, the document's and one in which what reads the past goes before what makes it, the one is taken
/// that has more values read right behind them: those need not be stored.
///
/// `longest` are the oldest reads of each past.
pub(super) fn order(graph: &Graph, members: &[ValueId], longest: &HashMap<Past, u32>) -> Vec<ValueId> {
    let mut local = vec![u32::MAX; graph.values.len()];
    for (n, id) in (0u32..).zip(members) {
        local[id.index()] = n;
    }
    let mut now: Vec<(u32, u32)> = Vec::new();
    let mut oldest: Vec<(u32, u32)> = Vec::new();
    let mut all: Vec<(u32, u32)> = Vec::new();
    for (n, id) in (0u32..).zip(members) {
        let op = &graph.value(*id).op;
        op.reads(|read| {
            if local[read.index()] != u32::MAX {
                all.push((n, local[read.index()]));
            }
        });
        reads_now(op, |read| {
            if local[read.index()] != u32::MAX {
                now.push((local[read.index()], n));
            }
        });
        lagged_reads(graph, op, |past, lag| {
            let written = local[past.0.index()];
            if written != u32::MAX && written != n && lag > 0 && longest.get(&past) == Some(&lag) {
                oldest.push((n, written));
            }
        });
    }
    let wanted: Vec<(u32, u32)> = now.iter().chain(&oldest).copied().collect();
    let component = components(members.len(), &wanted);
    let edges: Vec<(u32, u32)> = now
        .into_iter()
        .chain(oldest.into_iter().filter(|(from, to)| component[*from as usize] != component[*to as usize]))
        .collect();
    let by_document = sorted(members, &edges, |n| n);
    let past = components(members.len(), &all);
    let last = past.iter().copied().max().unwrap_or(0);
    let readers_first = sorted(members, &edges, |n| last - past[n as usize]);
    if handed_on(graph, &readers_first) > handed_on(graph, &by_document) {
        readers_first
    } else {
        by_document
    }
}

/// How many values are read by the next one.
fn handed_on(graph: &Graph, order: &[ValueId]) -> usize {
    let reads = |pair: &&[ValueId]| {
        let mut found = false;
        reads_now(&graph.value(pair[1]).op, |read| found |= read == pair[0]);
        found
    };
    order.windows(2).filter(reads).count()
}

/// Kahn's algorithm, values of the lowest rank first, and of those the earliest of the document.
fn sorted(members: &[ValueId], edges: &[(u32, u32)], rank: impl Fn(u32) -> u32) -> Vec<ValueId> {
    let after = Adjacency::new(members.len(), edges.iter().copied());
    let mut waiting = vec![0u32; members.len()];
    for (_, to) in edges {
        waiting[*to as usize] += 1;
    }
    let ranked = |n: u32| Reverse((rank(n), n));
    let mut ready: BinaryHeap<Reverse<(u32, u32)>> =
        (0..members.len() as u32).filter(|n| waiting[*n as usize] == 0).map(ranked).collect();
    let mut order = Vec::with_capacity(members.len());
    // What was computed last is still in the accumulator: its readers go first.
    let mut next: Option<u32> = None;
    while let Some(n) = next.take().or_else(|| ready.pop().map(|Reverse((_, n))| n)) {
        order.push(members[n as usize]);
        for &to in after.of(n) {
            waiting[to as usize] -= 1;
            if waiting[to as usize] == 0 {
                match next {
                    None => next = Some(to),
                    Some(_) => ready.push(ranked(to)),
                }
            }
        }
    }
    order
}
