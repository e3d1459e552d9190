//! Exact quantiles of numbers that lie in several places.
//!
//! A quantile needs one or two numbers by their rank. A sample brackets them; one pass over all
//! numbers counts what is below and collects what is inside, which is little; the rank is then
//! looked for in there. The numbers need not be in one place, nor stay, once they are counted.
//! A bracket that misses, seldom, is replaced by all numbers.

use crate::eval::kernels::memory::Isa;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// Up to here all numbers are looked through.
const SMALL: usize = 3000;
/// Numbers of the sample.
const SAMPLE: usize = 1024;
/// Standard deviations of a rank in the sample that the bracket reaches to either side.
const MARGIN: f64 = 3.5;

/// Room for quantiles, to be used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    numbers: Vec<f64>,
    pub(crate) inside: Inside,
}

/// Numbers that were collected. Room that was used once is not prepared again.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    numbers: Vec<f64>,
    used: usize,
}

impl Inside {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn numbers(&self) -> &[f64] {
        &self.numbers[..self.used]
    }

    fn numbers_mut(&mut self) -> &mut [f64] {
        &mut self.numbers[..self.used]
    }

    pub(crate) fn extend(&mut self, more: &[f64]) {
        self.room(more.len())[..more.len()].copy_from_slice(more);
        self.used += more.len();
    }

    /// At least so many places behind what is there.
    fn room(&mut self, count: usize) -> &mut [f64] {
        if self.numbers.len() < self.used + count {
            self.numbers.resize((self.used + count).next_power_of_two(), 0.0);
        }
        &mut self.numbers[self.used..]
    }
}

/// The `q`-quantile of `count` numbers, missing ones left out, interpolated linearly as numpy's method
/// of that name does; NaN of nothing.
pub(crate) fn quantile(isa: Isa, parts: &[&[f64]], count: usize, q: f64, scratch: &mut Scratch) -> f64 {
    if count == 0 {
        return f64::NAN;
    }
    let rank = ((q * (count - 1) as f64) as usize).min(count - 1);
    let (low, high) = ranked(isa, parts, count, rank, scratch);
    between(count, q, low, high)
}

/// The `q`-quantile of `count` numbers from the two that it lies between.
pub(crate) fn between(count: usize, q: f64, low: f64, high: f64) -> f64 {
    if count == 0 {
        return f64::NAN;
    }
    let position = q * (count - 1) as f64;
    let part = position - (position as usize).min(count - 1) as f64;
    let between = if part == 0.0 || low == high {
        low
    } else if part >= 0.5 {
        high - (high - low) * (1.0 - part)
    } else {
        low + (high - low) * part
    };
    // Of equal zeros any may have come first.
    between + 0.0
}

/// The number of this rank and the next one, if there is one.
fn ranked(isa: Isa, parts: &[&[f64]], count: usize, rank: usize, scratch: &mut Scratch) -> (f64, f64) {
    if count > SMALL
        && let Some(bracket) = bracket(parts, count, rank, scratch)
    {
        let mut places = Places::default();
        scratch.inside.clear();
        parts.iter().for_each(|part| bracket.take(isa, part, &mut places, &mut scratch.inside));
        if let Some(found) = bracket.find(places, &mut scratch.inside, count, rank) {
            return found;
        }
    }
    let numbers = &mut scratch.numbers;
    numbers.clear();
    parts.iter().for_each(|part| numbers.extend(part.iter().filter(|x| !x.is_nan())));
    (*numbers.select_nth_unstable_by(rank, f64::total_cmp).1, following(numbers, rank))
}

/// The number after the one of `rank`, which is where it belongs with the smaller ones before it; the same one
/// where it is the last.
fn following(numbers: &[f64], rank: usize) -> f64 {
    numbers[rank + 1..].iter().copied().min_by(f64::total_cmp).unwrap_or(numbers[rank])
}

