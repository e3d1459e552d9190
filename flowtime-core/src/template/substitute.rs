//! Values in the place of `${name}`, in the parsed tree and never in text.
//!
//! What is exactly a placeholder becomes the value, of its type. Inside a longer text numbers are
//! written in the fewest digits that mean them again, in parentheses when negative. A text stays one
//! text, whatever is in it, and what was put in is not looked at again.

use super::parameter::Parameter;
use super::read::is_name;
use crate::diagnostics::{Code, Diagnostic};
use crate::model::Value;
use crate::names::{Nearest, head, listed, quoted};
use crate::provenance::format_number;
use crate::schema::reader::{Path, Reader};
use crate::schema::yaml::{Data, Entry, Style, Yaml};
use std::collections::{BTreeMap, BTreeSet};

/// Sections of a template that are not the model's.
const HEAD: [&str; 2] = ["metadata", "parameters"];

/// What an item of an array costs, beside the bytes of a document.
const ITEM_BYTES: usize = 128;

/// A part of a text.
#[derive(Clone, Copy)]
enum Piece<'t> {
    /// Text, which holds `${` only if it is nothing else.
    Text(&'t str),
    /// What stands between `${` and `}`.
    Placeholder(&'t str),
    /// `${` without an end.
    Open(&'t str),
}

/// The parts of a text, in which `$${` stands for `${`.
struct Pieces<'t>(&'t str);

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.0;
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix("$${") {
            self.0 = after;
            return Some(Piece::Text("${"));
        }
        let (piece, length) = match rest.find("${") {
            None => (Piece::Text(rest), rest.len()),
            Some(0) => match rest.find('}') {
                None => (Piece::Open(rest), rest.len()),
                Some(end) => (Piece::Placeholder(&rest[2..end]), end + 1),
            },
            Some(at) => {
                let end = if rest[..at].ends_with('$') { at - 1 } else { at };
                (Piece::Text(&rest[..end]), end)
            }
        };
        self.0 = &rest[length..];
        Some(piece)
    }
}

/// The name, if a text is one placeholder and nothing else.
fn alone(text: &str) -> Option<&str> {
    let mut pieces = Pieces(text);
    match (pieces.next(), pieces.next()) {
        (Some(Piece::Placeholder(name)), None) => Some(name),
        _ => None,
    }
}

/// Reports every placeholder that cannot be filled; returns the names of those that can.
pub(super) fn check(
    reader: &mut Reader<'_>,
    root: &Yaml<'_>,
    parameters: &[&Parameter],
    complete: bool,
) -> BTreeSet<String> {
    let known = parameters.iter().map(|parameter| (parameter.name.as_str(), *parameter)).collect();
    let mut check = Check { reader, known, complete, used: BTreeSet::new(), nearest: Nearest::new() };
    if let Data::Mapping { entries, .. } = &root.data {
        for entry in entries.iter().filter(|entry| !HEAD.contains(&entry.key.as_ref())) {
            check.entry(entry, &Path::Root);
        }
    }
    check.used
}

struct Check<'r, 'o, 'p> {
    reader: &'r mut Reader<'o>,
    known: BTreeMap<&'p str, &'p Parameter>,
    complete: bool,
    used: BTreeSet<String>,
    nearest: Nearest,
}

