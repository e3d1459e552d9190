//! Statistics of one series in one bin over scenarios, but for quantiles.
//!
//! Numbers are taken in leaves of [`LEAF`] consecutive scenarios, each in one fixed order, and
//! leaves are merged by a pairwise tree over their numbers: neither threads nor lanes nor how the
//! work was divided show in the bits.

use super::setup::Wish;
use crate::eval::kernels::memory::Isa;
use serde::{Deserialize, Serialize};

/// Scenarios of a leaf.
pub(crate) const LEAF: usize = 1024;

/// Partial sums of a leaf: number i goes to sum `i mod PARTS`.
const PARTS: usize = 8;

/// What is known of a set of numbers. Missing ones (NaN) are left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments {
    /// How many numbers there are.
    pub(crate) count: u64,
    pub(crate) sum: f64,
    /// The sum of squared differences from the mean.
    pub(crate) squares: f64,
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
}

/// What is wanted of a leaf besides its sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) squares: bool,
    pub(crate) extremes: bool,
}

impl Wanted {
    /// What the statistics of a series need.
    pub(crate) fn by(wish: &Wish) -> Self {
        Wanted { squares: wish.deviation, extremes: wish.minimum || wish.maximum }
    }
}

impl Moments {
    /// Of nothing.
    pub(crate) const EMPTY: Moments =
        Moments { count: 0, sum: 0.0, squares: 0.0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };

    /// Of the numbers of one leaf.
    pub(crate) fn of(isa: Isa, numbers: &[f64], wanted: Wanted) -> Self {
        match isa {
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                use fearless_simd::Simd;
                token.vectorize(#[inline(always)] || Self::of_leaf(numbers, wanted))
            }),
            Isa::Scalar => Self::of_leaf(numbers, wanted),
        }
    }

    #[inline(always)]
    fn of_leaf(numbers: &[f64], wanted: Wanted) -> Self {
        let mut sums = [0.0; PARTS];
        let mut counts = [0u64; PARTS];
        in_parts(numbers, |i, x| {
            let there = !x.is_nan();
            sums[i] += if there { x } else { 0.0 };
            counts[i] += u64::from(there);
        });
        let mut moments = Moments { count: counts.iter().sum(), sum: together(sums), ..Moments::EMPTY };
        if wanted.squares && moments.count > 0 {
            let mean = moments.sum / moments.count as f64;
            let mut squares = [0.0; PARTS];
            in_parts(numbers, |i, x| {
                let d = x - mean;
                squares[i] += if x.is_nan() { 0.0 } else { d * d };
            });
            moments.squares = together(squares);
        }
        if wanted.extremes {
            let (mut low, mut high) = ([f64::INFINITY; PARTS], [f64::NEG_INFINITY; PARTS]);
            in_parts(numbers, |i, x| {
                low[i] = if x < low[i] { x } else { low[i] };
                high[i] = if x > high[i] { x } else { high[i] };
            });
            moments.minimum = low.into_iter().fold(f64::INFINITY, f64::min);
            moments.maximum = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
        }
        moments
    }

    /// Of the numbers of both, those of `self` first. Chan, Golub and LeVeque, "Updating formulae and a
    /// pairwise algorithm for computing sample variances" (1979).
    #[must_use]
    pub(crate) fn and(self, next: Moments) -> Moments {
        if next.count == 0 {
            return self;
        }
        if self.count == 0 {
            return next;
        }
        let (a, b) = (self.count as f64, next.count as f64);
        let d = next.sum / b - self.sum / a;
        Moments {
            count: self.count + next.count,
            sum: self.sum + next.sum,
            squares: (self.squares + next.squares) + d * d * (a * b / (a + b)),
            minimum: self.minimum.min(next.minimum),
            maximum: self.maximum.max(next.maximum),
        }
    }

    /// The mean; NaN of nothing.
    pub(crate) fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.sum / self.count as f64 }
    }

    /// The standard deviation with one degree of freedom less; NaN of fewer than two numbers.
    pub(crate) fn deviation(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { (self.squares / (self.count - 1) as f64).sqrt() }
    }

    /// The smallest number; NaN of nothing. Zeros are +0, whichever came first.
    pub(crate) fn smallest(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.minimum + 0.0 }
    }

    /// The greatest number; NaN of nothing.
    pub(crate) fn greatest(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.maximum + 0.0 }
    }
}

/// Calls `f` with every number and its part.
#[inline(always)]
fn in_parts(numbers: &[f64], mut f: impl FnMut(usize, f64)) {
    let (whole, rest) = numbers.as_chunks::<PARTS>();
    for eight in whole {
        for (i, x) in eight.iter().enumerate() {
            f(i, *x);
        }
    }
    for (i, x) in rest.iter().enumerate() {
        f(i, *x);
    }
}

