//! YAML text to a tree with places; the only file that names the YAML crate.
//!
//! The tree borrows from the text where it can, and says for every key and value where it stands.
//! What this project does not use (tags, merge keys, a second document) is reported here, and the
//! value concerned becomes [`Data::Broken`] so that nobody complains about it again.

use crate::diagnostics::{Code, Diagnostic, Span};
use crate::limits::Limits;
use crate::names::quoted;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};
use std::borrow::Cow;
use std::collections::HashMap;

/// Whatever the caller's limit says: trees are dropped and copied by recursion.
const DEEPEST: usize = 512;

/// Mappings with fewer keys are searched for duplicates one by one.
const FEW_KEYS: usize = 16;

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
    pub(crate) problems: Vec<Diagnostic>,
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

/// Reads `text`, which is at most `u32::MAX` bytes long.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Tree<'a> {
    let depth = limits.yaml_depth.min(DEEPEST);
    let options = options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    let mut builder = Builder {
        frames: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        copied: 0,
        limits,
        depth,
        problems: Vec::new(),
    };
    let mut documents = 0;
    for item in Parser::new_from_str_with_options(text, options) {
        let (event, place) = match item {
            Ok(item) => item,
            Err(error) => {
                builder.problems.push(syntax_error(&error, text, depth));
                return Tree { root: None, problems: builder.problems };
            }
        };
        let range = place.byte_range().unwrap_or(0..0);
        let span = Span::new(range.start, range.end);
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents == 2 {
                builder.problems.push(
                    Diagnostic::new(
                        Code::SecondDocument,
                        "",
                        "a second document starts here; a model is one document",
                    )
                    .at(span)
                    .help("remove everything from here on, or put it into a file of its own"),
                );
                break;
            }
        }
        if !builder.event(event, span, text) {
            return Tree { root: None, problems: builder.problems };
        }
    }
    Tree { root: builder.root, problems: builder.problems }
}

/// A collection that is not closed yet.
struct Frame<'a> {
    kind: FrameKind<'a>,
    span: Span,
    anchor: usize,
    broken: bool,
    /// Values so far, this one included.
    nodes: usize,
    /// Levels below this one.
    height: usize,
}

enum FrameKind<'a> {
    Sequence(Vec<Yaml<'a>>),
    Mapping {
        entries: Vec<Entry<'a>>,
        complete: bool,
        key: PendingKey<'a>,
        seen: HashMap<Cow<'a, str>, Span>,
    },
}

/// What a mapping waits for.
enum PendingKey<'a> {
    /// A key.
    None,
    /// The value of this key.
    Key(Cow<'a, str>, Span),
    /// A value that is thrown away, because its key was no good.
    Refused,
}

struct Anchored<'a> {
    value: Yaml<'a>,
    nodes: usize,
    height: usize,
}

struct Builder<'a, 'l> {
    frames: Vec<Frame<'a>>,
    root: Option<Yaml<'a>>,
    anchors: HashMap<usize, Anchored<'a>>,
    /// Values kept for aliases or copied by them.
    copied: usize,
    limits: &'l Limits,
    depth: usize,
    problems: Vec<Diagnostic>,
}

