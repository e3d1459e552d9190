//! YAML text to a tree with places; the only folder that names the YAML crate.
//!
//! The tree borrows from the text where it can, and says for every key and value where it stands.
//! What this project does not use (tags, merge keys, a second document) is reported here, and the
//! value concerned becomes [`Data::Broken`] so that nobody complains about it again.

mod build;
mod formula;
mod syntax;

pub(crate) use build::parse;

use crate::diagnostics::{Problems, Span};
use std::borrow::Cow;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Yaml<'a> {
    pub(crate) data: Data<'a>,
    /// Where it stands; the alias, for what an alias stands for.
    pub(crate) span: Span,
    /// Where it is written: `span`, unless an alias stands for it.
    pub(crate) origin: Span,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Data<'a> {
    /// Text, as written but for quotes, escapes and folding.
    Scalar {
        text: Cow<'a, str>,
        style: Style,
    },
    /// A number that was never written: from code or from a parameter.
    Number(f64),
    Sequence(Vec<Yaml<'a>>),
    Mapping {
        entries: Vec<Entry<'a>>,
        /// No entry was left out, so that a key that is not here is really missing.
        complete: bool,
    },
    /// Reported already.
    Broken,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// Single or double quotes.
    Quoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) key_span: Span,
    pub(crate) value: Yaml<'a>,
}

/// What a text turned out to be.
pub(crate) struct Tree<'a> {
    /// `None` when the text is not YAML, or is empty.
    pub(crate) root: Option<Yaml<'a>>,
    /// The text was read to its end.
    pub(crate) whole: bool,
    pub(crate) problems: Problems,
}

impl<'a> Yaml<'a> {
    /// A value that stands nowhere.
    pub(crate) fn unplaced(data: Data<'a>) -> Self {
        let nowhere = Span { start: 0, end: 0 };
        Yaml { data, span: nowhere, origin: nowhere }
    }

    /// A text that stands nowhere; never taken for a number.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Yaml::unplaced(Data::Scalar { text: text.into(), style: Style::Quoted })
    }

    /// A mapping that stands nowhere.
    pub(crate) fn mapping(entries: Vec<(&'a str, Yaml<'a>)>) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| Entry { key: key.into(), key_span: Span { start: 0, end: 0 }, value })
            .collect();
        Yaml::unplaced(Data::Mapping { entries, complete: true })
    }

    /// The same without the text it was read from.
    pub(crate) fn into_owned(self) -> Yaml<'static> {
        let data = match self.data {
            Data::Scalar { text, style } => Data::Scalar { text: Cow::Owned(text.into_owned()), style },
            Data::Number(number) => Data::Number(number),
            Data::Sequence(items) => Data::Sequence(items.into_iter().map(Yaml::into_owned).collect()),
            Data::Mapping { entries, complete } => Data::Mapping {
                entries: entries
                    .into_iter()
                    .map(|e| Entry {
                        key: Cow::Owned(e.key.into_owned()),
                        key_span: e.key_span,
                        value: e.value.into_owned(),
                    })
                    .collect(),
                complete,
            },
            Data::Broken => Data::Broken,
        };
        Yaml { data, span: self.span, origin: self.origin }
    }

    /// Nothing yet, at the same place.
    pub(crate) fn clone_place(&self) -> Yaml<'a> {
        Yaml { data: Data::Broken, span: self.span, origin: self.origin }
    }

    /// A copy for the place of an alias.
    fn used_at(&self, alias: Span) -> Self {
        let data = match &self.data {
            Data::Sequence(items) => Data::Sequence(items.iter().map(|i| i.used_at(alias)).collect()),
            Data::Mapping { entries, complete } => Data::Mapping {
                entries: entries
                    .iter()
                    .map(|e| Entry { key: e.key.clone(), key_span: alias, value: e.value.used_at(alias) })
                    .collect(),
                complete: *complete,
            },
            other => other.clone(),
        };
        Yaml { data, span: alias, origin: self.origin }
    }
}
