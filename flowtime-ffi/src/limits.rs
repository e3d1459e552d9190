//! Limits by number.

use crate::arguments::choice;
use crate::error::Failure;
use flowtime_core::Limits;

/// What can be limited. Functions take it as int32_t, and refuse other numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_limit {
    /// Bytes of a document.
    DOCUMENT_BYTES = 1,
    /// YAML nodes that aliases may expand to.
    ALIAS_EXPANSION = 2,
    /// Nesting of YAML collections.
    YAML_DEPTH = 3,
    /// Nodes of a model.
    NODES = 4,
    /// Bins of a grid.
    BINS = 5,
    /// Bytes of one expression.
    EXPRESSION_BYTES = 6,
    /// Nested parentheses, calls and unary signs of an expression.
    EXPRESSION_DEPTH = 7,
    /// Entries of a CONV kernel.
    KERNEL_ENTRIES = 8,
    /// Bytes of the series that a run keeps.
    RESULT_BYTES = 9,
    /// Estimated operations of a run.
    OPERATIONS = 10,
    /// Bytes of all expressions of a model together.
    FORMULA_BYTES = 11,
    /// Bytes that an ensemble may work with before it takes its scenarios in parts.
    WORKING_BYTES = 12,
}

type Setter = fn(Limits, u64) -> Limits;

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

const SETTERS: &[(i32, Setter)] = &[
    (flowtime_limit::DOCUMENT_BYTES as i32, |limits, value| limits.max_document_bytes(size(value))),
    (flowtime_limit::ALIAS_EXPANSION as i32, |limits, value| limits.max_alias_expansion(size(value))),
    (flowtime_limit::YAML_DEPTH as i32, |limits, value| limits.max_yaml_depth(size(value))),
    (flowtime_limit::NODES as i32, |limits, value| limits.max_nodes(size(value))),
    (flowtime_limit::BINS as i32, |limits, value| limits.max_bins(size(value))),
    (flowtime_limit::EXPRESSION_BYTES as i32, |limits, value| limits.max_expression_bytes(size(value))),
    (flowtime_limit::EXPRESSION_DEPTH as i32, |limits, value| limits.max_expression_depth(size(value))),
    (flowtime_limit::KERNEL_ENTRIES as i32, |limits, value| limits.max_kernel_entries(size(value))),
    (flowtime_limit::RESULT_BYTES as i32, |limits, value| limits.max_result_bytes(value)),
    (flowtime_limit::OPERATIONS as i32, |limits, value| limits.max_operations(value as f64)),
    (flowtime_limit::FORMULA_BYTES as i32, |limits, value| limits.max_formula_bytes(size(value))),
    (flowtime_limit::WORKING_BYTES as i32, |limits, value| limits.max_working_bytes(value)),
];

/// The same limits, but for one.
pub(crate) fn with(limits: Limits, limit: i32, value: u64) -> Result<Limits, Failure> {
    Ok(choice(limit, SETTERS, "limit")?(limits, value))
}
