//! Same-bin order of the nodes, and the loops that make one impossible.

use super::components::components;
use super::references::Reference;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

/// A loop that has no defined result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loop {
    /// References of lag 0 that come back to where they began.
    SameBin {
        /// The nodes in order, the first one again at the end.
        cycle: Vec<u32>,
        /// Number of the first node's reference into the loop.
        reference: usize,
    },
    /// A loop through SUM or MEAN.
    WholeHorizon {
        /// Number of the reference under the SUM or MEAN.
        reference: usize,
    },
}

/// Every loop that is an error, by the node in which it is reported.
pub(crate) fn illegal_loops(nodes: usize, references: &[Reference]) -> Vec<Loop> {
    let mut loops = Vec::new();

    let same_bin: Vec<(u32, u32)> =
        references.iter().filter(|r| r.lag == 0 && r.horizon.is_none()).map(|r| (r.to, r.from)).collect();
    let component = components(nodes, &same_bin);
    let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
    for node in 0..nodes as u32 {
        members.entry(component[node as usize]).or_default().push(node);
    }
    let looping = |reference: &Reference| {
        reference.lag == 0
            && reference.horizon.is_none()
            && component[reference.from as usize] == component[reference.to as usize]
    };
    // A component is a loop if a reference stays inside it; its first node is where it is reported.
    let mut reported: HashMap<u32, ()> = HashMap::new();
    for reference in references.iter().filter(|r| looping(r)) {
        let group = component[reference.from as usize];
        if reported.insert(group, ()).is_none() {
            let first = members[&group][0];
            loops.push(shortest_cycle(first, references, |r| {
                looping(r) && component[r.from as usize] == group
            }));
        }
    }

    let all: Vec<(u32, u32)> = references.iter().map(|r| (r.to, r.from)).collect();
    let component = components(nodes, &all);
    let mut seen: HashMap<(u32, u32), ()> = HashMap::new();
    for (number, reference) in references.iter().enumerate() {
        if let Some(call) = reference.horizon
            && component[reference.from as usize] == component[reference.to as usize]
            && seen.insert((reference.from, call.start), ()).is_none()
        {
            loops.push(Loop::WholeHorizon { reference: number });
        }
    }
    loops
}

/// Breadth first from `first` along what each node reads, back to `first`.
fn shortest_cycle(first: u32, references: &[Reference], inside: impl Fn(&Reference) -> bool) -> Loop {
    let mut reads: HashMap<u32, Vec<usize>> = HashMap::new();
    for (number, reference) in references.iter().enumerate() {
        if inside(reference) {
            reads.entry(reference.from).or_default().push(number);
        }
    }
    let mut reached_by: HashMap<u32, usize> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    let mut closing = None;
    'search: while let Some(node) = queue.pop_front() {
        for &number in reads.get(&node).map_or(&[][..], Vec::as_slice) {
            let to = references[number].to;
            if to == first {
                closing = Some(number);
                break 'search;
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = reached_by.entry(to) {
                entry.insert(number);
                queue.push_back(to);
            }
        }
    }
    let mut cycle = vec![first];
    let mut reference = closing.unwrap_or(0);
    let mut node = references[reference].from;
    while node != first {
        cycle.push(node);
        reference = reached_by[&node];
        node = references[reference].from;
    }
    cycle.push(first);
    cycle.reverse();
    Loop::SameBin { cycle, reference }
}

/// An order in which every node follows what it reads in the same bin or over the whole horizon;
/// of the nodes that could come next, the first in the document does.
pub(crate) fn same_bin_order(nodes: usize, references: &[Reference]) -> Vec<u32> {
    let mut waiting_for = vec![0u32; nodes];
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    for reference in references.iter().filter(|r| r.lag == 0 || r.horizon.is_some()) {
        waiting_for[reference.from as usize] += 1;
        readers[reference.to as usize].push(reference.from);
    }
    let mut ready: BinaryHeap<Reverse<u32>> =
        (0..nodes as u32).filter(|n| waiting_for[*n as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes);
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for &reader in &readers[node as usize] {
            waiting_for[reader as usize] -= 1;
            if waiting_for[reader as usize] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    order
}
