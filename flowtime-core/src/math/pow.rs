//! Powers.

use super::double::{fast_two_sum, head, split_exponent};
use super::exp::{LN2_HIGH, LN2_LOW, exp_sum};

/// `x^y`, with an error below 0.83 ulp (0.92 ulp where the result is subnormal); exact where `x^y` is a float64.
///
/// The special cases are those of C, Annex F: `pow(x, ±0) = 1` and `pow(1, y) = 1` even for NaN,
/// `pow(±0, y)` is infinite for `y < 0`, the odd powers keep the sign of `x`, and a negative finite `x` has no
/// power (NaN) unless `y` is an integer or infinite.
///
/// ```
/// use flowtime_core::math::pow;
///
/// assert_eq!(pow(10.0, 2.0), 100.0);
/// assert_eq!(pow(2.0, -1074.0), 5e-324);
/// assert_eq!(pow(-2.0, 3.0), -8.0);
/// assert_eq!(pow(f64::NAN, 0.0), 1.0);
/// ```
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let (product, rest) = log_power(x, y);
    complete(x, y, exp_sum(product, rest))
}

/// `y ln |x|` as a product and a rest.
#[inline(always)]
pub(super) fn log_power(x: f64, y: f64) -> (f64, f64) {
    // Beyond 2^64 every power of an x other than ±1 overflows or underflows: |ln x| ≥ 2^-53.
    const HUGE: f64 = 18446744073709551616.0;
    let exponent = if y > HUGE { HUGE } else { y };
    let exponent = if exponent < -HUGE { -HUGE } else { exponent };

    let (ln, ln_rest) = ln_sum(x.abs());
    let (exponent_head, ln_head) = (head(exponent), head(ln));
    let product = exponent_head * ln_head;
    let rest = (exponent - exponent_head) * (ln + ln_rest) + exponent_head * ((ln - ln_head) + ln_rest);
    (product, rest)
}

/// `x^y`, given `power = |x|^y`, which means nothing if `x` is zero, infinite or NaN.
#[inline(always)]
pub(super) fn complete(x: f64, y: f64, power: f64) -> f64 {
    const SIGN: u64 = 0x8000_0000_0000_0000;
    const TWO_53: f64 = 9007199254740992.0;
    // Adding 2^53 rounds to an even integer: an even number is 0 away from it, an odd one 1. All from 2^53 on are even.
    let distance = if y.abs() < TWO_53 { y.abs() } else { TWO_53 };
    let distance = (distance - ((distance + TWO_53) - TWO_53)).abs();
    let odd = distance == 1.0;
    let whole = odd | (distance == 0.0);

    let size = x.abs();
    let ordinary = (size > 0.0) & (size < f64::INFINITY);
    let inverse = if size == 0.0 { f64::INFINITY } else { 0.0 };
    let limit = if y < 0.0 { inverse } else { size };
    let power = if ordinary { power } else { limit };
    let undefined = ((x < 0.0) & ordinary & !whole) | x.is_nan() | y.is_nan();
    let power = if undefined { f64::NAN } else { power };
    let sign = if odd { x.to_bits() & SIGN } else { 0 };
    let power = f64::from_bits(power.to_bits() ^ sign);
    if (x == 1.0) | (y == 0.0) { 1.0 } else { power }
}

/// ln of a finite `x > 0` as the sum of two float64, with a relative error below 2^-65.
#[inline(always)]
fn ln_sum(x: f64) -> (f64, f64) {
    const FOURTH_ROOT_OF_HALF: u64 = 0x3FEA_E89F_995A_D3AD;
    const FOURTH_ROOT_OF_2: f64 = 1.189207115002721;
    // A short number near the root of 2, and its ln as a multiple of 2^-42 and the rest.
    const CENTRE: f64 = 1.4140625;
    const CENTRE_LN_HIGH: f64 = 0.3464667673461008;
    const CENTRE_LN_LOW: f64 = 1.077574303757264e-13;
    let (k, m) = split_exponent(x, FOURTH_ROOT_OF_HALF);
    let upper = m > FOURTH_ROOT_OF_2;
    let centre = if upper { CENTRE } else { 1.0 };
    let ln_high = if upper { CENTRE_LN_HIGH } else { 0.0 };
    let ln_low = if upper { CENTRE_LN_LOW } else { 0.0 };

    // t = 2 (m - c) / (m + c), its head and then the rest from what the head leaves of the division.
    let numerator = 2.0 * (m - centre);
    let denominator = m + centre;
    let d_head = head(denominator);
    let d_rest = m - (d_head - centre);
    let reciprocal = 1.0 / denominator;
    let t = numerator * reciprocal;
    let t_head = head(t);
    let t_rest = ((numerator - t_head * d_head) - t_head * d_rest) * reciprocal;

    // z = t^2 and t^3, as a head and a rest.
    let z = t * t;
    let z_high = t_head * t_head;
    let z_low = t_rest * (t_head + t);
    let z_head = head(z_high);
    let cube_high = t_head * z_head;
    let cube_head = head(cube_high);
    let cube_rest = (cube_high - cube_head) + (t_head * ((z_high - z_head) + z_low) + t_rest * z);

    // ln(m / c) = t + t^3 b, b = 1/12 + z P(z); Estrin's order. 1/12 is a head and a rest.
    const TWELFTH_HIGH: f64 = 0.08333333395421505;
    const TWELFTH_LOW: f64 = -6.20881716410319e-10;
    const P0: f64 = 0.012499999999999999;
    const P1: f64 = 0.0022321428571436346;
    const P2: f64 = 0.0004340277774751996;
    const P3: f64 = 8.877845213520362e-05;
    const P4: f64 = 1.877728275207964e-05;
    const P5: f64 = 4.150715579765707e-06;
    let z2 = z * z;
    let tail = (TWELFTH_LOW + P0 * z) + ((P1 + P2 * z) + (P3 + P4 * z) * z2 + P5 * (z2 * z2)) * z2;
    let b = TWELFTH_HIGH + tail;
    let b_head = head(b);
    let b_rest = (TWELFTH_HIGH - b_head) + tail;
    let term = cube_head * b_head;
    let term_rest = cube_head * b_rest + cube_rest * b;

    let (sum, e1) = fast_two_sum(k * LN2_HIGH + ln_high, t_head);
    let (sum, e2) = fast_two_sum(sum, term);
    let rest = (e1 + e2) + ((t_rest + term_rest) + (k * LN2_LOW + ln_low));
    (sum, rest)
}
