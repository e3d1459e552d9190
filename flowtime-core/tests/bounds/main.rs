//! Time and memory are bounded whatever a model asks for: floods of problems, runs at the limits and beyond,
//! runs that are repeated, runs that are stopped.

mod allocator;
mod cancellation;
mod floods;
mod limits;
mod runner;
mod runs;

use flowtime_core::Model;

/// A document of `bins` minutes and these lines under `nodes`.
fn document(bins: usize, nodes: &str) -> String {
    format!("schemaVersion: 1\ngrid: {{bins: {bins}, binSize: 1, binUnit: minutes}}\nnodes:\n{nodes}")
}

/// A model of expressions: ids and formulas.
fn model(bins: usize, nodes: &[(&str, &str)]) -> Model {
    let lines: String =
        nodes.iter().map(|(id, expr)| format!("  - {{id: {id}, kind: expr, expr: '{expr}'}}\n")).collect();
    Model::from_yaml(&document(bins, &lines)).unwrap_or_else(|error| panic!("{error}"))
}
