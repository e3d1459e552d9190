//! Ensembles at many points: inputs that take one number after the other.

use super::options::EnsembleOptions;
use super::result::{Ensemble, ensembles};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::plan::Plan;

/// The points of a sweep: what numbers the swept inputs have in each.
///
/// ```
/// use flowtime_core::SweepPoints;
/// let grid = SweepPoints::grid([("capacity", vec![80.0, 100.0]), ("price", vec![1.0, 2.0, 3.0])])?;
/// assert_eq!(grid.len(), 6);
/// assert_eq!(grid.numbers("price").unwrap(), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoints {
    /// By input: a number a point.
    columns: Vec<(String, Vec<f64>)>,
    points: usize,
}

fn invalid(message: impl Into<String>) -> Error {
    Error::call(ErrorKind::InvalidArgument, message)
}

impl SweepPoints {
    /// Every combination of the numbers of each input; those of the last input change fastest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for no input, one given twice, and one without numbers;
    /// [`ErrorKind::LimitExceeded`] where the table of points would exceed the default limit of a result.
    pub fn grid<T: Into<String>>(axes: impl IntoIterator<Item = (T, Vec<f64>)>) -> Result<Self, Error> {
        let axes: Vec<(String, Vec<f64>)> =
            axes.into_iter().map(|(id, numbers)| (id.into(), numbers)).collect();
        let points = axes.iter().map(|(_, numbers)| numbers.len() as f64).product::<f64>();
        if points * axes.len() as f64 * 8.0 > Limits::default().result_bytes as f64 {
            return Err(Error::call(
                ErrorKind::LimitExceeded,
                format!("a grid of {points:.1e} points is too large"),
            ));
        }
        let mut repeat = points as usize;
        let columns = axes.into_iter().map(|(id, numbers)| {
            repeat /= numbers.len().max(1);
            let column = numbers.iter().flat_map(|x| std::iter::repeat_n(*x, repeat));
            let column: Vec<f64> = column.cycle().take(points as usize).collect();
            (id, column)
        });
        SweepPoints::table(columns)
    }

    /// One point a row: columns of equal length.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] for no column, one given twice, unequal lengths, and no rows.
    pub fn table<T: Into<String>>(columns: impl IntoIterator<Item = (T, Vec<f64>)>) -> Result<Self, Error> {
        let columns: Vec<(String, Vec<f64>)> = columns.into_iter().map(|(id, c)| (id.into(), c)).collect();
        let Some((first, numbers)) = columns.first() else {
            return Err(invalid("a sweep needs an input to sweep"));
        };
        let points = numbers.len();
        for (at, (id, numbers)) in columns.iter().enumerate() {
            if columns[..at].iter().any(|(known, _)| known == id) {
                return Err(invalid(format!("`{id}` is swept twice")));
            }
            if numbers.len() != points {
                return Err(invalid(format!(
                    "`{id}` has {} numbers to sweep, but `{first}` has {points}: columns of a table are equally long",
                    numbers.len()
                )));
            }
        }
        if points == 0 {
            return Err(invalid(format!("`{first}` has no numbers to sweep")));
        }
        Ok(SweepPoints { columns, points })
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points
    }

    /// Never: a sweep has a point.
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// The swept inputs.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|(id, _)| id.as_str())
    }

    /// The numbers of an input, one a point.
    pub fn numbers(&self, input: &str) -> Option<&[f64]> {
        self.columns.iter().find(|(id, _)| id == input).map(|(_, numbers)| numbers.as_slice())
    }
}

/// An ensemble for every point, all with the same seeds: points differ by their inputs, not by luck.
///
/// ```
/// use flowtime_core::{EnsembleOptions, Model, Statistic, SweepPoints};
/// let plan = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 24, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: demand, kind: pmf, pmf: {values: [80, 100, 150], probabilities: [0.3, 0.5, 0.2]}, policy: sample}
///   - {id: capacity, kind: const, values: 110}
///   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - capacity)'}
/// ")?.compile()?;
/// let points = SweepPoints::grid([("capacity", vec![100.0, 110.0, 120.0])])?;
/// let options = EnsembleOptions::new(500).keep(["backlog"]).statistics([Statistic::Quantile(0.95)]);
/// let sweep = plan.sweep(&points, &options)?;
/// let worst: Vec<f64> = sweep.iter().map(|e| e.quantile("backlog", 0.95).unwrap()[23]).collect();
/// assert!(worst[0] > worst[1] && worst[1] > worst[2]);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep {
    points: SweepPoints,
    ensembles: Vec<Ensemble>,
}

impl Plan {
    /// Runs an ensemble at every point, with common random numbers.
    ///
    /// # Errors
    ///
    /// As for [`Plan::ensemble`], and [`ErrorKind::InvalidArgument`] where a swept input is also one of the options.
    pub fn sweep(&self, points: &SweepPoints, options: &EnsembleOptions) -> Result<Sweep, Error> {
        let ensembles = ensembles(self, options, points.points, &points.columns)?;
        Ok(Sweep { points: points.clone(), ensembles })
    }
}

impl Sweep {
    /// The points.
    pub fn points(&self) -> &SweepPoints {
        &self.points
    }

    /// The ensemble of every point, in the order of the points.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Ensemble> {
        self.ensembles.iter()
    }

    /// The ensembles alone, in the order of the points.
    pub fn into_ensembles(self) -> Vec<Ensemble> {
        self.ensembles
    }

    /// The ensemble of point `n`.
    pub fn get(&self, n: usize) -> Option<&Ensemble> {
        self.ensembles.get(n)
    }
}
