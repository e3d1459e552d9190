//! Which loops are advanced together: groups of equal shape become lanes.
//!
//! A loop that looks back one bin is bound by latency: each bin waits for the one before. Fifty
//! such loops need not wait for each other unless they read each other within a bin, so they, and
//! whatever lies on the way from one to another, are evaluated bin by bin together, equal
//! operations side by side.

use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Graph, Op, Operand, ValueId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Fewer loops of one shape than this are not worth moving into rows.
const LEAST_LOOPS: usize = 4;
/// And neither are rows in which an operation has fewer lanes than this on average.
const LEAST_LANES: usize = 3;
/// More loops than this go into several bundles, so that the rows of each stay in the cache.
const MOST_LOOPS: usize = 192;
/// Classes of loops that are tried: each try may look at the whole pass.
const MOST_CLASSES: usize = 64;
/// No place in a list.
const NOWHERE: u32 = u32::MAX;
/// Rounds in which the members of a loop are told apart.
const MOST_ROUNDS: usize = 16;

/// The work of one pass, as numbers of its members.
pub(crate) struct Work<'a> {
    graph: &'a Graph,
    members: &'a [u32],
    /// `(read, reader, lag)`.
    edges: &'a [(u32, u32, u32)],
    /// By member; what reads has a smaller number than what it reads.
    component: &'a [u32],
    /// The numbers of the edges to readers, and to what is read, by member.
    to_readers: Adjacency,
    to_read: Adjacency,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        graph: &'a Graph,
        members: &'a [u32],
        edges: &'a [(u32, u32, u32)],
        component: &'a [u32],
    ) -> Self {
        let numbered = edges.iter().zip(0u32..);
        let to_readers = Adjacency::new(members.len(), numbered.clone().map(|((read, _, _), n)| (*read, n)));
        let to_read = Adjacency::new(members.len(), numbered.map(|((_, reader, _), n)| (*reader, n)));
        Work { graph, members, edges, component, to_readers, to_read }
    }

    fn op(&self, n: u32) -> &Op {
        &self.graph.values[self.members[n as usize] as usize].op
    }

    /// Sets of members that are to be bundled, each with its batches: operations of one kind that
    /// do not wait for each other within a bin, in an order that respects the bin.
    pub(crate) fn bundles(&self, loops: &[&[u32]]) -> Vec<Vec<Vec<u32>>> {
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
        let mut places = Places::new(self.members.len());
        let mut bundles = Vec::new();
        for mut class in classes.into_iter().take(MOST_CLASSES) {
            // Neighbours on the way from one to the next go together; only they wait for each other.
            class.sort_by_key(|n| Reverse(self.component[loops[*n][0] as usize]));
            // Equal parts, so that none is left with a few.
            let parts = class.len().div_ceil(MOST_LOOPS);
            for part in class.chunks(class.len().div_ceil(parts)) {
                let core: Vec<u32> = part.iter().flat_map(|n| loops[*n].iter().copied()).collect();
                if core.iter().any(|m| places.taken[*m as usize]) {
                    continue;
                }
                let between = self.between(&core, &mut places);
                let fits = between.iter().all(|m| self.op(*m).is_elementwise() && !places.taken[*m as usize]);
                if !fits || between.len() > 4 * core.len() {
                    continue;
                }
                let batches = self.batches(&between, &mut places);
                if between.len() >= LEAST_LANES * batches.len() {
                    between.iter().for_each(|m| places.taken[*m as usize] = true);
                    bundles.push(batches);
                }
            }
        }
        bundles
    }

    /// `core` and everything on the way from one of it to another, sorted: what must be evaluated
    /// bin by bin together with it.
    fn between(&self, core: &[u32], places: &mut Places) -> Vec<u32> {
        // Components fall along every way, so that none leads there through one outside these.
        let component = |n: &u32| self.component[*n as usize];
        let first = core.iter().map(component).min().unwrap_or(0);
        let last = core.iter().map(component).max().unwrap_or(0);
        let mut reach = |next: &Adjacency, end: fn((u32, u32, u32)) -> u32| {
            let mut reached = Vec::new();
            let mut stack = core.to_vec();
            while let Some(n) = stack.pop() {
                if (first..=last).contains(&component(&n)) && places.mark(n) {
                    reached.push(n);
                    stack.extend(next.of(n).iter().map(|edge| end(self.edges[*edge as usize])));
                }
            }
            places.unmark(&reached);
            reached
        };
        let before = reach(&self.to_read, |(read, _, _)| read);
        let mut after = reach(&self.to_readers, |(_, reader, _)| reader);
        for n in &before {
            places.mark(*n);
        }
        after.retain(|n| places.is_marked(*n));
        places.unmark(&before);
        after.sort_unstable();
        after
    }

    /// Groups operations of one kind on one level of the bin.
    fn batches(&self, inside: &[u32], places: &mut Places) -> Vec<Vec<u32>> {
        let reads = self.reads_inside(inside, places);
        let same_bin = |i: usize| reads[i].iter().filter(|(_, lag)| *lag == 0).map(|(read, _)| *read);
        let mut waiting: Vec<usize> = (0..inside.len()).map(|i| same_bin(i).count()).collect();
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); inside.len()];
        for i in 0..inside.len() {
            same_bin(i).for_each(|read| readers[read].push(i));
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
        let roles = self.roles(inside, &reads);
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

    /// What each of `inside` reads of the others, and how many bins back, in the order of its operands.
    fn reads_inside(&self, inside: &[u32], places: &mut Places) -> Vec<Vec<(usize, u32)>> {
        for (i, n) in (0u32..).zip(inside) {
            places.position[*n as usize] = i;
        }
        let of = |n: &u32| {
            let edges = self.to_read.of(*n).iter().map(|edge| self.edges[*edge as usize]);
            let read = edges.map(|(read, _, lag)| (places.position[read as usize], lag));
            read.filter(|(position, _)| *position != NOWHERE).map(|(i, lag)| (i as usize, lag)).collect()
        };
        let reads = inside.iter().map(of).collect();
        places.unmark(inside);
        reads
    }

    /// What each of `inside` is to its loop, as a number: members of equal loops that play the same
    /// part have the same one, so that a batch holds each loop once and operands lie side by side.
    ///
    /// Colour refinement (Weisfeiler and Leman 1968): a number takes in those of what is read, again
    /// and again, inside a loop as often as it takes to tell the members apart. What lies between
    /// loops takes in what it reads once, so that the ends of a chain do not differ from its middle.
    fn roles(&self, inside: &[u32], reads: &[Vec<(usize, u32)>]) -> Vec<u64> {
        let shapes: Vec<u64> = inside.iter().map(|n| self.shape(*n)).collect();
        let component = |i: usize| self.component[inside[i] as usize];
        let mut size: HashMap<u32, usize> = HashMap::new();
        for i in 0..inside.len() {
            *size.entry(component(i)).or_default() += 1;
        }
        let rounds = size.values().copied().max().unwrap_or(0).min(MOST_ROUNDS);
        let mut roles = shapes.clone();
        for _ in 0..rounds {
            let next = (0..inside.len()).map(|i| {
                let mut hash = mixed(shapes[i], u64::from(size[&component(i)] > 1));
                for (j, lag) in reads[i].iter().filter(|(j, _)| component(*j) == component(i)) {
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

/// What is noted of each member while bundles are sought.
struct Places {
    /// It is in a bundle.
    taken: Vec<bool>,
    /// Its place in a list, or a mark; else [`NOWHERE`], between uses everywhere.
    position: Vec<u32>,
}

impl Places {
    fn new(members: usize) -> Self {
        Places { taken: vec![false; members], position: vec![NOWHERE; members] }
    }

    /// Marks `n`; was it unmarked?
    fn mark(&mut self, n: u32) -> bool {
        std::mem::replace(&mut self.position[n as usize], 0) == NOWHERE
    }

    fn is_marked(&self, n: u32) -> bool {
        self.position[n as usize] != NOWHERE
    }

    fn unmark(&mut self, members: &[u32]) {
        members.iter().for_each(|n| self.position[*n as usize] = NOWHERE);
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
