//! `exp`, `ln` and `pow` that give the same bits on every machine.
//!
//! The standard library's functions call those of the platform, whose last bits differ. These are made of nothing
//! but additions, subtractions, multiplications and divisions of float64, comparisons and operations on bits, in a
//! fixed order and without fused multiply-add, in the default rounding (to nearest even) and with subnormals. They
//! have no branches, calls or tables, so that a loop over them vectorises to whatever the caller's target features
//! offer, with the same bits at every width. They never panic. To change a constant or the order of two
//! operations here is to change the results of models, and so the version of the semantics.
//!
//! # Errors
//!
//! In units in the last place (ulp) of the exact result; *proven* is the bound derived below, *seen* the largest
//! among seven million arguments of each function against a 120 bit reference, hard cases prominent among them.
//!
//! | function | proven | seen | subnormal results, proven | seen |
//! |---|---|---|---|---|
//! | [`exp`] | 0.72 | 0.62 | 0.86 | 0.76 |
//! | [`ln`] | 0.77 | 0.69 | | |
//! | [`pow`] | 0.83 | 0.63 | 0.92 | 0.76 |
//!
//! Half an ulp of each is the last rounding. What comes before it stays below half an ulp, so a result that is a
//! float64 comes out exactly: `pow(10, 22)`, `pow(x, 1)`, `pow(2, n)` for every n.
//!
//! # Method
//!
//! Below u = 2^-53, the largest relative error of one operation. Sums `(s, e)` are exact by Dekker's addition; a factor
//! is cut to a 26 bit head where a product must be exact (T. J. Dekker, *A floating-point technique for extending the
//! available precision*, 1971; the textbook is J.-M. Muller and others, *Handbook of Floating-Point Arithmetic*).
//!
//! **exp.** x = k ln 2 + r with k an integer and |r| ≤ 0.3467 (W. J. Cody and W. Waite, *Software Manual for the
//! Elementary Functions*, 1980: ln 2 in two parts, the first short enough for an exact product with k; the
//! subtraction is exact too). Then e^r = 1 + r + r²/2 + r³ Q(r), where 1 + r is kept exactly. Rounded are r²/2 ≤ 0.0601
//! (0.061 u, its square), r³ Q(r) ≤ 0.007 (0.03 u), and three sums of about that size (0.031 u each); Q stops at
//! 2^-59.8 and the rest of r is taken to first order (0.02 u). That is 0.21 u, and an ulp is no less than u as
//! e^r > 1/2. For r > 0 the terms are larger, 0.32 u, but an ulp is 2 u. Where the result is subnormal it is
//! rounded twice; the first error is then at most half as large in its ulp: 0.36 + 0.5.
//!
//! **ln.** x = m 2^k with m from √½ to √2, f = m - 1, s = f / (2 + f), z = s²; ln(1 + f) = 2 s + s z L(z), and
//! 2 s = f - f²/2 + s f²/2 leaves s only in the small term s (f²/2 + z L(z)) ≤ 0.0181; f and the leading part of f²/2
//! are added to k ln 2 exactly. The small term has at most 4.8 roundings (0.087 u), the sums around it 3 (0.047 u), and
//! the smallest ulp at that size is u/2: 0.27 ulp. For a smaller |f| it falls as f².
//!
//! **pow.** x^y = e^(y ln |x|) with ln |x| and the product as sums of two float64. x = c m 2^k with c = 1 or
//! 181/128, near √2, so that m is from 2^-1/4 to 2^1/4; t = 2 (m - 1) / (m + 1) and ln m = t + t³ (1/12 + z P(z)),
//! z = t² ≤ 0.0301. All is carried with heads and rests but z P(z), whose ten or so roundings weigh z²/80 ≤ 1.2·10^-5 of
//! t: 2^-66; P stops at 2^-69.9. As |y ln x| < 746 wherever the result is finite and not 0, that makes 0.1 u at most in the
//! result, and exp the rest.
//!
//! All polynomials are interpolations at Chebyshev nodes; `testdata/math/constants.py` computes them, the constants and
//! what they leave.

mod double;
mod exp;
mod ln;
mod pow;

pub use exp::exp;
pub use ln::ln;
pub use pow::pow;

/// Replaces each element by [`exp`] of it.
#[inline(always)]
pub fn exp_slice(x: &mut [f64]) {
    for x in x {
        *x = exp(*x);
    }
}

/// Replaces each element by [`ln`] of it.
#[inline(always)]
pub fn ln_slice(x: &mut [f64]) {
    for x in x {
        *x = ln(*x);
    }
}

/// Replaces each element of `x` by [`pow`] of it and of the element of `y` at the same place.
///
/// Elements beyond the shorter of the two slices are left alone.
#[inline(always)]
pub fn pow_slice(x: &mut [f64], y: &[f64]) {
    const BLOCK: usize = 64;
    let (mut product, mut rest) = ([0.0; BLOCK], [0.0; BLOCK]);
    let length = x.len().min(y.len());
    for (x, y) in x[..length].chunks_mut(BLOCK).zip(y.chunks(BLOCK)) {
        for (((product, rest), &x), &y) in product.iter_mut().zip(&mut rest).zip(&*x).zip(y) {
            (*product, *rest) = pow::log_power(x, y);
        }
        for (((x, &y), &product), &rest) in x.iter_mut().zip(y).zip(&product).zip(&rest) {
            *x = pow::complete(*x, y, exp::exp_sum(product, rest));
        }
    }
}
