//! Names and loops: what can be wrong with a model whose parts are right.

use super::order::{Loop, illegal_loops};
use super::references::{self, Reference, Unresolved};
use crate::diagnostics::{Code, Diagnostic};
use crate::expr::TextSpan;
use crate::model::{ExprNode, Model, NodeKind};
use crate::names::{Nearest, listed};
use std::collections::HashMap;

/// What later passes need of a model that is right.
pub(crate) struct Checked<'m> {
    pub(crate) ids: HashMap<&'m str, u32>,
    pub(crate) references: Vec<Reference>,
}

/// Resolves names and looks for loops without a result. `complete` says that every node's id is
/// known, so that a name that is not among them is an error.
pub(crate) fn check(model: &Model, complete: bool) -> (Checked<'_>, Vec<Diagnostic>) {
    let ids = references::ids(model);
    let (references, unresolved) = references::collect(model, &ids);
    let mut found = Vec::new();
    if complete {
        let mut nearest = Nearest::new();
        found.extend(unresolved.iter().map(|name| unknown(model, name, &mut nearest)));
    }
    for problem in illegal_loops(model.nodes.len(), &references) {
        found.extend(match problem {
            Loop::SameBin { cycle, reference } => same_bin(model, &cycle, &references[reference]),
            Loop::WholeHorizon { reference } => whole_horizon(model, &references[reference]),
        });
    }
    (Checked { ids, references }, found)
}

fn expression(model: &Model, node: u32) -> Option<&ExprNode> {
    match &model.nodes[node as usize].kind {
        NodeKind::Expr(expr) => Some(expr),
        _ => None,
    }
}

fn at(model: &Model, node: u32, code: Code, part: TextSpan, message: &str) -> Option<Diagnostic> {
    let path = format!("/nodes/{node}/expr");
    Some(expression(model, node)?.diagnostic(code, part, message, path))
}

fn unknown(model: &Model, name: &Unresolved, nearest: &mut Nearest) -> Diagnostic {
    let message = format!("no node is called `{}`", name.name);
    let path = format!("/nodes/{}/expr", name.from);
    let diagnostic = at(model, name.from, Code::UnknownName, name.span, &message)
        .unwrap_or_else(|| Diagnostic::new(Code::UnknownName, path, message));
    let near =
        nearest.to(&name.name, model.nodes.iter().map(|node| node.id.as_str()).filter(|id| !id.is_empty()));
    if near.is_empty() {
        diagnostic.help("add a node with this id, or refer to one that there is; names are case-sensitive")
    } else {
        diagnostic.help(format!("did you mean {}?", listed(near, "or")))
    }
}

fn same_bin(model: &Model, cycle: &[u32], reference: &Reference) -> Option<Diagnostic> {
    // A cycle through a thousand nodes is named by its ends.
    const SHOWN: usize = 12;
    let id = |node: &u32| model.nodes[*node as usize].id.as_str();
    let path = if cycle.len() <= SHOWN {
        cycle.iter().map(id).collect::<Vec<_>>().join(" → ")
    } else {
        let (first, last) = (&cycle[..SHOWN - 3], &cycle[cycle.len() - 2..]);
        let ids = |part: &[u32]| part.iter().map(id).collect::<Vec<_>>().join(" → ");
        format!("{} → … ({} more) → {}", ids(first), cycle.len() - SHOWN + 1, ids(last))
    };
    let message = if cycle.len() == 2 {
        format!("`{}` reads its own value of the same bin: a cycle ({path})", id(&cycle[0]))
    } else {
        format!("these nodes wait for each other in the same bin: a cycle ({path})")
    };
    let diagnostic = at(model, reference.from, Code::SameBinCycle, reference.span, &message)?;
    Some(diagnostic.help("let one of the references look back, for example `SHIFT(x, 1)` instead of `x`"))
}

fn whole_horizon(model: &Model, reference: &Reference) -> Option<Diagnostic> {
    let call = reference.horizon?;
    let text = &expression(model, reference.from)?.text;
    let mean = text
        .get(call.start as usize..)
        .is_some_and(|t| t.get(..4).is_some_and(|t| t.eq_ignore_ascii_case("mean")));
    let function = if mean { "MEAN" } else { "SUM" };
    let message = format!(
        "`{function}` needs every bin of `{}`, which itself depends on this result of `{}`",
        model.nodes[reference.to as usize].id, model.nodes[reference.from as usize].id
    );
    let diagnostic = at(model, reference.from, Code::WholeHorizonCycle, call, &message)?;
    Some(
        diagnostic.help(
            "no order of bins can compute this; use `CUMSUM` or a rolling window of earlier bins instead",
        ),
    )
}
