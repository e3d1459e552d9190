//! `exp`, `ln` and `pow`.

/// e to the power of `x`.
pub fn exp(x: f64) -> f64 {
    x.exp()
}

/// The natural logarithm of `x`.
pub fn ln(x: f64) -> f64 {
    x.ln()
}

/// `a` to the power of `b`.
pub fn pow(a: f64, b: f64) -> f64 {
    a.powf(b)
}