impl<'a> Builder<'a, '_> {
    /// Takes one event; false when it makes no sense to go on.
    fn event(&mut self, event: Event<'a>, span: Span, text: &'a str) -> bool {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Quoted,
                };
                // Nothing is written where the crate says `~`.
                let value =
                    if span.start == span.end && style == Style::Plain { Cow::Borrowed("") } else { value };
                let broken = tag.is_some() && self.refuse_tag(span);
                let data = if broken { Data::Broken } else { Data::Scalar { text: value, style } };
                let span = trimmed(span, text);
                self.place(Yaml { data, span, origin: span }, anchor, 1, 0)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let broken = tag.is_some() && self.refuse_tag(span);
                self.open(FrameKind::Sequence(Vec::new()), span, anchor, broken)
            }
            Event::MappingStart(_, anchor, tag) => {
                let broken = tag.is_some() && self.refuse_tag(span);
                let kind = FrameKind::Mapping {
                    entries: Vec::new(),
                    complete: true,
                    key: PendingKey::None,
                    seen: HashMap::new(),
                };
                self.open(kind, span, anchor, broken)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span, text),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("the alias `*{}` names no anchor before it", quoted(&name));
                self.problems.push(
                    Diagnostic::new(Code::UnknownAlias, "", message)
                        .at(span)
                        .help(format!("write `&{}` before the value it stands for", quoted(&name))),
                );
                self.place(Yaml { data: Data::Broken, span, origin: span }, 0, 1, 0)
            }
            _ => true,
        }
    }

    fn open(&mut self, kind: FrameKind<'a>, span: Span, anchor: usize, broken: bool) -> bool {
        if self.frames.len() >= self.depth {
            self.problems.push(too_deep(span, self.depth));
            return false;
        }
        self.frames.push(Frame { kind, span, anchor, broken, nodes: 1, height: 0 });
        true
    }

    fn close(&mut self, end: Span, text: &str) -> bool {
        let Some(frame) = self.frames.pop() else { return true };
        let span = trimmed(Span { start: frame.span.start, end: end.end }, text);
        let data = match frame.kind {
            _ if frame.broken => Data::Broken,
            FrameKind::Sequence(items) => Data::Sequence(items),
            FrameKind::Mapping { entries, complete, .. } => Data::Mapping { entries, complete },
        };
        self.place(Yaml { data, span, origin: span }, frame.anchor, frame.nodes, frame.height)
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        let Some(anchored) = self.anchors.get(&id) else {
            self.problems.push(
                Diagnostic::new(
                    Code::UnknownAlias,
                    "",
                    "an alias stands inside the very value that it names",
                )
                .at(span)
                .help("a value cannot contain itself; name another anchor"),
            );
            return self.place(Yaml { data: Data::Broken, span, origin: span }, 0, 1, 0);
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        if self.frames.len() + height > self.depth {
            self.problems.push(too_deep(span, self.depth));
            return false;
        }
        if !self.charge(nodes, span) {
            return false;
        }
        let copy = self.anchors[&id].value.used_at(span);
        self.place(copy, 0, nodes, height)
    }

    /// Counts values that exist only because of anchors and aliases.
    fn charge(&mut self, nodes: usize, span: Span) -> bool {
        self.copied += nodes;
        let fits = self.copied <= self.limits.alias_expansion;
        if !fits {
            let message = format!(
                "anchors and aliases expand to more than {} values, the limit",
                self.limits.alias_expansion
            );
            self.problems.push(
                Diagnostic::new(Code::TooManyAliases, "", message)
                    .at(span)
                    .help("write the values out, or raise `Limits::alias_expansion`"),
            );
        }
        fits
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, mut value: Yaml<'a>, anchor: usize, nodes: usize, height: usize) -> bool {
        if anchor != 0 {
            if !self.charge(nodes, value.span) {
                return false;
            }
            self.anchors.insert(anchor, Anchored { value: value.clone(), nodes, height });
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(value);
            return true;
        };
        frame.nodes += nodes;
        frame.height = frame.height.max(height + 1);
        match &mut frame.kind {
            FrameKind::Sequence(items) => items.push(value),
            FrameKind::Mapping { entries, complete, key, seen } => {
                match std::mem::replace(key, PendingKey::None) {
                    PendingKey::None => {
                        *key = take_key(value, entries, seen, complete, &mut self.problems);
                    }
                    PendingKey::Key(text, key_span) => {
                        // An absent value has no place of its own.
                        if value.span.start == value.span.end {
                            value.span = key_span;
                            value.origin = key_span;
                        }
                        entries.push(Entry { key: text, key_span, value });
                    }
                    PendingKey::Refused => {}
                }
            }
        }
        true
    }

    /// Reports a tag; always true.
    fn refuse_tag(&mut self, span: Span) -> bool {
        self.problems.push(
            Diagnostic::new(Code::YamlTag, "", "a YAML tag (`!name`) is not allowed in a model")
                .at(span)
                .help("remove the tag; quotes alone make a value a text"),
        );
        true
    }
}

