//! Random valid models as YAML text, the same for the same seed: for property tests and fuzzing.
//!
//! Needs nothing but the standard library, so that any test or fuzz target can include it by path.
//!
//! Why what comes out is valid: nodes have ranks, and layers of ranks. A reference without a lag goes
//! to a lower rank, so there is no loop within a bin; one under SUM or MEAN goes to a lower layer, and
//! no reference ever goes to a higher one, so that no loop passes through it.

mod cohorts;
mod formulas;
mod values;

/// A valid model, as a document.
pub(crate) fn model(seed: u64) -> String {
    let mut random = Random(seed);
    let bins = *random.of(&BINS);
    let feedback = random.chance(0.8);
    let mut generator = Generator {
        random,
        bins,
        feedback,
        below: Vec::new(),
        layer: Vec::new(),
        rank: 0,
        shared: Vec::new(),
        nodes: Vec::new(),
    };
    generator.document()
}

/// Around the sizes of lanes and tiles, where kernels begin and end.
const BINS: [usize; 32] = [
    1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 63, 63, 64, 64, 65, 65, 100, 127, 128, 129, 130, 168, 191,
    192, 200, 255, 256, 257, 1000,
];

/// Lags, the short ones most of the time.
const LAGS: [usize; 32] = [
    1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 64, 65, 90, 100, 127, 128,
    129, 130,
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `0..n`.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// One of `least..=most`.
    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

struct Generator {
    random: Random,
    bins: usize,
    /// May anything refer to what comes later?
    feedback: bool,
    /// The ids of the layers below, inputs first.
    below: Vec<String>,
    /// The ids of the present layer, by rank.
    layer: Vec<String>,
    /// How many of `layer` are made.
    rank: usize,
    /// Formulas that may be used again.
    shared: Vec<String>,
    /// Entries of `nodes`.
    nodes: Vec<String>,
}

/// What a group of nodes is about.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    Formula,
    NestedShifts,
    Horizon,
    Shared,
    SelfLoop,
    StatefulLoop,
    KernelLoop,
    Ring,
    LongRing,
    Stages,
    /// Loops of so many nodes each.
    Cohort(usize),
}

const STRAIGHT: [Group; 6] =
    [Group::Formula, Group::Formula, Group::Formula, Group::NestedShifts, Group::Horizon, Group::Shared];
const LOOPS: [Group; 9] = [
    Group::SelfLoop,
    Group::StatefulLoop,
    Group::KernelLoop,
    Group::Ring,
    Group::LongRing,
    Group::Stages,
    Group::Cohort(1),
    Group::Cohort(2),
    Group::Cohort(3),
];

impl Generator {
    fn document(&mut self) -> String {
        self.inputs();
        for layer in 0..self.random.between(1, 3) {
            self.make_layer(layer);
        }
        // The order of nodes means nothing.
        for i in (1..self.nodes.len()).rev() {
            let j = self.random.below(i + 1);
            self.nodes.swap(i, j);
        }
        let mut text =
            format!("schemaVersion: 1\ngrid: {{bins: {}, binSize: 1, binUnit: hours}}\n", self.bins);
        if self.random.chance(0.5) {
            text += &format!("rng: {{kind: pcg32, seed: {}}}\n", self.random.below(1 << 31));
        }
        text += "nodes:\n";
        for node in &self.nodes {
            text += &format!("  - {node}\n");
        }
        text
    }

    fn make_layer(&mut self, number: usize) {
        let groups: Vec<(Group, usize)> = (0..self.random.between(1, 5))
            .map(|i| {
                let loops = self.feedback && ((number == 0 && i == 0) || self.random.chance(0.4));
                let group = *self.random.of(if loops { &LOOPS } else { &STRAIGHT });
                (group, self.size(group))
            })
            .collect();
        let size: usize = groups.iter().map(|(_, size)| size).sum();
        let first = self.nodes.len();
        self.layer = (0..size).map(|i| format!("e{}", first + i)).collect();
        self.rank = 0;
        for (group, size) in groups {
            let ids = self.layer[self.rank..self.rank + size].to_vec();
            for (i, formula) in self.group(group, &ids).into_iter().enumerate() {
                self.nodes.push(format!("{{id: {}, kind: expr, expr: \"{formula}\"}}", ids[i]));
            }
            self.rank += size;
        }
        self.below.append(&mut self.layer);
    }

    /// How many nodes a group has.
    fn size(&mut self, group: Group) -> usize {
        match group {
            Group::Ring => self.random.between(2, 5),
            Group::LongRing => self.random.between(2, 4),
            Group::Shared => self.random.between(1, 4),
            // Stages of two nodes each need an even number.
            Group::Stages if self.random.chance(0.3) => 2 * self.random.between(8, 30),
            Group::Stages => 2 * self.random.between(2, 6),
            // Around the least that are advanced together, and around a vector's lanes.
            Group::Cohort(nodes) => nodes * *self.random.of(&[3, 4, 5, 8, 9, 12, 17, 24]),
            _ => 1,
        }
    }

    fn lag(&mut self) -> usize {
        let lag = *self.random.of(&LAGS);
        // Mostly one that is shorter than the grid, so that something comes of it.
        if lag >= self.bins && self.random.chance(0.8) { self.random.between(1, self.bins) } else { lag }
    }
}