impl Check<'_, '_, '_> {
    fn entry(&mut self, entry: &Entry<'_>, path: &Path<'_>) {
        let here = path.key(&entry.key);
        if Pieces(&entry.key).any(|piece| !matches!(piece, Piece::Text(_))) {
            let message = format!("`{}` is a key, and placeholders stand for values", quoted(&entry.key));
            let diagnostic = Diagnostic::new(Code::InvalidPlaceholder, here.to_string(), message)
                .help("put it into a value; a PMF can be written with `values` and `probabilities`");
            self.reader.push(diagnostic, entry.key_span);
        }
        self.value(&entry.value, &here);
    }

    fn value(&mut self, value: &Yaml<'_>, path: &Path<'_>) {
        match &value.data {
            Data::Scalar { text, .. } => self.text(text, value, path),
            Data::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &path.item(index));
                }
            }
            Data::Mapping { entries, .. } => entries.iter().for_each(|entry| self.entry(entry, path)),
            Data::Number(_) | Data::Broken => {}
        }
    }

    fn text(&mut self, text: &str, value: &Yaml<'_>, path: &Path<'_>) {
        let alone = alone(text).is_some();
        for piece in Pieces(text) {
            let diagnostic = match piece {
                Piece::Text(_) => continue,
                Piece::Open(rest) => {
                    let message = format!("the placeholder `{}` has no end", quoted(rest));
                    Diagnostic::new(Code::InvalidPlaceholder, path.to_string(), message)
                        .help("close it with `}`, or write `$${` for the two characters themselves")
                }
                Piece::Placeholder(name) if !is_name(name) => {
                    let message =
                        format!("`${{{}}}` is not a placeholder: it names no parameter", quoted(name));
                    Diagnostic::new(Code::InvalidPlaceholder, path.to_string(), message)
                        .help("write the name alone, `${name}`; a formula goes around it")
                }
                Piece::Placeholder(name) => match self.known.get(name) {
                    Some(parameter) => {
                        if !self.used.contains(name) {
                            self.used.insert(name.to_owned());
                        }
                        if alone || parameter.kind != super::ParameterType::Array {
                            continue;
                        }
                        let message = format!("`${{{name}}}` is an array, which has no place inside a text");
                        Diagnostic::new(Code::ArrayInText, path.to_string(), message)
                            .help("give the array a const node of its own and name that node here")
                    }
                    None if !self.complete => continue,
                    None => self.unknown(name, path),
                },
            };
            self.reader.push_value(diagnostic, value);
        }
    }

    fn unknown(&mut self, name: &str, path: &Path<'_>) -> Diagnostic {
        let message = format!("the template has no parameter `{}`", head(name, 100));
        let names = || self.known.keys().copied();
        let near = self.nearest.to(name, names());
        let help = if !near.is_empty() {
            format!("did you mean {}?", listed(near, "or"))
        } else if self.known.is_empty() {
            "declare it under `parameters`".to_owned()
        } else {
            format!("declare it under `parameters`, where there is {}", listed(names().take(20), "and"))
        };
        Diagnostic::new(Code::UnknownPlaceholder, path.to_string(), message).help(help)
    }
}

/// The values that take the places, and how much of them there may be.
pub(super) struct Filling<'v> {
    values: BTreeMap<&'v str, &'v Value>,
    /// Bytes that may still be put in. A text that stands in many places is as good as a large document.
    left: usize,
    /// More was asked for.
    pub(super) exceeded: bool,
}

impl<'v> Filling<'v> {
    pub(super) fn new(values: impl IntoIterator<Item = (&'v str, &'v Value)>, most_bytes: usize) -> Self {
        Filling { values: values.into_iter().collect(), left: most_bytes, exceeded: false }
    }

    /// The document without its head, with values in the places of placeholders. What has no value is
    /// [`Data::Broken`], of which nobody complains.
    pub(super) fn fill(&mut self, root: &Yaml<'static>) -> Yaml<'static> {
        let Data::Mapping { entries, complete } = &root.data else { return root.clone() };
        let body = entries.iter().filter(|entry| !HEAD.contains(&entry.key.as_ref()));
        let entries = body.map(|entry| self.entry(entry)).collect();
        Yaml { data: Data::Mapping { entries, complete: *complete }, ..root.clone_place() }
    }

    fn entry(&mut self, entry: &Entry<'static>) -> Entry<'static> {
        let value = self.value(&entry.value, entry.key == "expr");
        Entry { key: entry.key.clone(), key_span: entry.key_span, value }
    }

    fn value(&mut self, value: &Yaml<'static>, formula: bool) -> Yaml<'static> {
        let data = match &value.data {
            Data::Scalar { text, style } => match self.text(text, *style, formula) {
                // Every item stands where the placeholder does.
                Data::Sequence(items) => Data::Sequence(
                    items.into_iter().map(|item| Yaml { data: item.data, ..value.clone_place() }).collect(),
                ),
                other => other,
            },
            Data::Sequence(items) => {
                Data::Sequence(items.iter().map(|item| self.value(item, false)).collect())
            }
            Data::Mapping { entries, complete } => Data::Mapping {
                entries: entries.iter().map(|entry| self.entry(entry)).collect(),
                complete: *complete,
            },
            other => other.clone(),
        };
        Yaml { data, ..value.clone_place() }
    }

    fn text(&mut self, text: &str, style: Style, formula: bool) -> Data<'static> {
        if let Some(name) = alone(text) {
            return match self.get(name) {
                Some(Value::Bool(flag)) if formula => plain(u8::from(*flag).to_string()),
                Some(value) => typed(value),
                None => Data::Broken,
            };
        }
        if Pieces(text).all(|piece| matches!(piece, Piece::Text(part) if part != "${")) {
            return Data::Scalar { text: text.to_owned().into(), style };
        }
        let mut filled = String::new();
        for piece in Pieces(text) {
            match piece {
                Piece::Text(part) => filled.push_str(part),
                Piece::Open(_) => return Data::Broken,
                Piece::Placeholder(name) => match self.get(name) {
                    Some(Value::Integer(whole)) => push_number(&mut filled, &whole.to_string()),
                    Some(Value::Number(number)) => push_number(&mut filled, &format_number(*number)),
                    Some(Value::Bool(flag)) if formula => filled.push(if *flag { '1' } else { '0' }),
                    Some(Value::Bool(flag)) => filled.push_str(if *flag { "true" } else { "false" }),
                    Some(Value::String(text)) => filled.push_str(text),
                    _ => return Data::Broken,
                },
            }
        }
        // Not `Plain`, which could be taken for a number, nor `Quoted`, whose text would be looked for between the
        // quotes.
        Data::Scalar { text: filled.into(), style: Style::Folded }
    }

    /// The value of a name, if there is one and room for it.
    fn get(&mut self, name: &str) -> Option<&'v Value> {
        let value = *self.values.get(name)?;
        let bytes = match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.len().saturating_mul(ITEM_BYTES),
            // A number is not much longer than its placeholder.
            _ => 0,
        };
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Some(value)
            }
            None => {
                self.exceeded = true;
                None
            }
        }
    }
}

