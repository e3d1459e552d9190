//! Exact quantiles of numbers that lie in several places.
//!
//! A quantile needs one or two numbers by their rank. A sample brackets them; one pass over all
//! numbers counts what is below and collects what is inside, which is little; the rank is then
//! looked for in there. A bracket that misses, seldom, is replaced by all numbers.

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
    /// Room for all numbers at once.
    inside: Vec<f64>,
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
        && let Some((low, high)) = bracket(parts, count, rank, scratch)
        && let Some(found) = within(isa, parts, (low, high), count, rank, scratch)
    {
        return found;
    }
    let numbers = &mut scratch.numbers;
    numbers.clear();
    parts.iter().for_each(|part| numbers.extend(part.iter().filter(|x| !x.is_nan())));
    pair(numbers, rank)
}

/// The numbers of ranks `rank` and `rank + 1`; the second is the first where there is none.
fn pair(numbers: &mut [f64], rank: usize) -> (f64, f64) {
    let (_, low, above) = numbers.select_nth_unstable_by(rank, f64::total_cmp);
    let low = *low;
    (low, above.iter().copied().min_by(f64::total_cmp).unwrap_or(low))
}

/// Two numbers between which the wanted ones probably are.
fn bracket(parts: &[&[f64]], count: usize, rank: usize, scratch: &mut Scratch) -> Option<(f64, f64)> {
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
    let at = middle.saturating_sub(margin);
    let low = if at == 0 { f64::NEG_INFINITY } else { *sample.select_nth_unstable_by(at, f64::total_cmp).1 };
    let to = middle + margin;
    let high = if to >= sample.len() {
        f64::INFINITY
    } else {
        *sample[at..].select_nth_unstable_by(to - at, f64::total_cmp).1
    };
    Some((low, high))
}

/// How numbers lie about a bracket; those strictly inside are collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    below: usize,
    at_low: usize,
    at_high: usize,
    inside: usize,
}

/// Looks for the rank among the numbers in the bracket.
fn within(
    isa: Isa,
    parts: &[&[f64]],
    (low, high): (f64, f64),
    count: usize,
    rank: usize,
    scratch: &mut Scratch,
) -> Option<(f64, f64)> {
    let room = &mut scratch.inside;
    room.resize(parts.iter().map(|part| part.len()).sum::<usize>().max(room.len()), 0.0);
    let mut counts = Counts::default();
    for part in parts {
        match isa {
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                token.vectorize(#[inline(always)] || collect(token, part, low, high, &mut counts, room))
            }),
            Isa::Scalar => collect_rest(part, low, high, &mut counts, room),
        }
    }
    let Counts { below, at_low, at_high, inside } = counts;
    let inside = &mut room[..inside];
    // With a bracket of one number both ends count the same ones.
    let at_high = if low == high { 0 } else { at_high };
    let end = below + at_low + inside.len() + at_high;
    let next = (rank + 1).min(count - 1);
    if rank < below || next >= end {
        return None;
    }
    let first_inside = below + at_low;
    let collected = first_inside..first_inside + inside.len();
    let first = if collected.contains(&rank) {
        *inside.select_nth_unstable_by(rank - first_inside, f64::total_cmp).1
    } else if rank < first_inside {
        low
    } else {
        high
    };
    let second = if next == rank {
        first
    } else if collected.contains(&next) {
        // What follows the first is to its right now; with none before it, anywhere.
        let from = (rank + 1).saturating_sub(first_inside);
        inside[from..].iter().copied().min_by(f64::total_cmp).unwrap_or(first)
    } else if next < first_inside {
        low
    } else {
        high
    };
    Some((first, second))
}

/// Counts the numbers of a part, and puts those strictly inside the bracket behind those that are there.
#[inline(always)]
fn collect<S: Simd>(token: S, part: &[f64], low: f64, high: f64, counts: &mut Counts, room: &mut [f64]) {
    let (whole, rest) = part.as_chunks::<8>();
    let (lowest, highest) = (token.splat_f64x8(low), token.splat_f64x8(high));
    let (mut below, mut to_low, mut below_high, mut to_high) = (0, 0, 0, 0);
    let mut inside = counts.inside;
    for eight in whole {
        let x: f64x8<S> = SimdBase::from_slice(token, eight);
        let is_to_low = x.simd_le(lowest).to_bitmask();
        let is_below_high = x.simd_lt(highest).to_bitmask();
        below += x.simd_lt(lowest).to_bitmask().count_ones();
        to_low += is_to_low.count_ones();
        below_high += is_below_high.count_ones();
        to_high += x.simd_le(highest).to_bitmask().count_ones();
        let mut between = is_below_high & !is_to_low;
        while between != 0 {
            room[inside] = eight[between.trailing_zeros() as usize & 7];
            inside += 1;
            between &= between - 1;
        }
    }
    counts.below += below as usize;
    counts.at_low += (to_low - below) as usize;
    counts.at_high += (to_high - below_high) as usize;
    counts.inside = inside;
    collect_rest(rest, low, high, counts, room);
}

fn collect_rest(part: &[f64], low: f64, high: f64, counts: &mut Counts, room: &mut [f64]) {
    for &x in part {
        counts.below += usize::from(x < low);
        counts.at_low += usize::from(x == low);
        counts.at_high += usize::from(x == high);
        if low < x && x < high {
            room[counts.inside] = x;
            counts.inside += 1;
        }
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
