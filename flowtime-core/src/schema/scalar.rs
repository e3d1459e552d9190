//! What a scalar means: the core schema of YAML 1.2.

use super::yaml::Style;

/// A scalar's meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    /// Written as a whole number; `None` when it does not fit 64 bits.
    Integer(Option<i64>, f64),
    /// Any other number.
    Float(f64),
    Text(&'t str),
}

/// Only a plain scalar can be something else than text.
pub(crate) fn resolve(text: &str, style: Style) -> Scalar<'_> {
    if style != Style::Plain {
        return Scalar::Text(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => number(text).unwrap_or(Scalar::Text(text)),
    }
}

/// `text` as a number, if it is written as one.
pub(crate) fn number(text: &str) -> Option<Scalar<'static>> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    match digits.first()? {
        b'0' if digits.len() == bytes.len() && matches!(digits.get(1), Some(b'x' | b'o')) => radix(digits),
        b'0'..=b'9' | b'.' => decimal(text, digits, negative),
        _ => None,
    }
}

/// `0x1F` and `0o17`; signs are not part of these forms.
fn radix(bytes: &[u8]) -> Option<Scalar<'static>> {
    let radix = if bytes[1] == b'x' { 16 } else { 8 };
    let digits = std::str::from_utf8(&bytes[2..]).ok()?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Some(Scalar::Integer(Some(value), value as f64));
    }
    let value = digits
        .chars()
        .filter_map(|c| c.to_digit(radix))
        .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit));
    Some(Scalar::Integer(None, value))
}

fn decimal(text: &str, digits: &[u8], negative: bool) -> Option<Scalar<'static>> {
    match digits {
        b".inf" | b".Inf" | b".INF" => {
            return Some(Scalar::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        // A sign before it makes it a text.
        b".nan" | b".NaN" | b".NAN" if digits.len() == text.len() => return Some(Scalar::Float(f64::NAN)),
        _ => {}
    }
    let skip = |from: usize| from + digits[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = skip(0);
    let mut end = whole;
    if digits.get(end) == Some(&b'.') {
        end = skip(end + 1);
        if whole == 0 && end == 1 {
            return None;
        }
    }
    if end == digits.len() && end == whole {
        let value = text.parse().ok()?;
        return Some(Scalar::Integer(text.parse().ok(), value));
    }
    if matches!(digits.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(digits.get(end + 1), Some(b'+' | b'-')));
        let exponent = end + 1 + sign;
        end = skip(exponent.min(digits.len()));
        if end == exponent {
            return None;
        }
    }
    if end != digits.len() {
        return None;
    }
    text.parse().ok().map(Scalar::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_and_nothing_else() {
        let plain = |text| resolve(text, Style::Plain);
        for (text, value) in [("0", 0), ("010", 10), ("-7", -7), ("+3", 3), ("0x1F", 31), ("0o17", 15)] {
            assert_eq!(plain(text), Scalar::Integer(Some(value), value as f64), "{text}");
        }
        for (text, value) in [
            (".5", 0.5),
            ("5.", 5.0),
            ("4.0", 4.0),
            ("1e3", 1000.0),
            ("-1.5E-2", -0.015),
            ("-.inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(plain(text), Scalar::Float(value), "{text}");
        }
        assert!(matches!(plain(".nan"), Scalar::Float(v) if v.is_nan()));
        assert!(matches!(plain("1e999"), Scalar::Float(v) if v.is_infinite()));
        assert_eq!(plain("99999999999999999999"), Scalar::Integer(None, 1e20));
        assert_eq!(plain("0xFFFFFFFFFFFFFFFFF"), Scalar::Integer(None, 295147905179352825855.0));
        for text in ["", "~", "null"] {
            assert_eq!(plain(text), Scalar::Null);
        }
        assert_eq!(plain("True"), Scalar::Bool(true));
        for text in [
            "yes", "no", "on", "1_000", "1:30", "0b1", "-0x1", "-.nan", ".", "+", "-", "e5", "1e", "1e+",
            ".e1", "1.2.3", "tRue", "inf", "nan", "infinity", "1 ", "٣",
        ] {
            assert_eq!(plain(text), Scalar::Text(text));
        }
        assert_eq!(resolve("5", Style::Quoted), Scalar::Text("5"));
        assert_eq!(resolve("", Style::Literal), Scalar::Text(""));
    }
}
