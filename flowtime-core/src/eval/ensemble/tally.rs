//! Exact quantiles of numbers that are never in one place: what parts count.

use super::search::{BUCKETS, Half, How, Interval, key, number};
use crate::eval::kernels::memory::Isa;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};
use serde::{Deserialize, Serialize};

/// Keys that are few enough to be collected, of one interval.
const FEW: u64 = 2048;
/// Different keys that are few enough to be collected where there may be many that are equal.
const FEW_DIFFERENT: usize = 256;

/// What a part has counted for one interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    interval: Interval,
    /// Numbers below the interval, and at its three keys.
    below: u64,
    at_low: u64,
    at_middle: u64,
    at_high: u64,
    /// By bucket, those of the lower half first; nothing where keys are collected.
    counts: Vec<u64>,
    /// The least and the greatest key inside but the middle, if there is one.
    extent: Option<(u64, u64)>,
    /// The keys inside but the middle; `None` where too many differ.
    keys: Option<Keys>,
}

/// Collected keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Keys {
    /// How far they are from the first key of the interval, in order, and how often each is there.
    sorted: Vec<(u64, u64)>,
    /// Those that came since.
    #[serde(skip)]
    more: Vec<u64>,
}

/// What a round has found out about a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Key(u64),
    In(Interval),
}

impl Tally {
    /// Nothing counted yet.
    fn new(interval: Interval) -> Self {
        let buckets = if interval.how == How::Collected { 0 } else { 2 * BUCKETS };
        Tally {
            interval,
            below: 0,
            at_low: 0,
            at_middle: 0,
            at_high: 0,
            counts: vec![0; buckets],
            extent: None,
            keys: (interval.how != How::Evenly).then(Keys::default),
        }
    }

