//! One item of `nodes`.

use super::decode::{free_mapping, unknown_word};
use super::keys::{KINDS, NODE};
use super::pmf;
use super::reader::{Fields, Path, Reader};
use super::yaml::{Data, Style, Yaml};
use crate::diagnostics::{At, Code, Diagnostic};
use crate::model::{Const, ConstPolicy, ExprNode, Node, NodeKind, TextMap};
use crate::names::{counted, quoted};

/// The longest id, in characters.
const LONGEST_ID: usize = 128;

/// What nodes need to know of the document.
pub(super) struct NodeContext {
    /// `None` when the grid is broken: nothing is said about lengths then.
    pub(super) bins: Option<usize>,
}

/// Reads a node; what is broken stays known by its id as [`NodeKind::Invalid`].
pub(super) fn node(reader: &mut Reader<'_>, item: &Yaml<'_>, context: &NodeContext, path: &Path<'_>) -> Node {
    let mut node = Node {
        id: String::new(),
        id_at: At(None),
        kind: NodeKind::Invalid,
        description: None,
        unit: None,
        metadata: None,
    };
    let kind = match &item.data {
        Data::Mapping { entries, .. } => {
            entries.iter().find(|e| e.key == "kind").and_then(|e| word(&e.value))
        }
        _ => None,
    };
    let kind = kind.and_then(|k| KINDS.iter().copied().find(|known| *known == k));
    let Some(fields) = reader.fields(item, &NODE, None, kind, path) else { return node };
    if let Some(value) = reader.required(&fields, "id", &NODE, path) {
        node.id = id(reader, value, &path.key("id")).unwrap_or_default();
        node.id_at = At(reader.source.as_ref().map(|_| value.span));
    }
    if let Some(value) = reader.required(&fields, "kind", &NODE, path) {
        let path = path.key("kind");
        if let Some(word) = reader.text(value, "`kind`", &path)
            && kind.is_none()
        {
            unknown_word(reader, Code::UnknownKind, "kind of node", word, KINDS, value, &path);
        }
    }
    node.kind = match kind {
        Some("const") => constant(reader, &fields, context, path).map(NodeKind::Const),
        Some("expr") => expression(reader, &fields, path).map(NodeKind::Expr),
        Some("pmf") => pmf::pmf(reader, &fields, context, path).map(NodeKind::Pmf),
        _ => None,
    }
    .unwrap_or(NodeKind::Invalid);
    node.description = text(reader, &fields, "description", path);
    node.unit = text(reader, &fields, "unit", path);
    node.metadata = free_mapping(reader, &fields, "metadata", path);
    node
}

