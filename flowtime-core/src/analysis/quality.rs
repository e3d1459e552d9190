//! Results that are probably not what was meant.

use crate::compile::references::{Reference, collect, ids};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::eval::{Ensemble, Run, RunWarning};
use crate::expr::builtins::Function;
use crate::expr::{Arg, Expr, ExprKind, TextSpan};
use crate::model::{Model, Node, NodeKind, PmfPolicy};
use crate::names::counted;
use crate::provenance::format_number;
use std::collections::{HashMap, HashSet};

/// The method of [`score`]; it changes whenever the score of any report could.
pub const SCORE_METHOD: u32 = 1;

/// How good a model looks, from 0 to 1: `1 - min(1, errors·1.0 + warnings·0.1 + infos·0.02)`.
///
/// Advisory: a model is valid when nothing found is an error.
///
/// ```
/// use flowtime_core::{analysis::score, diagnostics::{Code, Diagnostic}};
/// let repeated = Diagnostic::new(Code::ConstRepeated, "/nodes/0/values", "laid end to end");
/// assert_eq!(score(&[]), 1.0);
/// assert_eq!(score(&[repeated]), 0.9);
/// ```
pub fn score(diagnostics: &[Diagnostic]) -> f64 {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count() as f64;
    // In hundredths, which are whole: tenths of a binary fraction would not add up.
    let lost = 100.0 * count(Severity::Error) + 10.0 * count(Severity::Warning) + 2.0 * count(Severity::Info);
    (100.0 - lost.min(100.0)) / 100.0
}

/// What a run warns of, as diagnostics that point into the model.
///
/// `run` is a run of `model`, whatever it kept.
///
/// ```
/// use flowtime_core::{Model, RunOptions, analysis::run_warnings};
/// let model = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 2, binSize: 1, binUnit: hours}
/// nodes: [{id: a, kind: const, values: [0, 2]}, {id: b, kind: expr, expr: 1 / a}]
/// ")?;
/// let run = model.compile()?.run(&RunOptions::new())?;
/// let warnings = run_warnings(&model, &run);
/// assert_eq!(warnings[0].code.info().name, "division-by-zero");
/// assert_eq!(warnings[0].path, "/nodes/1/expr");
/// # Ok::<(), flowtime_core::Error>(())
/// ```
pub fn run_warnings(model: &Model, run: &Run) -> Vec<Diagnostic> {
    divisions(model, run.warnings(), ToString::to_string)
}

/// What an ensemble of `model` warns of, as [`run_warnings`]. Bins are counted over all scenarios, and over all points
/// of a sweep.
///
/// ```
/// use flowtime_core::{EnsembleOptions, Model, analysis::ensemble_warnings};
/// let model = Model::from_yaml("
/// schemaVersion: 1
/// grid: {bins: 2, binSize: 1, binUnit: hours}
/// nodes: [{id: a, kind: const, values: [0, 2]}, {id: b, kind: expr, expr: 1 / a}]
/// ")?;
/// let ensemble = model.compile()?.ensemble(&EnsembleOptions::new(5))?;
/// let warnings = ensemble_warnings(&model, &ensemble);
/// assert!(warnings[0].message.starts_with("`b` divided by zero in 5 bins of all scenarios"));
/// # Ok::<(), flowtime_core::Error>(())
/// ```
pub fn ensemble_warnings(model: &Model, ensemble: &Ensemble) -> Vec<Diagnostic> {
    divisions(model, ensemble.warnings(), |warning| {
        let RunWarning::DivisionByZero { node, bins } = warning;
        let bins = counted(usize::try_from(*bins).unwrap_or(usize::MAX), "bin");
        format!("`{node}` divided by zero in {bins} of all scenarios together; a division by zero gives 0")
    })
}

fn divisions(model: &Model, found: &[RunWarning], words: impl Fn(&RunWarning) -> String) -> Vec<Diagnostic> {
    let number = ids(model);
    let warnings = found.iter().filter_map(|warning| {
        let RunWarning::DivisionByZero { node, .. } = warning;
        let message = words(warning);
        let index = *number.get(node.as_str())? as usize;
        Some(
            about(model, index, Code::DivisionByZero, message)
                .help("where 0 is not what is meant, test the divisor: `IF(b > 0, a / b, …)`"),
        )
    });
    warnings.collect()
}

