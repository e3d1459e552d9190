//! The graph of a model's nodes.

use flowtime_core::{Model, NodeKind, Plan};
use flowtime_draw::Dag;

/// The nodes of a compiled model and who reads whom, as SVG: what `flowtime plan --svg` writes. An empty title is not
/// drawn.
///
/// ```
/// let model = flowtime_core::Model::from_yaml(
///     "{schemaVersion: 1, grid: {bins: 3, binSize: 1, binUnit: hours}, nodes: [{id: calls, kind: const, values: 1}]}",
/// )?;
/// let svg = flowtime_cli::graph(&model, &model.compile()?, "Calls");
/// assert!(svg.starts_with("<svg") && svg.contains("calls"));
/// # Ok::<(), flowtime_core::Error>(())
/// ```
pub fn graph(model: &Model, plan: &Plan, title: &str) -> String {
    let mut dag = Dag::new(title);
    for node in model.nodes() {
        let (kind, what) = match node.kind() {
            NodeKind::Expr(expression) => (flowtime_draw::NodeKind::Expr, Some(expression.text())),
            NodeKind::Pmf(pmf) => (flowtime_draw::NodeKind::Pmf, Some(pmf.policy().name())),
            _ => (flowtime_draw::NodeKind::Const, None),
        };
        let hover: Vec<&str> = what.into_iter().chain(node.unit()).chain(node.description()).collect();
        dag = dag.node(node.id(), kind, hover.join(" · "));
    }
    for (reader, read, lag) in plan.edges() {
        dag = dag.edge(read, reader, lag);
    }
    dag.to_svg()
}