    /// Of numbers in several places; missing ones are left out.
    pub(crate) fn of(interval: Interval, isa: Isa, parts: &[&[f64]]) -> Self {
        let mut tally = Tally::new(interval);
        let halves = interval.halves();
        for part in parts {
            let (whole, rest) = part.as_chunks::<64>();
            match isa {
                Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                    token.vectorize(#[inline(always)] || tally.take_vectors(token, halves, whole))
                }),
                Isa::Scalar => whole.iter().for_each(|chunk| tally.take_each(halves, chunk)),
            }
            tally.take_each(halves, rest);
        }
        if interval.low == interval.high {
            // Both ends have counted it.
            tally.at_high = 0;
        }
        tally.settle();
        tally
    }

    /// Most numbers are below, above or at an end: that is seen by comparing the numbers themselves.
    #[inline(always)]
    fn take_vectors<S: Simd>(&mut self, token: S, halves: [Half; 2], chunks: &[[f64; 64]]) {
        let low = token.splat_f64x8(number(self.interval.low));
        let high = token.splat_f64x8(number(self.interval.high));
        for chunk in chunks {
            // A bit for each of the numbers.
            let (mut below, mut to_low, mut below_high, mut to_high) = (0u64, 0u64, 0u64, 0u64);
            for (n, eight) in chunk.as_chunks::<8>().0.iter().enumerate() {
                let x: f64x8<S> = SimdBase::from_slice(token, eight);
                below |= x.simd_lt(low).to_bitmask() << (8 * n);
                to_low |= x.simd_le(low).to_bitmask() << (8 * n);
                below_high |= x.simd_lt(high).to_bitmask() << (8 * n);
                to_high |= x.simd_le(high).to_bitmask() << (8 * n);
            }
            self.below += u64::from(below.count_ones());
            self.at_low += u64::from((to_low & !below).count_ones());
            self.at_high += u64::from((to_high & !below_high).count_ones());
            let mut inside = below_high & !to_low;
            while inside != 0 {
                self.count(halves, chunk[inside.trailing_zeros() as usize & 63]);
                inside &= inside - 1;
            }
        }
    }

    fn take_each(&mut self, halves: [Half; 2], numbers: &[f64]) {
        let (low, high) = (number(self.interval.low), number(self.interval.high));
        for &x in numbers {
            self.below += u64::from(x < low);
            self.at_low += u64::from(x == low);
            self.at_high += u64::from(x == high);
            if low < x && x < high {
                self.count(halves, x);
            }
        }
    }

    /// Counts or collects a number strictly inside the interval.
    #[inline(always)]
    fn count(&mut self, [lower, upper]: [Half; 2], x: f64) {
        let key = key(x);
        if key == self.interval.middle {
            self.at_middle += 1;
            return;
        }
        if !self.counts.is_empty() {
            let (least, greatest) = self.extent.unwrap_or((key, key));
            self.extent = Some((least.min(key), greatest.max(key)));
            let is_lower = key < self.interval.middle;
            let bucket = if is_lower { lower.bucket(x) } else { BUCKETS + upper.bucket(x) };
            self.counts[bucket] += 1;
        }
        if let Some(keys) = &mut self.keys {
            keys.more.push(key - self.interval.low);
            if keys.more.len() >= 2 * FEW as usize {
                self.settle();
            }
        }
    }

    /// Puts collected keys in order; gives them up where too many differ.
    fn settle(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.more.sort_unstable();
            let more: Vec<(u64, u64)> =
                keys.more.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as u64)).collect();
            keys.more.clear();
            keys.add(&more);
        }
        self.give_up();
    }

    fn give_up(&mut self) {
        let many = |keys: &Keys| keys.sorted.len() > FEW_DIFFERENT;
        if self.interval.how == How::ByKeys && self.keys.as_ref().is_some_and(many) {
            self.keys = None;
        }
    }

    /// Is it what a part has to say about this interval?
    pub(super) fn is_of(&self, interval: Interval) -> bool {
        let empty = Tally::new(interval);
        self.interval == interval
            && self.counts.len() == empty.counts.len()
            && (self.keys.is_some() || interval.how != How::Collected)
    }

    /// Adds what another part has counted for the same interval.
    pub(super) fn add(&mut self, other: &Tally) {
        self.below += other.below;
        self.at_low += other.at_low;
        self.at_middle += other.at_middle;
        self.at_high += other.at_high;
        self.counts.iter_mut().zip(&other.counts).for_each(|(all, n)| *all += n);
        self.extent = match (self.extent, other.extent) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        self.keys = match (self.keys.take(), &other.keys) {
            (Some(mut keys), Some(more)) => {
                keys.add(&more.sorted);
                Some(keys)
            }
            // Where too many differ in one part, they do in all of them.
            _ => None,
        };
        self.give_up();
    }

    /// Where the key of `rank` is, all parts taken together.
    pub(super) fn find(&self, rank: u64) -> Found {
        let Interval { low, middle, high, .. } = self.interval;
        let Some(mut place) = rank.checked_sub(self.below) else {
            // The bracket was wrong.
            return Found::In(self.interval.before());
        };
        if place < self.at_low {
            return Found::Key(low);
        }
        place -= self.at_low;
        let found = match &self.keys {
            Some(keys) => {
                let mut keys = keys.clone();
                keys.add(&[(middle.saturating_sub(low), self.at_middle)]);
                keys.find(&mut place).map(|beyond| Found::Key(low.saturating_add(beyond)))
            }
            None => self.find_in_buckets(&mut place),
        };
        match found {
            Some(found) => found,
            None if place < self.at_high => Found::Key(high),
            None => Found::In(self.interval.after()),
        }
    }

    /// Where the number at `place` inside is; takes away what is inside where it is not.
    fn find_in_buckets(&self, place: &mut u64) -> Option<Found> {
        let inside: u64 = self.counts.iter().sum();
        let (least, greatest) = self.extent.unwrap_or((self.interval.low, self.interval.high));
        let mut before = 0;
        for (half, (buckets, counts)) in
            self.interval.halves().iter().zip(self.counts.chunks(BUCKETS)).enumerate()
        {
            for (bucket, count) in counts.iter().enumerate() {
                if *place >= *count {
                    *place -= count;
                    before += count;
                    continue;
                }
                // The first and the last are known.
                match before + *place {
                    0 => return Some(Found::Key(least)),
                    last if last + 1 == inside => return Some(Found::Key(greatest)),
                    _ => {}
                }
                let (first, last) = buckets.keys(bucket);
                let how = if *count <= FEW { How::Collected } else { How::ByKeys };
                let next = Interval::new(first.max(least), None, last.min(greatest), how);
                let one = next.low == next.high;
                return Some(if one { Found::Key(next.low) } else { Found::In(next) });
            }
            if half == 0 {
                if *place < self.at_middle {
                    return Some(Found::Key(self.interval.middle));
                }
                *place -= self.at_middle;
            }
        }
        None
    }
}

