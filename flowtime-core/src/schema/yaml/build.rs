//! The YAML crate's events to a tree.

use super::formula;
use super::syntax::{syntax_error, too_deep};
use super::{Data, Entry, Style, Tree, Yaml};
use crate::diagnostics::{Code, Diagnostic, Problems, Span};
use crate::limits::Limits;
use crate::names::quoted;
use crate::schema::reader::pointer_step;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, options};
use std::borrow::Cow;
use std::collections::HashMap;

/// Whatever the caller's limit says: trees are dropped and copied by recursion.
const DEEPEST: usize = 512;

/// Mappings with fewer keys are searched for duplicates one by one.
const FEW_KEYS: usize = 16;

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
        text,
        torn_until: 0,
        problems: Problems::default(),
    };
    let mut documents = 0;
    for item in Parser::new_from_str_with_options(text, options) {
        let (event, place) = match item {
            Ok(item) => item,
            Err(error) => {
                builder.syntax_error(&error, text);
                return builder.tree(false);
            }
        };
        let bytes =
            |place: granit_parser::Span| place.byte_range().map(|range| Span::new(range.start, range.end));
        let span = bytes(place).unwrap_or(Span { start: 0, end: 0 });
        let tag = place.tag_span().and_then(bytes);
        if let Event::DocumentStart(..) = event {
            documents += 1;
            if documents == 2 {
                builder.report(
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
        if !builder.event(event, span, tag, text) {
            return builder.tree(false);
        }
    }
    builder.tree(true)
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
    text: &'a str,
    /// What stands before this place belongs to a formula that was reported.
    torn_until: u32,
    problems: Problems,
}

impl<'a> Builder<'a, '_> {
    /// Takes one event; false when it makes no sense to go on.
    fn event(&mut self, event: Event<'a>, span: Span, tag_span: Option<Span>, text: &'a str) -> bool {
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
                let broken = tag.is_some() && self.refuse_tag(tag_span.unwrap_or(span));
                let data = if broken { Data::Broken } else { Data::Scalar { text: value, style } };
                let span = trimmed(span, text);
                self.place(Yaml { data, span, origin: span }, anchor, 1, 0)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let broken = tag.is_some() && self.refuse_tag(tag_span.unwrap_or(span));
                self.open(FrameKind::Sequence(Vec::new()), span, anchor, broken)
            }
            Event::MappingStart(_, anchor, tag) => {
                let broken = tag.is_some() && self.refuse_tag(tag_span.unwrap_or(span));
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
                self.report(
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
            self.report(too_deep(span, self.depth));
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
            self.report(
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
            self.report(too_deep(span, self.depth));
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
            self.report(
                Diagnostic::new(Code::TooManyAliases, "", message)
                    .at(span)
                    .help("write the values out, or raise the limit `alias_expansion`"),
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
        self.look_for_a_torn_formula();
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(value);
            return true;
        };
        frame.nodes += nodes;
        frame.height = frame.height.max(height + 1);
        let torn_until = self.torn_until;
        match &mut frame.kind {
            FrameKind::Sequence(items) => items.push(value),
            FrameKind::Mapping { entries, complete, key, seen } => {
                match std::mem::replace(key, PendingKey::None) {
                    PendingKey::None if value.span.start < torn_until => *key = PendingKey::Refused,
                    PendingKey::None => match take_key(value, entries, seen) {
                        Ok((text, span)) => *key = PendingKey::Key(text, span),
                        Err(refusal) => {
                            *key = PendingKey::Refused;
                            *complete &= refusal.as_ref().is_some_and(|d| d.code == Code::DuplicateKey);
                            if let Some(diagnostic) = refusal {
                                self.report(*diagnostic);
                            }
                        }
                    },
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

    /// Reports a formula that a comma has torn apart, when something comes after it in its node.
    fn look_for_a_torn_formula(&mut self) {
        let [top, _, node] = &mut self.frames[..] else { return };
        if let FrameKind::Mapping { key: PendingKey::Key(section, _), .. } = &top.kind
            && section == "nodes"
            && let FrameKind::Mapping { entries, key: PendingKey::None, .. } = &mut node.kind
            && let Some((diagnostic, until)) = formula::torn(self.text, node.span, entries)
        {
            self.torn_until = until;
            self.report(diagnostic);
        }
    }

    fn tree(self, whole: bool) -> Tree<'a> {
        Tree { root: self.root.filter(|_| whole), whole, problems: self.problems }
    }

    /// Adds a problem of what is being put together just now.
    fn report(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.path.insert_str(0, &self.path());
        self.problems.push(diagnostic);
    }

    fn syntax_error(&mut self, error: &ScanError, text: &str) {
        let mut diagnostic = syntax_error(error, text, self.depth);
        if diagnostic.span.is_some_and(|s| s.start < self.torn_until) {
            return;
        }
        // The bracket that waits for its end is often far above.
        if let Some(frame) =
            self.frames.last().filter(|f| text[f.span.start as usize..].starts_with(['[', '{']))
            && diagnostic.span.is_some_and(|s| s.start > frame.span.start)
        {
            diagnostic = diagnostic.label(frame.span, "opened here");
        }
        self.report(diagnostic);
    }

    /// Where the value stands that comes next.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.frames {
            match &frame.kind {
                FrameKind::Sequence(items) => path += &format!("/{}", items.len()),
                FrameKind::Mapping { key: PendingKey::Key(key, _), .. } => {
                    path += &pointer_step(key);
                }
                FrameKind::Mapping { .. } => {}
            }
        }
        path
    }

    /// Reports a tag; always true.
    fn refuse_tag(&mut self, span: Span) -> bool {
        self.report(
            Diagnostic::new(Code::YamlTag, "", "a YAML tag (`!name`) is not allowed in a model")
                .at(span)
                .help("remove the tag; quotes alone make a value a text"),
        );
        true
    }
}

/// The key that a value stands for, or why it cannot be one (`None`: that was said before).
fn take_key<'a>(
    value: Yaml<'a>,
    entries: &[Entry<'a>],
    seen: &mut HashMap<Cow<'a, str>, Span>,
) -> Result<(Cow<'a, str>, Span), Option<Box<Diagnostic>>> {
    let refuse = |code, message: &str, help: &str| {
        Err(Some(Box::new(Diagnostic::new(code, "", message).at(value.span).help(help))))
    };
    let (text, style) = match value.data {
        Data::Scalar { text, style } if !(text.is_empty() && style == Style::Plain) => (text, style),
        Data::Broken => return Err(None),
        _ => {
            return refuse(
                Code::YamlKey,
                "a key must be a text, and here it is a list, a mapping or nothing",
                "if this is not meant to be a key, quote it or remove the colon",
            );
        }
    };
    if text == "<<" && style == Style::Plain {
        return refuse(
            Code::MergeKey,
            "a merge key (`<<`) is not part of YAML 1.2 and not allowed",
            "write the keys out; a whole value may still be shared with `&name` and `*name`",
        );
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
    match first {
        None => Ok((text, value.span)),
        Some(first) => {
            let diagnostic = Diagnostic::new(
                Code::DuplicateKey,
                pointer_step(&text),
                format!("duplicate key `{}`", quoted(&text)),
            )
            .at(value.span)
            .label(first, "first here")
            .help("keep one of the two");
            Err(Some(Box::new(diagnostic)))
        }
    }
}

/// Without the line ends and blanks that block values carry along.
fn trimmed(span: Span, text: &str) -> Span {
    let raw = text.get(span.start as usize..span.end as usize).unwrap_or("");
    let kept = raw.trim_end_matches([' ', '\t', '\r', '\n']).len() as u32;
    Span { start: span.start, end: span.start + kept }
}
