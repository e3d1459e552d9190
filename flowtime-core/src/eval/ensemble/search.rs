//! Exact quantiles of numbers that are never in one place: ranks are looked for by counting.
//!
//! Numbers are taken by keys that have their order. In a round every part counts, for each rank that is
//! looked for, the keys below an interval and those in each of its buckets; added up, the counts say
//! which bucket the rank is in, and that is the interval of the next round. When little is left in it, its
//! keys are collected instead. Nothing of it depends on how the numbers were divided.

use crate::eval::kernels::memory::Isa;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};
use serde::{Deserialize, Serialize};

/// Buckets of an interval.
const BUCKETS: u32 = 256;
/// Keys that are few enough to be collected, of one interval.
const FEW: u64 = 2048;

/// A number whose order as a whole number is that of `x`; both zeros have one.
pub(super) fn key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number with this key.
pub(super) fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Where a rank is looked for in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interval {
    /// The first and last key.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Are the keys in it collected, instead of counted?
    pub(super) collect: bool,
}

impl Interval {
    /// All keys.
    pub(super) const ALL: Interval = Interval { first: 0, last: u64::MAX, collect: false };

    /// Does it have a key?
    pub(super) fn is_valid(self) -> bool {
        self.first <= self.last
    }

    /// A key that no number of the interval is further away from than `tolerance` times its own size.
    pub(super) fn within(self, tolerance: f64) -> Option<u64> {
        let (low, high) = (number(self.first), number(self.last));
        let nearest = if low > 0.0 || high < 0.0 { low.abs().min(high.abs()) } else { 0.0 };
        let half = (high - low) / 2.0;
        // Rounding is far below the margin that is left for it.
        (half <= tolerance * nearest * 0.999_999).then(|| key(low + half))
    }

    /// Bits that keys of the same bucket differ in.
    fn shift(self) -> u32 {
        let bits = u64::BITS - (self.last - self.first).leading_zeros();
        bits.saturating_sub(BUCKETS.trailing_zeros())
    }
}

/// What a part has counted for one interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    interval: Interval,
    /// Keys below the interval.
    below: u64,
    /// By bucket; nothing where keys are collected.
    counts: Vec<u64>,
    /// Collected keys, in any order.
    keys: Vec<u64>,
    /// The least and the greatest key in the interval, if there is one: models have many equal numbers, and where
    /// all are equal the rank is found.
    extent: Option<(u64, u64)>,
}

/// What a round has found out about a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Key(u64),
    In(Interval),
}

impl Tally {
    /// Nothing counted yet.
    pub(super) fn new(interval: Interval) -> Self {
        let counts = if interval.collect { 0 } else { BUCKETS as usize };
        Tally { interval, below: 0, counts: vec![0; counts], keys: Vec::new(), extent: None }
    }

