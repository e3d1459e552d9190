//! Who reads whom, and how many bins back: names resolved to nodes.
//!
//! What is kept grows with the pairs of nodes, not with the text: a document may mention a name millions
//! of times.

use crate::diagnostics::MOST_LISTED;
use crate::expr::builtins::Function;
use crate::expr::{Arg, Expr, ExprKind, TextSpan};
use crate::model::{Model, NodeKind};
use std::collections::{HashMap, HashSet};

/// A node mentioned in an expression; mentions that differ in nothing but their place are one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    /// The node whose expression it is.
    pub(crate) from: u32,
    /// The node that is read.
    pub(crate) to: u32,
    /// The sum of the lags around it.
    pub(crate) lag: u64,
    /// The outermost SUM or MEAN around it.
    pub(crate) horizon: Option<TextSpan>,
    /// The place of the first mention in the expression.
    pub(crate) span: TextSpan,
}

/// A name that no node bears.
#[derive(Debug, Clone)]
pub(crate) struct Unresolved {
    pub(crate) from: u32,
    pub(crate) name: String,
    pub(crate) span: TextSpan,
}

/// What the expressions of a model mention.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// In document order.
    pub(crate) references: Vec<Reference>,
    /// The first ones of the document, one an occurrence.
    pub(crate) unresolved: Vec<Unresolved>,
    /// How many more there are than can be listed.
    pub(crate) more_unresolved: usize,
}

/// The node numbers by id. Of duplicates, the first counts.
pub(crate) fn ids(model: &Model) -> HashMap<&str, u32> {
    let mut ids = HashMap::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        ids.entry(node.id.as_str()).or_insert(index as u32);
    }
    ids
}

/// Everything that the expressions of all nodes mention.
pub(crate) fn collect(model: &Model, ids: &HashMap<&str, u32>) -> Mentions {
    let mut walk = Walk { ids, from: 0, seen: HashSet::new(), found: Mentions::default() };
    for (index, node) in model.nodes.iter().enumerate() {
        if let NodeKind::Expr(expr) = &node.kind {
            walk.from = index as u32;
            walk.seen.clear();
            walk.expr(&expr.ast, 0, None);
        }
    }
    walk.found
}

struct Walk<'a> {
    ids: &'a HashMap<&'a str, u32>,
    from: u32,
    /// The references of this expression: node, lag, start of the SUM or MEAN.
    seen: HashSet<(u32, u64, Option<u32>)>,
    found: Mentions,
}

impl Walk<'_> {
    // Recursion is bounded by the depth that the parser allows.
    fn expr(&mut self, expr: &Expr, lag: u64, horizon: Option<TextSpan>) {
        match &expr.kind {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) => match self.ids.get(name.as_str()) {
                Some(&to) => {
                    if self.seen.insert((to, lag, horizon.map(|call| call.start))) {
                        let reference = Reference { from: self.from, to, lag, horizon, span: expr.span };
                        self.found.references.push(reference);
                    }
                }
                None if self.found.unresolved.len() < MOST_LISTED => {
                    let unresolved = Unresolved { from: self.from, name: name.clone(), span: expr.span };
                    self.found.unresolved.push(unresolved);
                }
                None => self.found.more_unresolved += 1,
            },
            ExprKind::Unary(_, inner) => self.expr(inner, lag, horizon),
            ExprKind::Chain(first, rest) => {
                self.expr(first, lag, horizon);
                for (_, operand) in rest {
                    self.expr(operand, lag, horizon);
                }
            }
            ExprKind::Call(function, args) => {
                let (lag, horizon) = match function {
                    Function::Sum | Function::Mean => (lag, horizon.or(Some(expr.span))),
                    _ => (lag.saturating_add(own_lag(*function, args)), horizon),
                };
                for arg in args {
                    if let Arg::Series(inner) = arg {
                        self.expr(inner, lag, horizon);
                    }
                }
            }
        }
    }
}

/// How many bins back a call looks at the nearest.
fn own_lag(function: Function, args: &[Arg]) -> u64 {
    match (function, args) {
        (Function::Shift, [_, Arg::Int(k), ..]) => *k,
        (Function::Conv, [_, Arg::Kernel(kernel)]) => leading_zeros(kernel) as u64,
        _ => 0,
    }
}

/// The entries of a kernel before the first that is not 0; those bins are never read.
pub(crate) fn leading_zeros(kernel: &[f64]) -> usize {
    kernel.iter().take_while(|k| **k == 0.0).count()
}
