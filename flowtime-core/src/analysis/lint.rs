//! What a careful reader would remark on: nothing here is wrong, and nothing is evaluated.

use crate::compile::references::{Reference, collect, ids};
use crate::diagnostics::{Code, Diagnostic};
use crate::expr::builtins::{Function, Reach};
use crate::expr::{Arg, BinaryOp, Expr, ExprKind};
use crate::model::{Model, Node, NodeKind, OutputSeries};
use crate::names::listed;
use crate::template::{Parameter, ParameterType, Template};
use std::collections::HashSet;

/// Remarks on a model, in document order: nodes that nobody uses, inputs that are written out and of no
/// influence, queues that forget.
///
/// * *Unused node*: no other node reads it and no output names it.
/// * *Output never read*: an input is written out although nothing is computed from it.
/// * *Memoryless queue*: `MAX(0, a - b)` where nothing that it reads looks back: what was left over in one bin is
///   forgotten in the next.
///
/// ```
/// use flowtime_core::{Model, analysis::lint};
/// let model = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 2, binSize: 1, binUnit: hours}
/// nodes:
///   - {id: arrivals, kind: const, values: [9, 3]}
///   - {id: backlog, kind: expr, expr: 'MAX(0, arrivals - 5)'}
/// ")?;
/// assert_eq!(lint(&model)[0].code.info().name, "memoryless-queue");
/// # Ok::<(), flowtime_core::Error>(())
/// ```
pub fn lint(model: &Model) -> Vec<Diagnostic> {
    let graph = Graph::of(model);
    let mut found = Vec::new();
    graph.unread(&mut found);
    graph.memoryless(&mut found);
    found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    found
}

/// Remarks on a template, in document order: those on its model as it is with the defaults, parameters
/// without bounds, and what nobody described.
///
/// * *Unbounded parameter*: a number, or a list of numbers, that may be as small or as large as anybody likes.
/// * *Missing description*: the template, a parameter or a node that is written out says nothing of itself.
pub fn lint_template(template: &Template) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if template.description().is_none() {
        let message = format!("the template `{}` has no description", template.id());
        let diagnostic = Diagnostic::new(Code::MissingDescription, "/metadata", message)
            .at(template.head_span())
            .help("`description` in `metadata` says what is modelled, for whom, and what to look at");
        found.push(diagnostic);
    }
    for (index, parameter) in template.parameters().iter().enumerate() {
        let remark = |code, message: String, help: &str| {
            let path = format!("/parameters/{index}");
            Diagnostic::new(code, path, message).at(template.parameter_span(index)).help(help)
        };
        if let Some(lacking) = lacking_bounds(parameter) {
            let message = format!("the parameter `{}` has no {lacking}", parameter.name);
            let help = "bounds catch a slip of the finger, and tell forms and searches where to look";
            found.push(remark(Code::UnboundedParameter, message, help));
        }
        if parameter.description.is_none() {
            let message = format!("the parameter `{}` has no description", parameter.name);
            found.push(remark(Code::MissingDescription, message, "say what it means in `description`"));
        }
    }
    if let Some(model) = template.default_model() {
        found.extend(lint(&model));
    }
    found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    found
}

/// `min`, `max` or both, of a parameter whose values are numbers that are not listed.
fn lacking_bounds(parameter: &Parameter) -> Option<String> {
    let numeric =
        matches!(parameter.kind, ParameterType::Integer | ParameterType::Number | ParameterType::Array);
    if !numeric || !parameter.choices.is_empty() {
        return None;
    }
    let lacking = [("min", parameter.minimum), ("max", parameter.maximum)];
    let lacking: Vec<&str> =
        lacking.iter().filter(|(_, bound)| bound.is_none()).map(|(name, _)| *name).collect();
    (!lacking.is_empty()).then(|| listed(lacking, "and no"))
}

/// A model with who reads whom.
struct Graph<'a> {
    model: &'a Model,
    /// By reader.
    references: Vec<Reference>,
}

impl<'a> Graph<'a> {
    fn of(model: &'a Model) -> Self {
        let references = collect(model, &ids(model)).references;
        Graph { model, references }
    }

    fn references_of(&self, index: usize) -> impl Iterator<Item = &Reference> {
        let from = self.references.partition_point(|r| (r.from as usize) < index);
        self.references[from..].iter().take_while(move |r| r.from as usize == index)
    }

