//! Same-bin order of the nodes, and the loops that make one impossible.

use super::components::components;
use super::references::Reference;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};

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

/// Every loop that is an error: those within a bin by their first nodes, then those through SUM or MEAN.
///
/// The work grows with nodes and references, however many loops there are.
pub(crate) fn illegal_loops(nodes: usize, references: &[Reference]) -> Vec<Loop> {
    let mut loops = same_bin_loops(nodes, references);

    let all: Vec<(u32, u32)> = references.iter().map(|r| (r.to, r.from)).collect();
    let component = components(nodes, &all);
    let mut seen: HashSet<(u32, u32)> = HashSet::new();
    for (number, reference) in references.iter().enumerate() {
        if let Some(call) = reference.horizon
            && component[reference.from as usize] == component[reference.to as usize]
            && seen.insert((reference.from, call.start))
        {
            loops.push(Loop::WholeHorizon { reference: number });
        }
    }
    loops
}

fn same_bin_loops(nodes: usize, references: &[Reference]) -> Vec<Loop> {
    let same_bin = |r: &Reference| r.lag == 0 && r.horizon.is_none();
    let edges: Vec<(u32, u32)> = references.iter().filter(|r| same_bin(r)).map(|r| (r.to, r.from)).collect();
    let component = components(nodes, &edges);
    // References come in the order of the nodes that make them: those that stay inside their component,
    // and where each node's begin.
    let mut inside: Vec<usize> = Vec::new();
    let mut row = vec![0; nodes + 1];
    for (number, reference) in references.iter().enumerate() {
        if same_bin(reference) && component[reference.from as usize] == component[reference.to as usize] {
            inside.push(number);
            row[reference.from as usize + 1] = inside.len();
        }
    }
    for node in 0..nodes {
        row[node + 1] = row[node + 1].max(row[node]);
    }
    let mut search = Search { references, inside, row, reached_by: vec![NOT_REACHED; nodes] };
    // A component is a loop if a reference stays inside it; its first node is where it is reported.
    let mut reported: HashSet<u32> = HashSet::new();
    let mut loops = Vec::new();
    for first in 0..nodes as u32 {
        if !search.reads(first).is_empty() && reported.insert(component[first as usize]) {
            loops.push(search.shortest_cycle(first));
        }
    }
    loops
}

const NOT_REACHED: usize = usize::MAX;

/// Looks for cycles among the references that stay inside their component.
struct Search<'r> {
    references: &'r [Reference],
    inside: Vec<usize>,
    /// Where the references of each node begin in `inside`.
    row: Vec<usize>,
    /// By node: the reference that led there. Components do not share nodes, so one list does for all.
    reached_by: Vec<usize>,
}

impl Search<'_> {
    fn reads(&self, node: u32) -> &[usize] {
        &self.inside[self.row[node as usize]..self.row[node as usize + 1]]
    }

    /// Breadth first from `first` along what each node reads, back to `first`.
    fn shortest_cycle(&mut self, first: u32) -> Loop {
        let mut queue = VecDeque::from([first]);
        let mut closing = None;
        'search: while let Some(node) = queue.pop_front() {
            for place in self.row[node as usize]..self.row[node as usize + 1] {
                let number = self.inside[place];
                let to = self.references[number].to;
                if to == first {
                    closing = Some(number);
                    break 'search;
                }
                if self.reached_by[to as usize] == NOT_REACHED {
                    self.reached_by[to as usize] = number;
                    queue.push_back(to);
                }
            }
        }
        let mut cycle = vec![first];
        let mut reference = closing.unwrap_or(0);
        let mut node = self.references[reference].from;
        while node != first {
            cycle.push(node);
            reference = self.reached_by[node as usize];
            node = self.references[reference].from;
        }
        cycle.push(first);
        cycle.reverse();
        Loop::SameBin { cycle, reference }
    }
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
