//! Problems and remarks about a user's model, as data.
//!
//! A [`Diagnostic`] says what was found, where, what was expected and what to do. It never
//! formats itself: [`render`] is the only place that turns one into text or JSON.

mod code;
mod problems;
pub mod render;
mod source;

pub use code::{Code, CodeInfo, Severity, Tier};
pub(crate) use problems::{MOST_LISTED, Problems};
pub(crate) use source::At;
pub use source::{LineColumn, Source, Span};

/// One problem, or remark, about a model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of problem this is; never changes its meaning between versions.
    pub code: Code,
    /// How bad it is. Starts as the code's own severity.
    pub severity: Severity,
    /// One sentence in lower case: what was found and what was expected.
    pub message: String,
    /// Where in the document, as a JSON pointer (`/nodes/3/expr`); empty for the document itself.
    pub path: String,
    /// The bytes of the document that are meant; `None` for models built in code.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
    /// Further places that belong to the problem, such as the first of two duplicates.
    pub labels: Vec<Label>,
}

/// A further place that belongs to a [`Diagnostic`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Label {
    /// The bytes of the document that are meant.
    pub span: Span,
    /// What there is to see.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic of `code` about the value at `path`, with the code's own severity.
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.info().severity,
            message: message.into(),
            path: path.into(),
            span: None,
            help: None,
            labels: Vec::new(),
        }
    }

    /// Points at `span` of the document.
    #[must_use]
    pub fn at(mut self, span: impl Into<Option<Span>>) -> Self {
        self.span = span.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a further place; nothing is added when `span` is `None`.
    #[must_use]
    pub fn label(mut self, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        if let Some(span) = span.into() {
            self.labels.push(Label { span, message: message.into() });
        }
        self
    }

    /// Is this an error, so that the model cannot be used?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
