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
use std::collections::BTreeSet;

/// Sections of a template that are not the model's.
const HEAD: [&str; 2] = ["metadata", "parameters"];

/// A part of a text.
enum Piece<'t> {
    Text(&'t str),
    /// What stands between `${` and `}`.
    Placeholder(&'t str),
    /// `${` without an end.
    Open(&'t str),
}

/// The parts of a text, in which `$${` stands for `${`.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            pieces.push(Piece::Text(&rest[..at - 1]));
            pieces.push(Piece::Text("${"));
            rest = &rest[at + 2..];
            continue;
        }
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let Some(length) = rest[at..].find('}') else {
            pieces.push(Piece::Open(&rest[at..]));
            return pieces;
        };
        pieces.push(Piece::Placeholder(&rest[at + 2..at + length]));
        rest = &rest[at + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Reports every placeholder that cannot be filled; returns the names of those that can.
pub(super) fn check(
    reader: &mut Reader<'_>,
    root: &Yaml<'_>,
    parameters: &[&Parameter],
    complete: bool,
) -> BTreeSet<String> {
    let mut check = Check { reader, parameters, complete, used: BTreeSet::new(), nearest: Nearest::new() };
    if let Data::Mapping { entries, .. } = &root.data {
        for entry in entries.iter().filter(|entry| !HEAD.contains(&entry.key.as_ref())) {
            check.entry(entry, &Path::Root);
        }
    }
    check.used
}

struct Check<'r, 'o, 'p> {
    reader: &'r mut Reader<'o>,
    parameters: &'p [&'p Parameter],
    complete: bool,
    used: BTreeSet<String>,
    nearest: Nearest,
}

impl Check<'_, '_, '_> {
    fn entry(&mut self, entry: &Entry<'_>, path: &Path<'_>) {
        let here = path.key(&entry.key);
        if pieces(&entry.key).iter().any(|piece| !matches!(piece, Piece::Text(_))) {
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
        let pieces = pieces(text);
        let alone = pieces.len() == 1;
        for piece in pieces {
            let diagnostic = match piece {
                Piece::Text(_) => continue,
                Piece::Open(rest) => {
                    let message = format!("the placeholder `{}` has no end", quoted(rest));
                    Diagnostic::new(Code::InvalidPlaceholder, path.to_string(), message)
                        .help("close it with `}`, or write `$${` for the two characters themselves")
                }
                Piece::Placeholder(name) if !is_name(name) => {
                    let message = format!("`${{{}}}` is not a placeholder: it names no parameter", quoted(name));
                    Diagnostic::new(Code::InvalidPlaceholder, path.to_string(), message)
                        .help("write the name alone, `${name}`; a formula goes around it")
                }
                Piece::Placeholder(name) => {
                    match self.parameters.iter().find(|parameter| parameter.name == name) {
                        Some(parameter) => {
                            self.used.insert(name.to_owned());
                            if alone || parameter.kind != super::ParameterType::Array {
                                continue;
                            }
                            let message =
                                format!("`${{{name}}}` is an array, which has no place inside a text");
                            Diagnostic::new(Code::ArrayInText, path.to_string(), message)
                                .help("give the array a const node of its own and name that node here")
                        }
                        None if !self.complete => continue,
                        None => self.unknown(name, path),
                    }
                }
            };
            self.reader.push_value(diagnostic, value);
        }
    }

    fn unknown(&mut self, name: &str, path: &Path<'_>) -> Diagnostic {
        let message = format!("the template has no parameter `{}`", head(name, 100));
        let names = || self.parameters.iter().map(|parameter| parameter.name.as_str());
        let near = self.nearest.to(name, names());
        let help = if !near.is_empty() {
            format!("did you mean {}?", listed(near, "or"))
        } else if self.parameters.is_empty() {
            "declare it under `parameters`".to_owned()
        } else {
            format!("declare it under `parameters`, where there is {}", listed(names().take(20), "and"))
        };
        Diagnostic::new(Code::UnknownPlaceholder, path.to_string(), message).help(help)
    }
}

/// The document with values in the places of placeholders. What has no value is
/// [`Data::Broken`], of which nobody complains.
pub(super) fn fill(root: &Yaml<'static>, values: &dyn Fn(&str) -> Option<Value>) -> Yaml<'static> {
    let Data::Mapping { entries, complete } = &root.data else { return root.clone() };
    let entries = entries
        .iter()
        .filter(|entry| !HEAD.contains(&entry.key.as_ref()))
        .map(|entry| fill_entry(entry, values))
        .collect();
    // What was taken out is not missing: the head has been read.
    Yaml { data: Data::Mapping { entries, complete: *complete }, ..root.clone_place() }
}

fn fill_entry(entry: &Entry<'static>, values: &dyn Fn(&str) -> Option<Value>) -> Entry<'static> {
    let value = fill_value(&entry.value, entry.key == "expr", values);
    Entry { key: entry.key.clone(), key_span: entry.key_span, value }
}

fn fill_value(
    value: &Yaml<'static>,
    formula: bool,
    values: &dyn Fn(&str) -> Option<Value>,
) -> Yaml<'static> {
    let data = match &value.data {
        Data::Scalar { text, style } => fill_text(text, *style, formula, values),
        Data::Sequence(items) => {
            Data::Sequence(items.iter().map(|item| fill_value(item, false, values)).collect())
        }
        Data::Mapping { entries, complete } => Data::Mapping {
            entries: entries.iter().map(|entry| fill_entry(entry, values)).collect(),
            complete: *complete,
        },
        other => other.clone(),
    };
    let mut filled = Yaml { data, ..value.clone_place() };
    if let Data::Sequence(items) = &mut filled.data {
        for item in items.iter_mut().filter(|item| item.span.end == 0) {
            (item.span, item.origin) = (value.span, value.origin);
        }
    }
    filled
}

fn fill_text(
    text: &str,
    style: Style,
    formula: bool,
    values: &dyn Fn(&str) -> Option<Value>,
) -> Data<'static> {
    let pieces = pieces(text);
    if let [Piece::Placeholder(name)] = pieces[..] {
        return match values(name) {
            Some(Value::Bool(flag)) if formula => plain(u8::from(flag).to_string()),
            Some(value) => typed(&value),
            None => Data::Broken,
        };
    }
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(part) if *part != "${")) {
        return Data::Scalar { text: text.to_owned().into(), style };
    }
    let mut filled = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => filled.push_str(part),
            Piece::Open(_) => return Data::Broken,
            Piece::Placeholder(name) => match values(name) {
                Some(Value::Integer(whole)) => push_number(&mut filled, &whole.to_string()),
                Some(Value::Number(number)) => push_number(&mut filled, &format_number(number)),
                Some(Value::Bool(flag)) if formula => filled.push(if flag { '1' } else { '0' }),
                Some(Value::Bool(flag)) => filled.push_str(if flag { "true" } else { "false" }),
                Some(Value::String(text)) => filled.push_str(&text),
                _ => return Data::Broken,
            },
        }
    }
    // Not `Plain`, which could be taken for a number, nor `Quoted`, whose text would be looked for between the quotes.
    Data::Scalar { text: filled.into(), style: Style::Folded }
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
        let values = |name: &str| match name {
            "low" => Some(Value::Integer(-2)),
            "rate" => Some(Value::Number(0.1)),
            "on" => Some(Value::Bool(true)),
            "word" => Some(Value::String("${rate}: [1]".to_owned())),
            _ => None,
        };
        match fill_text(text, Style::Plain, formula, &values) {
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
}
