//! Scenarios counted by their values.

use super::setup::{Counter, Wish};
use crate::eval::kernels::memory::Isa;

impl Counter {
    /// Adds the scenarios of one leaf to `counts`, one number or one a bucket.
    pub(crate) fn count(&self, isa: Isa, numbers: &[f64], counts: &mut [u32]) {
        match isa {
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                use fearless_simd::Simd;
                token.vectorize(#[inline(always)] || self.count_leaf(numbers, counts))
            }),
            Isa::Scalar => self.count_leaf(numbers, counts),
        }
    }

    #[inline(always)]
    fn count_leaf(&self, numbers: &[f64], counts: &mut [u32]) {
        match self {
            Counter::Above(threshold) => {
                counts[0] += numbers.iter().map(|x| u32::from(x > threshold)).sum::<u32>();
            }
            Counter::Below(threshold) => {
                counts[0] += numbers.iter().map(|x| u32::from(x < threshold)).sum::<u32>();
            }
            Counter::Histogram(edges) => {
                for x in numbers {
                    // Edges at or before x; NaN is at or after none.
                    let reached = edges.partition_point(|edge| edge <= x);
                    let last = edges.len() - 1;
                    let bucket = if *x == edges[last] { last } else { reached };
                    if (1..=last).contains(&bucket) {
                        counts[bucket - 1] += 1;
                    }
                }
            }
        }
    }
}

impl Wish {
    /// Counts the scenarios of one leaf; calls `add` with the place of each count.
    pub(crate) fn count(&self, isa: Isa, numbers: &[f64], mut add: impl FnMut(usize, u32)) {
        let mut from = 0;
        for counter in &self.counters {
            let mut counts = vec![0; counter.len()];
            counter.count(isa, numbers, &mut counts);
            counts.into_iter().enumerate().for_each(|(n, count)| add(from + n, count));
            from += counter.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_half_open_but_the_last() {
        let counter = Counter::Histogram(vec![0.0, 1.0, 2.0, 4.0]);
        let numbers = [-0.1, 0.0, 0.5, 1.0, 1.9, 2.0, 4.0, 4.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for isa in Isa::all() {
            let mut counts = [0; 3];
            counter.count(isa, &numbers, &mut counts);
            assert_eq!(counts, [2, 2, 2]);
        }
    }

    #[test]
    fn missing_values_are_neither_above_nor_below() {
        let numbers = [1.0, 2.0, f64::NAN, 3.0];
        let mut counts = [0];
        Counter::Above(2.0).count(Isa::best(), &numbers, &mut counts);
        Counter::Below(2.0).count(Isa::best(), &numbers, &mut counts);
        assert_eq!(counts, [2]);
    }
}