/// A number as a part of a formula: `-2` after a `-` would read as another operator.
fn push_number(text: &mut String, number: &str) {
    if number.starts_with('-') {
        text.extend(["(", number, ")"]);
    } else {
        text.push_str(number);
    }
}

fn plain(text: String) -> Data<'static> {
    Data::Scalar { text: text.into(), style: Style::Plain }
}

/// A value as the document would say it.
fn typed(value: &Value) -> Data<'static> {
    match value {
        Value::Null => plain(String::new()),
        Value::Bool(flag) => plain(flag.to_string()),
        Value::Integer(whole) => plain(whole.to_string()),
        Value::Number(number) => plain(format_number(*number)),
        Value::String(text) => Data::Scalar { text: text.clone().into(), style: Style::Folded },
        Value::Array(items) => Data::Sequence(items.iter().map(|item| Yaml::unplaced(typed(item))).collect()),
        // No parameter is a mapping.
        Value::Object(_) => Data::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, formula: bool) -> Option<(String, Style)> {
        let values = [
            ("low", Value::Integer(-2)),
            ("rate", Value::Number(0.1)),
            ("on", Value::Bool(true)),
            ("word", Value::String("${rate}: [1]".to_owned())),
        ];
        let mut filling = Filling::new(values.iter().map(|(name, value)| (*name, value)), 1000);
        match filling.text(text, Style::Plain, formula) {
            Data::Scalar { text, style } => Some((text.into_owned(), style)),
            _ => None,
        }
    }

    #[test]
    fn what_takes_the_place_of_a_placeholder() {
        for (text, formula, expected) in [
            ("${low}", true, ("-2", Style::Plain)),
            ("a - ${low}", true, ("a - (-2)", Style::Folded)),
            ("${rate}*${rate}", true, ("0.1*0.1", Style::Folded)),
            ("${on}", true, ("1", Style::Plain)),
            ("${on}", false, ("true", Style::Plain)),
            ("is ${on}", false, ("is true", Style::Folded)),
            ("a * ${on}", true, ("a * 1", Style::Folded)),
            // One text, and not looked at again.
            ("${word}", false, ("${rate}: [1]", Style::Folded)),
            ("x ${word}", false, ("x ${rate}: [1]", Style::Folded)),
            // Nothing to fill.
            ("12", false, ("12", Style::Plain)),
            ("$5 {x}", false, ("$5 {x}", Style::Plain)),
            ("$${rate}", false, ("${rate}", Style::Folded)),
            ("$$${rate}", false, ("$${rate}", Style::Folded)),
            ("5${rate}", false, ("50.1", Style::Folded)),
        ] {
            assert_eq!(filled(text, formula), Some((expected.0.to_owned(), expected.1)), "{text}");
        }
        for unfilled in ["${nobody}", "a + ${nobody}", "a + ${rate", "${}"] {
            assert_eq!(filled(unfilled, true), None, "{unfilled}");
        }
    }

    #[test]
    fn what_is_put_in_has_a_limit() {
        let (word, list) = (Value::String("x".repeat(100)), Value::Array(vec![Value::Integer(1); 3]));
        let mut filling = Filling::new([("word", &word), ("list", &list)], 200 + 3 * ITEM_BYTES);
        assert!(matches!(filling.text("${word}${word}", Style::Plain, false), Data::Scalar { .. }));
        assert!(
            matches!(filling.text("${list}", Style::Plain, false), Data::Sequence(items) if items.len() == 3)
        );
        assert!(!filling.exceeded);
        assert!(matches!(filling.text("${word}", Style::Plain, false), Data::Broken));
        assert!(filling.exceeded);
    }
}