/// Three numbers, from a sample, about which the wanted ones probably are.
fn bracket(parts: &[&[f64]], count: usize, rank: usize, scratch: &mut Scratch) -> Option<Bracket> {
    let total: usize = parts.iter().map(|part| part.len()).sum();
    let step = total / SAMPLE;
    let sample = &mut scratch.numbers;
    sample.clear();
    let mut skip = step / 2;
    for part in parts {
        let mut at = skip;
        while at < part.len() {
            sample.push(part[at]);
            at += step;
        }
        skip = at - part.len();
    }
    sample.retain(|x| !x.is_nan());
    if sample.len() < SAMPLE / 2 {
        return None;
    }
    let share = rank as f64 / count as f64;
    let middle = (share * sample.len() as f64) as usize;
    let margin = 2 + (MARGIN * (sample.len() as f64 * share * (1.0 - share)).sqrt()) as usize;
    let from = middle.saturating_sub(margin);
    let low =
        if from == 0 { f64::NEG_INFINITY } else { *sample.select_nth_unstable_by(from, f64::total_cmp).1 };
    let to = middle + margin;
    let high = if to >= sample.len() {
        f64::INFINITY
    } else {
        *sample[from..].select_nth_unstable_by(to - from, f64::total_cmp).1
    };
    let rest = &mut sample[from..];
    let middle = *rest.select_nth_unstable_by(middle - from, f64::total_cmp).1;
    Some(Bracket { low, middle, high })
}

/// Where a quantile probably is: between `low` and `high`, about `middle`.
///
/// Of numbers that are equal in many scenarios those at the three need not be collected, and between them
/// there are few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bracket {
    pub(crate) low: f64,
    pub(crate) middle: f64,
    pub(crate) high: f64,
}

/// How many numbers lie where about a bracket; those inside are collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Places {
    below: usize,
    at_low: usize,
    at_middle: usize,
    at_high: usize,
}

impl Places {
    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, other: Places) {
        self.below += other.below;
        self.at_low += other.at_low;
        self.at_middle += other.at_middle;
        self.at_high += other.at_high;
    }
}

impl Bracket {
    /// The `q`-quantile of `count` numbers, which `places` and `inside` tell of; `None` if it is not in here.
    pub(crate) fn quantile(self, places: Places, inside: &mut Inside, count: usize, q: f64) -> Option<f64> {
        if count == 0 {
            return Some(f64::NAN);
        }
        let rank = ((q * (count - 1) as f64) as usize).min(count - 1);
        let (low, high) = self.find(places, inside, count, rank)?;
        Some(between(count, q, low, high))
    }