/// Everything that looks wrong in the results of a model, in document order: what the run warned of,
/// values that are not finite, queues below zero, capacities that never suffice, outputs that never change.
///
/// `run` is a run of `model`; only the series that it kept are looked at.
///
/// * *Not finite*: a node is named where it begins, not where it is passed on. The missing values
///   of a const node are what its author wrote.
/// * *Queue below zero*: the node reads itself in an earlier bin and falls below zero although nothing
///   else that it reads does.
/// * *Saturated*: a queue that is not empty in any bin, or a `MIN` that lets exactly what one
///   of its inputs says through in every bin, with more to come each time.
/// * *Constant*: an expression or a drawn series among the outputs has one value in all bins.
pub fn findings(model: &Model, run: &Run) -> Vec<Diagnostic> {
    let looked_at = Results::of(model, run);
    let mut found = run_warnings(model, run);
    looked_at.not_finite(&mut found);
    looked_at.below_zero(&mut found);
    looked_at.saturated(&mut found);
    looked_at.constant(&mut found);
    found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
    found
}

/// A diagnostic about what a node computes.
fn about(model: &Model, index: usize, code: Code, message: String) -> Diagnostic {
    let node = &model.nodes[index];
    match &node.kind {
        NodeKind::Expr(expression) => {
            let whole = TextSpan { start: 0, end: expression.text.len() as u32 };
            let span = expression.map.span(whole, &expression.text);
            Diagnostic::new(code, format!("/nodes/{index}/expr"), message).at(span)
        }
        _ => Diagnostic::new(code, format!("/nodes/{index}"), message).at(node.id_at.0),
    }
}