impl Keys {
    /// Adds keys that are in order.
    fn add(&mut self, more: &[(u64, u64)]) {
        let mut all = Vec::with_capacity(self.sorted.len() + more.len());
        let (mut a, mut b) = (self.sorted.iter().peekable(), more.iter().peekable());
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if y.0 < x.0 => b.next(),
                (Some(_), _) => a.next(),
                (None, _) => b.next(),
            };
            match (next, all.last_mut()) {
                (None, _) => break,
                (Some((key, count)), Some((last, known))) if last == key => *known += count,
                (Some(new), _) => all.push(*new),
            }
        }
        self.sorted = all;
    }

    /// The key at `place`; takes away how many there are where it is beyond them.
    fn find(&self, place: &mut u64) -> Option<u64> {
        for (key, count) in &self.sorted {
            if *place < *count {
                return Some(*key);
            }
            *place -= count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Looks for a rank in rounds; says how many there were.
    fn search(parts: &[Vec<f64>], rank: u64, mut interval: Interval) -> (f64, usize) {
        for round in 1..100 {
            assert!(interval.is_valid());
            let sets = Isa::all();
            let tally = |(n, part): (usize, &Vec<f64>)| {
                // In two pieces, as numbers of a part may lie.
                let (a, b) = part.split_at(part.len() / 3);
                Tally::of(interval, sets[n % sets.len()], &[a, b])
            };
            let tallies: Vec<Tally> = parts.iter().enumerate().map(tally).collect();
            assert!(tallies.iter().all(|tally| tally.is_of(interval)));
            let together = |order: &mut dyn Iterator<Item = &Tally>| {
                order.fold(Tally::of(interval, Isa::Scalar, &[]), |mut all, tally| {
                    all.add(tally);
                    all
                })
            };
            let all = together(&mut tallies.iter());
            assert!(all == together(&mut tallies.iter().rev()), "the order of the parts shows");
            assert!(
                all == Tally::of(interval, Isa::best(), &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
            );
            match all.find(rank) {
                Found::Key(key) => return (number(key), round),
                Found::In(next) => interval = next,
            }
        }
        panic!("rank {rank} is not found");
    }

    fn interval(low: f64, middle: f64, high: f64) -> Interval {
        Interval::new(key(low), Some(key(middle)), key(high), How::Evenly)
    }

    #[test]
    fn equal_numbers_are_found_at_once() {
        // Most are equal, at an end of the interval or its middle, with others around.
        let numbers: Vec<f64> =
            (0..100_000).map(|k| if k % 10 < 9 { 0.0 } else { (k % 997) as f64 / 7.0 - 9.0 }).collect();
        let parts: Vec<Vec<f64>> = numbers.chunks(9_000).map(<[f64]>::to_vec).collect();
        for (low, middle, high) in [(0.0, 1.0, 5.0), (-1.0, 0.0, 5.0), (-9.0, -1.0, 0.0), (0.0, 0.0, 0.0)] {
            assert_eq!(search(&parts, 50_000, interval(low, middle, high)), (0.0, 1));
        }
        assert_eq!(search(&parts, 50_000, Interval::all()), (0.0, 1));
        // Where the sample knew nothing of it, it takes one more.
        assert_eq!(search(&parts, 50_000, interval(-2.0, -1.0, 5.0)), (0.0, 2));
        assert_eq!(search(&parts, 50_000, interval(1.0, 2.0, 5.0)), (0.0, 2));
    }

    #[test]
    fn few_different_numbers_are_found_in_the_second_round() {
        // Heavy ones that no key of the interval is equal to, close to each other.
        let numbers: Vec<f64> = (0..200_000).map(|k| 50.0 + f64::from(k % 9) * 1e-9).collect();
        let parts: Vec<Vec<f64>> = numbers.chunks(30_000).map(<[f64]>::to_vec).collect();
        for rank in [1u64, 100_000, 199_998] {
            let (found, rounds) = search(&parts, rank, interval(0.0, 49.0, 80.0));
            assert!(rounds <= 2, "{rounds} rounds");
            assert_eq!(found, 50.0 + (rank * 9 / 200_000) as f64 * 1e-9);
        }
    }

    #[test]
    fn all_equal_infinite_or_missing() {
        for x in [0.0, -0.0, 3.25, -5e-324, f64::INFINITY, f64::NEG_INFINITY] {
            let parts = [vec![x; 5000], vec![f64::NAN; 100], vec![x; 1], Vec::new()];
            for wanted in
                [Interval::all(), interval(x, x, x), interval(-1.0, 0.0, 1.0), interval(4.0, 5.0, 6.0)]
            {
                for rank in [0, 2500, 5000] {
                    let (found, rounds) = search(&parts, rank, wanted);
                    assert_eq!(found.to_bits(), (x + 0.0).to_bits());
                    assert!(rounds <= 2, "{rounds} rounds for {x} in {wanted:?}");
                }
            }
        }
        // Zeros of both signs are one number; infinities are at the ends.
        let mixed = [f64::NEG_INFINITY, -0.0, f64::NAN, 0.0, f64::INFINITY].repeat(1000);
        for (rank, wanted) in [(999, f64::NEG_INFINITY), (1000, 0.0), (2999, 0.0), (3000, f64::INFINITY)] {
            let (found, rounds) = search(&[mixed.clone(), mixed[..0].to_vec()], rank, Interval::all());
            assert_eq!((found.to_bits(), rounds), (f64::to_bits(wanted), 1));
        }
    }

    #[test]
    fn what_is_sent_is_small_and_comes_back_as_it_was() {
        let numbers: Vec<f64> = (0..65_536).map(|k| f64::from(k * 7919 % 65_536)).collect();
        for (how, most) in [(How::Evenly, 700), (How::ByKeys, 700), (How::Collected, 20_000)] {
            let of = Interval::new(key(60_000.0), None, key(62_000.0), how);
            let tally = Tally::of(of, Isa::best(), &[&numbers]);
            let bytes = postcard::to_allocvec(&tally).unwrap();
            assert!(bytes.len() <= most, "{} bytes", bytes.len());
            assert!(postcard::from_bytes::<Tally>(&bytes).unwrap() == tally);
        }
    }

    proptest! {
        #[test]
        fn ranks_are_found_wherever_the_numbers_are(
            numbers in prop::collection::vec(prop_oneof![
                6 => -1e3..1e3f64, 3 => (0..3).prop_map(f64::from), 1 => Just(f64::NAN), 1 => Just(-0.0),
                1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY), 1 => Just(5e-324), 1 => prop::num::f64::NORMAL,
            ], 1..6000),
            size in 1usize..700,
            at in 0.0..1.0f64,
            mut keys in prop::array::uniform3(prop_oneof![-1e3..1e3f64, (0..3).prop_map(f64::from)]),
        ) {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
            prop_assume!(!sorted.is_empty());
            sorted.sort_by(f64::total_cmp);
            let rank = (at * sorted.len() as f64) as usize;
            let parts: Vec<Vec<f64>> = numbers.chunks(size).map(<[f64]>::to_vec).collect();
            keys.sort_by(f64::total_cmp);
            for interval in [Interval::all(), interval(keys[0], keys[1], keys[2])] {
                let (found, rounds) = search(&parts, rank as u64, interval);
                prop_assert_eq!(found.to_bits(), sorted[rank].to_bits());
                prop_assert!(rounds <= 5, "{} rounds", rounds);
            }
        }
    }
}
