//! What a model document says.

use crate::diagnostics::{At, Code, Diagnostic, Source, Span};
use crate::expr::{Expr, TextSpan};
use crate::files;
use crate::grid::Grid;
use crate::names::{head, quoted};
use std::collections::HashSet;

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

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.grid == other.grid
            && self.nodes == other.nodes
            && self.outputs == other.outputs
            && self.rng == other.rng
            && self.provenance == other.provenance
            && self.metadata == other.metadata
    }
}

impl Model {
    /// The time grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The nodes in the order of the document; a node's position is its number in diagnostic paths.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == id)
    }

    /// The entries of `outputs` as written; empty when there are none.
    pub fn output_entries(&self) -> &[Output] {
        self.outputs.as_deref().unwrap_or_default()
    }

    /// What is written out: each series' id and the name of its file.
    ///
    /// `"*"` stands for every node that no other entry names, at its place in the list, and no
    /// entry at all for every node. Files have the name that `as` says, or `<id>.csv`. Where a
    /// name that was not written is taken already (upper and lower case count as the same), it
    /// gets `_` put before it.
    ///
    /// ```
    /// let model = flowtime_core::Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 4, binSize: 1, binUnit: hours}
    /// nodes:
    ///   - {id: a, kind: const, values: 1}
    ///   - {id: con, kind: const, values: 1}
    /// outputs: [{series: a, as: load.csv}, {series: '*'}]
    /// ").unwrap();
    /// let outputs: Vec<_> = model.outputs();
    /// assert_eq!(outputs, [("a", "load.csv".to_owned()), ("con", "_con.csv".to_owned())]);
    /// ```
    pub fn outputs(&self) -> Vec<(&str, String)> {
        static REST: [Output; 1] = [Output { series: OutputSeries::Rest, file: None }];
        let entries = match self.output_entries() {
            [] => &REST,
            entries => entries,
        };
        let written = |entry: &Output| match (&entry.series, &entry.file) {
            (_, Some(file)) => Some(file.clone()),
            (OutputSeries::Node(id), None) => Some(files::default_name(id)),
            (OutputSeries::Rest, None) => None,
        };
        let mut taken: HashSet<String> = entries.iter().filter_map(written).map(|f| files::key(&f)).collect();
        let named: HashSet<&str> = entries.iter().filter_map(|e| e.series.id()).collect();
        let mut outputs = Vec::new();
        for entry in entries {
            if let (OutputSeries::Node(id), Some(file)) = (&entry.series, written(entry)) {
                outputs.push((id.as_str(), file));
                continue;
            }
            for node in self.nodes.iter().filter(|n| !named.contains(n.id.as_str())) {
                let mut file = files::default_name(&node.id);
                while !taken.insert(files::key(&file)) {
                    file.insert(0, '_');
                }
                outputs.push((node.id.as_str(), file));
            }
        }
        outputs
    }

    /// The seed that the document gives, 0 to 2147483647.
    pub fn seed(&self) -> Option<u64> {
        self.rng.as_ref().and_then(|rng| rng.seed).map(u64::from)
    }

    /// The `metadata` section.
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref()
    }

    /// The `provenance` section, with the keys as written.
    pub fn provenance(&self) -> Option<&Value> {
        self.provenance.as_ref()
    }

    /// The title that `metadata` gives.
    pub fn title(&self) -> Option<&str> {
        self.metadata.as_ref()?.get("title")?.as_str()
    }

    /// The document that the model came from.
    pub fn source_text(&self) -> Option<&Source> {
        self.source.as_ref()
    }
}

/// One named series of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub(crate) id: String,
    pub(crate) id_at: At,
    pub(crate) kind: NodeKind,
    pub(crate) description: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) metadata: Option<Value>,
}

impl Node {
    /// The name of the series: letters, digits and `_`, at most 128 characters.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the series is made of.
    pub fn kind(&self) -> &NodeKind {
        &self.kind
    }

    /// What the series is, for people.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The unit of the series, for people.
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// Anything else that the document says about the node.
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref()
    }
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

impl NodeKind {
    /// The word used in documents.
    pub fn name(&self) -> &'static str {
        match self {
            NodeKind::Const(_) => "const",
            NodeKind::Expr(_) => "expr",
            NodeKind::Pmf(_) => "pmf",
            NodeKind::Invalid => "invalid",
        }
    }
}

/// The numbers of a const node.
#[derive(Debug, Clone)]
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

impl Const {
    /// The values as written or as resolved, before they are laid over the grid; NaN is a missing
    /// value. Empty as long as a source is not resolved.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How the values are laid over the grid, if the document says so.
    pub fn policy(&self) -> Option<ConstPolicy> {
        self.policy
    }

    /// Where the values come from, if not from the document: `file.csv#column`.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
}

impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        same_numbers(&self.values, &other.values)
            && self.scalar == other.scalar
            && self.policy == other.policy
            // Once there are values, where they came from says nothing about the model.
            && (!self.values.is_empty() || self.source == other.source)
    }
}

