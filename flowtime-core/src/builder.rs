//! Models put together in code.

use crate::error::Error;
use crate::grid::BinUnit;
use crate::model::{ConstPolicy, Model, PmfPolicy};
use crate::schema::yaml::{Data, Yaml};
use crate::schema::{ParseOptions, read_tree};

/// The values of a const node: one number for every bin, or a list of numbers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// One number for every bin.
    Scalar(f64),
    /// One number for each bin, or fewer that are laid over the grid; NaN is a missing value.
    List(Vec<f64>),
}

impl From<f64> for Values {
    fn from(value: f64) -> Self {
        Values::Scalar(value)
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Values::List(values)
    }
}

impl From<&[f64]> for Values {
    fn from(values: &[f64]) -> Self {
        Values::List(values.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for Values {
    fn from(values: [f64; N]) -> Self {
        Values::List(values.to_vec())
    }
}

/// Builds a model without a document.
///
/// Every check of a document is made when [`build`](ModelBuilder::build) is called, and says the
/// same; there are paths (`/nodes/0/values`) but no places in a text.
///
/// ```
/// use flowtime_core::{BinUnit, ModelBuilder};
/// let model = ModelBuilder::new(24, 1, BinUnit::Hours)
///     .constant("arrivals", 10.0)
///     .expr("served", "MIN(arrivals, 8)")
///     .output("served", "served.csv")
///     .build()
///     .unwrap();
/// assert_eq!(model.nodes().len(), 2);
///
/// let error = ModelBuilder::new(24, 1, BinUnit::Hours).constant("a", [1.0; 5]).build().unwrap_err();
/// assert_eq!(error.diagnostics()[0].path, "/nodes/0/values");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ModelBuilder {
    bins: usize,
    bin_size: u32,
    bin_unit: BinUnit,
    start: Option<String>,
    nodes: Vec<Yaml<'static>>,
    outputs: Vec<Yaml<'static>>,
    seed: Option<u64>,
    options: ParseOptions,
}

impl ModelBuilder {
    /// A model on a grid of `bins` bins, each `bin_size` times `bin_unit` long.
    pub fn new(bins: usize, bin_size: u32, bin_unit: BinUnit) -> Self {
        ModelBuilder {
            bins,
            bin_size,
            bin_unit,
            start: None,
            nodes: Vec::new(),
            outputs: Vec::new(),
            seed: None,
            options: ParseOptions::default(),
        }
    }

    /// When bin 0 starts, in UTC: `2026-01-05T00:00:00Z`.
    pub fn start(mut self, start: impl Into<String>) -> Self {
        self.start = Some(start.into());
        self
    }

    /// Adds a const node.
    pub fn constant(self, id: impl Into<String>, values: impl Into<Values>) -> Self {
        self.node(id, "const", vec![("values", numbers(values.into()))])
    }

    /// Adds a const node and says how its values are laid over the grid.
    pub fn constant_with(
        self,
        id: impl Into<String>,
        values: impl Into<Values>,
        policy: ConstPolicy,
    ) -> Self {
        self.node(
            id,
            "const",
            vec![("values", numbers(values.into())), ("policy", Yaml::text(policy.name()))],
        )
    }

    /// Adds a formula over other nodes.
    pub fn expr(self, id: impl Into<String>, text: impl Into<String>) -> Self {
        self.node(id, "expr", vec![("expr", Yaml::text(text.into()))])
    }

    /// Adds a probability mass function that is sampled once in each bin.
    pub fn pmf(
        self,
        id: impl Into<String>,
        values: impl Into<Vec<f64>>,
        probabilities: impl Into<Vec<f64>>,
    ) -> Self {
        let pmf = lists(values.into(), probabilities.into());
        self.node(id, "pmf", vec![("pmf", Yaml::mapping(pmf))])
    }

    /// Adds a probability mass function and says how it becomes a series.
    pub fn pmf_with_policy(
        self,
        id: impl Into<String>,
        values: impl Into<Vec<f64>>,
        probabilities: impl Into<Vec<f64>>,
        policy: PmfPolicy,
    ) -> Self {
        let mut pmf = lists(values.into(), probabilities.into());
        pmf.push(("policy", Yaml::text(policy.name())));
        self.node(id, "pmf", vec![("pmf", Yaml::mapping(pmf))])
    }

    /// Writes a series to a file; without any output, every node is written.
    pub fn output(mut self, series: impl Into<String>, file: impl Into<String>) -> Self {
        self.outputs.push(Yaml::mapping(vec![
            ("series", Yaml::text(series.into())),
            ("as", Yaml::text(file.into())),
        ]));
        self
    }

    /// What the random numbers start from, 0 to 2147483647.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How large the model may be.
    pub fn limits(mut self, limits: crate::Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// The model, if nothing is wrong with it.
    ///
    /// # Errors
    ///
    /// As for [`Model::from_yaml`].
    pub fn build(self) -> Result<Model, Error> {
        let mut grid = vec![
            ("bins", Yaml::unplaced(Data::Number(self.bins as f64))),
            ("binSize", Yaml::unplaced(Data::Number(f64::from(self.bin_size)))),
            ("binUnit", Yaml::text(self.bin_unit.name())),
        ];
        grid.extend(self.start.map(|start| ("start", Yaml::text(start))));
        let mut document = vec![
            ("schemaVersion", Yaml::unplaced(Data::Number(1.0))),
            ("grid", Yaml::mapping(grid)),
            ("nodes", Yaml::unplaced(Data::Sequence(self.nodes))),
        ];
        if !self.outputs.is_empty() {
            document.push(("outputs", Yaml::unplaced(Data::Sequence(self.outputs))));
        }
        if let Some(seed) = self.seed {
            document.push(("rng", Yaml::mapping(vec![("seed", Yaml::unplaced(Data::Number(seed as f64)))])));
        }
        Ok(read_tree(Yaml::mapping(document), &self.options).finish()?.model)
    }

    fn node(
        mut self,
        id: impl Into<String>,
        kind: &'static str,
        content: Vec<(&'static str, Yaml<'static>)>,
    ) -> Self {
        let mut entries = vec![("id", Yaml::text(id.into())), ("kind", Yaml::text(kind))];
        entries.extend(content);
        self.nodes.push(Yaml::mapping(entries));
        self
    }
}

fn numbers(values: Values) -> Yaml<'static> {
    match values {
        Values::Scalar(value) => Yaml::unplaced(Data::Number(value)),
        Values::List(values) => list(values),
    }
}

fn list(values: Vec<f64>) -> Yaml<'static> {
    Yaml::unplaced(Data::Sequence(values.into_iter().map(|v| Yaml::unplaced(Data::Number(v))).collect()))
}

fn lists(values: Vec<f64>, probabilities: Vec<f64>) -> Vec<(&'static str, Yaml<'static>)> {
    vec![("values", list(values)), ("probabilities", list(probabilities))]
}
