//! Numbers held as the sum of two float64, and the parts of one.
//!
//! Without a fused multiply-add a product is exact only if its factors are short. [`head`] shortens a factor
//! to 26 bits by masking, which unlike Veltkamp's multiplication by 2^27 + 1 cannot overflow.

/// The leading 26 significant bits of `x`: products of two heads are exact, and so is `x - head(x)`.
#[inline(always)]
pub(super) fn head(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xFFFF_FFFF_F800_0000)
}

/// `(s, e)` with `s` the rounded sum and `s + e = a + b` exactly (Dekker), where `|a| ≥ |b|` or `a = 0`.
#[inline(always)]
pub(super) fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// `(k, m)` with `x = m · 2^k` and `from ≤ m < 2 · from`, for finite `x > 0`, subnormal ones too.
///
/// `from`, between 1/2 and 1, is given by its bits. For other `x` the result means nothing.
#[inline(always)]
pub(super) fn split_exponent(x: f64, from: u64) -> (f64, f64) {
    const ONE: u64 = 0x3FF0_0000_0000_0000;
    const FRACTION: u64 = 0x000F_FFFF_FFFF_FFFF;
    // The integer e below 2^52, put into the fraction of 2^52, is the float64 2^52 + e.
    const INTEGER: u64 = 0x4330_0000_0000_0000;
    const TWO_52: f64 = 4503599627370496.0;
    const TWO_54: f64 = 18014398509481984.0;

    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = x * TWO_54;
    let normal = if subnormal { scaled } else { x };
    let bias = if subnormal { TWO_52 + 1023.0 + 54.0 } else { TWO_52 + 1023.0 };
    let shifted = normal.to_bits().wrapping_add(ONE - from);
    let k = f64::from_bits((shifted >> 52) | INTEGER) - bias;
    let m = f64::from_bits((shifted & FRACTION).wrapping_add(from));
    (k, m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_and_its_rest_are_short() {
        for x in [1.0 / 3.0, -1e300 / 7.0, 1e-300 / 7.0, f64::MAX] {
            let (high, low) = (head(x), x - head(x));
            assert_eq!(high + low, x);
            assert_eq!(head(high), high);
            assert!(low.abs() <= x.abs() / 33554432.0);
        }
    }

    #[test]
    fn the_rest_of_a_sum_is_exact() {
        assert_eq!(fast_two_sum(1.0, 1e-20), (1.0, 1e-20));
        assert_eq!(fast_two_sum(0.0, -3.5), (-3.5, 0.0));
        assert_eq!(fast_two_sum(9007199254740992.0, 1.0), (9007199254740992.0, 1.0));
    }

    #[test]
    fn exponents_are_split_off_everywhere() {
        let from = 0.75_f64;
        for (x, k, m) in [
            (1.0, 0.0, 1.0),
            (1.5, 1.0, 0.75),
            (0.75, 0.0, 0.75),
            (1.5_f64.next_down(), 0.0, 1.5_f64.next_down()),
            (f64::MAX, 1024.0, f64::MAX / 2.0_f64.powi(1023) / 2.0),
            (f64::MIN_POSITIVE, -1022.0, 1.0),
            (5e-324, -1074.0, 1.0),
            (1.5e-323, -1072.0, 0.75),
        ] {
            assert_eq!(split_exponent(x, from.to_bits()), (k, m), "{x:e}");
        }
    }
}
