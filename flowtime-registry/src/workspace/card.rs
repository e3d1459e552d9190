//! What is said of a model when it is stored: known from the model, its plan and its provenance alone.

use super::json::to_json;
use crate::artifact::{CatalogNode, ModelCatalog, Topology};
use flowtime_core::analysis::score;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{ENGINE_VERSION, Provenance, inputs_hash_of, logic_hash_of, model_hash_of};
use flowtime_core::{Model, NodeKind, Plan, Value};
use flowtime_draw::Dag;
use std::collections::HashSet;

/// The most nodes that a catalog lists one by one: it is for people and lists, and the model is beside it.
const MOST_NODES: usize = 200;

/// The catalog of a model. The same model, provenance and findings give the same catalog.
///
/// `plan` is the model compiled, if it does compile; `found` is what reading and compiling it found.
pub(super) fn catalog(
    id: &str,
    name: &str,
    model: &Model,
    plan: Option<&Plan>,
    provenance: Option<&Provenance>,
    found: &[Diagnostic],
) -> ModelCatalog {
    let document = model.without_provenance().to_value();
    let mut catalog = ModelCatalog::new(id, name, &model_hash_of(&document), &logic_hash_of(&document));
    catalog.title = model.title().unwrap_or(name).to_owned();
    let metadata =
        |key: &str| model.metadata().and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
    // A card is read in lists: of a long text the first paragraph will do.
    let description = metadata("description").unwrap_or_default().trim();
    catalog.description = description.split('\n').next().unwrap_or_default().to_owned();
    catalog.topology = topology(model, plan);
    let executable = plan.is_some();
    if let Some(provenance) = provenance {
        let text = |field: &str| provenance.text(field).map(str::to_owned);
        catalog.template_id = text("template_id");
        catalog.template_version = text("template_version");
        catalog.template_hash = text("template_hash");
        catalog.source = text("source");
        let parameters = provenance.parameters();
        catalog.parameters = parameters.iter().map(|(name, value)| (name.clone(), to_json(value))).collect();
        catalog.metadata.parameter_count = parameters.len();
        catalog.metadata.sim_template = text("template_id");
        catalog.metadata.sim_version = text("generator");
        catalog.relationships.derived_from = text("derived_from");
        if let (Some(template), Some(version)) = (provenance.template_id(), provenance.template_version()) {
            let values = Value::Object(parameters.to_vec());
            catalog.inputs_hash = Some(inputs_hash_of(template, version, &values));
            catalog.relationships.template_source = Some(format!("template:{template}@{version}"));
        }
    }
    catalog.metadata.engine_compatible = executable;
    catalog.metadata.validation_score = Some(score(found));
    if catalog.metadata.sim_version.is_none() {
        catalog.metadata.sim_version = Some(format!("flowtime/{ENGINE_VERSION}"));
    }
    let capabilities = [
        ("executable", executable),
        ("parameterizable", catalog.template_id.is_some() && !catalog.parameters.is_empty()),
        ("validatable", true),
    ];
    catalog.capabilities =
        capabilities.into_iter().filter(|(_, has)| *has).map(|(name, _)| name.to_owned()).collect();
    catalog.data_capabilities = data_capabilities(model, plan);
    catalog
}

fn topology(model: &Model, plan: Option<&Plan>) -> Topology {
    if model.nodes().len() > MOST_NODES {
        return Topology { level: "summary".to_owned(), nodes: Vec::new(), edges: Vec::new() };
    }
    let nodes = model.nodes().iter();
    let nodes =
        nodes.map(|node| CatalogNode { id: node.id().to_owned(), kind: node.kind().name().to_owned() });
    // One edge for all the ways in which one node reads another.
    let mut seen = HashSet::new();
    let edges =
        plan.into_iter().flat_map(Plan::edges).filter(|(reader, read, _)| seen.insert((*read, *reader)));
    let edges = edges.map(|(reader, read, _)| (read.to_owned(), reader.to_owned())).collect();
    Topology { level: "nodes".to_owned(), nodes: nodes.collect(), edges }
}

/// What the series of a model are like.
fn data_capabilities(model: &Model, plan: Option<&Plan>) -> Vec<String> {
    let is_random = |kind: &NodeKind| matches!(kind, NodeKind::Pmf(pmf) if pmf.policy() == flowtime_core::PmfPolicy::Sample);
    let random = model.nodes().iter().any(|node| is_random(node.kind()));
    let memory = plan.is_some_and(|plan| plan.edges().any(|(_, _, lag)| lag > 0));
    let dated = model.grid().start().is_some();
    [("random", random), ("memory", memory), ("calendar", dated)]
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The nodes of a compiled model and who reads whom, as SVG. An empty title is not drawn.
///
/// Left to right, a shape for each kind of node, one path an edge, dashed where it looks back. The same model gives the
/// same bytes.
///
/// ```
/// let model = flowtime_core::Model::from_yaml(
///     "{schemaVersion: 1, grid: {bins: 3, binSize: 1, binUnit: hours}, nodes: [{id: calls, kind: const, values: 1}]}",
/// )?;
/// let svg = flowtime_registry::preview(&model, &model.compile()?, "Calls");
/// assert!(svg.starts_with("<svg") && svg.contains("calls"));
/// # Ok::<(), flowtime_core::Error>(())
/// ```
pub fn preview(model: &Model, plan: &Plan, title: &str) -> String {
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
