//! Names and loops: what can be wrong with a model whose parts are right.

use super::order::{Loop, illegal_loops};
use super::references::{self, Reference, Unresolved};
use crate::diagnostics::{Code, Diagnostic, Problems};
use crate::expr::TextSpan;
use crate::model::{ExprNode, Model, NodeKind};
use crate::names::{Nearest, listed, quoted};
use std::collections::HashMap;

/// What later passes need of a model that is right.
pub(crate) struct Checked<'m> {
    pub(crate) ids: HashMap<&'m str, u32>,
    pub(crate) references: Vec<Reference>,
}

/// Resolves names and looks for loops without a result. `complete` says that every node's id is
/// known, so that a name that is not among them is an error.
pub(crate) fn check(model: &Model, complete: bool) -> (Checked<'_>, Problems) {
    let ids = references::ids(model);
    let mentions = references::collect(model, &ids);
    let references = mentions.references;

    let mut sites = Vec::new();
    if complete {
        sites.extend(mentions.unresolved.iter().map(Site::Unknown));
    }
    let loops = illegal_loops(model.nodes.len(), &references);
    sites.extend(loops.iter().map(|problem| match problem {
        Loop::SameBin { cycle, reference } => Site::SameBin(cycle, &references[*reference]),
        Loop::WholeHorizon { reference } => Site::WholeHorizon(&references[*reference]),
    }));
    sites.sort_by_key(Site::place);

    // A message takes far more memory than a site: those that nobody sees are not written.
    let mut found = Problems::default();
    let mut nearest = Nearest::new();
    for site in &sites {
        found.push_error(|| site.diagnostic(model, &mut nearest));
    }
    if complete {
        found.push_unlisted_errors(mentions.more_unresolved);
    }
    (Checked { ids, references }, found)
}

/// A problem that has no words yet.
enum Site<'a> {
    Unknown(&'a Unresolved),
    SameBin(&'a [u32], &'a Reference),
    WholeHorizon(&'a Reference),
}

impl Site<'_> {
    /// Where it stands, in document order: the node and the place in its expression.
    fn place(&self) -> (u32, u32) {
        match self {
            Site::Unknown(name) => (name.from, name.span.start),
            Site::SameBin(_, reference) => (reference.from, reference.span.start),
            Site::WholeHorizon(reference) => (reference.from, horizon(reference).start),
        }
    }

    fn diagnostic(&self, model: &Model, nearest: &mut Nearest) -> Diagnostic {
        match self {
            Site::Unknown(name) => unknown(model, name, nearest),
            Site::SameBin(cycle, reference) => same_bin(model, cycle, reference),
            Site::WholeHorizon(reference) => whole_horizon(model, reference),
        }
    }
}

/// The SUM or MEAN around a reference, or else the reference.
fn horizon(reference: &Reference) -> TextSpan {
    reference.horizon.unwrap_or(reference.span)
}

fn expression(model: &Model, node: u32) -> Option<&ExprNode> {
    match &model.nodes[node as usize].kind {
        NodeKind::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// A diagnostic about a part of a node's expression.
fn at(model: &Model, node: u32, code: Code, part: TextSpan, message: &str) -> Diagnostic {
    let path = format!("/nodes/{node}/expr");
    match expression(model, node) {
        Some(expr) => expr.diagnostic(code, part, message, path),
        None => Diagnostic::new(code, path, message),
    }
}

fn unknown(model: &Model, name: &Unresolved, nearest: &mut Nearest) -> Diagnostic {
    let message = format!("no node is called `{}`", quoted(&name.name));
    let diagnostic = at(model, name.from, Code::UnknownName, name.span, &message);
    let near =
        nearest.to(&name.name, model.nodes.iter().map(|node| node.id.as_str()).filter(|id| !id.is_empty()));
    if near.is_empty() {
        diagnostic.help("add a node with this id, or refer to one that there is; names are case-sensitive")
    } else {
        diagnostic.help(format!("did you mean {}?", listed(near, "or")))
    }
}

fn same_bin(model: &Model, cycle: &[u32], reference: &Reference) -> Diagnostic {
    // A cycle through a thousand nodes is named by its ends.
    const SHOWN: usize = 12;
    let id = |node: &u32| quoted(&model.nodes[*node as usize].id);
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
    at(model, reference.from, Code::SameBinCycle, reference.span, &message)
        .help("let one of the references look back, for example `SHIFT(x, 1)` instead of `x`")
}

fn whole_horizon(model: &Model, reference: &Reference) -> Diagnostic {
    let call = horizon(reference);
    let text = expression(model, reference.from).map_or("", |expr| &expr.text);
    let mean = text
        .get(call.start as usize..)
        .is_some_and(|t| t.get(..4).is_some_and(|t| t.eq_ignore_ascii_case("mean")));
    let function = if mean { "MEAN" } else { "SUM" };
    let message = format!(
        "`{function}` needs every bin of `{}`, which itself depends on this result of `{}`",
        quoted(&model.nodes[reference.to as usize].id),
        quoted(&model.nodes[reference.from as usize].id)
    );
    at(model, reference.from, Code::WholeHorizonCycle, call, &message)
        .help("no order of bins can compute this; use `CUMSUM` or a rolling window of earlier bins instead")
}
