//! What a picture of a model shows, known without compiling it.

use crate::expr::{Arg, Expr, ExprKind};
use crate::model::{Model, NodeKind};
use std::collections::{BTreeMap, HashMap};

/// The nodes of a model and what they read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    /// Id and kind (`const`, `expr`, `pmf`) of every node, in document order.
    pub nodes: Vec<(String, &'static str)>,
    /// Every pair of a node that is read and a node that reads it, by their places in `nodes`, in the order of
    /// the reader and then of what it reads.
    pub edges: Vec<(usize, usize)>,
}

impl Preview {
    pub(super) fn of(model: &Model) -> Self {
        let places: HashMap<&str, usize> =
            model.nodes().iter().enumerate().map(|(index, node)| (node.id(), index)).collect();
        let mut edges: BTreeMap<(usize, usize), ()> = BTreeMap::new();
        for (reader, node) in model.nodes().iter().enumerate() {
            let NodeKind::Expr(formula) = node.kind() else { continue };
            names(formula.ast(), &mut |name| {
                if let Some(&read) = places.get(name) {
                    edges.insert((reader, read), ());
                }
            });
        }
        Preview {
            nodes: model.nodes().iter().map(|node| (node.id().to_owned(), node.kind().name())).collect(),
            edges: edges.into_keys().map(|(reader, read)| (read, reader)).collect(),
        }
    }
}

/// Every name in a formula; the depth of a formula is bounded when it is read.
fn names(expr: &Expr, found: &mut dyn FnMut(&str)) {
    match &expr.kind {
        ExprKind::Number(_) => {}
        ExprKind::Name(name) => found(name),
        ExprKind::Unary(_, inner) => names(inner, found),
        ExprKind::Chain(first, rest) => {
            names(first, found);
            rest.iter().for_each(|(_, part)| names(part, found));
        }
        ExprKind::Call(_, arguments) => {
            for argument in arguments {
                if let Arg::Series(inner) = argument {
                    names(inner, found);
                }
            }
        }
    }
}
