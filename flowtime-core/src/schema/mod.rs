//! From text to [`Model`], and back.

pub(crate) mod decode;
mod emit;
mod free;
mod from_value;
mod json_schema;
pub(crate) mod keys;
mod migrate;
mod node;
mod outputs;
mod pmf;
pub(crate) mod reader;
pub(crate) mod scalar;
mod sources;
pub(crate) mod yaml;

pub use json_schema::{bundle_json_schema, json_schema, template_json_schema};
pub use migrate::{Migrated, migrate};
pub use sources::SourceError;

use crate::diagnostics::{Code, Diagnostic, Problems, Source, Span};
use crate::error::Error;
use crate::limits::Limits;
use crate::model::Model;
use std::borrow::Cow;
use yaml::Yaml;

/// How a document is read.
///
/// ```
/// use flowtime_core::{Model, ParseOptions};
/// let text = "
/// schemaVersion: 1
/// grid: {bins: 4, binSize: 1, binUnit: hours}
/// nodes: [{id: a, kind: const, values: [1, 2]}]
/// ";
/// let parsed = Model::parse(text, &ParseOptions::default().name("a.yaml")).unwrap();
/// assert_eq!(parsed.model.grid().bins(), 4);
/// assert_eq!(parsed.warnings[0].code.to_string(), "FT0208");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ParseOptions {
    /// The name of the document in messages, usually a file's path. Default `model`.
    pub name: String,
    /// How large the document may be.
    pub limits: Limits,
    /// Take reserved sections (`topology`, `classes`, `traffic`, `window`) with a warning instead
    /// of an error. Default `false`.
    pub ignore_reserved: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        ParseOptions { name: "model".to_owned(), limits: Limits::default(), ignore_reserved: false }
    }
}

impl ParseOptions {
    /// Sets [`ParseOptions::name`].
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets [`ParseOptions::limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`ParseOptions::ignore_reserved`].
    #[must_use]
    pub fn ignore_reserved(mut self, ignore: bool) -> Self {
        self.ignore_reserved = ignore;
        self
    }
}

/// A model that was read, with what is worth knowing about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parsed {
    /// The model.
    pub model: Model,
    /// Warnings and infos, in document order.
    pub warnings: Vec<Diagnostic>,
}

/// Everything that is known of a document, good or broken.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// `None` when there are no nodes to speak of. In a model with errors, nodes may be
    /// [`Invalid`](crate::NodeKind::Invalid), have an empty id or an id that another one has
    /// (the first counts), and an unreadable grid is one bin.
    pub(crate) model: Option<Model>,
    pub(crate) problems: Problems,
    /// The id of every node is known, so that a name that is not among them is an error.
    pub(crate) complete: bool,
    /// What the spans refer to.
    pub(crate) source: Option<Source>,
}

impl Draft {
    fn failed(diagnostic: Diagnostic, source: Option<Source>) -> Self {
        Draft { model: None, problems: diagnostic.into(), complete: false, source }
    }

    /// The model, if nothing is wrong with it; a document that fails anyway also hears of its unknown names and
    /// loops: all at once.
    fn checked(mut self) -> Result<Parsed, Error> {
        if self.problems.any_error()
            && let Some(model) = &self.model
        {
            self.problems.merge(crate::compile::check::check(model, self.complete).1);
        }
        self.finish()
    }

    /// The model, if nothing is wrong with it.
    pub(crate) fn finish(self) -> Result<Parsed, Error> {
        match self.model {
            Some(model) if !self.problems.any_error() => {
                Ok(Parsed { model, warnings: self.problems.into_list() })
            }
            _ => Err(Error::model(self.problems.into_list(), self.source)),
        }
    }
}

/// Reads a document as far as it can be read.
pub(crate) fn read(bytes: &[u8], options: &ParseOptions) -> Draft {
    let text = match checked_text(bytes, options) {
        Ok(text) => text,
        Err((diagnostic, shown)) => {
            return Draft::failed(*diagnostic, Some(Source::new(&options.name, shown)));
        }
    };
    let source = Source::new(&options.name, text);
    let tree = yaml::parse(source.text(), &options.limits);
    decode::document(tree, Some(source.clone()), &keys::DOCUMENT, options)
}

/// Reads a tree that was put together in code.
pub(crate) fn read_tree(root: Yaml<'_>, options: &ParseOptions) -> Draft {
    decode::document(
        yaml::Tree { root: Some(root), whole: true, problems: Problems::default() },
        None,
        &keys::DOCUMENT,
        options,
    )
}

/// Whatever the limit says: places in a document have 32 bits.
const MOST_BYTES: usize = u32::MAX as usize - 1;

/// The text of a document without its byte order mark, or what is wrong with it and the text to
/// show for it.
pub(crate) fn checked_text<'b>(
    bytes: &'b [u8],
    options: &ParseOptions,
) -> Result<&'b str, (Box<Diagnostic>, Cow<'b, str>)> {
    let most = options.limits.document_bytes.min(MOST_BYTES);
    if bytes.len() > most {
        let message = format!("the document has {} bytes, more than the limit of {most}", bytes.len());
        let help = if most < MOST_BYTES {
            "keep long series in CSV files and name them with `source`, or raise the limit `document_bytes`"
        } else {
            "keep long series in CSV files and name them with `source`"
        };
        return Err((Box::new(Diagnostic::new(Code::DocumentTooLarge, "", message).help(help)), "".into()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to();
        let shown = String::from_utf8_lossy(bytes);
        let (message, help) = if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            ("the document is UTF-16, not UTF-8".to_owned(), "save the file as UTF-8")
        } else {
            let message = format!("byte {place} (0x{:02X}) is not UTF-8 text", bytes[place]);
            (message, "save the file as UTF-8; it may be in an older encoding such as Latin-1")
        };
        let diagnostic = Diagnostic::new(Code::NotUtf8, "", message)
            .at(Span::new(place, place + '\u{FFFD}'.len_utf8()))
            .help(help);
        (Box::new(diagnostic), shown)
    })
}

impl Model {
    /// Reads a model from YAML text.
    ///
    /// The document's structure and values are checked; names and cycles are checked when the
    /// model is compiled.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`](crate::ErrorKind::InvalidModel) with everything that is wrong
    /// with the document.
    ///
    /// ```
    /// use flowtime_core::Model;
    /// let model = Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 24, binSize: 1, binUnit: hours}
    /// nodes:
    ///   - {id: arrivals, kind: const, values: 10}
    /// ").unwrap();
    /// assert_eq!(model.grid().bins(), 24);
    /// assert_eq!(model.nodes()[0].id(), "arrivals");
    /// ```
    pub fn from_yaml(text: &str) -> Result<Model, Error> {
        Ok(Model::parse(text, &ParseOptions::default())?.model)
    }

    /// Reads a model from the text or the bytes of a YAML document, and keeps the warnings.
    ///
    /// # Errors
    ///
    /// As for [`Model::from_yaml`]; bytes that are not UTF-8 are one of the things that can be
    /// wrong with a document.
    pub fn parse(text: &(impl AsRef<[u8]> + ?Sized), options: &ParseOptions) -> Result<Parsed, Error> {
        read(text.as_ref(), options).checked()
    }
}
