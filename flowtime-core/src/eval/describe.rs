//! A plan as people see it.

use super::options::RunOptions;
use super::prepare::{self, readable_bytes, working_bytes};
use crate::names::counted;
use crate::plan::program::{How, Stage};
use crate::plan::{Plan, PlanData};
use std::collections::HashSet;
use std::fmt;

/// Ids shown in a line before the rest is only counted.
const SHOWN: usize = 12;

impl fmt::Display for Plan {
    /// What would be computed to keep every node: the order, the loops, the memory.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = &*self.0;
        let grid = &data.grid;
        writeln!(
            f,
            "{} over {} of {}",
            counted(data.nodes.len(), "node"),
            counted(grid.bins(), "bin"),
            counted(grid.bin_size() as usize, grid.bin_unit().name().trim_end_matches('s'))
        )?;
        let options = RunOptions::new();
        let prepared =
            prepare::feeds(self, &options).and_then(|feeds| prepare::prepare(self, &options, &feeds));
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return write!(f, "{error}"),
        };
        let program = &prepared.program;
        let inputs: Vec<u32> = data.inputs.iter().map(|input| input.node).collect();
        if !inputs.is_empty() {
            writeln!(f, "inputs    {}", ids(data, &inputs))?;
        }
        for (number, stages) in program.summary.passes.iter().enumerate() {
            if number > 0 {
                writeln!(f, "then, with the sums over the whole horizon known:")?;
            }
            for stage in stages {
                stage_line(f, data, stage)?;
            }
        }
        writeln!(f, "values    {} after equal ones became one", program.summary.values)?;
        let result = program.outs.len() as u64 * grid.bins() as u64 * 8;
        let working = working_bytes(program, grid.bins());
        write!(f, "memory    {} of results, {} to work in", readable_bytes(result), readable_bytes(working))
    }
}

fn stage_line(f: &mut fmt::Formatter<'_>, data: &PlanData, stage: &Stage) -> fmt::Result {
    if stage.nodes.is_empty() && stage.how == How::Tiles {
        return Ok(());
    }
    let list = ids(data, &stage.nodes);
    match stage.how {
        How::Tiles => writeln!(f, "in tiles  {list}"),
        How::Loop { bins: 1 } => writeln!(f, "in loop   {list} (bin by bin{})", memory(data, stage)),
        How::Loop { bins } => writeln!(f, "in loop   {list} ({bins} bins at a time{})", memory(data, stage)),
        How::Bundle { lanes } => {
            writeln!(f, "in lanes  {list} (bin by bin, {lanes} loops side by side{})", memory(data, stage))
        }
    }
}

/// The shortest and longest look back among the nodes of a loop.
fn memory(data: &PlanData, stage: &Stage) -> String {
    let members: HashSet<u32> = stage.nodes.iter().copied().collect();
    let inside = |node: &u32| members.contains(node);
    // Edges are in the order of who reads: of many loops each looks at its own.
    let read_by = |node: u32| {
        let first = data.edges.partition_point(|(from, ..)| *from < node);
        data.edges[first..].iter().take_while(move |(from, ..)| *from == node)
    };
    let lags = stage
        .nodes
        .iter()
        .flat_map(|node| read_by(*node))
        .filter(|(_, to, lag)| *lag > 0 && inside(to))
        .map(|(_, _, lag)| *lag);
    match (lags.clone().min(), lags.max()) {
        (Some(1), Some(1)) => ", looking back 1 bin".to_owned(),
        (Some(least), Some(most)) if least == most => format!(", looking back {least} bins"),
        (Some(least), Some(most)) => format!(", looking back {least} to {most} bins"),
        _ => String::new(),
    }
}

fn ids(data: &PlanData, nodes: &[u32]) -> String {
    let mut list: Vec<&str> =
        nodes.iter().take(SHOWN).map(|node| data.nodes[*node as usize].id.as_str()).collect();
    let more = format!("… {} more", nodes.len().saturating_sub(SHOWN));
    if nodes.len() > SHOWN {
        list.push(&more);
    }
    if list.is_empty() { "(parts of other nodes)".to_owned() } else { list.join(", ") }
}
