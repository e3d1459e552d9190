//! What has to be computed for each scenario: scans written out, shared values told apart.

use super::roots;
use crate::compile::settle::open_scans;
use crate::plan::adjacency::Adjacency;
use crate::plan::graph::{Binary, Graph, Op, Operand, Unary, ValueId};
use crate::plan::scenarios::{Request, Varies};

/// The graph with scans that differ between scenarios written out by their formulas, and long
/// delays as lags.
pub(super) fn written_out(graph: &Graph, request: &Request) -> Graph {
    let mut graph = graph.clone();
    let varying = varying(&graph, request);
    open_scans(&mut graph, |id| varying[id.index()], true);
    // Values that were added are no delays.
    for (value, varying) in graph.values.iter_mut().zip(varying) {
        if let (true, &Op::Delay { x, lag, fill }) = (varying, &value.op) {
            let operand = match u32::try_from(lag) {
                Ok(lag) if (lag as usize) < request.bins => Operand::Value { id: x, lag, fill },
                _ => Operand::Literal(fill),
            };
            value.op = Op::Unary(Unary::Copy, operand);
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
    let is_drawn = |id: ValueId| matches!(graph.value(id).op, Op::Input(input) if request.varies[input as usize] != Varies::No);
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

/// Which of the values that differ between scenarios are the same in all bins of one, and can be computed
/// before bin 0. Divisions are not among them, as they count by bins.
pub(super) fn steady(graph: &Graph, request: &Request, varying: &[bool]) -> Vec<bool> {
    let mut steady: Vec<bool> = graph
        .values
        .iter()
        .map(|value| match value.op {
            Op::Input(input) => {
                let varies = request.varies[input as usize];
                varies == Varies::Number || varies == Varies::No && request.steady[input as usize]
            }
            _ => false,
        })
        .collect();
    // Readers become steady when all that they read is; each is looked at once for each that it reads.
    let mut pairs = Vec::new();
    for (index, value) in (0u32..).zip(&graph.values) {
        value.op.reads(|read| pairs.push((read.0, index)));
    }
    let readers = Adjacency::new(graph.values.len(), pairs.iter().copied());
    let mut fresh: Vec<u32> = (0..graph.values.len() as u32).filter(|v| steady[*v as usize]).collect();
    while let Some(v) = fresh.pop() {
        for &reader in readers.of(v) {
            let op = &graph.values[reader as usize].op;
            let mut becomes = op.is_elementwise() && !matches!(op, Op::Binary(Binary::Div, ..));
            op.operands(|operand| {
                if let Operand::Value { id, lag, .. } = operand {
                    becomes &= lag == 0 && steady[id.index()];
                }
            });
            if becomes && !std::mem::replace(&mut steady[reader as usize], true) {
                fresh.push(reader);
            }
        }
    }
    steady.iter().zip(varying).map(|(steady, varying)| *steady && *varying).collect()
}
