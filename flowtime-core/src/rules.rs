//! The rules of the operators and functions for single numbers.
//!
//! Folding at compile time uses them as they are. The vector kernels repeat these rules with masks; property tests hold both equal bit for bit.

use crate::math;
use crate::plan::graph::{Binary, Unary};

/// Is `x` true for IF, AND, OR and NOT: neither 0 nor NaN?
#[inline(always)]
pub(crate) fn truth(x: f64) -> bool {
    x.abs() > 0.0
}

/// NaN if either is NaN; of equals the second, which shows in the sign of zero.
#[inline(always)]
pub(crate) fn min2(a: f64, b: f64) -> f64 {
    if a.is_nan() || a < b { a } else { b }
}

/// NaN if either is NaN; of equals the second, which shows in the sign of zero.
#[inline(always)]
pub(crate) fn max2(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// `a / b`, and 0 where `b` is 0 whatever `a` is.
#[inline(always)]
pub(crate) fn div(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// The remainder with the sign of `b`, and 0 where `b` is 0 whatever `a` is.
#[inline(always)]
pub(crate) fn modulo(a: f64, b: f64) -> f64 {
    if b == 0.0 {
        return 0.0;
    }
    let r = a % b;
    if r != 0.0 && (r < 0.0) != (b < 0.0) { r + b } else { r }
}

/// Half away from zero, exactly, keeping the sign of zero.
#[inline(always)]
pub(crate) fn round(x: f64) -> f64 {
    let whole = x.trunc();
    // The difference is exact; adding 0.5 first would round 0.49999999999999994 up.
    let step = if (x - whole).abs() >= 0.5 { 1.0 } else { 0.0 };
    whole + f64::copysign(step, x)
}

/// -1, 0 or 1; +0 for both zeros; NaN stays NaN.
#[inline(always)]
pub(crate) fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else if x.is_nan() {
        x
    } else {
        0.0
    }
}

/// 1 or 0.
#[inline(always)]
pub(crate) fn flag(x: bool) -> f64 {
    if x { 1.0 } else { 0.0 }
}

/// One elementwise function of one number.
pub(crate) fn unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Copy => x,
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => math::exp(x),
        Unary::Ln => math::ln(x),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Round => round(x),
        Unary::Sign => sign(x),
        Unary::Not => flag(!truth(x)),
    }
}

/// One elementwise function of two numbers.
pub(crate) fn binary(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => div(a, b),
        Binary::Min => min2(a, b),
        Binary::Max => max2(a, b),
        Binary::Lower if a < b => a,
        Binary::Upper if a > b => a,
        Binary::AtMost if a <= b => a,
        Binary::AtLeast if a >= b => a,
        Binary::Lower | Binary::Upper | Binary::AtMost | Binary::AtLeast => b,
        Binary::Lt => flag(a < b),
        Binary::Le => flag(a <= b),
        Binary::Gt => flag(a > b),
        Binary::Ge => flag(a >= b),
        Binary::Eq => flag(a == b),
        Binary::Ne => flag(a != b),
        Binary::And => flag(truth(a) && truth(b)),
        Binary::Or => flag(truth(a) || truth(b)),
        Binary::Pow => math::pow(a, b),
        Binary::Mod => modulo(a, b),
    }
}
