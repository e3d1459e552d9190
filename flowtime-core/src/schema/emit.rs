//! A model to the document that a person would have written.

use crate::model::{Const, Model, Node, NodeKind, Output, OutputSeries, Pmf, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_yaml::FlowSeq;

/// Lists of numbers up to this length stand on one line.
const ONE_LINE: usize = 12;

/// Whole numbers up to here are written without a point, and mean the same number again.
const EXACT: f64 = 1e15;

impl Model {
    /// The document as a tree: `schemaVersion` first, then `grid`, `nodes` and the rest.
    ///
    /// A const whose source is resolved has `values` instead of `source`.
    pub fn to_value(&self) -> Value {
        let mut grid = vec![
            ("bins", Value::Integer(self.grid.bins as i64)),
            ("binSize", Value::Integer(i64::from(self.grid.bin_size))),
            ("binUnit", word(self.grid.bin_unit.name())),
        ];
        grid.extend(self.grid.start().map(|start| ("start", word(start))));
        let mut document = vec![
            ("schemaVersion", Value::Integer(1)),
            ("grid", object(grid)),
            ("nodes", Value::Array(self.nodes.iter().map(node).collect())),
        ];
        if let Some(outputs) = &self.outputs {
            document.push(("outputs", Value::Array(outputs.iter().map(output).collect())));
        }
        if let Some(rng) = &self.rng {
            let mut entries = Vec::new();
            entries.extend(rng.kind.then(|| ("kind", word("pcg32"))));
            entries.extend(rng.seed.map(|seed| ("seed", Value::Integer(i64::from(seed)))));
            document.push(("rng", object(entries)));
        }
        document.extend(self.provenance.clone().map(|value| ("provenance", value)));
        document.extend(self.metadata.clone().map(|value| ("metadata", value)));
        object(document)
    }

    /// The document as YAML; read again, it is an equal model.
    ///
    /// ```
    /// use flowtime_core::{BinUnit, Model, ModelBuilder};
    /// let model = ModelBuilder::new(2, 1, BinUnit::Hours).constant("a", [1.0, 2.5]).build().unwrap();
    /// let text = model.to_yaml();
    /// assert!(text.starts_with("schemaVersion: 1\ngrid:\n  bins: 2\n"));
    /// assert_eq!(Model::from_yaml(&text).unwrap(), model);
    /// ```
    pub fn to_yaml(&self) -> String {
        self.to_value().to_yaml()
    }
}

impl Value {
    /// The value as a YAML document.
    pub fn to_yaml(&self) -> String {
        let mut options = serde_yaml::SerializerOptions::default();
        // Texts are never folded: what is written on one line is read from one line.
        options.folded_wrap_chars = usize::MAX;
        options.min_fold_chars = usize::MAX;
        let mut text = String::new();
        // Only a custom serialiser or a full disk could fail, and there is neither.
        let _ = serde_yaml::to_fmt_writer_with_options(&mut text, self, options);
        text
    }
}

fn word(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn object(entries: Vec<(&str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A number as people write it: `5`, not `5.0`.
fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < EXACT && !(value == 0.0 && value.is_sign_negative());
    if whole { Value::Integer(value as i64) } else { Value::Number(value) }
}

fn numbers(values: &[f64]) -> Value {
    Value::Array(values.iter().copied().map(number).collect())
}

fn node(node: &Node) -> Value {
    let mut entries = vec![("id", word(&node.id)), ("kind", word(node.kind.name()))];
    entries.extend(node.description.as_deref().map(|text| ("description", word(text))));
    entries.extend(node.unit.as_deref().map(|text| ("unit", word(text))));
    match &node.kind {
        NodeKind::Const(constant) => entries.extend(constant_entries(constant)),
        NodeKind::Expr(expression) => entries.push(("expr", word(&expression.text))),
        NodeKind::Pmf(pmf) => entries.extend(pmf_entries(pmf)),
        NodeKind::Invalid => {}
    }
    entries.extend(node.metadata.clone().map(|value| ("metadata", value)));
    object(entries)
}

fn constant_entries(constant: &Const) -> Vec<(&'static str, Value)> {
    let content = match (&constant.source, constant.values.as_slice()) {
        (Some(source), []) => ("source", word(source)),
        (_, [only]) if constant.scalar => ("values", number(*only)),
        (_, values) => ("values", numbers(values)),
    };
    std::iter::once(content).chain(constant.policy.map(|policy| ("policy", word(policy.name())))).collect()
}

fn pmf_entries(pmf: &Pmf) -> Vec<(&'static str, Value)> {
    let policy = pmf.policy.map(|policy| ("policy", word(policy.name())));
    let mut inner = if pmf.mapping {
        let key = |value: f64| match number(value) {
            Value::Integer(whole) => whole.to_string(),
            _ => zmij::Buffer::new().format_finite(value).to_owned(),
        };
        Value::Object(
            pmf.values.iter().zip(&pmf.written_probabilities).map(|(v, p)| (key(*v), number(*p))).collect(),
        )
    } else {
        object(vec![("values", numbers(&pmf.values)), ("probabilities", numbers(&pmf.written_probabilities))])
    };
    let mut outer = Vec::new();
    match (&mut inner, policy) {
        (Value::Object(entries), Some((key, policy))) if !pmf.policy_on_node => {
            entries.push((key.to_owned(), policy))
        }
        (_, policy) => outer.extend(policy),
    }
    std::iter::once(("pmf", inner)).chain(outer).collect()
}

fn output(output: &Output) -> Value {
    let series = match &output.series {
        OutputSeries::Node(id) => word(id),
        OutputSeries::Rest => word("*"),
    };
    let mut entries = vec![("series", series)];
    entries.extend(output.file.as_deref().map(|file| ("as", word(file))));
    object(entries)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Integer(value) => serializer.serialize_i64(*value),
            Value::Number(value) => serializer.serialize_f64(*value),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) if on_one_line(items) => FlowSeq(Items(items)).serialize(serializer),
            Value::Array(items) => Items(items).serialize(serializer),
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

fn on_one_line(items: &[Value]) -> bool {
    items.len() <= ONE_LINE && items.iter().all(|v| matches!(v, Value::Integer(_) | Value::Number(_)))
}

struct Items<'v>(&'v [Value]);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            sequence.serialize_element(item)?;
        }
        sequence.end()
    }
}
