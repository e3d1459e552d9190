//! The exponential function.

use super::double::fast_two_sum;

/// ln 2 as a multiple of 2^-42, so that its product with an integer below 2^11 is exact, and the rest.
pub(super) const LN2_HIGH: f64 = 0.6931471805598903;
pub(super) const LN2_LOW: f64 = 5.497923018708371e-14;

/// `e^x`, with an error below 0.72 ulp (0.86 ulp where the result is subnormal).
///
/// Overflows to infinity, underflows gradually to 0; `exp(±0) = 1`, `exp(-∞) = 0`, NaN stays NaN.
///
/// ```
/// use flowtime_core::math::exp;
///
/// assert_eq!(exp(0.0), 1.0);
/// assert_eq!(exp(1.0), std::f64::consts::E);
/// assert_eq!(exp(-1e9), 0.0);
/// ```
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_sum(x, 0.0)
}

/// `e^(x + rest)`, where `|rest| ≤ 2^-24 |x|` if `|x| < 800` and is ignored otherwise.
#[inline(always)]
pub(super) fn exp_sum(x: f64, rest: f64) -> f64 {
    const LIMIT: f64 = 800.0;
    let rest = if x.abs() < LIMIT { rest } else { 0.0 };
    let x = if x > LIMIT { LIMIT } else { x };
    let x = if x < -LIMIT { -LIMIT } else { x };

    // Added to 1.5 * 2^52, a number is rounded to an integer that stands in the low bits of the sum.
    // 2 * 1023 more, and those bits are never negative, and their halves are biased exponents.
    const ROUND: f64 = 6755399441055744.0 + 2046.0;
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let (r, r_low) = fast_two_sum(x - k * LN2_HIGH, rest - k * LN2_LOW);
    let m = exp_reduced(r, r_low);

    // 2^k may be out of range where the result is not, so it is multiplied in two halves.
    let biased = rounded.to_bits();
    let half = biased >> 1;
    let first = f64::from_bits(half << 52);
    let second = f64::from_bits(biased.wrapping_sub(half) << 52);
    m * first * second
}

/// `e^(r + low)` for `|r| ≤ 0.3467` and `|low|` below an ulp of `r`.
#[inline(always)]
fn exp_reduced(r: f64, low: f64) -> f64 {
    // Q(r) for e^r = 1 + r + r^2/2 + r^3 Q(r), Estrin's order.
    const Q0: f64 = 0.16666666666666669;
    const Q1: f64 = 0.041666666666666664;
    const Q2: f64 = 0.00833333333333006;
    const Q3: f64 = 0.0013888888888886552;
    const Q4: f64 = 0.00019841269863061825;
    const Q5: f64 = 2.480158731715036e-05;
    const Q6: f64 = 2.755726844724471e-06;
    const Q7: f64 = 2.7557282960443225e-07;
    const Q8: f64 = 2.5100391560863576e-08;
    const Q9: f64 = 2.0911240961650056e-09;
    let r2 = r * r;
    let r4 = r2 * r2;
    let q_low = (Q0 + Q1 * r) + (Q2 + Q3 * r) * r2;
    let q_high = (Q4 + Q5 * r) + (Q6 + Q7 * r) * r2 + (Q8 + Q9 * r) * r4;
    let cubic = (r2 * r) * (q_low + q_high * r4);

    let (sum, e) = fast_two_sum(1.0, r);
    sum + (e + ((0.5 * r2 + cubic) + (low + low * r)))
}
