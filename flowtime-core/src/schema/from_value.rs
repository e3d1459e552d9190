//! A tree that was put together in code to [`Model`].

use super::reader::{Path, pointer_step};
use super::yaml::{Data, Entry, Style, Yaml};
use super::{ParseOptions, Parsed, read_tree};
use crate::diagnostics::{Code, Diagnostic, Problems, Span};
use crate::error::Error;
use crate::model::{Model, Value};
use crate::names::quoted;
use std::borrow::Cow;
use std::collections::HashSet;

/// Whatever the caller's limit says: trees are walked by recursion.
const DEEPEST: usize = 512;

impl Model {
    /// Reads a model from the tree of a document, as [`Model::to_value`] makes it.
    ///
    /// It means what its text ([`Value::to_yaml`]) would mean, without the text: long lists of numbers are taken as
    /// they are, and problems have paths (`/nodes/0/values`) but no places.
    ///
    /// # Errors
    ///
    /// As for [`Model::from_yaml`].
    ///
    /// ```
    /// use flowtime_core::{Model, ParseOptions};
    /// let model = Model::from_yaml(
    ///     "{schemaVersion: 1, grid: {bins: 2, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: const, values: [1, 2.5]}]}",
    /// )?;
    /// assert_eq!(Model::from_value(&model.to_value(), &ParseOptions::default())?.model, model);
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    pub fn from_value(document: &Value, options: &ParseOptions) -> Result<Parsed, Error> {
        let mut problems = Problems::default();
        let depth = options.limits.yaml_depth.min(DEEPEST);
        let root = tree(document, &Path::Root, depth, &mut problems);
        let mut draft = read_tree(root, options);
        draft.problems.merge(problems);
        draft.checked()
    }
}

/// The tree of a value, at most `depth` levels deep.
fn tree<'v>(value: &'v Value, path: &Path<'_>, depth: usize, problems: &mut Problems) -> Yaml<'v> {
    Yaml::unplaced(match value {
        Value::Null => plain(""),
        Value::Bool(flag) => plain(if *flag { "true" } else { "false" }),
        Value::Integer(whole) => plain(whole.to_string()),
        Value::Number(number) => plain(written(*number)),
        Value::String(text) => Data::Scalar { text: text.into(), style: Style::Quoted },
        Value::Array(_) | Value::Object(_) if depth == 0 => {
            let message = "lists and mappings are nested too deep";
            problems.push(
                Diagnostic::new(Code::NestedTooDeep, path.to_string(), message)
                    .help("a model needs fewer than ten levels"),
            );
            Data::Broken
        }
        Value::Array(items) => Data::Sequence(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| match item {
                    // Written, they would be the same numbers again.
                    Value::Number(number) => Yaml::unplaced(Data::Number(*number)),
                    _ => tree(item, &path.item(index), depth - 1, problems),
                })
                .collect(),
        ),
        Value::Object(entries) => {
            let mut seen = HashSet::new();
            let mut complete = true;
            let mut kept = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                if !seen.insert(key.as_str()) {
                    complete = false;
                    let message = format!("duplicate key `{}`", quoted(key));
                    let place = format!("{path}{}", pointer_step(key));
                    problems.push(
                        Diagnostic::new(Code::DuplicateKey, place, message).help("keep one of the two"),
                    );
                    continue;
                }
                let value = tree(value, &path.key(key), depth - 1, problems);
                kept.push(Entry { key: key.into(), key_span: Span { start: 0, end: 0 }, value });
            }
            Data::Mapping { entries: kept, complete }
        }
    })
}

fn plain<'v>(text: impl Into<Cow<'v, str>>) -> Data<'v> {
    Data::Scalar { text: text.into(), style: Style::Plain }
}

/// A number with a point, as what is no whole number is written.
fn written(number: f64) -> Cow<'static, str> {
    match number {
        _ if number.is_nan() => ".nan".into(),
        f64::INFINITY => ".inf".into(),
        f64::NEG_INFINITY => "-.inf".into(),
        _ => zmij::Buffer::new().format_finite(number).to_owned().into(),
    }
}
