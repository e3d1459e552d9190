//! Many numbers become one.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::{argument, argument_type};

/// How many numbers become one.
///
/// A NaN among them makes the result NaN. Sums are added up in order, so that results are the same bits
/// everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reduction {
    Sum,
    Mean,
    Min,
    Max,
    First,
    Last,
    /// With linear interpolation between the two nearest.
    Quantile(f64),
}

/// The names; a number between 0 and 1 is a quantile.
const NAMES: [(&str, Reduction); 7] = [
    ("sum", Reduction::Sum),
    ("mean", Reduction::Mean),
    ("min", Reduction::Min),
    ("max", Reduction::Max),
    ("first", Reduction::First),
    ("last", Reduction::Last),
    ("median", Reduction::Quantile(0.5)),
];

impl Reduction {
    /// What `value` asks for.
    pub(crate) fn read(parameter: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(name) = value.cast::<PyString>() {
            let name = name.to_str()?;
            let known = NAMES.iter().find(|(known, _)| *known == name);
            return known.map(|(_, reduction)| *reduction).ok_or_else(|| {
                let names: Vec<String> = NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
                let names = names.join(", ");
                argument(format!("`{parameter}` is `{name}`, not one of {names} or a quantile from 0 to 1"))
            });
        }
        match value.extract::<f64>() {
            Ok(part) if (0.0..=1.0).contains(&part) => Ok(Reduction::Quantile(part)),
            Ok(part) => Err(argument(format!("`{parameter}` is {part}: a quantile is from 0 to 1"))),
            Err(_) => {
                let found = value.get_type().name()?.to_string();
                Err(argument_type(format!("`{parameter}` is of type `{found}`: give a name or a quantile")))
            }
        }
    }

    /// The one number; `scratch` is overwritten.
    pub(crate) fn of(self, numbers: &[f64], scratch: &mut Vec<f64>) -> f64 {
        match self {
            Reduction::Sum => sum(numbers),
            Reduction::Mean => sum(numbers) / numbers.len() as f64,
            Reduction::Min => extreme(numbers, |number, least| number < least),
            Reduction::Max => extreme(numbers, |number, most| number > most),
            Reduction::First => numbers.first().copied().unwrap_or(f64::NAN),
            Reduction::Last => numbers.last().copied().unwrap_or(f64::NAN),
            Reduction::Quantile(part) => {
                scratch.clear();
                scratch.extend_from_slice(numbers);
                quantile(scratch, part)
            }
        }
    }
}

fn sum(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |sum, number| sum + number)
}

fn extreme(numbers: &[f64], beats: impl Fn(f64, f64) -> bool) -> f64 {
    let mut best = numbers.first().copied().unwrap_or(f64::NAN);
    for &number in numbers {
        if number.is_nan() || beats(number, best) {
            best = number;
        }
        if best.is_nan() {
            break;
        }
    }
    best
}

/// Reorders `numbers`.
fn quantile(numbers: &mut [f64], part: f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return f64::NAN };
    if numbers.iter().any(|number| number.is_nan()) {
        return f64::NAN;
    }
    let place = part * last as f64;
    let below = place as usize;
    let rest = place - below as f64;
    let (_, lower, above) = numbers.select_nth_unstable_by(below.min(last), f64::total_cmp);
    let lower = *lower;
    if rest == 0.0 {
        return lower;
    }
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    // Equal ends stay what they are, infinities too.
    if upper == lower { lower } else { lower + (upper - lower) * rest }
}
