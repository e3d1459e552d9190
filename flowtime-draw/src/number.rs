//! Numbers for people: few digits, never a lie about the magnitude.
//!
//! Everything here works on the decimal digits that the standard library prints, so a number looks the same on
//! every machine; no logarithm of the platform is involved.

/// The suffixes of [`compact`], each a thousand times the one before.
const SUFFIXES: [(i32, &str); 4] = [(3, "k"), (6, "M"), (9, "G"), (12, "T")];

/// Writes `x` with exactly `digits` significant digits (1 to 17), for columns that should line up.
///
/// Digits before the decimal point are never dropped. From a million up and below a hundredth the number is written with an exponent.
/// Both zeros are `0`; the others are `NaN`, `inf` and `-inf`.
///
/// ```
/// use flowtime_draw::significant;
/// assert_eq!(significant(12.5, 4), "12.50");
/// assert_eq!(significant(1_234_567.0, 3), "1.23e6");
/// assert_eq!(significant(0.00123, 3), "1.23e-3");
/// ```
pub fn significant(x: f64, digits: usize) -> String {
    match Digits::of(x, digits) {
        Ok(d) if d.exponent >= 6 || d.exponent < -2 => d.scientific(),
        Ok(d) => d.plain(0),
        Err(word) => word.to_string(),
    }
}

/// Writes `x` with at most `digits` significant digits (1 to 17), without trailing zeros.
///
/// The form is that of [`significant`].
///
/// ```
/// use flowtime_draw::readable;
/// assert_eq!(readable(12.5, 4), "12.5");
/// assert_eq!(readable(123_456.0, 3), "123456");
/// assert_eq!(readable(0.00120, 3), "1.2e-3");
/// assert_eq!(readable(f64::NAN, 3), "NaN");
/// ```
pub fn readable(x: f64, digits: usize) -> String {
    match Digits::of(x, digits) {
        Ok(d) if d.exponent >= 6 || d.exponent < -2 => d.trimmed().scientific(),
        Ok(d) => d.trimmed().plain(0),
        Err(word) => word.to_string(),
    }
}

/// Writes `x` with at most `digits` significant digits and, from ten thousand up, one of the suffixes `k`, `M`, `G`, `T`.
///
/// From 10^15 up and below a hundredth the number is written with an exponent.
///
/// ```
/// use flowtime_draw::compact;
/// assert_eq!(compact(1_234_567.0, 3), "1.23M");
/// assert_eq!(compact(9_500.0, 3), "9500");
/// assert_eq!(compact(-45_000.0, 3), "-45k");
/// assert_eq!(compact(0.00123, 3), "1.23e-3");
/// ```
pub fn compact(x: f64, digits: usize) -> String {
    let e = if x.is_finite() { exponent(x) } else { 0 };
    let whole = if (-2..15).contains(&e) { e - suffix(e).0 } else { 0 };
    match Digits::round(x, digits, whole) {
        Ok(d) if d.exponent >= 15 || d.exponent < -2 => d.trimmed().scientific(),
        Ok(d) => {
            let (shift, suffix) = suffix(d.exponent);
            d.trimmed().plain(shift) + suffix
        }
        Err(word) => word.to_string(),
    }
}

/// The power of ten to take out of numbers of this decimal exponent, and the suffix that says so.
pub(crate) fn suffix(exponent: i32) -> (i32, &'static str) {
    if exponent < 4 {
        return (0, "");
    }
    SUFFIXES.iter().rev().find(|s| exponent >= s.0).copied().unwrap_or((0, ""))
}

