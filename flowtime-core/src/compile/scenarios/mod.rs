//! A graph to the program of an ensemble.
//!
//! What is the same in all scenarios is left to a run of its own; the rest is computed bin by bin,
//! scenarios as lanes. Whatever looks back reads a ring that an earlier bin wrote to.

mod emit;
mod order;
mod prepare;

use crate::plan::graph::{Graph, Op, Operand, ValueId};
use crate::plan::scenarios::{Request, ScenarioProgram};

/// Builds the program for scenarios, and the graph that its shared values are values of.
pub(crate) fn program(graph: &Graph, request: &Request) -> (ScenarioProgram, Graph) {
    let graph = prepare::written_out(graph, request);
    let varying = prepare::varying(&graph, request);
    let steady = prepare::steady(&graph, request, &varying);
    let program = emit::program(&graph, request, &varying, &steady);
    (program, graph)
}

/// Everything whose value the result shows: what is kept, and divisions that are counted.
fn roots(graph: &Graph, request: &Request) -> Vec<ValueId> {
    let measured = request.measures.iter().map(|(node, _)| node);
    let kept = request.kept.iter().chain(measured).filter_map(|node| match graph.nodes[*node as usize] {
        Operand::Value { id, .. } => Some(id),
        Operand::Literal(_) => None,
    });
    let divisions = graph.divisions.iter().filter(|(_, node)| request.computed[*node as usize]);
    kept.chain(divisions.map(|(division, _)| *division)).collect()
}

/// Everything that `roots` read, as far as `enters` says.
fn reached(
    graph: &Graph,
    roots: impl IntoIterator<Item = ValueId>,
    enters: impl Fn(ValueId) -> bool,
) -> Vec<bool> {
    let mut found = vec![false; graph.values.len()];
    let mut stack: Vec<ValueId> = roots.into_iter().filter(|id| enters(*id)).collect();
    while let Some(id) = stack.pop() {
        if !std::mem::replace(&mut found[id.index()], true) {
            graph.value(id).op.reads(|read| {
                if enters(read) {
                    stack.push(read);
                }
            });
        }
    }
    found
}

/// Is it a SUM or MEAN?
fn is_horizon(graph: &Graph, id: ValueId) -> bool {
    matches!(graph.value(id).op, Op::Horizon { .. })
}
