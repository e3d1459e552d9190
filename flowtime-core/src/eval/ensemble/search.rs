//! Exact quantiles of numbers that are never in one place: where ranks are looked for.
//!
//! Numbers are taken by keys that have their order. In a round every part counts, for each interval in which
//! a rank is looked for, the numbers below it, those that are equal to one of its three keys, and those in each of
//! its buckets; added up, the counts say at which key or in which bucket the rank is, and that bucket is the
//! interval of the next round. When little is left in it, its keys are collected instead. Nothing of it depends
//! on how the numbers were divided.

use serde::{Deserialize, Serialize};

/// Buckets of either half of an interval.
pub(super) const BUCKETS: usize = 128;

/// The keys of the least and the greatest number, and of zero.
const LEAST: u64 = !f64::NEG_INFINITY.to_bits();
const GREATEST: u64 = f64::INFINITY.to_bits() | 1 << 63;
const ZERO: u64 = 1 << 63;
/// What the key of -0 would be, if it had one of its own.
const MINUS_ZERO: u64 = ZERO - 1;

/// A number whose order as a whole number is that of `x`; both zeros have one.
pub(super) fn key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number with this key.
pub(super) fn number(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// What is done with the numbers inside an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// They are counted in buckets that are equally wide. Where a sample says where the numbers are, that divides
    /// them best, also where one end is zero, about which there are more keys than anywhere else.
    Evenly,
    /// They are counted in buckets with equally many keys, which narrows every interval, and as long as few of them
    /// differ these are collected.
    ByKeys,
    /// They are collected.
    Collected,
}

/// Where a rank is looked for in a round. Numbers that are equal to one of its keys are counted apart, as models
/// have many equal ones, and a rank among these is found at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interval {
    /// The first key.
    pub(super) low: u64,
    /// One inside that many numbers may have.
    pub(super) middle: u64,
    /// The last key.
    pub(super) high: u64,
    pub(super) how: How,
}

impl Interval {
    /// From one key to another; what is no key of a number becomes one.
    pub(super) fn new(low: u64, middle: Option<u64>, high: u64, how: How) -> Interval {
        let low = low.clamp(LEAST, GREATEST);
        let low = if low == MINUS_ZERO { ZERO } else { low };
        let high = high.clamp(low, GREATEST);
        let high = if high == MINUS_ZERO { MINUS_ZERO - 1 } else { high };
        let inside = |key: &u64| low < *key && *key < high && *key != MINUS_ZERO;
        let middle = middle.or(Some(ZERO)).filter(inside).unwrap_or(low + (high - low) / 2);
        Interval { low, middle: if middle == MINUS_ZERO { low } else { middle }, high, how }
    }

    /// All numbers.
    pub(super) fn all() -> Interval {
        Interval::new(LEAST, None, GREATEST, How::ByKeys)
    }

    /// All numbers before this one.
    pub(super) fn before(self) -> Interval {
        Interval::new(LEAST, None, self.low.saturating_sub(1), How::ByKeys)
    }

    /// All numbers after this one.
    pub(super) fn after(self) -> Interval {
        Interval::new(self.high.saturating_add(1), None, GREATEST, How::ByKeys)
    }

    /// Is it one that [`Interval::new`] makes?
    pub(super) fn is_valid(self) -> bool {
        self == Interval::new(self.low, Some(self.middle), self.high, self.how)
    }

    /// A key that no number of the interval is further away from than `tolerance` times its own size.
    pub(super) fn within(self, tolerance: f64) -> Option<u64> {
        let (low, high) = (number(self.low), number(self.high));
        let nearest = if low > 0.0 || high < 0.0 { low.abs().min(high.abs()) } else { 0.0 };
        let half = (high - low) / 2.0;
        // Rounding is far below the margin that is left for it.
        (half <= tolerance * nearest * 0.999_999).then(|| key(low + half))
    }

    /// What lies on either side of the middle.
    pub(super) fn halves(self) -> [Half; 2] {
        [Half::new(self.low, self.middle, self.how), Half::new(self.middle, self.high, self.how)]
    }
}