    /// Takes in numbers; missing ones are left out.
    pub(super) fn take(&mut self, isa: Isa, numbers: &[f64]) {
        let (whole, rest) = numbers.as_chunks::<64>();
        match isa {
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                token.vectorize(#[inline(always)] || self.take_vectors(token, whole))
            }),
            Isa::Scalar => whole.iter().for_each(|chunk| self.take_each(chunk)),
        }
        self.take_each(rest);
    }

    /// Most numbers are below or above: that is seen by comparing the numbers themselves.
    #[inline(always)]
    fn take_vectors<S: Simd>(&mut self, token: S, chunks: &[[f64; 64]]) {
        // The key before that of zero would be -0, which compares as zero, but no number has it.
        let last = self.interval.last - u64::from(self.interval.last == key(0.0) - 1);
        let low = token.splat_f64x8(number(self.interval.first));
        let high = token.splat_f64x8(number(last));
        // Keys beyond those of infinities are of no number.
        let all_above = self.interval.first > key(f64::INFINITY);
        let all_below = self.interval.last >= key(f64::INFINITY);
        for chunk in chunks {
            let (mut below, mut to_high) = (0u64, 0u64);
            for (n, eight) in chunk.as_chunks::<8>().0.iter().enumerate() {
                let x: f64x8<S> = SimdBase::from_slice(token, eight);
                let there = x.simd_eq(x).to_bitmask();
                let is_below = if all_above { there } else { x.simd_lt(low).to_bitmask() };
                below |= is_below << (8 * n);
                to_high |= (if all_below { there } else { x.simd_le(high).to_bitmask() }) << (8 * n);
            }
            self.below += u64::from(below.count_ones());
            let mut inside = to_high & !below;
            while inside != 0 {
                self.count(key(chunk[inside.trailing_zeros() as usize & 63]));
                inside &= inside - 1;
            }
        }
    }

    fn take_each(&mut self, numbers: &[f64]) {
        for x in numbers.iter().filter(|x| !x.is_nan()) {
            let key = key(*x);
            if key < self.interval.first {
                self.below += 1;
            } else if key <= self.interval.last {
                self.count(key);
            }
        }
    }

    /// Counts or collects a key in the interval.
    #[inline(always)]
    fn count(&mut self, key: u64) {
        let (least, greatest) = self.extent.unwrap_or((key, key));
        self.extent = Some((least.min(key), greatest.max(key)));
        if self.interval.collect {
            self.keys.push(key);
        } else {
            self.counts[((key - self.interval.first) >> self.interval.shift()) as usize] += 1;
        }
    }

    pub(super) fn interval(&self) -> Interval {
        self.interval
    }

    /// Is it of the same interval?
    pub(super) fn resembles(&self, other: &Tally) -> bool {
        self.interval == other.interval && self.counts.len() == other.counts.len()
    }

    /// Adds what another part has counted for the same interval.
    pub(super) fn add(&mut self, other: &Tally) {
        self.below += other.below;
        self.counts.iter_mut().zip(&other.counts).for_each(|(all, n)| *all += n);
        self.keys.extend_from_slice(&other.keys);
        self.extent = match (self.extent, other.extent) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
    }

    /// Where the key of `rank` is, all parts taken together.
    pub(super) fn find(&mut self, rank: u64) -> Found {
        let Interval { first, last, collect } = self.interval;
        let Some(mut place) = rank.checked_sub(self.below) else {
            // The bracket was wrong, or so many equal numbers lie at its edge.
            return Found::In(Interval { first: 0, last: first.saturating_sub(1), collect: false });
        };
        if collect {
            self.keys.sort_unstable();
            return match self.keys.get(place as usize) {
                Some(key) => Found::Key(*key),
                None => Found::In(Interval { first: last.saturating_add(1), last: u64::MAX, collect: false }),
            };
        }
        let shift = self.interval.shift();
        let (least, greatest) = self.extent.unwrap_or((first, last));
        for (bucket, count) in (0u64..).zip(&self.counts) {
            if place < *count {
                let from = first + (bucket << shift);
                let to = from.saturating_add((1 << shift) - 1).min(last).min(greatest);
                let from = from.max(least);
                return match to == from {
                    true => Found::Key(from),
                    false => Found::In(Interval { first: from, last: to, collect: *count <= FEW }),
                };
            }
            place -= count;
        }
        Found::In(Interval { first: last.saturating_add(1), last: u64::MAX, collect: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_the_order_of_numbers() {
        let numbers =
            [f64::NEG_INFINITY, -1e300, -1.5, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX, f64::INFINITY];
        assert!(numbers.map(key).is_sorted_by(|a, b| a < b));
        assert!(numbers.iter().all(|x| number(key(*x)).to_bits() == x.to_bits()));
        assert_eq!(key(-0.0), key(0.0));
    }

    /// Looks for a rank in rounds; says how many there were.
    fn search(parts: &[Vec<f64>], rank: u64, mut interval: Interval) -> (f64, usize) {
        for round in 1..100 {
            let mut all = Tally::new(interval);
            for (n, part) in parts.iter().enumerate() {
                let sets = Isa::all();
                let mut tally = Tally::new(interval);
                tally.take(sets[n % sets.len()], part);
                assert!(all.resembles(&tally));
                all.add(&tally);
            }
            match all.find(rank) {
                Found::Key(key) => return (number(key), round),
                Found::In(next) => interval = next,
            }
        }
        panic!("rank {rank} is not found");
    }

    #[test]
    fn equal_numbers_take_no_more_rounds() {
        // Most are equal, at the edge of the interval or inside, with others around.
        let numbers: Vec<f64> =
            (0..100_000).map(|k| if k % 10 < 9 { 0.0 } else { (k % 997) as f64 / 7.0 - 9.0 }).collect();
        let parts: Vec<Vec<f64>> = numbers.chunks(9_000).map(<[f64]>::to_vec).collect();
        for interval in [(0.0, 5.0), (-1.0, 5.0), (-9.0, 0.0)] {
            let interval = Interval { first: key(interval.0), last: key(interval.1), collect: false };
            let (found, rounds) = search(&parts, 50_000, interval);
            assert_eq!((found, rounds.min(4)), (0.0, rounds), "{rounds} rounds");
        }
        let (found, rounds) = search(&parts, 50_000, Interval::ALL);
        assert_eq!((found, rounds.min(5)), (0.0, rounds), "{rounds} rounds");
    }

    proptest! {
        #[test]
        fn ranks_are_found_wherever_the_numbers_are(
            numbers in prop::collection::vec(prop_oneof![
                6 => -1e3..1e3f64, 3 => (0..3).prop_map(f64::from), 1 => Just(f64::NAN), 1 => Just(-0.0), 1 => Just(f64::INFINITY),
            ], 1..3000),
            size in 1usize..700,
            at in 0.0..1.0f64,
            (low, high) in (-1e3..1e3f64, -1e3..1e3f64),
        ) {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
            prop_assume!(!sorted.is_empty());
            sorted.sort_by(f64::total_cmp);
            let rank = (at * sorted.len() as f64) as usize;
            let parts: Vec<Vec<f64>> = numbers.chunks(size).map(<[f64]>::to_vec).collect();
            let (first, last) = (key(low.min(high)), key(low.max(high)));
            for interval in [Interval::ALL, Interval { first, last, collect: false }] {
                let (found, rounds) = search(&parts, rank as u64, interval);
                prop_assert_eq!(found.to_bits(), sorted[rank].to_bits());
                prop_assert!(rounds <= 10, "{} rounds", rounds);
            }
        }
    }
}
