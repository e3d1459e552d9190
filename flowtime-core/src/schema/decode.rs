//! A document's tree to a model: the document itself, its grid and what is free in form.

use super::keys::{GRID, RNG, Section};
use super::node::{NodeContext, node};
use super::outputs::outputs;
use super::reader::{Fields, Path, Reader, is_null};
use super::scalar::{Scalar, resolve};
use super::yaml::{Data, Tree, Yaml};
use super::{Draft, ParseOptions};
use crate::diagnostics::{Code, Diagnostic, Problems, Source, Span};
use crate::grid::{BinUnit, Grid, Start};
use crate::model::{Model, Node, Rng, Value};
use crate::names::{listed, quoted};
use std::collections::HashMap;

/// Reads a whole document with the keys of `section`: a model, or a template whose placeholders are filled.
pub(crate) fn document(
    tree: Tree<'_>,
    source: Option<Source>,
    section: &Section,
    options: &ParseOptions,
) -> Draft {
    let mut reader = Reader::new(options, source.clone(), tree.problems);
    let mut draft = Draft { model: None, problems: Problems::default(), complete: false, source };
    match &tree.root {
        Some(root) if !is_null(root) => (draft.model, draft.complete) = sections(&mut reader, root, section),
        _ if !tree.whole => {}
        _ => reader.push(
            Diagnostic::new(Code::EmptyDocument, "", "the document is empty")
                .help(format!("{} has at least `schemaVersion`, `grid` and `nodes`", section.what)),
            Span { start: 0, end: 0 },
        ),
    }
    draft.problems = reader.finish();
    draft
}

fn sections(reader: &mut Reader<'_>, root: &Yaml<'_>, section: &Section) -> (Option<Model>, bool) {
    let path = Path::Root;
    let top = Span { start: 0, end: 0 };
    if let Data::Mapping { entries, .. } = &root.data
        && let Some(version) = entries.iter().find(|e| e.key == "schemaVersion" && !is_null(&e.value))
        && !schema_version(reader, &version.value, &path.key("schemaVersion"))
    {
        // Nobody knows what the rest of it means.
        return (None, false);
    }
    let Some(fields) = reader.fields(root, section, Some(top), None, &path) else { return (None, false) };
    if fields.get("schemaVersion").is_none() && !fields.excused("schemaVersion") {
        let span = fields.entry("schemaVersion").map_or(top, |e| e.key_span);
        let message = "the document does not say which form it has: `schemaVersion` is missing";
        reader.push(
            Diagnostic::new(Code::MissingSchemaVersion, "", message)
                .help("add the line `schemaVersion: 1` at the top"),
            span,
        );
    }
    let grid = reader.required(&fields, "grid", section, &path).and_then(|value| {
        let owner = fields.entry("grid").map(|e| e.key_span);
        grid(reader, value, owner, &path.key("grid"))
    });
    let decoded = reader
        .required(&fields, "nodes", section, &path)
        .and_then(|value| nodes(reader, value, grid.as_ref().map(Grid::bins), &path.key("nodes")));
    let (nodes, complete) = match decoded {
        Some((nodes, complete)) => (Some(nodes), complete),
        None => (None, false),
    };
    let outputs = fields.get("outputs").and_then(|value| {
        outputs(reader, value, nodes.as_deref().unwrap_or_default(), complete, &path.key("outputs"))
    });
    let rng = fields.get("rng").and_then(|value| rng(reader, value, &fields, &path.key("rng")));
    let provenance = free_mapping(reader, &fields, "provenance", &path);
    let metadata = free_mapping(reader, &fields, "metadata", &path);
    let model = nodes.map(|nodes| Model {
        grid: grid.unwrap_or(Grid { bins: 1, bin_size: 1, bin_unit: BinUnit::Minutes, start: None }),
        nodes,
        outputs,
        rng,
        provenance,
        metadata,
        source: reader.source.clone(),
    });
    (model, complete)
}