fn word<'t>(value: &'t Yaml<'_>) -> Option<&'t str> {
    match &value.data {
        Data::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

fn text(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, name: &str, path: &Path<'_>) -> Option<String> {
    let value = fields.get(name)?;
    reader.text(value, &format!("`{name}`"), &path.key(name)).map(str::to_owned)
}

/// An id, even a wrong one: what refers to it has found it.
fn id(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<String> {
    let id = reader.text(value, "`id`", path)?;
    let starts = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let problem = if id.is_empty() {
        Some(("the id is empty".to_owned(), "name the node".to_owned()))
    } else if !starts || !goes_on {
        let message = format!(
            "`{}` is not an id: an id is letters (a to z), digits and `_`, and starts with no digit",
            quoted(id)
        );
        let mut proposal: String =
            id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if proposal.starts_with(|c: char| c.is_ascii_digit()) {
            proposal.insert(0, '_');
        }
        Some((message, format!("write `{}`", quoted(&proposal))))
    } else if id.len() > LONGEST_ID {
        let message = format!("the id has {} characters, and at most {LONGEST_ID} are allowed", id.len());
        Some((message, "shorten it; `description` has room for more".to_owned()))
    } else {
        None
    };
    if let Some((message, help)) = problem {
        reader.push_value(Diagnostic::new(Code::InvalidId, path.to_string(), message).help(help), value);
    }
    Some(id.to_owned())
}

fn constant(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    context: &NodeContext,
    path: &Path<'_>,
) -> Option<Const> {
    let policy = match fields.get("policy") {
        None => Some(None),
        Some(value) => const_policy(reader, value, &path.key("policy")).map(Some),
    };
    let policy_at = At(fields.get("policy").filter(|_| reader.source.is_some()).map(|v| v.span));
    let (values, source) = (fields.get("values"), fields.get("source"));
    if let (Some(values), Some(source)) = (values, source) {
        let values_first = values.span.start <= source.span.start;
        let (name, first) = if values_first { ("source", "values") } else { ("values", "source") };
        let (second, first_entry) = (fields.entry(name)?, fields.entry(first)?);
        let diagnostic = Diagnostic::new(
            Code::ValuesAndSource,
            path.key(name).to_string(),
            "a const node has `values` or `source`, and this one has both",
        )
        .label(first_entry.key_span, "the other one")
        .help("remove one of the two");
        reader.push(diagnostic, second.key_span);
        return None;
    }
    if let Some(source) = source {
        let text = reader.text(source, "`source`", &path.key("source"))?;
        if text.is_empty() {
            let diagnostic =
                Diagnostic::new(Code::MissingKey, path.key("source").to_string(), "`source` is empty")
                    .help("name a file and its column: `file.csv#column`");
            reader.push_value(diagnostic, source);
            return None;
        }
        let at = At(reader.source.as_ref().map(|_| source.span));
        let policy = policy?;
        return Some(Const {
            values: Vec::new(),
            scalar: false,
            policy,
            source: Some(text.to_owned()),
            at,
            policy_at,
        });
    }
    let value = reader.required(fields, "values", &NODE, path)?;
    let (values, scalar) = match &value.data {
        Data::Sequence(items) => (numbers(reader, items, "a value", true, &path.key("values"))?, false),
        _ => (vec![single(reader, value, "`values`", true, &path.key("values"))?], true),
    };
    let at = At(reader.source.as_ref().map(|_| value.span));
    let constant = Const { values, scalar, policy: policy?, source: None, at, policy_at };
    if let Some(bins) = context.bins
        && let Err(misfit) = constant.fit(bins)
    {
        let policy_value = fields.get("policy").unwrap_or(value);
        let (value, key) = if misfit.at_policy { (policy_value, "policy") } else { (value, "values") };
        let diagnostic = misfit.diagnostic(path.key(key).to_string());
        let fatal = diagnostic.is_error();
        reader.push_value(diagnostic, value);
        if fatal {
            return None;
        }
    }
    Some(constant)
}

fn const_policy(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<ConstPolicy> {
    let word = reader.text(value, "`policy`", path)?;
    let policy = ConstPolicy::ALL.into_iter().find(|p| p.name() == word);
    if policy.is_none() {
        let words = ConstPolicy::ALL.map(ConstPolicy::name);
        unknown_word(reader, Code::UnknownPolicy, "policy of a const node", word, &words, value, path);
    }
    policy
}

/// A list of finite numbers, or `None` after saying which are not.
pub(super) fn numbers(
    reader: &mut Reader<'_>,
    items: &[Yaml<'_>],
    what: &str,
    missing: bool,
    path: &Path<'_>,
) -> Option<Vec<f64>> {
    let mut numbers = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        numbers.extend(single(reader, item, what, missing, &path.item(index)));
    }
    (numbers.len() == items.len()).then_some(numbers)
}

/// A finite number; with `missing`, NaN is one too.
fn single(
    reader: &mut Reader<'_>,
    value: &Yaml<'_>,
    what: &str,
    missing: bool,
    path: &Path<'_>,
) -> Option<f64> {
    if super::reader::is_null(value) {
        let message = format!("{what} must be a number, but this is {}", super::reader::found(value));
        let mut diagnostic = Diagnostic::new(Code::WrongType, path.to_string(), message);
        if missing {
            diagnostic = diagnostic.help("write `.nan` for a missing value");
        }
        reader.push_value(diagnostic, value);
        return None;
    }
    let number = reader.number(value, what, path)?;
    if number.is_finite() || (missing && number.is_nan()) {
        return Some(number);
    }
    let written = super::reader::found(value);
    let overflow = number.is_infinite() && !written.to_ascii_lowercase().contains("inf");
    let message = if overflow {
        format!(
            "{what} must be a finite number, but {written} is too large for one (the limit is about 1.8e308)"
        )
    } else {
        format!("{what} must be a finite number, but this is {written}")
    };
    let mut diagnostic = Diagnostic::new(Code::NotFinite, path.to_string(), message);
    if missing && !overflow {
        diagnostic = diagnostic.help("write `.nan` for a missing value");
    }
    reader.push_value(diagnostic, value);
    None
}

fn expression(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, path: &Path<'_>) -> Option<ExprNode> {
    // Whatever else YAML would make of it, it is text: `expr: ~` is a wrong expression, not none.
    let Some(entry) = fields.entry("expr") else {
        reader.required(fields, "expr", &NODE, path);
        return None;
    };
    let path = path.key("expr");
    let (text, style) = match &entry.value.data {
        Data::Scalar { text, style } if text.is_empty() && *style == Style::Plain => {
            reader.push(
                Diagnostic::new(Code::MissingKey, path.to_string(), "`expr` has no value")
                    .help("write a formula, such as `MAX(0, arrivals - capacity)`"),
                entry.key_span,
            );
            return None;
        }
        Data::Scalar { text, style } => (text.as_ref(), *style),
        _ => {
            reader.wrong_type(&entry.value, "`expr` must be a formula", &path);
            return None;
        }
    };
    let map = match &reader.source {
        Some(source) => text_map(&entry.value, text, style, source.text()),
        None => TextMap::None,
    };
    let (before, most) = (reader.formula_bytes, reader.options.limits.formula_bytes);
    reader.formula_bytes = before.saturating_add(text.len());
    if reader.formula_bytes > most {
        if before <= most {
            let message =
                format!("the expressions up to here have more than {most} bytes, the limit for all together");
            let diagnostic = Diagnostic::new(Code::FormulasTooLong, path.to_string(), message)
                .help("give what several of them repeat a node of its own, split the model, or raise the limit `formula_bytes`");
            reader.push_value(diagnostic, &entry.value);
        }
        return None;
    }
    match crate::expr::parse(text, &reader.options.limits) {
        Ok(ast) => Some(ExprNode { text: text.to_owned(), ast, map }),
        Err(problems) => {
            for problem in problems {
                let mut diagnostic =
                    map.diagnostic(problem.code, problem.span, &problem.message, text, path.to_string());
                diagnostic.help = problem.help;
                for (part, message) in problem.labels {
                    diagnostic = diagnostic.label(map.exact(part, text), message);
                }
                let span = diagnostic.span.unwrap_or(entry.value.span);
                reader.push(diagnostic, span);
            }
            None
        }
    }
}

/// How places in an expression's text become places in the document.
fn text_map(value: &Yaml<'_>, text: &str, style: Style, document: &str) -> TextMap {
    let whole = TextMap::Whole(value.span);
    if value.span != value.origin {
        return whole;
    }
    let start = value.span.start;
    let raw = document.get(start as usize..value.span.end as usize).unwrap_or("");
    match style {
        Style::Plain if raw == text => TextMap::Exact { start },
        Style::Quoted if raw.len() >= 2 && &raw[1..raw.len() - 1] == text => {
            TextMap::Exact { start: start + 1 }
        }
        Style::Literal => lines(start, text, document).map_or(whole, TextMap::Lines),
        _ => whole,
    }
}

/// A literal block's lines; `None` if they are not found where they should be.
fn lines(start: u32, text: &str, document: &str) -> Option<Vec<(u32, u32)>> {
    let from = document[..start as usize].rfind('\n').map_or(0, |end| end + 1);
    let mut at = from;
    // The place of a block is where its first line with text is.
    let mut offset = text.len() - text.trim_start_matches('\n').len();
    let mut lines = Vec::new();
    for line in text[offset..].trim_end_matches('\n').split('\n') {
        let rest = document.get(at..)?;
        let raw = rest.split('\n').next()?;
        let content = raw.strip_suffix('\r').unwrap_or(raw);
        if !content.ends_with(line) {
            return None;
        }
        lines.push((offset as u32, (at + content.len() - line.len()) as u32));
        offset += line.len() + 1;
        at += raw.len() + 1;
    }
    Some(lines)
}

/// How a const's values do not fit the grid.
pub(super) struct Misfit {
    pub(super) at_policy: bool,
    code: Code,
    message: String,
    help: String,
}

impl Misfit {
    pub(super) fn diagnostic(self, path: String) -> Diagnostic {
        Diagnostic::new(self.code, path, self.message).help(self.help)
    }
}

impl Const {
    /// Checks the number of values against the grid; a misfit may be a warning.
    pub(super) fn fit(&self, bins: usize) -> Result<(), Misfit> {
        let count = self.values.len();
        let (values, grid) = (counted(count, "value"), counted(bins, "bin"));
        let divides = count > 0 && bins.is_multiple_of(count);
        let misfit = |at_policy, code, message, help: &str| {
            Err(Misfit { at_policy, code, message, help: help.to_owned() })
        };
        match self.policy {
            _ if count == bins => Ok(()),
            _ if !divides => {
                let message = format!("the node has {values}, and the grid has {grid}");
                let help = match self.policy {
                    Some(ConstPolicy::Error) => format!("give {bins} values"),
                    _ => format!("give {bins} values, one value, or a number of values that divides {bins}"),
                };
                misfit(false, Code::ConstLength, message, &help)
            }
            Some(ConstPolicy::Error) => misfit(
                true,
                Code::ConstPolicy,
                format!("`policy: error` wants one value for each of {grid}, and the node has {values}"),
                "give all values, or choose `repeat` or `stretch`",
            ),
            None if count > 1 => misfit(
                false,
                Code::ConstRepeated,
                format!("{values} are repeated {} times to fill {grid}", bins / count),
                "say `policy: repeat` if that is meant, or `policy: stretch` to hold each value longer",
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::TextSpan;
    use crate::limits::Limits;

    /// Where `b` of the expression is said to be, as text of the document.
    fn pointed(document: &str) -> (String, bool) {
        let tree = super::super::yaml::parse(document, &Limits::default());
        let Data::Mapping { entries, .. } = tree.root.unwrap().data else { panic!("a mapping") };
        let value = &entries.last().unwrap().value;
        let Data::Scalar { text, style } = &value.data else { panic!("a scalar") };
        let start = text.find('b').unwrap() as u32;
        let map = text_map(value, text, *style, document);
        let part = TextSpan { start, end: start + 1 };
        let span = map.span(part, text).unwrap();
        (document[span.start as usize..span.end as usize].to_owned(), map.exact(part, text).is_some())
    }

    #[test]
    fn parts_of_expressions_have_places_in_every_style() {
        for exact in [
            "é: 1\nexpr: a + b",
            "expr: 'a + b'",
            "expr: \"é + b\"",
            "expr: |\n  a +\n    b\n",
            "expr: |-\r\n  a +\r\n  b\r\n",
            "expr: |2\n    a +\n  b\n\n",
            "expr: |\n\n  a +\n\n  b",
        ] {
            assert_eq!(pointed(exact), ("b".to_owned(), true), "{exact:?}");
        }
        for (whole, shown) in [
            ("expr: a +\n  b", "a +\n  b"),
            ("expr: \"a \\x2B b\"", "\"a \\x2B b\""),
            ("expr: 'a '' b'", "'a '' b'"),
            ("expr: >\n  a +\n  b\n", "a +\n  b"),
            ("x: &e a + b\nexpr: *e", "*e"),
        ] {
            assert_eq!(pointed(whole), (shown.to_owned(), false), "{whole:?}");
        }
    }
}
