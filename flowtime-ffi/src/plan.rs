//! Plans: compiled models.

use crate::arguments::{handle, optional, out, text};
use crate::error::flowtime_error;
use crate::guard::{self, guard};
use crate::handle::give;
use crate::model::flowtime_model;
use crate::node::{flowtime_bin_unit, flowtime_node_kind};
use crate::options::flowtime_run_options;
use crate::run::flowtime_run;
use crate::status::flowtime_status;
use crate::text::{flowtime_str, flowtime_text};
use flowtime_core::Plan;
use std::ffi::c_char;

/// A compiled model: immutable, run as often as wanted from as many threads as wanted.
pub struct flowtime_plan {
    pub(crate) plan: Plan,
    // Views of what the plan itself holds, so that every index is found at once.
    nodes: Vec<Node>,
    inputs: Vec<flowtime_str>,
    outputs: Vec<(flowtime_str, flowtime_str)>,
    edges: Vec<(flowtime_str, flowtime_str, u64)>,
}

struct Node {
    id: flowtime_str,
    unit: flowtime_str,
    kind: flowtime_node_kind,
    is_input: bool,
}

impl flowtime_plan {
    pub(crate) fn new(plan: Plan) -> Self {
        let nodes = plan.nodes().map(|node| Node {
            id: flowtime_str::of(node.id),
            unit: flowtime_str::of_some(node.unit),
            kind: flowtime_node_kind::of(node.kind),
            is_input: node.is_input,
        });
        let outputs = plan.outputs().map(|(id, file)| (flowtime_str::of(id), flowtime_str::of(file)));
        let edges = plan.edges().map(|(from, to, lag)| (flowtime_str::of(from), flowtime_str::of(to), lag));
        flowtime_plan {
            nodes: nodes.collect(),
            inputs: plan.inputs().map(flowtime_str::of).collect(),
            outputs: outputs.collect(),
            edges: edges.collect(),
            plan,
        }
    }
}

/// Compiles a model. FLOWTIME_STATUS_INVALID_MODEL with every unknown name, every loop without a result,
/// and every source that was not resolved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_compile(
    model: *const flowtime_model,
    out_plan: *mut *mut flowtime_plan,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_plan = out(out_plan, "out_plan")?;
            out_plan.set(give(flowtime_plan::new(model.model.compile()?)));
            Ok(())
        })
    }
}

/// Runs the plan once. `options` may be NULL.
///
/// FLOWTIME_STATUS_INVALID_ARGUMENT for unknown names, expressions given as inputs, wrong lengths,
/// infinities and seeds over 2^53 - 1; FLOWTIME_STATUS_LIMIT_EXCEEDED; FLOWTIME_STATUS_CANCELLED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_run(
    plan: *const flowtime_plan,
    options: *const flowtime_run_options,
    out_run: *mut *mut flowtime_run,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let plan = handle(plan, "plan")?;
            let options = optional(options, "options")?;
            let out_run = out(out_run, "out_run")?;
            // Options are not held during the run: its callbacks may change them.
            let options = flowtime_run_options::state(options)?.options();
            out_run.set(give(flowtime_run::new(plan.plan.run(&options)?)));
            Ok(())
        })
    }
}

/// What would be computed, for people: the order, the loops, the memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_describe(
    plan: *const flowtime_plan,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let plan = handle(plan, "plan")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(plan.plan.to_string())));
            Ok(())
        })
    }
}

/// The number of bins; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_bins(plan: *const flowtime_plan) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.plan.grid().bins())) }
}

/// The size of a bin in units; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_bin_size(plan: *const flowtime_plan) -> u32 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.plan.grid().bin_size())) }
}

/// The unit of a bin's size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_bin_unit(plan: *const flowtime_plan) -> flowtime_bin_unit {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(plan, flowtime_bin_unit::NONE, |plan| {
            Some(flowtime_bin_unit::of(plan.plan.grid().bin_unit()))
        })
    }
}

/// The model's own seed; -1 where it names none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_seed(plan: *const flowtime_plan) -> i64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, -1, |plan| i64::try_from(plan.plan.seed()?).ok()) }
}

/// How many nodes there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_node_count(plan: *const flowtime_plan) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.nodes.len())) }
}

/// The position of the node called `id`; SIZE_MAX if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_find(
    plan: *const flowtime_plan,
    id: *const c_char,
    id_length: usize,
) -> usize {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(plan, usize::MAX, |plan| {
            let id = text(id, id_length, "id").ok()?;
            plan.plan.nodes().position(|node| node.id == id)
        })
    }
}

/// The id of a node, in the order of the model; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_node_id(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.nodes.get(index)?.id)) }
}

/// What a node is made of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_node_kind(
    plan: *const flowtime_plan,
    index: usize,
) -> flowtime_node_kind {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_node_kind::NONE, |plan| Some(plan.nodes.get(index)?.kind)) }
}

/// The unit of a node's numbers; NULL and 0 where the model says none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_node_unit(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.nodes.get(index)?.unit)) }
}

/// May a run replace the node? 1 for const and pmf nodes, 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_node_is_input(plan: *const flowtime_plan, index: usize) -> i32 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(i32::from(plan.nodes.get(index)?.is_input))) }
}

/// How many nodes a run may replace.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_input_count(plan: *const flowtime_plan) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.inputs.len())) }
}

/// The id of a node that a run may replace; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_input_id(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| plan.inputs.get(index).copied()) }
}

/// How many series hosts write out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_output_count(plan: *const flowtime_plan) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.outputs.len())) }
}

/// The id of a series that hosts write out; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_output_id(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.outputs.get(index)?.0)) }
}

/// The file name of a series that hosts write out; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_output_file(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.outputs.get(index)?.1)) }
}

/// How many pairs of nodes read one another.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_edge_count(plan: *const flowtime_plan) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.edges.len())) }
}

/// The node that reads; NULL and 0 past the last edge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_edge_reader(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.edges.get(index)?.0)) }
}

/// The node that is read; NULL and 0 past the last edge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_edge_read(plan: *const flowtime_plan, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, flowtime_str::NONE, |plan| Some(plan.edges.get(index)?.1)) }
}

/// How many bins back it is read, the shortest if there are several; 0 past the last edge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_edge_lag(plan: *const flowtime_plan, index: usize) -> u64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(plan, 0, |plan| Some(plan.edges.get(index)?.2)) }
}

/// Frees a plan. NULL is fine. Runs and runners that were made of it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_plan_free(plan: *mut flowtime_plan) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(plan) }
}