/// What lies strictly between two keys of an interval, in buckets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Half {
    low: u64,
    high: u64,
    from: f64,
    /// Buckets for each unit; zero where there are equally many keys in each.
    scale: f64,
    /// Bits that keys of one bucket differ in.
    shift: u32,
}

impl Half {
    fn new(low: u64, high: u64, how: How) -> Half {
        let width = number(high) - number(low);
        let even = how == How::Evenly && width > 0.0 && width.is_finite();
        let bits = u64::BITS - (high - low).leading_zeros();
        Half {
            low,
            high,
            from: number(low),
            scale: if even { BUCKETS as f64 / width } else { 0.0 },
            shift: bits.saturating_sub(BUCKETS.trailing_zeros()),
        }
    }

    /// The bucket of a number in here; a greater number has no smaller one.
    #[inline(always)]
    pub(super) fn bucket(self, x: f64) -> usize {
        let bucket = if self.scale > 0.0 {
            ((x - self.from) * self.scale) as usize
        } else {
            (key(x).saturating_sub(self.low) >> self.shift) as usize
        };
        bucket.min(BUCKETS - 1)
    }

    /// The first and the last key of a bucket.
    pub(super) fn keys(self, bucket: usize) -> (u64, u64) {
        // Whatever rounding did, buckets have the order of their numbers.
        let first = |bucket: usize| {
            let (mut from, mut to) = (self.low.saturating_add(1), self.high);
            while from < to {
                let key = from + (to - from) / 2;
                if self.bucket(number(key)) >= bucket { to = key } else { from = key + 1 }
            }
            from
        };
        (first(bucket), first(bucket + 1).saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_order_of_numbers() {
        let numbers =
            [f64::NEG_INFINITY, -1e300, -1.5, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX, f64::INFINITY];
        assert!(numbers.map(key).is_sorted_by(|a, b| a < b));
        assert!(numbers.iter().all(|x| number(key(*x)).to_bits() == x.to_bits()));
        assert_eq!(key(-0.0), key(0.0));
        assert_eq!([LEAST, ZERO, GREATEST], [f64::NEG_INFINITY, 0.0, f64::INFINITY].map(key));
    }

    #[test]
    fn intervals_have_keys_of_numbers() {
        let all = Interval::all();
        assert_eq!([all.low, all.middle, all.high].map(number), [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
        for how in [How::Evenly, How::ByKeys, How::Collected] {
            for low in [0, LEAST, key(-1.0), MINUS_ZERO - 1, MINUS_ZERO, ZERO, ZERO + 1, GREATEST, u64::MAX] {
                for high in [low, low.saturating_add(1), MINUS_ZERO, ZERO, key(1.0), u64::MAX] {
                    for middle in [None, Some(low), Some(MINUS_ZERO), Some(key(0.5)), Some(high)] {
                        let of = Interval::new(low, middle, high, how);
                        let keys = [of.low, of.middle, of.high];
                        assert!(keys.is_sorted() && keys.iter().all(|k| key(number(*k)) == *k), "{of:?}");
                        assert!(of.is_valid(), "{of:?}");
                    }
                }
            }
        }
        let upside_down = Interval { low: key(1.0), ..Interval::new(0, None, key(0.0), How::ByKeys) };
        assert!(!upside_down.is_valid());
    }

    #[test]
    fn every_key_is_in_the_bucket_that_says_so() {
        let numbers = [f64::NEG_INFINITY, -7.25, -5e-324, 0.0, 1e-300, 3.0, 4.0, 1e300, f64::INFINITY];
        for (n, low) in numbers.iter().enumerate() {
            for high in &numbers[n..] {
                for how in [How::Evenly, How::ByKeys] {
                    let half = Half::new(key(*low), key(*high), how);
                    let mut next = key(*low).saturating_add(1);
                    for bucket in 0..BUCKETS {
                        let (first, last) = half.keys(bucket);
                        assert!(first == next || first >= key(*high), "{low} to {high}, bucket {bucket}");
                        if first <= last {
                            assert_eq!([first, last].map(|key| half.bucket(number(key))), [bucket; 2]);
                            next = last + 1;
                        }
                    }
                    assert!(next == key(*high) || low == high, "{low} to {high}");
                }
            }
        }
    }
}
