//! Sparklines: a series in a word's space.

use std::fmt::Write;

use crate::number::compact;
use crate::reduce;
use crate::svg::{At, Svg};

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A blue that is told from white and from black paper.
const COLOUR: &str = "#2e86c1";

/// Draws a series as one line of at most `width` block characters.
///
/// A series longer than that is cut into `width` groups; each shows whichever of its least and greatest value lies farther from the
/// mean of the series, so peaks and dips stay. A cell without values is a space, infinite values are the lowest and the highest block, and a constant
/// series stands half high.
///
/// ```
/// use flowtime_draw::sparkline;
/// assert_eq!(sparkline(&[0.0, 1.0, 2.0, 7.0, f64::NAN, 3.0], 20), "▁▂▃█ ▄");
/// ```
pub fn sparkline(values: &[f64], width: usize) -> String {
    let Some((low, high)) = finite_range(values) else {
        return reduce::cells(values, width)
            .map(|cell| cell.map_or(' ', |(_, v)| bar(v, 0.0, 0.0)))
            .collect();
    };
    let middle = mean(values, low, high);
    reduce::cells(values, width)
        .map(|cell| match cell {
            None => ' ',
            Some((least, most)) => bar(if middle - least > most - middle { least } else { most }, low, high),
        })
        .collect()
}

fn bar(value: f64, low: f64, high: f64) -> char {
    if value.is_infinite() {
        return if value > 0.0 { BARS[7] } else { BARS[0] };
    }
    if low == high {
        return BARS[3];
    }
    let level = (value * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5) * 7.0;
    // The cast saturates, and NaN, which a range of the smallest numbers can give, becomes 0.
    BARS[(level.round() as usize).min(7)]
}

/// The mean of the finite values, which cannot overflow.
fn mean(values: &[f64], low: f64, high: f64) -> f64 {
    let scale = low.abs().max(high.abs());
    if scale == 0.0 {
        return 0.0;
    }
    let (sum, n) =
        values.iter().filter(|v| v.is_finite()).fold((0.0, 0u64), |(s, n), v| (s + v / scale, n + 1));
    sum / n.max(1) as f64 * scale
}

fn finite_range(values: &[f64]) -> Option<(f64, f64)> {
    values.iter().filter(|v| v.is_finite()).fold(None, |range, &v| {
        let (low, high) = range.unwrap_or((v, v));
        Some((if v < low { v } else { low }, if v > high { v } else { high }))
    })
}

/// Draws a series as a small SVG without axes or background, to stand in a line of text or a cell of a table.
///
/// The size is in pixels, brought into 16..2000 and 8..400. Its hover title says least, greatest and last value. Missing and infinite values are
/// treated as in [`LineChart`](crate::LineChart).
///
/// ```
/// let svg = flowtime_draw::sparkline_svg(&[1.0, 5.0, 2.0], 120, 24);
/// assert!(svg.contains("least 1, greatest 5, last 2"));
/// ```
pub fn sparkline_svg(values: &[f64], width: u32, height: u32) -> String {
    let (w, h) = (f64::from(width.clamp(16, 2000)), f64::from(height.clamp(8, 400)));
    let mut svg = Svg::bare("sparkline", w, h);
    let range = finite_range(values);
    let (low, high) = range.unwrap_or((0.0, 0.0));
    let x = |bin: usize| {
        3.0 + (w - 6.0) * if values.len() < 2 { 0.5 } else { bin as f64 / (values.len() - 1) as f64 }
    };
    let y = |value: f64| {
        let up = match value {
            v if v.is_infinite() => f64::from(u8::from(v > 0.0)),
            _ if low == high => 0.5,
            v => (v * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5),
        };
        h - 3.0 - (h - 6.0) * up
    };
    let mut path = String::new();
    for run in reduce::line(values, w as usize) {
        for (i, &(bin, value)) in run.iter().enumerate() {
            let _ = write!(path, "{}{} {}", if i == 0 { "M" } else { " " }, At(x(bin)), At(y(value)));
        }
        if run.len() == 1 {
            path.push_str("h0");
        }
    }
    let last = values.iter().enumerate().rev().find(|(_, v)| !v.is_nan());
    let title = match (range, last) {
        (Some(_), Some((_, &last))) => {
            format!("least {}, greatest {}, last {}", compact(low, 4), compact(high, 4), compact(last, 4))
        }
        (None, Some((_, &last))) => format!("last {}", compact(last, 4)),
        _ => "no values".to_string(),
    };
    svg.title(&title);
    if !path.is_empty() {
        svg.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{COLOUR}\" stroke-width=\"1.5\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n"
        ));
    }
    if let Some((bin, &value)) = last {
        svg.push(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"2.2\" fill=\"{COLOUR}\"/>\n",
            At(x(bin)),
            At(y(value))
        ));
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;

    #[test]
    fn text() {
        let mut peak = vec![0.0; 1000];
        peak[503] = 9.0;
        let mut dip = vec![9.0; 1000];
        dip[503] = 0.0;
        let cases: &[(&[f64], usize, &str)] = &[
            (&[], 10, ""),
            (&[1.0], 0, ""),
            (&[5.0], 10, "▄"),
            (&[NAN, NAN], 10, "  "),
            (&[INF, -INF, NAN], 10, "█▁ "),
            (&[0.0, INF, 7.0], 10, "▁██"),
            (&[-7.0, 0.0], 10, "▁█"),
            (&[f64::MIN, 0.0, f64::MAX], 10, "▁▅█"),
            (&[2.0, 2.0, 2.0], 10, "▄▄▄"),
            (&peak, 10, "▁▁▁▁▁█▁▁▁▁"),
            (&dip, 10, "█████▁████"),
        ];
        for (values, width, expected) in cases {
            assert_eq!(sparkline(values, *width), *expected, "{:?}", &values[..values.len().min(4)]);
        }
    }

    #[test]
    fn width_is_a_limit() {
        let values: Vec<f64> = (0..10_000).map(|i| f64::from(i % 97)).collect();
        for width in [1, 7, 80] {
            assert_eq!(sparkline(&values, width).chars().count(), width);
        }
    }
}
