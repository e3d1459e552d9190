//! `exp`, `ln` and `pow` that give the same bits everywhere.

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
    for (x, &y) in x.iter_mut().zip(y) {
        *x = pow(*x, y);
    }
}
