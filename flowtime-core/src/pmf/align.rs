//! Phase 2: values laid over the grid.

use crate::model::PmfPolicy;
use crate::names::counted;

/// Does a PMF of `count` values fit a grid of `bins` bins under `policy`? If not, why not.
pub(crate) fn check(policy: PmfPolicy, count: usize, bins: usize) -> Result<(), String> {
    let (values, grid) = (counted(count, "value"), counted(bins, "bin"));
    match policy {
        PmfPolicy::Sample | PmfPolicy::Expected => Ok(()),
        PmfPolicy::Repeat if count > 0 && bins.is_multiple_of(count) => Ok(()),
        PmfPolicy::Error if count == bins => Ok(()),
        PmfPolicy::Repeat => Err(format!(
            "`policy: repeat` wants a number of values that divides {grid}, and there are {values}"
        )),
        PmfPolicy::Error => {
            Err(format!("`policy: error` wants one value for each of {grid}, and there are {values}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert!(check(PmfPolicy::Repeat, 7, 14).is_ok());
        assert!(check(PmfPolicy::Repeat, 7, 15).is_err());
        assert!(check(PmfPolicy::Repeat, 28, 14).is_err());
        assert!(check(PmfPolicy::Error, 14, 14).is_ok());
        assert!(check(PmfPolicy::Error, 7, 14).is_err());
        assert!(check(PmfPolicy::Sample, 3, 14).is_ok());
        assert!(check(PmfPolicy::Expected, 3, 14).is_ok());
    }
}