fn together(s: [f64; PARTS]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// A pairwise tree over leaves, as far as it is known: subtrees side by side.
///
/// Subtree `(level, n)` covers leaves `n·2^level ..(n + 1)·2^level`. Two that are siblings are one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Tree {
    /// `(level, number, moments)`, by the leaves that they cover.
    subtrees: Vec<(u32, u64, Moments)>,
}

impl Tree {
    /// Adds the leaf after the last one, or the first.
    pub(crate) fn push(&mut self, leaf: u64, moments: Moments) {
        self.append(0, leaf, moments);
    }

    fn append(&mut self, mut level: u32, mut number: u64, mut moments: Moments) {
        while let Some(&(before, left, of_left)) = self.subtrees.last()
            && (before, left + 1, number % 2) == (level, number, 1)
        {
            moments = of_left.and(moments);
            self.subtrees.pop();
            level += 1;
            number /= 2;
        }
        self.subtrees.push((level, number, moments));
    }

    /// Adds what `next` knows of the leaves that follow.
    pub(crate) fn extend(&mut self, next: &Tree) {
        for &(level, number, moments) in &next.subtrees {
            self.append(level, number, moments);
        }
    }

    /// Which leaves it covers, if they are consecutive.
    pub(crate) fn leaves(&self) -> Option<std::ops::Range<u64>> {
        let mut all: Option<std::ops::Range<u64>> = None;
        for (level, number, _) in &self.subtrees {
            let from = number.checked_shl(*level)?;
            let to = number.checked_add(1)?.checked_shl(*level)?;
            all = match all {
                None => Some(from..to),
                Some(before) if before.end == from => Some(before.start..to),
                Some(_) => return None,
            };
        }
        all
    }

    /// The whole: a subtree without a sibling stands for both.
    pub(crate) fn root(&self) -> Moments {
        self.subtrees.iter().rev().fold(Moments::EMPTY, |right, (_, _, left)| left.and(right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Wanted = Wanted { squares: true, extremes: true };

    fn leaves(numbers: &[f64], size: usize) -> Vec<Moments> {
        numbers.chunks(size).map(|leaf| Moments::of(Isa::Scalar, leaf, ALL)).collect()
    }

    #[test]
    fn known_statistics() {
        let m = Moments::of(Isa::Scalar, &[2.0, f64::NAN, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], ALL);
        assert_eq!((m.count, m.mean(), m.smallest(), m.greatest()), (8, 5.0, 2.0, 9.0));
        assert_eq!(m.deviation(), (32.0f64 / 7.0).sqrt());
        assert!(Moments::EMPTY.mean().is_nan() && Moments::EMPTY.smallest().is_nan());
        assert!(Moments::of(Isa::Scalar, &[1.0], ALL).deviation().is_nan());
    }

    /// The definition: split at the largest power of two below the number of leaves.
    fn defined(leaves: &[Moments]) -> Moments {
        match leaves.len() {
            0 => Moments::EMPTY,
            1 => leaves[0],
            n => {
                let half = n.next_power_of_two() / 2;
                defined(&leaves[..half]).and(defined(&leaves[half..]))
            }
        }
    }

    proptest! {
        #[test]
        fn the_bits_do_not_show_how_the_work_was_divided(
            numbers in prop::collection::vec(prop_oneof![5 => -1e6..1e6, 1 => Just(f64::NAN), 1 => Just(-0.0)], 1..400),
            mut cuts in prop::collection::vec(0usize..60, 0..4),
        ) {
            let leaves = leaves(&numbers, 7);
            let whole = defined(&leaves);
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(leaves.len()));
            cuts.sort_unstable();
            cuts.push(leaves.len());
            let mut tree = Tree::default();
            let mut from = 0;
            for to in cuts {
                let mut part = Tree::default();
                for (n, leaf) in leaves.iter().enumerate().take(to).skip(from) {
                    part.push(n as u64, *leaf);
                }
                tree.extend(&part);
                from = to;
            }
            let bits = |m: Moments| (m.count, m.sum.to_bits(), m.squares.to_bits(), m.minimum.to_bits());
            prop_assert_eq!(bits(tree.root()), bits(whole));
        }

        #[test]
        fn every_instruction_set_gives_the_same_bits(numbers in prop::collection::vec(prop_oneof![9 => -1e6..1e6, 1 => Just(f64::NAN)], 0..100)) {
            let wanted = Moments::of(Isa::Scalar, &numbers, ALL);
            for isa in Isa::all() {
                prop_assert_eq!(Moments::of(isa, &numbers, ALL), wanted);
            }
        }
    }
}
