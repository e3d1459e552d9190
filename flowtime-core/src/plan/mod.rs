//! The compiled form of a model: what to compute and how, as data.

pub(crate) mod adjacency;
pub(crate) mod feed;
pub(crate) mod graph;
pub(crate) mod ids;
pub(crate) mod measure;
pub(crate) mod program;
pub(crate) mod scenarios;

use crate::grid::Grid;
use adjacency::Adjacency;
use feed::Feed;
use program::Program;
use std::sync::{Arc, OnceLock};

/// A compiled model: immutable, cheap to clone, run as often as wanted from as many threads as wanted.
///
/// ```
/// use flowtime_core::{Model, RunOptions};
/// let model = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 4, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: arrivals, kind: const, values: [10, 30, 20, 0]}
///   - {id: capacity, kind: const, values: 15}
///   - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + arrivals - capacity)'}
/// ")?;
/// let plan = model.compile()?;
/// let run = plan.run(&RunOptions::new())?;
/// assert_eq!(run.series("backlog").unwrap().to_vec(), [0.0, 15.0, 20.0, 5.0]);
/// let faster = plan.run(&RunOptions::new().input("capacity", 30.0))?;
/// assert_eq!(faster.series("backlog").unwrap().to_vec(), [0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Plan(pub(crate) Arc<PlanData>);

/// What a plan holds.
pub(crate) struct PlanData {
    pub(crate) grid: Grid,
    pub(crate) nodes: Vec<PlanNode>,
    pub(crate) ids: ids::Ids,
    pub(crate) inputs: Vec<PlanInput>,
    pub(crate) graph: graph::Graph,
    /// The nodes that each node reads.
    pub(crate) reads: Adjacency,
    /// Nodes that are written out, with their file names.
    pub(crate) outputs: Vec<(u32, String)>,
    pub(crate) seed: Option<u64>,
    /// References between nodes that look back, for people: `(from, to, lag)`.
    pub(crate) edges: Vec<(u32, u32, u64)>,
    /// The program that keeps every node, made when it is first needed.
    pub(crate) everything: OnceLock<Arc<Prepared>>,
}

/// A node of a plan.
#[derive(Debug, Clone)]
pub(crate) struct PlanNode {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) unit: Option<String>,
}

/// An input of a plan.
#[derive(Debug, Clone)]
pub(crate) struct PlanInput {
    pub(crate) node: u32,
    pub(crate) feed: Feed,
}

/// A program with what it was made for.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) program: Program,
    /// The kept nodes, in the order that was asked for, and the series of each.
    pub(crate) kept: Vec<u32>,
    pub(crate) series: Vec<u32>,
    pub(crate) uniform: Vec<bool>,
}

/// A node as a plan knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NodeInfo<'a> {
    /// The node's id.
    pub id: &'a str,
    /// `const`, `expr` or `pmf`.
    pub kind: &'a str,
    /// The unit of its numbers, if the model says one.
    pub unit: Option<&'a str>,
    /// May a run replace it?
    pub is_input: bool,
}

impl Plan {
    /// The number of the node called `id`, if there is one.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.0.ids.get(&self.0.nodes, id)
    }

    /// The time grid.
    pub fn grid(&self) -> &Grid {
        &self.0.grid
    }

    /// All nodes, in the order of the model.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeInfo<'_>> {
        self.0.nodes.iter().map(|node| NodeInfo {
            id: &node.id,
            kind: node.kind,
            unit: node.unit.as_deref(),
            is_input: node.kind != "expr",
        })
    }

    /// The nodes that a run may replace: const and pmf nodes.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.0.inputs.iter().map(|input| self.0.nodes[input.node as usize].id.as_str())
    }

    /// What is written out: each series with its file name.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.outputs.iter().map(|(node, file)| (self.0.nodes[*node as usize].id.as_str(), file.as_str()))
    }

    /// References between nodes: `(reader, read, bins back)`, each pair once with its shortest lag.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = (&str, &str, u64)> {
        let id = |node: u32| self.0.nodes[node as usize].id.as_str();
        self.0.edges.iter().map(move |(from, to, lag)| (id(*from), id(*to), *lag))
    }

    /// The model's own seed, if it names one.
    pub fn seed(&self) -> Option<u64> {
        self.0.seed
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} nodes × {} bins)", self.0.nodes.len(), self.0.grid.bins())
    }
}