/// Bit for bit, but one NaN is as good as another.
fn same_numbers(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
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

impl ConstPolicy {
    /// Every policy.
    pub const ALL: [ConstPolicy; 3] = [ConstPolicy::Repeat, ConstPolicy::Stretch, ConstPolicy::Error];

    /// The word used in documents.
    pub fn name(self) -> &'static str {
        match self {
            ConstPolicy::Repeat => "repeat",
            ConstPolicy::Stretch => "stretch",
            ConstPolicy::Error => "error",
        }
    }
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

impl ExprNode {
    /// The formula as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The formula as a tree.
    pub fn ast(&self) -> &Expr {
        &self.ast
    }

    /// A diagnostic about `part` of the text; where the document does not show that part by
    /// itself, the message quotes the text.
    pub(crate) fn diagnostic(&self, code: Code, part: TextSpan, message: &str, path: String) -> Diagnostic {
        self.map.diagnostic(code, part, message, &self.text, path)
    }
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

impl TextMap {
    /// The smallest place in the document that is known to contain `part` of `text`.
    pub(crate) fn span(&self, part: TextSpan, text: &str) -> Option<Span> {
        match self {
            TextMap::None => None,
            TextMap::Whole(span) => Some(*span),
            TextMap::Exact { .. } | TextMap::Lines(_) => self.exact(part, text),
        }
    }

    /// The place of exactly `part` of `text`.
    pub(crate) fn exact(&self, part: TextSpan, text: &str) -> Option<Span> {
        // The line end after a block belongs to the text, but nobody looks for it there.
        let last = text.trim_end().len() as u32;
        let start = part.start.min(last);
        let end = part.end.clamp(start, last.max(start));
        match self {
            TextMap::None | TextMap::Whole(_) => None,
            TextMap::Exact { start: base } => Some(Span { start: base + start, end: base + end }),
            TextMap::Lines(lines) => {
                let place = |offset: u32| {
                    let line = lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
                    let (from, to) = lines[line];
                    Some(to + (offset - from))
                };
                let start_at = place(start)?;
                let end_at = if end > start { place(end - 1)? + 1 } else { start_at };
                Some(Span { start: start_at, end: end_at })
            }
        }
    }

    /// A diagnostic about `part` of `text`.
    pub(crate) fn diagnostic(
        &self,
        code: Code,
        part: TextSpan,
        message: &str,
        text: &str,
        path: String,
    ) -> Diagnostic {
        let message = match self {
            TextMap::Exact { .. } | TextMap::Lines(_) => message.to_owned(),
            TextMap::None | TextMap::Whole(_) => {
                format!("in `{}`: {message}", excerpt(text.trim_end(), part))
            }
        };
        Diagnostic::new(code, path, message).at(self.span(part, text))
    }
}

/// `text`, or what is around `part` of it when it is long.
fn excerpt(text: &str, part: TextSpan) -> String {
    const BEFORE: usize = 30;
    let start = (part.start as usize).min(text.len());
    let from = start.saturating_sub(if text.len() <= 2 * BEFORE { start } else { BEFORE });
    let from = head(text, from).len();
    let cut = if from > 0 { "…" } else { "" };
    format!("{cut}{}", quoted(&text[from..]))
}

/// A probability mass function and how it becomes a series.
#[derive(Debug, Clone)]
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

impl Pmf {
    /// The values that can occur.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The probability of each value; they add up to 1.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// How it becomes a series.
    pub fn policy(&self) -> PmfPolicy {
        self.policy.unwrap_or(PmfPolicy::Sample)
    }
}

impl PartialEq for Pmf {
    fn eq(&self, other: &Self) -> bool {
        same_numbers(&self.values, &other.values)
            && same_numbers(&self.written_probabilities, &other.written_probabilities)
            && self.policy == other.policy
            && self.policy_on_node == other.policy_on_node
            && self.mapping == other.mapping
    }
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

impl PmfPolicy {
    /// Every policy.
    pub const ALL: [PmfPolicy; 4] =
        [PmfPolicy::Sample, PmfPolicy::Expected, PmfPolicy::Repeat, PmfPolicy::Error];

    /// The word used in documents.
    pub fn name(self) -> &'static str {
        match self {
            PmfPolicy::Sample => "sample",
            PmfPolicy::Expected => "expected",
            PmfPolicy::Repeat => "repeat",
            PmfPolicy::Error => "error",
        }
    }
}

/// An entry of `outputs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub(crate) series: OutputSeries,
    /// The file name as written; `None` means the default.
    pub(crate) file: Option<String>,
}

impl Output {
    /// Which series.
    pub fn series(&self) -> &OutputSeries {
        &self.series
    }

    /// The file name as written; `None` means the default.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }
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

impl OutputSeries {
    fn id(&self) -> Option<&str> {
        match self {
            OutputSeries::Node(id) => Some(id),
            OutputSeries::Rest => None,
        }
    }
}

/// The `rng` section.
#[derive(Debug, Clone, PartialEq)]
pub struct Rng {
    /// `kind: pcg32` was written.
    pub(crate) kind: bool,
    pub(crate) seed: Option<u32>,
}

/// A free value in `metadata` and `provenance`.
#[derive(Debug, Clone)]
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

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => same_numbers(&[*a], &[*b]),
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => a == b,
            _ => false,
        }
    }
}
