//! Phase 1: probabilities that can be used.

/// Sums this near to 1 are rounding.
const EXACT: f64 = 1e-9;

/// Sums this near to 1 are digits that were cut off; others are worth a warning.
const EXPECTED: f64 = 0.001;

/// Probabilities that add up to 1.
#[derive(Debug, PartialEq)]
pub(crate) struct Normalised {
    pub(crate) probabilities: Vec<f64>,
    /// Of the probabilities as given.
    pub(crate) sum: f64,
}

impl Normalised {
    /// Is the sum further from 1 than rounding explains?
    pub(crate) fn surprising(&self) -> bool {
        (self.sum - 1.0).abs() > EXPECTED
    }
}

/// Is `number` a probability by itself? It may be over 1: sums are scaled.
pub(crate) fn probability(number: f64) -> Result<(), &'static str> {
    match number {
        n if n.is_nan() || n.is_infinite() => Err("it is not finite"),
        n if n < 0.0 => Err("it is negative"),
        _ => Ok(()),
    }
}

/// Divides by the sum, unless the sum is 1 but for rounding; a sum of 0 or infinity comes back.
///
/// The sum is taken from the left, starting at 0.
pub(crate) fn normalise(probabilities: &[f64]) -> Result<Normalised, f64> {
    let sum = probabilities.iter().fold(0.0, |sum, p| sum + p);
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(sum);
    }
    let scaled = if (sum - 1.0).abs() <= EXACT {
        probabilities.to_vec()
    } else {
        probabilities.iter().map(|p| p / sum).collect()
    };
    Ok(Normalised { probabilities: scaled, sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_near_one_are_left_alone() {
        let near = [0.5, 0.5 + 5e-10];
        assert_eq!(normalise(&near).unwrap().probabilities, near);
        let off = normalise(&[0.5, 0.5005]).unwrap();
        assert_eq!(off.probabilities, [0.5 / 1.0005, 0.5005 / 1.0005]);
        assert!(!off.surprising());
        assert!(normalise(&[1.0, 3.0]).unwrap().surprising());
        assert_eq!(normalise(&[0.0, 0.0]), Err(0.0));
        assert_eq!(normalise(&[f64::MAX, f64::MAX]), Err(f64::INFINITY));
        assert!(normalise(&[5e-324]).is_ok());
    }

    #[test]
    fn one_probability() {
        assert!(probability(0.0).is_ok() && probability(-0.0).is_ok() && probability(7.0).is_ok());
        assert!(
            probability(-1e-300).is_err()
                && probability(f64::NAN).is_err()
                && probability(f64::INFINITY).is_err()
        );
    }
}
