//! Numbers as text, the same in canonical JSON and in series files.

/// Writes a number in the fewest digits that read back to the same float64.
///
/// Finite numbers are laid out as ECMAScript and RFC 8785 do (`5`, `0.1`, `1e+21`, `1e-7`); what
/// JSON has no number for is `-0`, `NaN`, `inf` and `-inf`.
///
/// ```
/// use flowtime_core::provenance::format_number;
/// assert_eq!(format_number(100.0), "100");
/// assert_eq!(format_number(1e-7), "1e-7");
/// assert_eq!(format_number(-0.0), "-0");
/// assert_eq!(format_number(f64::NAN), "NaN");
/// ```
pub fn format_number(value: f64) -> String {
    let mut out = String::new();
    write_number(&mut out, value);
    out
}

/// Appends what [`format_number`] returns, without allocating beyond the growth of `out`.
pub fn write_number(out: &mut String, value: f64) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "inf" } else { "-inf" });
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    match text.bytes().rposition(|byte| byte == b'e') {
        // Fixed notation is only chosen where ECMAScript chooses it too; it keeps a fraction of zero.
        None => out.push_str(text.strip_suffix(".0").unwrap_or(text)),
        Some(e) => lay_out(out, &text[..e], &text[e + 1..]),
    }
}

/// Lays out `mantissa`·10^`exponent`, given as `d.ddd` and an integer, by ECMAScript's rules.
fn lay_out(out: &mut String, mantissa: &str, exponent: &str) {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (head, tail) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let tail = if tail == "0" { "" } else { tail };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    out.push_str(sign);
    match exponent {
        // Below 10^21 an integer is written out: here the digits end before the decimal point.
        0..=20 if tail.len() <= exponent as usize => {
            out.push_str(head);
            out.push_str(tail);
            out.extend(std::iter::repeat_n('0', exponent as usize - tail.len()));
        }
        0..=20 => {
            let (whole, fraction) = tail.split_at(exponent as usize);
            out.push_str(head);
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        -6..=-1 => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
            out.push_str(head);
            out.push_str(tail);
        }
        _ => {
            out.push_str(head);
            if !tail.is_empty() {
                out.push('.');
                out.push_str(tail);
            }
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            let mut digits = [0u8; 3];
            let mut rest = exponent.unsigned_abs();
            let mut start = digits.len();
            while rest > 0 && start > 0 {
                start -= 1;
                digits[start] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            out.extend(digits[start..].iter().map(|&digit| char::from(digit)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: f64) -> Result<(), TestCaseError> {
        let text = format_number(value);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{}", text);
        // As many digits as the standard library's shortest form; where two forms are equally near, it
        // may take the other one.
        let digits = |text: &str| {
            let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').len()
        };
        prop_assert_eq!(digits(&text), digits(&format!("{value:e}")));
        if value != 0.0 {
            let magnitude = value.abs();
            prop_assert_eq!(text.contains('e'), !(1e-6..1e21).contains(&magnitude), "{}", text);
        }
        Ok(())
    }

    #[test]
    fn of_two_equally_near_forms_the_even_one() {
        // RFC 8785 takes this rule from ECMAScript; the standard library says …548.3.
        let between = 623_019_025_420_548.0 + 0.25;
        assert_eq!(format_number(between), "623019025420548.2");
        assert_eq!(format_number(-between), "-623019025420548.2");
    }

    proptest! {
        #[test]
        fn any_bits_read_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                check(value)?;
            }
        }

        #[test]
        fn ordinary_numbers_read_back(value in -1e22..1e22f64, small in -1e-4..1e-4f64, whole in any::<i64>()) {
            check(value)?;
            check(small)?;
            check(whole as f64)?;
        }
    }

    #[test]
    fn powers_of_ten_and_their_neighbours() {
        for exponent in -323..=308 {
            let value: f64 = format!("1e{exponent}").parse().unwrap();
            for neighbour in [value.next_down(), value, value.next_up(), -value] {
                check(neighbour).unwrap();
            }
            let expected = match exponent {
                0..=20 => format!("1{}", "0".repeat(exponent as usize)),
                21.. => format!("1e+{exponent}"),
                -6..=-1 => format!("0.{}1", "0".repeat((-exponent - 1) as usize)),
                _ => format!("1e{exponent}"),
            };
            assert_eq!(format_number(value), expected);
        }
    }
}
