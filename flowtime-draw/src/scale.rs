//! Scales and ticks for values and bin numbers.

use crate::number::{decimal, exponent, suffix};

/// A tick: where it stands, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
    /// A second line, where the context changes: the day of hours, the year of months.
    pub(crate) context: Option<String>,
}

/// The vertical scale of a panel: from `low` to `high`, both ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Vec<Tick>,
}

impl Scale {
    /// The scale that shows these values with about `target` ticks; infinite and missing ones do not count.
    ///
    /// Zero belongs to the scale unless the values are far from it. Without values the scale has no ticks.
    pub(crate) fn over(values: impl Iterator<Item = f64>, target: usize) -> Scale {
        let (low, high) = values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Scale { low: 0.0, high: 1.0, ticks: Vec::new() };
        }
        let (low, high) = widen(low, high);
        let steps = Steps::between(low, high, target.max(2), i32::MIN);
        let first = (low / steps.size() + 1e-9).floor() as i64;
        let last = (high / steps.size() - 1e-9).ceil() as i64;
        let ticks: Vec<Tick> = steps.ticks(first, last).into_iter().filter(|t| t.at.is_finite()).collect();
        let low = ticks.first().map_or(low, |t| t.at.min(low));
        let high = ticks.last().map_or(high, |t| t.at.max(high));
        Scale { low, high, ticks }
    }

    /// How far up the scale a value is, 0 to 1; infinite ones are clipped.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        // Halves: the difference of the largest numbers would overflow.
        (value * 0.5 - self.low * 0.5) / (self.high * 0.5 - self.low * 0.5)
    }
}

/// Adds zero where it is near, and room where the values are all but the same.
fn widen(low: f64, high: f64) -> (f64, f64) {
    let (mut low, mut high) = (low, high);
    if low == 0.0 && high == 0.0 {
        return (0.0, 1.0);
    }
    if low > 0.0 && (low <= high * 0.6 || low == high) {
        low = 0.0;
    }
    if high < 0.0 && (high >= low * 0.6 || low == high) {
        high = 0.0;
    }
    // Ticks of a narrower range would need more digits than a label has room for.
    let least = (low.abs().max(high.abs()) * 1e-6).max(1e-290);
    if high - low < least {
        (low, high) = (low - least * 0.5, high + least * 0.5);
    }
    (low, high)
}

/// Ticks at whole bin numbers from 0 to `last`, about `target` of them, never more than twice as many.
pub(crate) fn bin_ticks(last: usize, target: usize) -> Vec<Tick> {
    let last = last as f64;
    let steps = Steps::between(0.0, last.max(1.0), target.max(1), 0);
    steps.ticks(0, (last / steps.size()) as i64)
}

/// Multiples of 1, 2 or 5 times a power of ten.
struct Steps {
    factor: i64,
    exponent: i32,
}

impl Steps {
    /// The smallest steps of which at most `target` lie between; `low < high`, `least` is the smallest power of ten.
    fn between(low: f64, high: f64, target: usize, least: i32) -> Steps {
        let raw = high / target as f64 - low / target as f64;
        let power = exponent(raw);
        if power < least {
            return Steps { factor: 1, exponent: least };
        }
        let lead = raw / number(1, power);
        match () {
            () if lead <= 1.0 + 1e-9 => Steps { factor: 1, exponent: power },
            () if lead <= 2.0 + 1e-9 => Steps { factor: 2, exponent: power },
            () if lead <= 5.0 + 1e-9 => Steps { factor: 5, exponent: power },
            () => Steps { factor: 1, exponent: power + 1 },
        }
    }

    fn size(&self) -> f64 {
        number(self.factor, self.exponent)
    }