/// The decimal exponent of a finite number that is not zero: 3 for 1234, -3 for 0.00123.
pub(crate) fn exponent(x: f64) -> i32 {
    format!("{x:e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

/// `digits · 10^exponent` as text without an exponent; `exponent` is small.
pub(crate) fn decimal(digits: i64, exponent: i32) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let text = digits.unsigned_abs().to_string();
    if exponent >= 0 {
        let zeros = if digits == 0 { 0 } else { exponent as usize };
        return format!("{sign}{text}{}", "0".repeat(zeros));
    }
    let places = exponent.unsigned_abs() as usize;
    let padded = format!("{text:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// A rounded number as sign, significant digits `d.ddd` without the point, and decimal exponent.
struct Digits {
    negative: bool,
    digits: String,
    exponent: i32,
}

impl Digits {
    /// Rounds to `digits`, or to an integer where that has more digits and is still written in full.
    fn of(x: f64, digits: usize) -> Result<Digits, &'static str> {
        let e = if x.is_finite() { exponent(x) } else { 0 };
        Digits::round(x, digits, if e < 6 { e } else { 0 })
    }

    /// Rounds to `digits`, at least to the `whole` digits that follow the first; the error is the word for `x`.
    fn round(x: f64, digits: usize, whole: i32) -> Result<Digits, &'static str> {
        if x.is_nan() {
            return Err("NaN");
        }
        if x.is_infinite() {
            return Err(if x > 0.0 { "inf" } else { "-inf" });
        }
        if x == 0.0 {
            return Err("0");
        }
        let precision = (digits.clamp(1, 17) - 1).max(whole.max(0) as usize);
        let text = format!("{:.precision$e}", x.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let rounded = exponent.parse().unwrap_or(0);
        let mut kept: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        // A number that rounds up to the next power of ten is followed by zeros alone.
        if rounded > self::exponent(x) {
            kept.truncate(digits.clamp(1, 17));
        }
        Ok(Digits { negative: x < 0.0, digits: kept, exponent: rounded })
    }

    fn trimmed(mut self) -> Digits {
        let kept = self.digits.trim_end_matches('0').len().max(1);
        self.digits.truncate(kept);
        self
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    fn scientific(&self) -> String {
        let (head, tail) = self.digits.split_at(1);
        let point = if tail.is_empty() { "" } else { "." };
        format!("{}{head}{point}{tail}e{}", self.sign(), self.exponent)
    }

    /// Without an exponent, after `shift` powers of ten were taken out.
    fn plain(&self, shift: i32) -> String {
        let exponent = self.exponent - shift;
        let text = if exponent < 0 {
            format!("0.{}{}", "0".repeat((-exponent - 1) as usize), self.digits)
        } else {
            let whole = exponent as usize + 1;
            let padded = format!("{:0<whole$}", self.digits);
            let (head, tail) = padded.split_at(whole);
            if tail.is_empty() { head.to_string() } else { format!("{head}.{tail}") }
        };
        format!("{}{text}", self.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases: &[(f64, usize, &str, &str, &str)] = &[
            (0.0, 3, "0", "0", "0"),
            (-0.0, 3, "0", "0", "0"),
            (1.0, 3, "1.00", "1", "1"),
            (999.96, 4, "1000", "1000", "1000"),
            (9999.5, 3, "10000", "10000", "10k"),
            (12345.0, 3, "12345", "12345", "12.3k"),
            (999_999.7, 3, "1.00e6", "1e6", "1M"),
            (1_234_567.0, 3, "1.23e6", "1.23e6", "1.23M"),
            (2.5e9, 3, "2.50e9", "2.5e9", "2.5G"),
            (7e14, 3, "7.00e14", "7e14", "700T"),
            (7e15, 3, "7.00e15", "7e15", "7e15"),
            (0.0123, 3, "0.0123", "0.0123", "0.0123"),
            (0.00123, 3, "1.23e-3", "1.23e-3", "1.23e-3"),
            (-1.5, 2, "-1.5", "-1.5", "-1.5"),
            (5e-324, 3, "4.94e-324", "4.94e-324", "4.94e-324"),
            (f64::MAX, 3, "1.80e308", "1.8e308", "1.8e308"),
            (f64::NAN, 3, "NaN", "NaN", "NaN"),
            (f64::NEG_INFINITY, 3, "-inf", "-inf", "-inf"),
            (0.1, 99, "0.10000000000000001", "0.10000000000000001", "0.10000000000000001"),
            (123.456, 0, "123", "123", "123"),
        ];
        for &(x, digits, fixed, short, small) in cases {
            assert_eq!(significant(x, digits), fixed, "significant {x}");
            assert_eq!(readable(x, digits), short, "readable {x}");
            assert_eq!(compact(x, digits), small, "compact {x}");
        }
    }

    #[test]
    fn what_is_written_reads_back_near_the_number() {
        for e in -300..300 {
            let x = 1.234_567 * format!("1e{e}").parse::<f64>().unwrap();
            let back: f64 = readable(x, 4).parse().unwrap();
            assert!((back / x - 1.0).abs() < 1e-3, "{x} as {back}");
        }
    }

    #[test]
    fn decimals() {
        for (digits, exponent, text) in [
            (15, -1, "1.5"),
            (-5, -3, "-0.005"),
            (0, 4, "0"),
            (2, 3, "2000"),
            (0, -2, "0.00"),
            (120, -2, "1.20"),
        ] {
            assert_eq!(decimal(digits, exponent), text);
        }
    }
}
