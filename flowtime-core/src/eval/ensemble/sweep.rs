//! Ensembles at many points: inputs that take one number after the other.

use super::options::EnsembleOptions;
use super::result::{Common, Ensemble, ensembles};
use crate::error::{Error, ErrorKind};
use crate::eval::run::RunWarning;
use crate::limits::Limits;
use crate::plan::Plan;
use std::sync::Arc;

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
        let mut ensembles = ensembles(self, options, points.points, &points.columns)?;
        share_warnings(&mut ensembles);
        Ok(Sweep { points: points.clone(), ensembles })
    }
}

/// Points that were not computed all together have counted warnings for themselves: each gets those of all.
fn share_warnings(ensembles: &mut [Ensemble]) {
    let mut counted: Vec<Arc<Common>> = ensembles.iter().map(|ensemble| ensemble.common.clone()).collect();
    counted.dedup_by(|a, b| Arc::ptr_eq(a, b));
    let [first, _, ..] = counted.as_slice() else { return };
    let nodes = &first.plan.0.nodes;
    let mut zeros = vec![0u64; nodes.len()];
    for RunWarning::DivisionByZero { node, bins } in counted.iter().flat_map(|common| &common.warnings) {
        if let Some(at) = nodes.iter().position(|known| known.id == *node) {
            zeros[at] += bins;
        }
    }
    let with_bins = nodes.iter().zip(zeros).filter(|(_, bins)| *bins > 0);
    let warnings: Vec<RunWarning> =
        with_bins.map(|(node, bins)| RunWarning::DivisionByZero { node: node.id.clone(), bins }).collect();
    // Neighbours that had one still have one.
    let mut last: Option<(Arc<Common>, Arc<Common>)> = None;
    for ensemble in ensembles {
        let known = last.take().filter(|(before, _)| Arc::ptr_eq(before, &ensemble.common));
        let (before, now) = known.unwrap_or_else(|| {
            let own = Common { warnings: warnings.clone(), ..Common::clone(&ensemble.common) };
            (ensemble.common.clone(), Arc::new(own))
        });
        ensemble.common = now.clone();
        last = Some((before, now));
    }
}

impl Sweep {
    /// The sweep of ensembles that were computed one by one, as parts in other places: one for each point, with that
    /// point's numbers.
    ///
    /// ```
    /// use flowtime_core::{EnsembleOptions, Model, Sweep, SweepPoints};
    /// let plan = Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 4, binSize: 1, binUnit: hours}
    /// nodes:
    ///   - {id: capacity, kind: const, values: 110}
    ///   - {id: load, kind: expr, expr: 100 / capacity}
    /// ")?.compile()?;
    /// let points = SweepPoints::grid([("capacity", vec![0.0, 50.0])])?;
    /// let options = EnsembleOptions::new(500).keep(["load"]);
    /// let one_by_one = points.numbers("capacity").unwrap().iter();
    /// let ensembles: Result<Vec<_>, _> = one_by_one.map(|x| plan.ensemble(&options.clone().input("capacity", *x))).collect();
    /// let sweep = Sweep::from_ensembles(points.clone(), ensembles?)?;
    /// let whole = plan.sweep(&points, &options)?;
    /// assert_eq!(sweep.get(1).unwrap().mean("load"), whole.get(1).unwrap().mean("load"));
    /// // Warnings are counted over all points.
    /// assert_eq!(sweep.get(1).unwrap().warnings(), whole.get(1).unwrap().warnings());
    /// assert!(Sweep::from_ensembles(points, Vec::new()).is_err());
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] where there are not as many as points, and where they are of different plans.
    pub fn from_ensembles(points: SweepPoints, mut ensembles: Vec<Ensemble>) -> Result<Sweep, Error> {
        if ensembles.len() != points.len() {
            let (found, wanted) = (ensembles.len(), points.len());
            return Err(invalid(format!(
                "there are {found} ensembles, but {wanted} points: give one for each point"
            )));
        }
        let plan = |ensemble: &Ensemble| Arc::as_ptr(&ensemble.common.plan.0);
        if ensembles.iter().any(|ensemble| plan(ensemble) != plan(&ensembles[0])) {
            return Err(invalid("the ensembles are of different plans: give those of one plan"));
        }
        share_warnings(&mut ensembles);
        Ok(Sweep { points, ensembles })
    }

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