    /// Ticks at these multiples, all with the same suffix or exponent and the same number of decimals.
    fn ticks(&self, first: i64, last: i64) -> Vec<Tick> {
        let most = first.unsigned_abs().max(last.unsigned_abs()) as i64;
        let largest = exponent(most as f64 * self.factor as f64) + self.exponent;
        let plain = (-3..15).contains(&largest) || most == 0;
        let (shift, suffix) = if plain { suffix(largest) } else { (largest, "e") };
        (first..=last)
            .map(|i| {
                let digits = i * self.factor;
                let mut label = decimal(digits, self.exponent - shift);
                if i == 0 {
                    label = "0".to_string();
                } else {
                    label += suffix;
                    if !plain {
                        label += &shift.to_string();
                    }
                }
                Tick { at: number(digits, self.exponent), label, context: None }
            })
            .collect()
    }
}

/// `digits · 10^exponent`, correctly rounded.
fn number(digits: i64, exponent: i32) -> f64 {
    format!("{digits}e{exponent}").parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64]) -> String {
        let scale = Scale::over(values.iter().copied(), 5);
        scale.ticks.into_iter().map(|t| t.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn value_ticks_are_round() {
        let cases: &[(&[f64], &str)] = &[
            (&[0.0, 10.0], "0 2 4 6 8 10"),
            (&[0.0, 1.0], "0 0.2 0.4 0.6 0.8 1.0"),
            (&[3.0, 97.0], "0 20 40 60 80 100"),
            (&[95.0, 100.0], "95 96 97 98 99 100"),
            (&[-3.0, 4.0], "-4 -2 0 2 4"),
            (&[0.0, 1_900_000.0], "0 0.5M 1.0M 1.5M 2.0M"),
            (&[0.0, 43_000.0], "0 10k 20k 30k 40k 50k"),
            (&[0.0, 9_000.0], "0 2k 4k 6k 8k 10k"),
            (&[0.0, 2e-4], "0 0.5e-4 1.0e-4 1.5e-4 2.0e-4"),
            (&[0.0, 0.004], "0 0.001 0.002 0.003 0.004"),
            (&[7.0], "0 2 4 6 8"),
            (&[-7.0, -7.0], "-8 -6 -4 -2 0"),
            (&[0.0], "0 0.2 0.4 0.6 0.8 1.0"),
            (&[f64::NAN, f64::INFINITY], ""),
            (&[], ""),
        ];
        for (values, expected) in cases {
            assert_eq!(labels(values), *expected, "{values:?}");
        }
    }

    #[test]
    fn any_range_has_few_finite_ticks_that_contain_it() {
        let some =
            [0.0, 1.0, -1.0, 5e-324, 1e-300, 1e300, f64::MAX, f64::MIN, 1e15, 1e15 + 1.0, 0.1, 0.3, -1e-7];
        for low in some {
            for high in some {
                let scale = Scale::over([low, high].into_iter(), 5);
                assert!(scale.low <= low.min(high) && scale.high >= low.max(high), "{low} {high}");
                assert!((1..=10).contains(&scale.ticks.len()), "{low} {high}: {}", scale.ticks.len());
                for value in [low, high, f64::INFINITY, f64::NEG_INFINITY] {
                    assert!((0.0..=1.0).contains(&scale.fraction(value)), "{low} {high}");
                }
                let mut labels: Vec<&str> = scale.ticks.iter().map(|t| t.label.as_str()).collect();
                assert!(labels.iter().all(|l| l.len() < 16), "{labels:?}");
                labels.dedup();
                assert_eq!(labels.len(), scale.ticks.len(), "{labels:?}");
            }
        }
    }

    #[test]
    fn bin_ticks_are_whole() {
        let labels =
            |last, target| bin_ticks(last, target).into_iter().map(|t| t.label).collect::<Vec<_>>().join(" ");
        assert_eq!(labels(0, 8), "0");
        assert_eq!(labels(3, 8), "0 1 2 3");
        assert_eq!(labels(23, 8), "0 5 10 15 20");
        assert_eq!(labels(999_999, 8), "0 200k 400k 600k 800k");
        assert!(bin_ticks(usize::MAX, 8).len() <= 9);
    }
}
