//! How the scenarios of an ensemble are divided into tasks, and how many bins are advanced at a time.

use super::moments::{LEAF, Moments};
use super::setup::{Counter, Wish};
use crate::eval::kernels::scenarios::Row;
use crate::plan::scenarios::{LANES, ScenarioProgram};

/// Bytes of results that a task may have in the cache before its statistics are taken.
const CACHED: usize = 384 << 10;
/// Bytes of the results of all tasks that quantiles may find in the cache, if they fit at all.
const CACHED_WAITING: usize = 640 << 10;
/// Bytes of the results that quantiles wait for.
const WAITING: usize = 256 << 20;
/// Operations from which on it pays to have several threads at less than a leaf each.
const SHARED: usize = 200_000;
/// Most bins that are advanced at a time.
const MOST_BINS: usize = 64;

/// Consecutive scenarios of one point whose moments are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) point: usize,
    /// The number of the leaf in its point.
    pub(crate) leaf: u64,
    /// The first lane of the task, and how many.
    pub(crate) from: usize,
    pub(crate) count: usize,
}

/// What one thread advances at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// The first scenario, counted through all points.
    pub(crate) first: usize,
    pub(crate) scenarios: usize,
    /// The number of its first block.
    pub(crate) block: usize,
    pub(crate) segments: Vec<Segment>,
}

impl Task {
    pub(crate) fn blocks(&self) -> usize {
        self.scenarios.div_ceil(LANES)
    }
}

/// How the work is divided.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) points: usize,
    /// Of each point.
    pub(crate) scenarios: usize,
    pub(crate) tasks: Vec<Task>,
    pub(crate) blocks: usize,
    /// Bins that are advanced at a time.
    pub(crate) bins: usize,
    /// Do tasks end inside leaves? Then results wait until the leaves are complete.
    pub(crate) split: bool,
    /// Bytes of the states of all scenarios.
    pub(crate) state_bytes: u64,
    /// Bytes of the results that quantiles wait for, and of the leaves' statistics.
    pub(crate) waiting_bytes: u64,
}

impl Layout {
    pub(crate) fn new(
        program: &ScenarioProgram,
        wishes: &[Wish],
        points: usize,
        scenarios: usize,
        bins: usize,
        threads: usize,
        bracketed: bool,
    ) -> Self {
        // Few scenarios are shared out among the threads by blocks.
        let each = (points * scenarios).div_ceil(threads).next_multiple_of(LANES);
        let work = (points * scenarios * program.code.len()).saturating_mul(bins);
        let split = threads > 1 && each < LEAF && work >= SHARED && !bracketed;
        let most = if split { each } else { LEAF };
        let mut tasks: Vec<Task> = Vec::new();
        let mut block = 0;
        let mut task = Task { first: 0, scenarios: 0, block: 0, segments: Vec::new() };
        for point in 0..points {
            let mut from = 0;
            while from < scenarios {
                let mut count = (LEAF - from % LEAF).min(scenarios - from);
                if split {
                    let room = most - task.scenarios;
                    count = count.min(if room == 0 { most } else { room });
                }
                if task.scenarios + count > most {
                    block += task.blocks();
                    let next = Task {
                        first: task.first + task.scenarios,
                        scenarios: 0,
                        block,
                        segments: Vec::new(),
                    };
                    tasks.push(std::mem::replace(&mut task, next));
                }
                let leaf = (from / LEAF) as u64;
                task.segments.push(Segment { point, leaf, from: task.scenarios, count });
                task.scenarios += count;
                from += count;
            }
        }
        let blocks = block + task.blocks();
        tasks.push(task);
        let waiting = match (bracketed, split) {
            (true, _) => 0,
            (_, true) => wishes.len(),
            _ => wishes.iter().filter(|wish| !wish.quantiles.is_empty()).count(),
        };
        let lanes = blocks * LANES;
        let in_cache = CACHED / (wishes.len().max(1) * LEAF.min(lanes) * 8);
        // Threads wait for each other once a chunk, so a chunk is not too small for several.
        let least = if threads > 1 { 16 } else { 2 };
        let (waiting_in_cache, in_memory) = match waiting * lanes * 8 {
            0 => (MOST_BINS, MOST_BINS),
            bytes => (CACHED_WAITING / bytes, WAITING / bytes),
        };
        let chunk = in_cache.min(waiting_in_cache).max(least).min(in_memory).clamp(1, MOST_BINS).min(bins);
        let counters: usize = wishes.iter().flat_map(|wish| &wish.counters).map(Counter::len).sum();
        let leaves: usize = tasks.iter().map(|task| task.segments.len()).sum();
        let brackets: usize =
            if bracketed { wishes.iter().map(|wish| wish.quantiles.len()).sum() } else { 0 };
        // Few numbers are in a bracket: some for each quantile and leaf.
        let leaf_bytes = wishes.len() * size_of::<Moments>() + counters * 4 + brackets * (LEAF / 16 * 8 + 64);
        Layout {
            points,
            scenarios,
            blocks,
            bins: chunk,
            split,
            state_bytes: (blocks * program.state * size_of::<Row>()) as u64,
            waiting_bytes: (waiting * lanes * 8 * chunk + leaves * leaf_bytes * chunk) as u64,
            tasks,
        }
    }

    /// Bytes that are needed besides the result.
    pub(crate) fn working_bytes(&self) -> u64 {
        self.state_bytes + self.waiting_bytes
    }
}
