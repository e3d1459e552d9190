//! What has to be computed for each scenario: scans written out, shared values told apart.

use super::{Request, Varies, roots};
use crate::compile::settle::open_scans;
use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Graph, Op, Operand, Unary, ValueId};

/// The graph with scans that differ between scenarios written out by their formulas, and long
/// delays as lags.
pub(super) fn written_out(graph: &Graph, request: &Request) -> Graph {
    let mut graph = graph.clone();
    let varying = varying(&graph, request);
    open_scans(&mut graph, |id| varying[id.index()], true);
    for index in 0..varying.len() {
        if let (true, &Op::Delay { x, lag, fill }) = (varying[index], &graph.values[index].op) {
            let operand = match u32::try_from(lag) {
                Ok(lag) if (lag as usize) < request.bins => Operand::Value { id: x, lag, fill },
                _ => Operand::Literal(fill),
            };
            graph.values[index].op = Op::Unary(Unary::Copy, operand);
        }
    }
    graph
}

/// Which values differ between scenarios.
///
/// Divisions of one node are counted once a bin, so if one of them differs all are computed for
/// each scenario.
pub(super) fn varying(graph: &Graph, request: &Request) -> Vec<bool> {
    let count = graph.values.len();
    let mut pairs = Vec::new();
    for (index, value) in (0u32..).zip(&graph.values) {
        value.op.reads(|read| pairs.push((read.0, index)));
    }
    let readers = Adjacency::new(count, pairs.iter().copied());
    let mut varying = vec![false; count];
    let is_drawn = |id: ValueId| {
        matches!(graph.value(id).op, Op::Input(input) if request.varies[input as usize] != Varies::No)
    };
    let mut fresh: Vec<ValueId> = (0..count as u32).map(ValueId).filter(|id| is_drawn(*id)).collect();
    let mut divides = vec![false; request.computed.len()];
    loop {
        while let Some(id) = fresh.pop() {
            if !std::mem::replace(&mut varying[id.index()], true) {
                fresh.extend(readers.of(id.0).iter().map(|reader| ValueId(*reader)));
            }
        }
        divides.fill(false);
        for (division, node) in &graph.divisions {
            divides[*node as usize] |= varying[division.index()];
        }
        let together = graph.divisions.iter().filter(|(division, node)| {
            request.computed[*node as usize] && divides[*node as usize] && !varying[division.index()]
        });
        fresh.extend(together.map(|(division, _)| *division));
        if fresh.is_empty() {
            break;
        }
    }
    // What nobody asks for does not matter, and is not computed.
    let needed = super::reached(graph, roots(graph, request), |_| true);
    varying.iter().zip(needed).map(|(varying, needed)| *varying && needed).collect()
}