/// A model with its series.
struct Results<'a> {
    model: &'a Model,
    /// Of each node, if the run kept it.
    series: Vec<Option<&'a [f64]>>,
    /// Who reads whom, by reader.
    references: Vec<Reference>,
    /// Names that lead to nodes.
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Results<'a> {
    fn of(model: &'a Model, run: &'a Run) -> Self {
        let numbers = ids(model);
        let mut series = vec![None; model.nodes.len()];
        for (id, values) in run.iter() {
            if let Some(&node) = numbers.get(id) {
                series[node as usize] = values.to_slice();
            }
        }
        let references = collect(model, &numbers).references;
        Results { model, series, references, numbers }
    }

    fn nodes(&self) -> impl Iterator<Item = (usize, &'a Node, &'a [f64])> {
        let nodes = self.model.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| self.series[index].map(|values| (index, node, values)))
    }

    fn references_of(&self, index: usize) -> impl Iterator<Item = &Reference> {
        let from = self.references.partition_point(|r| (r.from as usize) < index);
        self.references[from..].iter().take_while(move |r| r.from as usize == index)
    }

    /// What a node reads, itself left out.
    fn read_by(&self, index: usize) -> impl Iterator<Item = &Reference> {
        self.references_of(index).filter(move |r| r.to as usize != index)
    }

    fn not_finite(&self, found: &mut Vec<Diagnostic>) {
        let first: Vec<Option<usize>> = self
            .series
            .iter()
            .map(|series| series.and_then(|values| values.iter().position(|x| !x.is_finite())))
            .collect();
        for (index, node, values) in self.nodes() {
            let (Some(bin), NodeKind::Expr(_)) = (first[index], &node.kind) else { continue };
            let passed_on = self.read_by(index).any(|reference| {
                // The first such value of what is read arrives here so many bins later.
                first[reference.to as usize].is_some_and(|first| {
                    reference.horizon.is_some() || (first as u64).saturating_add(reference.lag) <= bin as u64
                })
            });
            if passed_on {
                continue;
            }
            let count = values.iter().filter(|x| !x.is_finite()).count();
            let message = format!(
                "`{}` is not a finite number in {}; in bin {bin} it is {}",
                node.id,
                counted(count, "bin"),
                format_number(values[bin])
            );
            let help = "a logarithm or root of a negative number, an overflow, or a difference of infinities gives such values";
            found.push(about(self.model, index, Code::NotFiniteResult, message).help(help));
        }
    }

    fn below_zero(&self, found: &mut Vec<Diagnostic>) {
        for (index, node, values) in self.nodes() {
            let carries_over = self.references_of(index).any(|r| r.to as usize == index);
            let Some(bin) = values.iter().position(|x| *x < 0.0) else { continue };
            let fed_below_zero = || {
                self.read_by(index).any(|reference| {
                    self.series[reference.to as usize].is_none_or(|read| read.iter().any(|x| *x < 0.0))
                })
            };
            if !carries_over || fed_below_zero() {
                continue;
            }
            let message = format!(
                "`{}` carries over from bin to bin like a queue and falls below 0: in bin {bin} it is {}",
                node.id,
                format_number(values[bin])
            );
            let help = "a queue holds nothing less than nothing: `MAX(0, …)`, or `QUEUE(inflow, outflow)`";
            found.push(about(self.model, index, Code::NegativeQueue, message).help(help));
        }
    }

    fn saturated(&self, found: &mut Vec<Diagnostic>) {
        for (index, node, values) in self.nodes() {
            let NodeKind::Expr(expression) = &node.kind else { continue };
            let message = if values.len() > 1
                && is_queue(&expression.ast, &node.id)
                && values.iter().all(|x| *x > 0.0)
            {
                format!("`{}` is not empty in any bin: what serves it is used fully all the time", node.id)
            } else if let Some(limit) = self.limit_reached(&expression.ast) {
                format!("`{}` is at its limit `{limit}` in every bin", node.id)
            } else {
                continue;
            };
            let help = "a capacity that never suffices may be too small, or in another unit than the demand";
            found.push(about(self.model, index, Code::SaturatedCapacity, message).help(help));
        }
    }

    /// The input that is less than all else in a `MIN` of names, in every bin.
    fn limit_reached(&self, expr: &'a Expr) -> Option<&'a str> {
        let ExprKind::Call(Function::Min, args) = &expr.kind else { return None };
        let named = args.iter().map(|arg| match arg {
            Arg::Series(Expr { kind: ExprKind::Name(name), .. }) => {
                let index = *self.numbers.get(name.as_str())? as usize;
                Some((name.as_str(), &self.model.nodes[index].kind, self.series[index]?))
            }
            _ => None,
        });
        let named: Vec<_> = named.collect::<Option<_>>()?;
        let mut limits = named.iter().filter(|(_, kind, _)| !matches!(kind, NodeKind::Expr(_)));
        // Of several inputs the constant one is the limit, the others are what is limited.
        let (limit, _, at_most) = match (limits.next(), limits.next()) {
            (Some(only), None) => only,
            _ => {
                let mut constant = named
                    .iter()
                    .filter(|(_, kind, values)| !matches!(kind, NodeKind::Expr(_)) && is_constant(values));
                constant.next().filter(|_| constant.next().is_none())?
            }
        };
        let always = named
            .iter()
            .filter(|(name, ..)| name != limit)
            .all(|(_, _, values)| values.iter().zip(*at_most).all(|(wanted, most)| most < wanted));
        (always && at_most.len() > 1).then_some(*limit)
    }

    fn constant(&self, found: &mut Vec<Diagnostic>) {
        let written: HashSet<&str> = self.model.outputs().into_iter().map(|(id, _)| id).collect();
        for (index, node, values) in self.nodes() {
            let varies = match &node.kind {
                // The whole horizon has one sum and one mean.
                NodeKind::Expr(e) => !matches!(e.ast.kind, ExprKind::Call(Function::Sum | Function::Mean, _)),
                NodeKind::Pmf(pmf) => pmf.policy() != PmfPolicy::Expected,
                _ => false,
            };
            if varies && values.len() > 1 && is_constant(values) && written.contains(node.id.as_str()) {
                let message =
                    format!("the output `{}` is {} in every bin", node.id, format_number(values[0]));
                let help = "where it should vary, look at what it is made of";
                found.push(about(self.model, index, Code::ConstantOutput, message).help(help));
            }
        }
    }
}

/// One finite number in all bins?
fn is_constant(values: &[f64]) -> bool {
    values.first().is_some_and(|first| first.is_finite() && values.iter().all(|x| x == first))
}

/// `QUEUE(…)`, or `MAX(0, …)` that reads itself.
fn is_queue(expr: &Expr, id: &str) -> bool {
    match &expr.kind {
        ExprKind::Call(Function::Queue, _) => true,
        ExprKind::Call(Function::Max, args) => {
            let zero = |arg: &Arg| matches!(arg, Arg::Series(e) if matches!(e.kind, ExprKind::Number(0.0)));
            args.iter().any(zero) && mentions(expr, id)
        }
        _ => false,
    }
}

// The depth of an expression is bounded by the parser.
fn mentions(expr: &Expr, id: &str) -> bool {
    match &expr.kind {
        ExprKind::Number(_) => false,
        ExprKind::Name(name) => name == id,
        ExprKind::Unary(_, inner) => mentions(inner, id),
        ExprKind::Chain(first, rest) => mentions(first, id) || rest.iter().any(|(_, e)| mentions(e, id)),
        ExprKind::Call(_, args) => args.iter().any(|arg| matches!(arg, Arg::Series(e) if mentions(e, id))),
    }
}
