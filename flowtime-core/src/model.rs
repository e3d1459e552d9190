//! What a model document says.

use crate::diagnostics::{At, Source, Span};
use crate::expr::Expr;
use crate::grid::Grid;

/// A model: a time grid, nodes, and what is written out. Immutable.
///
/// Two models are equal when they say the same; where in a document they say it does not matter.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) grid: Grid,
    pub(crate) nodes: Vec<Node>,
    pub(crate) outputs: Option<Vec<Output>>,
    pub(crate) rng: Option<Rng>,
    pub(crate) provenance: Option<Value>,
    pub(crate) metadata: Option<Value>,
    pub(crate) source: Option<Source>,
}

/// One named series of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub(crate) id: String,
    pub(crate) id_at: At,
    /// Position in the document's `nodes` list, for paths such as `/nodes/3/expr`.
    pub(crate) kind: NodeKind,
    pub(crate) description: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) metadata: Option<Value>,
}

/// What a node's series is made of.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NodeKind {
    /// Given numbers.
    Const(Const),
    /// A formula over other series.
    Expr(ExprNode),
    /// A probability mass function.
    Pmf(Pmf),
    /// Present in the document but broken; only while a document with errors is checked further.
    #[doc(hidden)]
    Invalid,
}

/// The numbers of a const node.
#[derive(Debug, Clone, PartialEq)]
pub struct Const {
    /// As written, or as resolved from `source`; NaN is a missing value.
    pub(crate) values: Vec<f64>,
    /// Written as a bare number, not as a list.
    pub(crate) scalar: bool,
    pub(crate) policy: Option<ConstPolicy>,
    /// Where the host found the values: `file.csv#column`. `values` is empty until resolved.
    pub(crate) source: Option<String>,
    /// Of `values` or of `source`.
    pub(crate) at: At,
    pub(crate) policy_at: At,
}

/// How a const node's list is laid over the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstPolicy {
    /// Laid end to end.
    Repeat,
    /// Each value held for `bins / length` bins.
    Stretch,
    /// The length must be `bins`.
    Error,
}

/// A formula.
#[derive(Debug, Clone)]
pub struct ExprNode {
    /// As written.
    pub(crate) text: String,
    pub(crate) ast: Expr,
    /// From places in `text` to places in the document.
    pub(crate) map: TextMap,
}

impl PartialEq for ExprNode {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Where the parts of an expression's text stand in the document.
///
/// Quotes, escapes and folding make a scalar's value differ from its raw text, so the map is exact
/// where both agree and otherwise as exact as it can be.
#[derive(Debug, Clone, Default)]
pub(crate) enum TextMap {
    /// The model was built in code.
    #[default]
    None,
    /// Value and raw text agree: an offset is all there is.
    Exact { start: u32 },
    /// Line by line: `(offset in the value, offset in the document)` of each line's start.
    Lines(Vec<(u32, u32)>),
    /// Only the whole scalar is known.
    Whole(Span),
}

/// A probability mass function and how it becomes a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Pmf {
    pub(crate) values: Vec<f64>,
    /// Already divided by their sum where section 6 of the language reference says so.
    pub(crate) probabilities: Vec<f64>,
    /// As written, for writing back.
    pub(crate) written_probabilities: Vec<f64>,
    pub(crate) policy: Option<PmfPolicy>,
    /// `policy` stood on the node, beside `pmf`.
    pub(crate) policy_on_node: bool,
    /// Written as a mapping from value to probability.
    pub(crate) mapping: bool,
}

/// How a probability mass function becomes a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PmfPolicy {
    /// One draw a bin (the default).
    Sample,
    /// The mean in every bin.
    Expected,
    /// The values laid end to end; the probabilities are not used.
    Repeat,
    /// The values in order, one a bin; the probabilities are not used.
    Error,
}

/// An entry of `outputs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub(crate) series: OutputSeries,
    /// The file name as written; `None` means the default.
    pub(crate) file: Option<String>,
}

/// Which series an output entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputSeries {
    /// One node.
    Node(String),
    /// `"*"`: every node that no other entry names.
    Rest,
}

/// The `rng` section.
#[derive(Debug, Clone, PartialEq)]
pub struct Rng {
    /// `kind: pcg32` was written.
    pub(crate) kind: bool,
    pub(crate) seed: Option<u32>,
}

/// A free value in `metadata` and `provenance`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// A mapping, in the order of the document.
    Object(Vec<(String, Value)>),
}
