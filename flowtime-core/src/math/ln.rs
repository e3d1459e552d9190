//! The natural logarithm.

use super::double::{fast_two_sum, head, split_exponent};
use super::exp::{LN2_HIGH, LN2_LOW};

/// The natural logarithm of `x`, with an error below 0.77 ulp.
///
/// `ln(±0) = -∞`, `ln(1) = +0`, `ln(∞) = ∞`, and NaN for a negative `x`.
///
/// ```
/// use flowtime_core::math::ln;
///
/// assert_eq!(ln(1.0), 0.0);
/// assert_eq!(ln(10.0), std::f64::consts::LN_10);
/// assert!(ln(-1.0).is_nan());
/// ```
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const ROOT_OF_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    let (k, m) = split_exponent(x, ROOT_OF_HALF);
    let f = m - 1.0;
    let s = f / (2.0 + f);

    // ln(1 + f) = 2 s + s z L(z) with s = f / (2 + f), z = s^2; Estrin's order.
    const L0: f64 = 0.6666666666666666;
    const L1: f64 = 0.4000000000000088;
    const L2: f64 = 0.2857142857080361;
    const L3: f64 = 0.22222222391714744;
    const L4: f64 = 0.18181795640044723;
    const L5: f64 = 0.15386239707611124;
    const L6: f64 = 0.13268773010203216;
    const L7: f64 = 0.13086627491197242;
    let z = s * s;
    let z2 = z * z;
    let l_low = (L0 + L1 * z) + (L2 + L3 * z) * z2;
    let l_high = (L4 + L5 * z) + (L6 + L7 * z) * z2;
    let series = z * (l_low + l_high * (z2 * z2));

    // 2 s = f - s f and s f = f^2/2 - s f^2/2, so that only s (f^2/2 + series) carries the error of s.
    let f_head = head(f);
    let square = 0.5 * (f_head * f_head);
    let square_low = 0.5 * ((f - f_head) * (f + f_head));
    let small = s * ((square + square_low) + series);

    let (sum, e1) = fast_two_sum(k * LN2_HIGH, f);
    let (sum, e2) = fast_two_sum(sum, -square);
    let result = sum + ((e1 + e2) + ((small - square_low) + k * LN2_LOW));

    let beyond = if x < 0.0 { f64::NAN } else { x };
    let beyond = if x == 0.0 { f64::NEG_INFINITY } else { beyond };
    if (x > 0.0) & (x < f64::INFINITY) { result } else { beyond }
}
