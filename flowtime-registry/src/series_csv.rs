//! Series as text.

use flowtime_core::provenance::write_number;
use std::io::{self, Write};

/// Text is handed on in pieces of about this many bytes.
const PIECE: usize = 1 << 16;

/// Writes a series as `bin_index,value`, a line a bin, each ended by LF.
///
/// Numbers are in the fewest digits that read back to the same float64; `-0`, `NaN`, `inf` and
/// `-inf` stand for themselves. The whole text is never in memory.
///
/// ```
/// let mut text = Vec::new();
/// flowtime_registry::write_series_csv(&mut text, &[1.5, f64::NAN]).unwrap();
/// assert_eq!(text, b"bin_index,value\n0,1.5\n1,NaN\n");
/// ```
///
/// # Errors
///
/// Those of the writer.
pub fn write_series_csv(writer: &mut (impl Write + ?Sized), values: &[f64]) -> io::Result<()> {
    let mut text = String::with_capacity(PIECE + 64);
    text.push_str("bin_index,value\n");
    for (bin, &value) in values.iter().enumerate() {
        write_index(&mut text, bin);
        text.push(',');
        write_number(&mut text, value);
        text.push('\n');
        if text.len() >= PIECE {
            writer.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    writer.write_all(text.as_bytes())
}

fn write_index(text: &mut String, mut index: usize) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (index % 10) as u8;
        index /= 10;
        if index == 0 {
            break;
        }
    }
    text.extend(digits[start..].iter().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_indices() {
        let values = [0.1 + 0.2, -0.0, 1e21, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324];
        let mut text = Vec::new();
        write_series_csv(&mut text, &values).unwrap();
        let expected =
            "bin_index,value\n0,0.30000000000000004\n1,-0\n2,1e+21\n3,inf\n4,-inf\n5,NaN\n6,5e-324\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn long_series_are_complete() {
        let values: Vec<f64> = (0..30_000).map(|i| f64::from(i) / 3.0).collect();
        let mut text = Vec::new();
        write_series_csv(&mut text, &values).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.len() > 4 * PIECE);
        for (line, (bin, value)) in text.lines().skip(1).zip(values.iter().enumerate()) {
            let (index, number) = line.split_once(',').unwrap();
            assert_eq!(index.parse::<usize>().unwrap(), bin);
            assert_eq!(number.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(text.lines().count(), values.len() + 1);
    }

    #[test]
    fn indices_of_every_length() {
        for index in [0, 9, 10, 99, 100, 12_345, usize::MAX] {
            let mut text = String::new();
            write_index(&mut text, index);
            assert_eq!(text, index.to_string());
        }
    }
}
