//! Taking a tree apart: typed values out of it, problems into a list.

use super::ParseOptions;
use super::keys::{RESERVED, Section};
use super::scalar::{Scalar, resolve};
use super::yaml::{Data, Entry, Yaml};
use crate::diagnostics::{Code, Diagnostic, Problems, Source, Span};
use crate::names::{Nearest, head, listed, quoted};
use std::collections::HashSet;
use std::fmt;

/// Where in the document, for messages; made on the way down, written only when needed.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    pub(crate) fn key<'q>(&'q self, key: &'q str) -> Path<'q> {
        Path::Key(self, key)
    }

    pub(crate) fn item(&self, index: usize) -> Path<'_> {
        Path::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(parent, key) => write!(f, "{parent}{}", pointer_step(key)),
            Path::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// A key as a part of a path; only the start of a long one, since paths are no place to copy
/// documents to.
pub(crate) fn pointer_step(key: &str) -> String {
    format!("/{}", head(key, 256).replace('~', "~0").replace('/', "~1"))
}

/// Collects problems while a tree is decoded.
pub(crate) struct Reader<'o> {
    pub(crate) options: &'o ParseOptions,
    pub(crate) source: Option<Source>,
    pub(crate) nearest: Nearest,
    problems: Problems,
    /// What was said about values that aliases show in several places.
    said: HashSet<(Code, Span)>,
}

/// The known keys of one mapping.
pub(crate) struct Fields<'t, 'a> {
    entries: &'t [Entry<'a>],
    complete: bool,
    /// Keys whose absence follows from something reported already.
    excused: Vec<&'static str>,
    /// Where a missing key is missing.
    owner: Span,
}

impl<'t, 'a> Fields<'t, 'a> {
    /// The entry of a key, even when it has no value.
    pub(crate) fn entry(&self, name: &str) -> Option<&'t Entry<'a>> {
        self.entries.iter().find(|e| e.key == name)
    }

    /// The value of a key; a null is as good as no key at all.
    pub(crate) fn get(&self, name: &str) -> Option<&'t Yaml<'a>> {
        self.entry(name).map(|e| &e.value).filter(|v| !is_null(v))
    }

    /// The key's absence is nothing new.
    pub(crate) fn excused(&self, name: &str) -> bool {
        !self.complete || self.excused.contains(&name)
    }
}

impl<'o> Reader<'o> {
    pub(crate) fn new(options: &'o ParseOptions, source: Option<Source>, problems: Problems) -> Self {
        Reader { options, source, nearest: Nearest::new(), problems, said: HashSet::new() }
    }

    /// Everything found.
    pub(crate) fn finish(self) -> Problems {
        self.problems
    }