/// Turns a value into the key it stands for, or says why it cannot be one.
fn take_key<'a>(
    value: Yaml<'a>,
    entries: &[Entry<'a>],
    seen: &mut HashMap<Cow<'a, str>, Span>,
    complete: &mut bool,
    problems: &mut Vec<Diagnostic>,
) -> PendingKey<'a> {
    let (text, style) = match value.data {
        Data::Scalar { text, style } if !(text.is_empty() && style == Style::Plain) => (text, style),
        Data::Broken => {
            *complete = false;
            return PendingKey::Refused;
        }
        _ => {
            *complete = false;
            problems.push(
                Diagnostic::new(
                    Code::YamlKey,
                    "",
                    "a key must be a text, and here it is a list, a mapping or nothing",
                )
                .at(value.span)
                .help("if this is not meant to be a key, quote it or remove the colon"),
            );
            return PendingKey::Refused;
        }
    };
    if text == "<<" && style == Style::Plain {
        *complete = false;
        problems.push(
            Diagnostic::new(Code::MergeKey, "", "a merge key (`<<`) is not part of YAML 1.2 and not allowed")
                .at(value.span)
                .help("write the keys out; a whole value may still be shared with `&name` and `*name`"),
        );
        return PendingKey::Refused;
    }
    let first = if entries.len() < FEW_KEYS {
        entries.iter().find(|e| e.key == text).map(|e| e.key_span)
    } else {
        if seen.is_empty() {
            seen.extend(entries.iter().map(|e| (e.key.clone(), e.key_span)));
        }
        let first = seen.get(&text).copied();
        if first.is_none() {
            seen.insert(text.clone(), value.span);
        }
        first
    };
    if let Some(first) = first {
        problems.push(
            Diagnostic::new(Code::DuplicateKey, "", format!("duplicate key `{}`", quoted(&text)))
                .at(value.span)
                .label(first, "first here")
                .help("keep one of the two"),
        );
        return PendingKey::Refused;
    }
    PendingKey::Key(text, value.span)
}

/// Without the line ends and blanks that block values carry along.
fn trimmed(span: Span, text: &str) -> Span {
    let raw = text.get(span.start as usize..span.end as usize).unwrap_or("");
    let kept = raw.trim_end_matches([' ', '\t', '\r', '\n']).len() as u32;
    Span { start: span.start, end: span.start + kept }
}

fn too_deep(span: Span, depth: usize) -> Diagnostic {
    Diagnostic::new(
        Code::NestedTooDeep,
        "",
        format!("lists and mappings are nested more than {depth} levels deep"),
    )
    .at(span)
    .help("a model needs fewer than ten levels")
}

/// The crate's error in our words, at the character where parsing stopped.
fn syntax_error(error: &ScanError, text: &str, depth: usize) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let offset = (0..=offset).rev().find(|o| text.is_char_boundary(*o)).unwrap_or(0);
    let width = text[offset..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    let span = Span::new(offset, offset + width);
    let (message, help) = match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(span, depth),
        ErrorKind::TabInPlainScalar
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => {
            ("found a tab where YAML wants spaces".to_owned(), "indent with spaces")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("`{open}` is never closed"), "add the closing bracket")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{open}` is closed by `{close}`"), "close every bracket with its own kind")
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("this bracket closes nothing".to_owned(), "remove it, or open it before")
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a list in `[ ]` wants `,` or `]` here".to_owned(),
            "close the list with `]`, or separate its items with `,`",
        ),
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => (
            "a mapping in `{ }` wants `,` or `}` here".to_owned(),
            "close the mapping with `}`, or separate its entries with `,`; quote texts that contain brackets",
        ),
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed".to_owned(), "add the closing quote"),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quoted text goes on over the end of its line".to_owned(),
            "close the quote, or indent the lines that belong to it",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text goes on after the closing quote".to_owned(), "quote the whole text or nothing of it")
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            "this text has an escape (`\\` and a character) that YAML does not know".to_owned(),
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` is not allowed here".to_owned(),
            "quote the text if the colon belongs to it; else check the indentation of this line and the one before",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => {
            ("a `key: value` line was expected here".to_owned(), "check the indentation and the colon")
        }
        ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidIndentation => (
            "this line does not fit the lines before it".to_owned(),
            "a list is `- item` lines and a mapping `key: value` lines, each with the same indentation",
        ),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            (format!("the control character {} is not allowed", character.escape_unicode()), "remove it")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("a text cannot start with `{character}`"), "quote the text")
        }
        ErrorKind::BomInsideDocument => {
            ("a byte order mark stands inside the document".to_owned(), "remove it")
        }
        ErrorKind::ExpectedDocumentStart => {
            ("the document is over, but there is more text".to_owned(), "remove it, or check the indentation")
        }
        _ => (
            format!("the text is not YAML here ({})", error.info()),
            "check indentation, quotes and brackets",
        ),
    };
    Diagnostic::new(Code::YamlSyntax, "", message).at(span).help(help)
}
