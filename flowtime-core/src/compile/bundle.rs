//! Which loops are advanced together: groups of equal shape become lanes.
//!
//! A loop that looks back one bin is bound by latency: each bin waits for the one before. Fifty
//! such loops need not wait for each other unless they read each other within a bin, so they, and
//! whatever lies on the way from one to another, are evaluated bin by bin together, equal
//! operations side by side.

use crate::plan::graph::{Graph, Op, Operand, ValueId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Fewer loops of one shape than this are not worth moving into rows.
const LEAST_LOOPS: usize = 4;
/// And neither are rows in which an operation has fewer lanes than this on average.
const LEAST_LANES: usize = 3;
/// Rounds in which the members of a loop are told apart.
const MOST_ROUNDS: usize = 16;

/// The work of one pass, as numbers of its members.
pub(crate) struct Work<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) members: &'a [u32],
    /// `(read, reader, lag)`.
    pub(crate) edges: &'a [(u32, u32, u32)],
    /// By member; what reads has a smaller number than what it reads.
    pub(crate) component: &'a [u32],
}

impl Work<'_> {
    fn op(&self, n: u32) -> &Op {
        &self.graph.values[self.members[n as usize] as usize].op
    }

    /// Sets of members that are to be bundled, each with its batches: operations of one kind that
    /// do not wait for each other within a bin, in an order that respects the bin.
    pub(crate) fn bundles(&self, loops: &[Vec<u32>]) -> Vec<Vec<Vec<u32>>> {
        let mut classes: BTreeMap<Vec<u64>, Vec<usize>> = BTreeMap::new();
        for (n, members) in loops.iter().enumerate() {
            if members.iter().all(|m| self.op(*m).is_elementwise()) {
                let mut shape: Vec<u64> = members.iter().map(|m| kind(self.op(*m))).collect();
                shape.sort_unstable();
                classes.entry(shape).or_default().push(n);
            }
        }
        let mut classes: Vec<Vec<usize>> = classes.into_values().filter(|c| c.len() >= LEAST_LOOPS).collect();
        classes.sort_by_key(|class| (usize::MAX - class.len(), class[0]));
        let mut taken: HashSet<u32> = HashSet::new();
        let mut bundles = Vec::new();
        for class in classes {
            let core: Vec<u32> = class.iter().flat_map(|n| loops[*n].iter().copied()).collect();
            if core.iter().any(|m| taken.contains(m)) {
                continue;
            }
            let between = self.between(&core);
            let fits = between.iter().all(|m| self.op(*m).is_elementwise() && !taken.contains(m));
            if !fits || between.len() > 4 * core.len() {
                continue;
            }
            let batches = self.batches(&between);
            if between.len() >= LEAST_LANES * batches.len() {
                taken.extend(between);
                bundles.push(batches);
            }
        }
        bundles
    }

    /// `core` and everything on the way from one of it to another, sorted: what must be evaluated
    /// bin by bin together with it.
    fn between(&self, core: &[u32]) -> Vec<u32> {
        let count = self.members.len();
        let mut forward: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut backward: Vec<Vec<u32>> = vec![Vec::new(); count];
        for &(read, reader, _) in self.edges {
            forward[read as usize].push(reader);
            backward[reader as usize].push(read);
        }
        let reach = |next: &[Vec<u32>]| {
            let mut seen = vec![false; count];
            let mut stack = core.to_vec();
            while let Some(n) = stack.pop() {
                if !std::mem::replace(&mut seen[n as usize], true) {
                    stack.extend_from_slice(&next[n as usize]);
                }
            }
            seen
        };
        let (after, before) = (reach(&forward), reach(&backward));
        (0..count as u32).filter(|n| after[*n as usize] && before[*n as usize]).collect()
    }

    /// Groups operations of one kind on one level of the bin.
    fn batches(&self, inside: &[u32]) -> Vec<Vec<u32>> {
        let position: HashMap<u32, usize> = inside.iter().enumerate().map(|(i, n)| (*n, i)).collect();
        let mut waiting = vec![0u32; inside.len()];
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); inside.len()];
        for &(read, reader, lag) in self.edges {
            if lag == 0
                && let (Some(&read), Some(&reader)) = (position.get(&read), position.get(&reader))
            {
                waiting[reader] += 1;
                readers[read].push(reader);
            }
        }
        let mut level = vec![0u32; inside.len()];
        let mut ready: Vec<usize> = (0..inside.len()).filter(|i| waiting[*i] == 0).collect();
        while let Some(i) = ready.pop() {
            for &reader in &readers[i] {
                level[reader] = level[reader].max(level[i] + 1);
                waiting[reader] -= 1;
                if waiting[reader] == 0 {
                    ready.push(reader);
                }
            }
        }
        let roles = self.roles(inside, &position);
        // Members of one loop that cannot be told apart still go to batches of their own.
        let mut met: HashMap<(u32, u32, u64), u32> = HashMap::new();
        let mut batches: BTreeMap<(u32, u64, u64, u32), Vec<u32>> = BTreeMap::new();
        for (i, n) in inside.iter().enumerate() {
            let again = met.entry((self.component[*n as usize], level[i], roles[i])).or_default();
            batches.entry((level[i], self.shape(*n), roles[i], *again)).or_default().push(*n);
            *again += 1;
        }
        // Loops stand in one order in every batch, along the way from one to the next: then operands
        // lie side by side, however the document orders its nodes.
        let mut batches: Vec<Vec<u32>> = batches.into_values().collect();
        for batch in &mut batches {
            batch.sort_by_key(|n| (Reverse(self.component[*n as usize]), *n));
        }
        batches
    }

    /// What each of `inside` is to its loop, as a number: members of equal loops that play the same
    /// part have the same one, so that a batch holds each loop once and operands lie side by side.
    ///
    /// Colour refinement (Weisfeiler and Leman 1968): a number takes in those of what is read, again
    /// and again, inside a loop as often as it takes to tell the members apart. What lies between
    /// loops takes in what it reads once, so that the ends of a chain do not differ from its middle.
    fn roles(&self, inside: &[u32], position: &HashMap<u32, usize>) -> Vec<u64> {
        let shapes: Vec<u64> = inside.iter().map(|n| self.shape(*n)).collect();
        let mut size: HashMap<u32, usize> = HashMap::new();
        for n in inside {
            *size.entry(self.component[*n as usize]).or_default() += 1;
        }
        let mut reads: Vec<Vec<(usize, u32)>> = vec![Vec::new(); inside.len()];
        for &(read, reader, lag) in self.edges {
            if let (Some(&i), Some(&j)) = (position.get(&reader), position.get(&read))
                && self.component[reader as usize] == self.component[read as usize]
            {
                reads[i].push((j, lag));
            }
        }
        let rounds = size.values().copied().max().unwrap_or(0).min(MOST_ROUNDS);
        let mut roles = shapes.clone();
        for _ in 0..rounds {
            let next = (0..inside.len()).map(|i| {
                let mut hash = mixed(shapes[i], u64::from(size[&self.component[inside[i] as usize]] > 1));
                for (j, lag) in &reads[i] {
                    hash = mixed(hash, mixed(roles[*j], u64::from(*lag)));
                }
                hash
            });
            roles = next.collect();
        }
        roles
    }

    /// Kind and operands' kinds: what has to be equal side by side.
    fn shape(&self, n: u32) -> u64 {
        let mut shape = kind(self.op(n));
        self.op(n).operands(|operand| {
            let literal = match operand {
                // A literal that all lanes share stays one; others become cells.
                Operand::Literal(_) => 1,
                Operand::Value { .. } => 0,
            };
            shape = shape << 1 | literal;
        });
        shape
    }
}

/// One number of two, so that unequal pairs seldom meet. A meeting would only cost speed: equal
/// numbers are compared by shape as well.
fn mixed(a: u64, b: u64) -> u64 {
    let x = (a ^ b.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b;
    (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// What an elementwise operation is, without its operands.
fn kind(op: &Op) -> u64 {
    match op {
        Op::Unary(op, _) => *op as u64,
        Op::Binary(op, ..) => 0x100 | *op as u64,
        _ => 0x200,
    }
}

/// Members to values.
pub(crate) fn values(members: &[u32], batches: &[Vec<u32>]) -> Vec<Vec<ValueId>> {
    batches.iter().map(|batch| batch.iter().map(|n| ValueId(members[*n as usize])).collect()).collect()
}
