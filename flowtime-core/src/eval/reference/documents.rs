//! Valid documents to models, for the reference's own tests: just enough of the schema.

use crate::diagnostics::At;
use crate::expr;
use crate::grid::{BinUnit, Grid};
use crate::limits::Limits;
use crate::model::*;
use serde_json::Value as Json;

pub(super) fn model(yaml: &str) -> Model {
    let options = serde_yaml::options! {
        strict_booleans: true,
        non_finite_float_policy: serde_yaml::options::NonFiniteFloatPolicy::PassThrough,
    };
    let document: Json = serde_yaml::from_str_with_options(yaml, options).expect("YAML");
    let grid = &document["grid"];
    let bins = grid["bins"].as_u64().expect("bins") as usize;
    Model {
        grid: Grid { bins, bin_size: 1, bin_unit: BinUnit::Hours, start: None },
        nodes: document["nodes"].as_array().expect("nodes").iter().map(node).collect(),
        outputs: None,
        rng: Some(Rng { kind: false, seed: document["rng"]["seed"].as_u64().map(|s| s as u32) }),
        provenance: None,
        metadata: None,
        source: None,
    }
}

fn node(json: &Json) -> Node {
    let kind = match json["kind"].as_str().expect("kind") {
        "const" => NodeKind::Const(Const {
            values: if json["values"].is_array() {
                numbers(&json["values"])
            } else {
                vec![number(&json["values"])]
            },
            scalar: !json["values"].is_array(),
            policy: json["policy"].as_str().map(|p| match p {
                "repeat" => ConstPolicy::Repeat,
                "stretch" => ConstPolicy::Stretch,
                _ => ConstPolicy::Error,
            }),
            source: None,
            at: At::default(),
            policy_at: At::default(),
        }),
        "expr" => {
            let text = match &json["expr"] {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            let ast = expr::parse(&text, &Limits::default()).unwrap_or_else(|p| panic!("{text}: {p:?}"));
            NodeKind::Expr(ExprNode { text, ast, map: TextMap::None })
        }
        _ => NodeKind::Pmf(pmf(json)),
    };
    let id = json["id"].as_str().expect("id").to_owned();
    Node { id, id_at: At::default(), kind, description: None, unit: None, metadata: None }
}

fn pmf(json: &Json) -> Pmf {
    let body = &json["pmf"];
    let mapping = body.get("values").is_none();
    let (values, written): (Vec<f64>, Vec<f64>) = if mapping {
        let entries = body.as_object().expect("pmf");
        let mut pairs: Vec<(f64, f64)> =
            entries.iter().map(|(k, p)| (k.parse().expect("a number"), number(p))).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        pairs.into_iter().unzip()
    } else {
        (numbers(&body["values"]), numbers(&body["probabilities"]))
    };
    let sum = written.iter().fold(0.0, |sum, p| sum + p);
    let near = (sum - 1.0f64).abs() <= 1e-9;
    let probabilities = written.iter().map(|p| if near { *p } else { p / sum }).collect();
    let policy = body["policy"].as_str().or(json["policy"].as_str()).map(|p| match p {
        "expected" => PmfPolicy::Expected,
        "repeat" => PmfPolicy::Repeat,
        "error" => PmfPolicy::Error,
        _ => PmfPolicy::Sample,
    });
    Pmf { values, probabilities, written_probabilities: written, policy, policy_on_node: false, mapping }
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().expect("a list").iter().map(number).collect()
}

/// JSON has no NaN; it arrives as null.
fn number(json: &Json) -> f64 {
    if json.is_null() { f64::NAN } else { json.as_f64().expect("a number") }
}