    /// Counts `numbers`, and adds those strictly inside to `inside`; missing ones are left out.
    pub(crate) fn take(self, isa: Isa, numbers: &[f64], places: &mut Places, inside: &mut Inside) {
        match isa {
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                token.vectorize(#[inline(always)] || self.take_vectors(token, numbers, places, inside))
            }),
            Isa::Scalar => self.take_each(numbers, places, inside),
        }
    }

    #[inline(always)]
    fn take_vectors<S: Simd>(self, token: S, numbers: &[f64], places: &mut Places, inside: &mut Inside) {
        let (whole, rest) = numbers.as_chunks::<64>();
        let (low, high) = (token.splat_f64x8(self.low), token.splat_f64x8(self.high));
        let (room, mut found) = (inside.room(numbers.len()), 0);
        for chunk in whole {
            // A bit for each of the numbers.
            let (mut below, mut to_low, mut below_high, mut to_high) = (0u64, 0u64, 0u64, 0u64);
            for (n, eight) in chunk.as_chunks::<8>().0.iter().enumerate() {
                let x: f64x8<S> = SimdBase::from_slice(token, eight);
                below |= x.simd_lt(low).to_bitmask() << (8 * n);
                to_low |= x.simd_le(low).to_bitmask() << (8 * n);
                below_high |= x.simd_lt(high).to_bitmask() << (8 * n);
                to_high |= x.simd_le(high).to_bitmask() << (8 * n);
            }
            places.below += below.count_ones() as usize;
            places.at_low += (to_low & !below).count_ones() as usize;
            places.at_high += (to_high & !below_high).count_ones() as usize;
            let mut between = below_high & !to_low;
            while between != 0 {
                let x = chunk[between.trailing_zeros() as usize & 63];
                let is_middle = x == self.middle;
                places.at_middle += usize::from(is_middle);
                room[found] = x;
                found += usize::from(!is_middle);
                between &= between - 1;
            }
        }
        inside.used += found;
        self.take_each(rest, places, inside);
    }

    fn take_each(self, numbers: &[f64], places: &mut Places, inside: &mut Inside) {
        for &x in numbers {
            places.below += usize::from(x < self.low);
            places.at_low += usize::from(x == self.low);
            places.at_high += usize::from(x == self.high);
            if self.low < x && x < self.high {
                if x == self.middle {
                    places.at_middle += 1;
                } else {
                    inside.extend(&[x]);
                }
            }
        }
    }

    /// The number of this rank and the next one, if there is one; `None` if they are not in here.
    fn find(self, places: Places, inside: &mut Inside, count: usize, rank: usize) -> Option<(f64, f64)> {
        let inside = inside.numbers_mut();
        let Bracket { low, middle, high } = self;
        let mut less = 0;
        for at in 0..inside.len() {
            if inside[at] < middle {
                inside.swap(less, at);
                less += 1;
            }
        }
        let (left, right) = inside.split_at_mut(less);
        // Where both edges are one number, both have counted it.
        let at_high = if high == low { 0 } else { places.at_high };
        let zones = [places.at_low, left.len(), places.at_middle, right.len(), at_high];
        let place_of = |rank: usize| {
            let mut place = rank.checked_sub(places.below)?;
            for (zone, size) in zones.into_iter().enumerate() {
                if place < size {
                    return Some((zone, place));
                }
                place -= size;
            }
            None
        };
        let (zone, place) = place_of(rank)?;
        let (next_zone, next_place) = place_of((rank + 1).min(count - 1))?;
        let mut number = |zone: usize, place: usize| match zone {
            0 => low,
            1 => *left.select_nth_unstable_by(place, f64::total_cmp).1,
            2 => middle,
            3 => *right.select_nth_unstable_by(place, f64::total_cmp).1,
            _ => high,
        };
        let first = number(zone, place);
        let second = match (zone == next_zone, zone) {
            (true, 1) if next_place > place => following(left, place),
            (true, 3) if next_place > place => following(right, place),
            (true, _) => first,
            (false, _) => number(next_zone, next_place),
        };
        Some((first, second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By sorting.
    fn sorted(numbers: &[f64], q: f64) -> f64 {
        let mut numbers: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
        if numbers.is_empty() {
            return f64::NAN;
        }
        numbers.sort_by(f64::total_cmp);
        let position = q * (numbers.len() - 1) as f64;
        let (low, part) = (numbers[position as usize], position.fract());
        let high = numbers[(position as usize + 1).min(numbers.len() - 1)];
        let x = match part {
            0.0 => low,
            _ if low == high => low,
            _ if part >= 0.5 => high - (high - low) * (1.0 - part),
            _ => low + (high - low) * part,
        };
        x + 0.0
    }

    fn check(numbers: &[f64], q: f64) {
        let count = numbers.iter().filter(|x| !x.is_nan()).count();
        let wanted = sorted(numbers, q);
        for isa in Isa::all() {
            for size in [numbers.len().max(1), 1024, 777] {
                let parts: Vec<&[f64]> = numbers.chunks(size).collect();
                let found = quantile(isa, &parts, count, q, &mut Scratch::default());
                assert!(
                    found.to_bits() == wanted.to_bits() || found.is_nan() && wanted.is_nan(),
                    "{found} is not {wanted}: q {q}"
                );
            }
        }
    }

    #[test]
    fn awkward_numbers() {
        let few = [f64::NAN, 3.0, -0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY, 7.5];
        for q in [0.0, 0.05, 0.5, 0.95, 1.0] {
            check(&[], q);
            check(&[f64::NAN], q);
            check(&[2.0], q);
            check(&few, q);
            check(&few.repeat(900), q);
            // All equal; ties at either end; rising and falling.
            check(&[1.0; 5000], q);
            check(&(0..9000).map(|i| f64::from(i.min(5000))).collect::<Vec<_>>(), q);
            check(&(0..9000).map(|i| f64::from(-i).max(-8000.0)).collect::<Vec<_>>(), q);
            // The sample sees something else than the whole.
            check(&(0..8192).map(|i| if i % 8 == 4 { 1e9 } else { f64::from(i) }).collect::<Vec<_>>(), q);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn as_by_sorting(
            numbers in prop::collection::vec(prop_oneof![6 => -1e3..1e3f64, 2 => (0..5).prop_map(f64::from), 1 => Just(f64::NAN)], 1..9000),
            q in 0.0..=1.0f64,
        ) {
            check(&numbers, q);
        }
    }
}