    /// Reports a problem at `span`, or nowhere if there is no document.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic, span: Span) {
        let span = self.source.as_ref().map(|_| span);
        let mut diagnostic = diagnostic.at(span);
        if span.is_none() {
            diagnostic.labels.clear();
        }
        self.problems.push(diagnostic);
    }

    /// Reports a problem of a value: where it is used, with a label where it is written.
    pub(crate) fn push_value(&mut self, diagnostic: Diagnostic, value: &Yaml<'_>) {
        if value.span == value.origin {
            self.push(diagnostic, value.span);
        } else if self.said.insert((diagnostic.code, value.origin)) {
            self.push(diagnostic.label(value.origin, "written here"), value.span);
        }
    }

    /// The line of a place, for messages.
    pub(crate) fn line(&self, span: Span) -> Option<usize> {
        self.source.as_ref().map(|s| s.line_column(span.start).line)
    }

    /// Takes `value` for a mapping with the keys of `section` and reports every other key.
    ///
    /// `owner` is the key whose value this is; `None` for list items. `kind` is the kind of node.
    pub(crate) fn fields<'t, 'a>(
        &mut self,
        value: &'t Yaml<'a>,
        section: &Section,
        owner: Option<Span>,
        kind: Option<&str>,
        path: &Path<'_>,
    ) -> Option<Fields<'t, 'a>> {
        let Data::Mapping { entries, complete } = &value.data else {
            self.not_a_mapping(value, section.what, path);
            return None;
        };
        let owner = owner.or(entries.first().map(|e| e.key_span)).unwrap_or(value.span);
        let mut fields = Fields { entries, complete: *complete, excused: Vec::new(), owner };
        for entry in entries {
            self.check_key(entry, section, kind, path, &mut fields);
        }
        Some(fields)
    }

    fn check_key(
        &mut self,
        entry: &Entry<'_>,
        section: &Section,
        kind: Option<&str>,
        path: &Path<'_>,
        fields: &mut Fields<'_, '_>,
    ) {
        let name = entry.key.as_ref();
        let here = path.key(name);
        let owned = |kinds: &[&str]| kinds.is_empty() || kind.is_none_or(|k| kinds.contains(&k));
        if let Some(key) = section.key(name) {
            if !owned(key.kinds) {
                let kind = kind.unwrap_or_default();
                let message = format!("`{name}` is not a key of a {kind} node");
                let help = format!("it belongs to nodes of kind {}", listed(key.kinds.iter().copied(), "or"));
                self.push(
                    Diagnostic::new(Code::UnknownKey, here.to_string(), message).help(help),
                    entry.key_span,
                );
            }
            return;
        }
        if let Some(legacy) = section.legacy(name) {
            let message =
                format!("`{name}` is an older spelling of {}", listed(legacy.new.iter().copied(), "and"));
            self.push(
                Diagnostic::new(Code::LegacyKey, here.to_string(), message).help(legacy.help),
                entry.key_span,
            );
            fields.excused.extend(legacy.new);
            return;
        }
        if matches!(path, Path::Root) && RESERVED.contains(&name) {
            let diagnostic = if self.options.ignore_reserved {
                let message = format!("`{name}` is reserved for flow networks and is ignored");
                Diagnostic::new(Code::ReservedSectionIgnored, here.to_string(), message)
            } else {
                let message = format!("`{name}` is reserved for flow networks, which are not evaluated yet");
                Diagnostic::new(Code::ReservedSection, here.to_string(), message)
                    .help("remove it, or read the model with the option `ignore_reserved`")
            };
            self.push(diagnostic, entry.key_span);
            return;
        }
        let known = || section.keys.iter().filter(|k| owned(k.kinds)).map(|k| k.name);
        let near = self.nearest.to(name, known());
        let help = if near.is_empty() {
            format!("the keys are {}", listed(known(), "and"))
        } else {
            format!("did you mean {}?", listed(near.iter().copied(), "or"))
        };
        // Whatever it was meant to be is not missing as well.
        if let Some(key) = near.first().and_then(|n| section.key(n)) {
            fields.excused.push(key.name);
        }
        let message = format!("unknown key `{}` in {}", quoted(name), section.what);
        self.push(Diagnostic::new(Code::UnknownKey, here.to_string(), message).help(help), entry.key_span);
    }

    /// The value of a required key; says so when it is not there.
    pub(crate) fn required<'t, 'a>(
        &mut self,
        fields: &Fields<'t, 'a>,
        name: &str,
        section: &Section,
        path: &Path<'_>,
    ) -> Option<&'t Yaml<'a>> {
        if let Some(value) = fields.get(name) {
            return Some(value);
        }
        let doc = section.key(name).map_or("", |k| k.doc);
        if let Some(entry) = fields.entry(name) {
            let diagnostic = Diagnostic::new(
                Code::MissingKey,
                path.key(name).to_string(),
                format!("`{name}` has no value"),
            );
            self.push(diagnostic.help(format!("`{name}`: {}", lower_first(doc))), entry.key_span);
        } else if !fields.excused(name) {
            let message = format!("{} lacks the key `{name}`", section.what);
            let diagnostic = Diagnostic::new(Code::MissingKey, path.to_string(), message);
            self.push(diagnostic.help(format!("add `{name}`: {}", lower_first(doc))), fields.owner);
        }
        None
    }

    /// The text of a value.
    pub(crate) fn text<'t>(&mut self, value: &'t Yaml<'_>, what: &str, path: &Path<'_>) -> Option<&'t str> {
        match &value.data {
            Data::Broken => None,
            Data::Scalar { text, style } if matches!(resolve(text, *style), Scalar::Text(_)) => Some(text),
            Data::Scalar { text, .. } => {
                let message = format!("{what} must be a text, but this is {}", found(value));
                let help = format!("if it is meant to be a text, quote it: `\"{}\"`", quoted(text));
                self.push_value(
                    Diagnostic::new(Code::WrongType, path.to_string(), message).help(help),
                    value,
                );
                None
            }
            _ => {
                self.wrong_type(value, &format!("{what} must be a text"), path);
                None
            }
        }
    }

    /// A number of any kind, infinities and NaN included.
    pub(crate) fn number(&mut self, value: &Yaml<'_>, what: &str, path: &Path<'_>) -> Option<f64> {
        match &value.data {
            Data::Number(number) => Some(*number),
            Data::Broken => None,
            Data::Scalar { text, style } => match resolve(text, *style) {
                Scalar::Integer(_, number) | Scalar::Float(number) => Some(number),
                _ => {
                    self.wrong_type(value, &format!("{what} must be a number"), path);
                    None
                }
            },
            _ => {
                self.wrong_type(value, &format!("{what} must be a number"), path);
                None
            }
        }
    }

    /// A whole number within `range`, or a diagnostic of `code`.
    pub(crate) fn integer(
        &mut self,
        value: &Yaml<'_>,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
        code: Code,
        path: &Path<'_>,
    ) -> Option<i64> {
        let wanted = match (*range.start(), *range.end()) {
            (low, i64::MAX) => format!("`{name}` must be a whole number of at least {low}"),
            (low, high) => format!("`{name}` must be a whole number from {low} to {high}"),
        };
        let integer = match &value.data {
            Data::Broken => return None,
            Data::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Data::Number(_) => None,
            Data::Scalar { text, style } => match resolve(text, *style) {
                Scalar::Integer(integer, _) => integer,
                Scalar::Float(_) => None,
                _ => {
                    self.wrong_type(value, &wanted, path);
                    return None;
                }
            },
            _ => {
                self.wrong_type(value, &wanted, path);
                return None;
            }
        };
        if let Some(integer) = integer.filter(|i| range.contains(i)) {
            return Some(integer);
        }
        let message = format!("{wanted}, but this is {}", found(value));
        self.push_value(Diagnostic::new(code, path.to_string(), message), value);
        None
    }

    /// Reports a value of the wrong type.
    pub(crate) fn wrong_type(&mut self, value: &Yaml<'_>, wanted: &str, path: &Path<'_>) {
        if matches!(value.data, Data::Broken) {
            return;
        }
        let message = format!("{wanted}, but this is {}", found(value));
        let mut diagnostic = Diagnostic::new(Code::WrongType, path.to_string(), message);
        if let Data::Scalar { text, style } = &value.data
            && *style != super::yaml::Style::Plain
            && super::scalar::number(text).is_some()
        {
            diagnostic = diagnostic.help("a quoted number is a text; remove the quotes");
        }
        self.push_value(diagnostic, value);
    }

    /// Reports a value that should have been a mapping.
    pub(crate) fn not_a_mapping(&mut self, value: &Yaml<'_>, what: &str, path: &Path<'_>) {
        if matches!(value.data, Data::Broken) {
            return;
        }
        let message = format!("{what} must be a mapping (`key: value` lines), but this is {}", found(value));
        self.push_value(Diagnostic::new(Code::NotAMapping, path.to_string(), message), value);
    }
}

/// Nothing is written, or `null`.
pub(crate) fn is_null(value: &Yaml<'_>) -> bool {
    matches!(&value.data, Data::Scalar { text, style } if resolve(text, *style) == Scalar::Null)
}

/// What a value is, for the second half of a message.
pub(crate) fn found(value: &Yaml<'_>) -> String {
    match &value.data {
        Data::Number(number) => format!("the number `{number}`"),
        Data::Sequence(_) => "a list".to_owned(),
        Data::Mapping { .. } => "a mapping".to_owned(),
        Data::Broken => "broken".to_owned(),
        Data::Scalar { text, style } => match resolve(text, *style) {
            Scalar::Null if text.is_empty() => "nothing".to_owned(),
            Scalar::Null => format!("the null `{text}`"),
            Scalar::Bool(_) => format!("the boolean `{text}`"),
            Scalar::Integer(..) | Scalar::Float(_) => format!("the number `{}`", quoted(text)),
            Scalar::Text(text) => format!("the text `{}`", quoted(text)),
        },
    }
}

/// A sentence as the end of another one.
fn lower_first(sentence: &str) -> String {
    let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) if !sentence.starts_with("PMF") => first.to_lowercase().chain(characters).collect(),
        _ => sentence.to_owned(),
    }
}