    fn unread(&self, found: &mut Vec<Diagnostic>) {
        // A node that reads itself alone serves nobody.
        let read: HashSet<u32> = self.references.iter().filter(|r| r.from != r.to).map(|r| r.to).collect();
        let entries = self.model.output_entries();
        let all = entries.is_empty() || entries.iter().any(|entry| *entry.series() == OutputSeries::Rest);
        let named: HashSet<&str> = entries
            .iter()
            .filter_map(|entry| match entry.series() {
                OutputSeries::Node(id) => Some(id.as_str()),
                OutputSeries::Rest => None,
            })
            .collect();
        let computes = self.model.nodes().iter().any(is_formula);
        for (index, node) in self.model.nodes().iter().enumerate() {
            if read.contains(&(index as u32)) {
                continue;
            }
            let written = all || named.contains(node.id());
            let diagnostic = if !written {
                let message = format!("nothing reads `{}`, and it is not written out", node.id());
                Diagnostic::new(Code::UnusedNode, format!("/nodes/{index}"), message)
                    .help("remove it, or name it under `outputs`")
            } else if computes && !is_formula(node) {
                let message = format!("`{}` is written out, but nothing is computed from it", node.id());
                Diagnostic::new(Code::OutputNeverRead, format!("/nodes/{index}"), message)
                    .help("let a formula read it, or remove it")
            } else {
                continue;
            };
            found.push(diagnostic.at(node.id_at.0));
        }
    }

    fn memoryless(&self, found: &mut Vec<Diagnostic>) {
        let remembers = self.remembering();
        for (index, node) in self.model.nodes().iter().enumerate() {
            let NodeKind::Expr(formula) = node.kind() else { continue };
            let Some(part) = difference_above_zero(formula.ast()).filter(|_| !remembers[index]) else {
                continue;
            };
            let message = format!("`{}` is a surplus that is forgotten at the end of each bin", node.id());
            let help = format!(
                "what waits stays: `MAX(0, SHIFT({0}, 1) + …)`, or `QUEUE(inflow, outflow)`; a surplus that is lost is fine",
                node.id()
            );
            let path = format!("/nodes/{index}/expr");
            found.push(formula.diagnostic(Code::MemorylessQueue, part.span, &message, path).help(help));
        }
    }

    /// Which nodes depend on bins before their own, by themselves or by what they read.
    fn remembering(&self) -> Vec<bool> {
        let nodes = self.model.nodes();
        let mut remembers: Vec<bool> = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| {
                let own = matches!(node.kind(), NodeKind::Expr(formula) if looks_back(formula.ast()));
                own || self.references_of(index).any(|r| r.lag > 0 || r.horizon.is_some())
            })
            .collect();
        let mut readers: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
        for reference in &self.references {
            readers[reference.to as usize].push(reference.from);
        }
        let mut open: Vec<usize> = (0..nodes.len()).filter(|index| remembers[*index]).collect();
        while let Some(index) = open.pop() {
            for &reader in &readers[index] {
                if !std::mem::replace(&mut remembers[reader as usize], true) {
                    open.push(reader as usize);
                }
            }
        }
        remembers
    }
}

fn is_formula(node: &Node) -> bool {
    matches!(node.kind(), NodeKind::Expr(_))
}

/// Is there a function with a memory of its own?  The depth of an expression is bounded by the parser.
fn looks_back(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => false,
        ExprKind::Unary(_, inner) => looks_back(inner),
        ExprKind::Chain(first, rest) => looks_back(first) || rest.iter().any(|(_, e)| looks_back(e)),
        ExprKind::Call(function, args) => {
            function.info().reach != Reach::Bin
                || args.iter().any(|arg| matches!(arg, Arg::Series(e) if looks_back(e)))
        }
    }
}

/// `MAX(0, a - b)` or `MAX(a - b, 0)`: the whole formula, or a part of it.
fn difference_above_zero(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Name(_) => None,
        ExprKind::Unary(_, inner) => difference_above_zero(inner),
        ExprKind::Chain(first, rest) => {
            difference_above_zero(first).or_else(|| rest.iter().find_map(|(_, e)| difference_above_zero(e)))
        }
        ExprKind::Call(function, args) => {
            let series: Vec<&Expr> = args
                .iter()
                .filter_map(|arg| match arg {
                    Arg::Series(expr) => Some(expr),
                    _ => None,
                })
                .collect();
            let zero = |e: &&Expr| matches!(e.kind, ExprKind::Number(0.0));
            let is_surplus = *function == Function::Max
                && series.len() == 2
                && series.iter().filter(|e| zero(e)).count() == 1
                && series.iter().any(|e| is_difference(e));
            if is_surplus { Some(expr) } else { series.into_iter().find_map(difference_above_zero) }
        }
    }
}

/// A sum with a minus in it.
fn is_difference(expr: &Expr) -> bool {
    let ExprKind::Chain(_, rest) = &expr.kind else { return false };
    rest.iter().any(|(operator, _)| *operator == BinaryOp::Sub)
}