/// Is there any point in going on?
fn schema_version(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> bool {
    match &value.data {
        Data::Scalar { text, style } => match resolve(text, *style) {
            Scalar::Integer(Some(1), _) => true,
            Scalar::Integer(..) | Scalar::Float(_) => {
                let message =
                    format!("`schemaVersion` must be 1, but this is {}", super::reader::found(value));
                let diagnostic = Diagnostic::new(Code::UnsupportedSchemaVersion, path.to_string(), message)
                    .help("write `schemaVersion: 1`, or use a version of flowtime that knows this form");
                reader.push_value(diagnostic, value);
                false
            }
            _ => {
                reader.wrong_type(value, "`schemaVersion` must be the number 1", path);
                true
            }
        },
        Data::Number(1.0) => true,
        _ => {
            reader.wrong_type(value, "`schemaVersion` must be the number 1", path);
            true
        }
    }
}

fn grid(reader: &mut Reader<'_>, value: &Yaml<'_>, owner: Option<Span>, path: &Path<'_>) -> Option<Grid> {
    let fields = reader.fields(value, &GRID, owner, None, path)?;
    let mut integer = |name: &str, most: i64, code| {
        let value = reader.required(&fields, name, &GRID, path)?;
        Some((reader.integer(value, name, 1..=most, code, &path.key(name))?, value))
    };
    let bins = integer("bins", i64::MAX, Code::InvalidBins);
    let bin_size = integer("binSize", 1000, Code::InvalidBinSize).map(|(size, _)| size as u32);
    let bin_unit = reader.required(&fields, "binUnit", &GRID, path).and_then(|value| {
        let path = path.key("binUnit");
        let word = reader.text(value, "`binUnit`", &path)?;
        let unit = BinUnit::ALL.into_iter().find(|u| u.name() == word);
        if unit.is_none() {
            unknown_word(
                reader,
                Code::UnknownBinUnit,
                "unit",
                word,
                &BinUnit::ALL.map(BinUnit::name),
                value,
                &path,
            );
        }
        unit
    });
    let bins = bins.and_then(|(bins, value)| {
        let most = reader.options.limits.bins;
        if bins as u64 <= most as u64 {
            return Some(bins as usize);
        }
        let message = format!("the grid has {bins} bins, more than the limit of {most}");
        let diagnostic = Diagnostic::new(Code::TooManyBins, path.key("bins").to_string(), message)
            .help("use larger bins, or raise the limit `bins`");
        reader.push_value(diagnostic, value);
        None
    });
    let start = match fields.get("start") {
        None => Some(None),
        Some(value) => start(reader, value, &path.key("start")).map(Some),
    };
    let grid = Grid { bins: bins?, bin_size: bin_size?, bin_unit: bin_unit?, start: start? };
    if let Some(value) = fields.get("start")
        && grid.ends_too_late()
    {
        let message = format!(
            "{} bins of {} {} each end after the year 9999",
            grid.bins,
            grid.bin_size,
            grid.bin_unit.name()
        );
        let diagnostic = Diagnostic::new(Code::GridTooLong, path.key("start").to_string(), message)
            .help("start earlier, or use fewer or smaller bins");
        reader.push_value(diagnostic, value);
    }
    Some(grid)
}

fn start(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<Start> {
    let text = reader.text(value, "`start`", path)?;
    match Start::parse(text) {
        Ok(start) => Some(start),
        Err(reason) => {
            let message = format!("`{}` is not a time in UTC: {reason}", quoted(text));
            let diagnostic = Diagnostic::new(Code::InvalidStart, path.to_string(), message)
                .help("write it like `2026-01-05T00:00:00Z`");
            reader.push_value(diagnostic, value);
            None
        }
    }
}

/// The nodes, and whether the ids of all of them are known.
fn nodes(
    reader: &mut Reader<'_>,
    value: &Yaml<'_>,
    bins: Option<usize>,
    path: &Path<'_>,
) -> Option<(Vec<Node>, bool)> {
    let Data::Sequence(items) = &value.data else {
        reader.wrong_type(value, "`nodes` must be a list (`- id: …` lines)", path);
        return None;
    };
    let most = reader.options.limits.nodes;
    if items.is_empty() {
        let diagnostic = Diagnostic::new(Code::NoNodes, path.to_string(), "the model has no nodes")
            .help("add at least one, such as `- {id: arrivals, kind: const, values: 10}`");
        reader.push_value(diagnostic, value);
        return None;
    }
    if items.len() > most {
        let message = format!("the model has {} nodes, more than the limit of {most}", items.len());
        let diagnostic = Diagnostic::new(Code::TooManyNodes, path.to_string(), message)
            .help("split the model, or raise the limit `nodes`");
        reader.push_value(diagnostic, value);
        return None;
    }
    let context = NodeContext { bins };
    let mut firsts: HashMap<String, Span> = HashMap::new();
    let mut nodes = Vec::with_capacity(items.len());
    let mut complete = true;
    for (index, item) in items.iter().enumerate() {
        let path = path.item(index);
        let node = node(reader, item, &context, &path);
        complete &= !node.id.is_empty();
        if !node.id.is_empty() {
            let span = node.id_at.0.unwrap_or(Span { start: 0, end: 0 });
            if let Some(first) = firsts.get(&node.id).copied() {
                let line = reader.line(first).map_or(String::new(), |l| format!(", first used on line {l}"));
                let message = format!("duplicate node id `{}`{line}", quoted(&node.id));
                let diagnostic = Diagnostic::new(Code::DuplicateId, path.key("id").to_string(), message)
                    .label(first, "first used here")
                    .help("give one of the two another id");
                reader.push(diagnostic, span);
            } else {
                firsts.insert(node.id.clone(), span);
            }
        }
        nodes.push(node);
    }
    Some((nodes, complete))
}

fn rng(reader: &mut Reader<'_>, value: &Yaml<'_>, document: &Fields<'_, '_>, path: &Path<'_>) -> Option<Rng> {
    let owner = document.entry("rng").map(|e| e.key_span);
    let fields = reader.fields(value, &RNG, owner, None, path)?;
    let kind = fields.get("kind");
    if let Some(value) = kind {
        let path = path.key("kind");
        if let Some(word) = reader.text(value, "`kind`", &path)
            && word != "pcg32"
        {
            unknown_word(reader, Code::UnknownRngKind, "generator", word, &["pcg32"], value, &path);
        }
    }
    let seed = fields.get("seed").and_then(|value| {
        reader.integer(value, "seed", 0..=i64::from(i32::MAX), Code::InvalidSeed, &path.key("seed"))
    });
    Some(Rng { kind: kind.is_some(), seed: seed.map(|s| s as u32) })
}

/// Reports a word that is none of the allowed ones.
pub(super) fn unknown_word(
    reader: &mut Reader<'_>,
    code: Code,
    what: &str,
    word: &str,
    allowed: &[&str],
    value: &Yaml<'_>,
    path: &Path<'_>,
) {
    let allowed_list = listed(allowed.iter().copied(), "or");
    let message = format!("unknown {what} `{}`: it must be {allowed_list}", quoted(word));
    let near = reader.nearest.to(word, allowed.iter().copied());
    let mut diagnostic = Diagnostic::new(code, path.to_string(), message);
    if !near.is_empty() {
        diagnostic = diagnostic.help(format!("did you mean {}?", listed(near, "or")));
    }
    reader.push_value(diagnostic, value);
}

/// A section whose content is free.
pub(super) fn free_mapping(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    name: &str,
    path: &Path<'_>,
) -> Option<Value> {
    let value = fields.get(name)?;
    if !matches!(value.data, Data::Mapping { .. }) {
        reader.not_a_mapping(value, &format!("`{name}`"), &path.key(name));
        return None;
    }
    Some(free(value))
}

/// Any value; the depth of a tree is bounded.
pub(crate) fn free(value: &Yaml<'_>) -> Value {
    match &value.data {
        Data::Broken => Value::Null,
        Data::Number(number) => Value::Number(*number),
        Data::Sequence(items) => Value::Array(items.iter().map(free).collect()),
        Data::Mapping { entries, .. } => {
            Value::Object(entries.iter().map(|e| (e.key.clone().into_owned(), free(&e.value))).collect())
        }
        Data::Scalar { text, style } => match resolve(text, *style) {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Integer(Some(value), _) => Value::Integer(value),
            Scalar::Integer(None, value) | Scalar::Float(value) => Value::Number(value),
            Scalar::Text(text) => Value::String(text.to_owned()),
        },
    }
}
