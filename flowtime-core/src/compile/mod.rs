//! A model to a plan, one pass a file.

mod assemble;
mod bundle;
pub(crate) mod check;
mod components;
mod emit;
mod known;
mod lower;
mod order;
mod plus_zero;
pub(crate) mod references;
mod scenarios;
mod schedule;
mod select;
mod settle;
mod slots;

use crate::diagnostics::{Code, Diagnostic, Problems};
use crate::error::Error;
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::model::{Const, ConstPolicy, Model, NodeKind, Pmf, PmfPolicy};
use crate::plan::adjacency::Adjacency;
use crate::plan::feed::Feed;
use crate::plan::graph::{Graph, Operand, ValueId};
use crate::plan::ids::Ids;
use crate::plan::program::Program;
use crate::plan::scenarios::{Request, ScenarioProgram};
use crate::plan::{Plan, PlanData, PlanInput, PlanNode, Prepared};
use crate::rng::Sampler;
use std::sync::{Arc, OnceLock};

impl Model {
    /// Compiles the model into a plan.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`](crate::ErrorKind::InvalidModel) with every unknown name, every
    /// loop without a result, and every const node whose `source` was not resolved.
    ///
    /// ```
    /// use flowtime_core::Model;
    /// let model = Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 2, binSize: 1, binUnit: hours}
    /// nodes: [{id: a, kind: expr, expr: b + 1}, {id: b, kind: expr, expr: a * 2}]
    /// ")?;
    /// let error = model.compile().unwrap_err();
    /// assert!(error.diagnostics()[0].message.contains("a → b → a"));
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    pub fn compile(&self) -> Result<Plan, Error> {
        let _environment = DefaultEnvironment::enter();
        let (checked, mut found) = check::check(self, true);
        let mut sources = Problems::default();
        unresolved_sources(self).for_each(|diagnostic| sources.push(diagnostic));
        found.merge(sources);
        if !found.is_empty() {
            return Err(Error::model(found.into_list(), self.source.clone()));
        }
        Ok(plan(self, &checked))
    }
}

impl PlanData {
    /// The program that keeps the nodes `kept`, with inputs that have one value as literals.
    pub(crate) fn build(&self, kept: Vec<u32>, uniform: Vec<bool>) -> Prepared {
        let mut computed = vec![false; self.nodes.len()];
        let mut stack = kept.clone();
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut computed[node as usize], true) {
                stack.extend_from_slice(self.reads.of(node));
            }
        }
        let operands: Vec<Operand> = kept.iter().map(|node| self.graph.nodes[*node as usize]).collect();
        let (program, series) = emit::program(
            &self.graph,
            &emit::Request { uniform: &uniform, kept: &operands, computed: &computed },
        );
        Prepared { program, kept, series, uniform }
    }
}

impl Graph {
    /// The program for values, whichever nodes they belong to, and the series of each. Divisions count
    /// for the nodes that are `computed`.
    pub(crate) fn build(
        &self,
        uniform: &[bool],
        values: &[ValueId],
        computed: &[bool],
    ) -> (Program, Vec<u32>) {
        let kept: Vec<Operand> = values.iter().copied().map(Operand::now).collect();
        emit::program(self, &emit::Request { uniform, kept: &kept, computed })
    }

    /// The program for scenarios, and the graph that its shared values are values of.
    pub(crate) fn build_scenarios(&self, request: &Request) -> (ScenarioProgram, Graph) {
        scenarios::program(self, request)
    }
}

fn unresolved_sources(model: &Model) -> impl Iterator<Item = Diagnostic> + '_ {
    model.nodes.iter().enumerate().filter_map(|(index, node)| match &node.kind {
        NodeKind::Const(Const { values, source: Some(source), at, .. }) if values.is_empty() => {
            let message = format!("the values of `{source}` have not been read");
            Some(
                Diagnostic::new(Code::SourceFailed, format!("/nodes/{index}/source"), message)
                    .at(at.0)
                    .help("call `Model::resolve_sources` before compiling; the command reads CSV files beside the model"),
            )
        }
        _ => None,
    })
}

fn plan(model: &Model, checked: &check::Checked) -> Plan {
    let bins = model.grid.bins;
    let mut input_of = vec![None; model.nodes.len()];
    let mut inputs = Vec::new();
    for (index, node) in model.nodes.iter().enumerate() {
        let feed = match &node.kind {
            NodeKind::Const(values) => constant(values, bins),
            NodeKind::Pmf(pmf) => distribution(pmf),
            _ => continue,
        };
        input_of[index] = Some(inputs.len() as u32);
        inputs.push(PlanInput { node: index as u32, feed });
    }
    let order = order::same_bin_order(model.nodes.len(), &checked.references);
    let graph = lower::lower(model, &checked.ids, &order, &input_of);

    // Each pair once, with its shortest lag.
    let mut edges: Vec<(u32, u32, u64)> =
        checked.references.iter().map(|reference| (reference.from, reference.to, reference.lag)).collect();
    edges.sort_unstable();
    edges.dedup_by_key(|(from, to, _)| (*from, *to));
    let reads = Adjacency::new(model.nodes.len(), edges.iter().map(|(from, to, _)| (*from, *to)));
    let outputs = model.outputs().into_iter().map(|(id, file)| (checked.ids[id], file)).collect();
    let nodes: Vec<PlanNode> = model
        .nodes
        .iter()
        .map(|node| PlanNode { id: node.id.clone(), kind: node.kind.name(), unit: node.unit.clone() })
        .collect();
    Plan(Arc::new(PlanData {
        grid: model.grid.clone(),
        ids: Ids::new(&nodes),
        nodes,
        inputs,
        graph,
        reads,
        outputs,
        seed: model.seed(),
        edges,
        everything: OnceLock::new(),
    }))
}

/// A const node's numbers over the grid: the table of section 3 of the language reference.
fn constant(node: &Const, bins: usize) -> Feed {
    let values = node.values();
    let first = values.first().copied().unwrap_or(f64::NAN);
    if values.iter().all(|x| x.to_bits() == first.to_bits()) {
        return Feed::Value(first);
    }
    match node.policy() {
        _ if values.len() == bins => Feed::Series(values.into()),
        Some(ConstPolicy::Stretch) => Feed::Stretch(values.into(), (bins / values.len()).max(1)),
        _ => Feed::Repeat(values.into()),
    }
}

/// A pmf node's numbers over the grid: section 6 of the language reference.
fn distribution(pmf: &Pmf) -> Feed {
    match pmf.policy() {
        PmfPolicy::Repeat | PmfPolicy::Error => Feed::Repeat(pmf.values().into()),
        PmfPolicy::Expected => {
            Feed::Value(pmf.values().iter().zip(pmf.probabilities()).fold(0.0, |sum, (v, p)| sum + v * p))
        }
        PmfPolicy::Sample => Feed::Sample(Arc::new(Sampler::new(pmf.values(), pmf.probabilities()))),
    }
}
