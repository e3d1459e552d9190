//! Who reads whom, and how many bins back: names resolved to nodes.

use crate::expr::builtins::Function;
use crate::expr::{Arg, Expr, ExprKind, TextSpan};
use crate::model::{Model, NodeKind};
use std::collections::HashMap;

/// One mention of a node in an expression.
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
    /// The name's place in the expression.
    pub(crate) span: TextSpan,
}

/// A name that no node bears.
#[derive(Debug, Clone)]
pub(crate) struct Unresolved {
    pub(crate) from: u32,
    pub(crate) name: String,
    pub(crate) span: TextSpan,
}

/// The node numbers by id. Of duplicates, the first counts.
pub(crate) fn ids(model: &Model) -> HashMap<&str, u32> {
    let mut ids = HashMap::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        ids.entry(node.id.as_str()).or_insert(index as u32);
    }
    ids
}

/// All references of all nodes, in document order.
pub(crate) fn collect(model: &Model, ids: &HashMap<&str, u32>) -> (Vec<Reference>, Vec<Unresolved>) {
    let mut walk = Walk { ids, from: 0, found: Vec::new(), unresolved: Vec::new() };
    for (index, node) in model.nodes.iter().enumerate() {
        if let NodeKind::Expr(expr) = &node.kind {
            walk.from = index as u32;
            walk.expr(&expr.ast, 0, None);
        }
    }
    (walk.found, walk.unresolved)
}

struct Walk<'a> {
    ids: &'a HashMap<&'a str, u32>,
    from: u32,
    found: Vec<Reference>,
    unresolved: Vec<Unresolved>,
}

impl Walk<'_> {
    // Recursion is bounded by the depth that the parser allows.
    fn expr(&mut self, expr: &Expr, lag: u64, horizon: Option<TextSpan>) {
        match &expr.kind {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) => match self.ids.get(name.as_str()) {
                Some(&to) => {
                    self.found.push(Reference { from: self.from, to, lag, horizon, span: expr.span })
                }
                None => {
                    self.unresolved.push(Unresolved { from: self.from, name: name.clone(), span: expr.span })
                }
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
