//! Diagnostics as text and as JSON: the only formatter.

use super::{Diagnostic, Severity, Source, Span};
use crate::names::{counted, head};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

/// How text is decorated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Style {
    /// No colours.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// How many diagnostics are shown as text; JSON has all of them.
const MOST_SHOWN: usize = 100;

/// Of a long line, this many characters before and after the place are shown.
const AROUND: usize = 60;

/// Labels within this many lines are shown in one piece with the place itself.
const NEAR: usize = 6;

/// All of `diagnostics` as text, with the source lines underlined where a source is given, and a
/// last line that counts them.
///
/// At most 100 are shown; the count is of all. No diagnostics are no text.
///
/// ```
/// use flowtime_core::{Model, diagnostics::render::{self, Style}};
/// let error = Model::from_yaml("schemaVersion: 1\ngrid: 5\nnodes: []\n").unwrap_err();
/// let text = render::text(error.diagnostics(), error.source_text(), Style::Plain);
/// assert!(text.starts_with("error[FT0002]: the grid must be a mapping"));
/// assert!(text.contains(" --> model:2:7"));
/// assert!(text.ends_with("2 errors\n"));
/// ```
pub fn text(diagnostics: &[Diagnostic], source: Option<&Source>, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        text.push_str(&one(diagnostic, source, &renderer));
        text.push_str("\n\n");
    }
    if !diagnostics.is_empty() {
        text.push_str(&count(diagnostics));
        text.push('\n');
    }
    text
}

/// `2 errors, 1 warning`
fn count(diagnostics: &[Diagnostic]) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")];
    let counts = kinds.into_iter().filter_map(|(severity, noun)| {
        let count = diagnostics.iter().filter(|d| d.severity == severity).count();
        (count > 0).then(|| counted(count, noun))
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    match diagnostics.len().checked_sub(MOST_SHOWN) {
        Some(hidden @ 1..) => format!("{counts} ({hidden} not shown)"),
        _ => counts,
    }
}

fn one(diagnostic: &Diagnostic, source: Option<&Source>, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(shown(&diagnostic.message)).id(diagnostic.code.to_string());
    let mut corrections = Vec::new();
    let elements: Vec<Element<'_>> = match (source, diagnostic.span) {
        (Some(source), Some(span)) => {
            let pieces = pieces(diagnostic, source, span).into_iter();
            pieces.map(|marks| snippet(source, &marks, &mut corrections)).collect()
        }
        _ if !diagnostic.path.is_empty() => vec![Origin::path(shown(&diagnostic.path)).into()],
        _ => Vec::new(),
    };
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(shown(help)));
    let text = renderer.render(&[Group::with_title(title).elements(elements).elements(help)]);
    corrections.iter().fold(text, |text, (wrong, right)| text.replacen(wrong, right, 1))
}

/// A place to underline; the one without a message is the diagnostic's own.
type Mark<'s> = (Span, Option<&'s str>);

/// The place and its labels, put together where they can be shown in one piece of the source.
fn pieces<'s>(diagnostic: &'s Diagnostic, source: &Source, span: Span) -> Vec<Vec<Mark<'s>>> {
    let line = source.line(span.start);
    let mut pieces: Vec<Vec<Mark<'_>>> = vec![vec![(span, None)]];
    for label in &diagnostic.labels {
        let here = source.line(label.span.start);
        let (_, text) = source.line_text(here);
        // Of a long line only what is around one place is shown.
        let beside = |(mark, _): &Mark<'_>| {
            source.line(mark.start) != here || mark.start.abs_diff(label.span.start) as usize <= AROUND
        };
        let fits = here.abs_diff(line) <= NEAR && (text.len() <= 2 * AROUND || pieces[0].iter().all(beside));
        let mark = (label.span, Some(label.message.as_str()));
        if fits { pieces[0].push(mark) } else { pieces.push(vec![mark]) }
    }
    pieces
}

/// One piece of the source with its marks. Where a line is cut, the renderer's idea of the column
/// is wrong; `corrections` says what to replace by what.
fn snippet<'s>(source: &Source, marks: &[Mark<'s>], corrections: &mut Vec<(String, String)>) -> Element<'s> {
    let name = shown(source.name());
    let lines = marks.iter().map(|(mark, _)| source.line(mark.start));
    let (first, last) = (lines.clone().min().unwrap_or(1), lines.max().unwrap_or(1));
    let mut piece = String::new();
    let mut annotations: Vec<Annotation<'s>> = Vec::new();
    for line in first..=last {
        let (start, text) = source.line_text(line);
        let here: Vec<_> = marks.iter().filter(|(mark, _)| source.line(mark.start) == line).collect();
        let focus = here.first().map_or(start, |(mark, _)| mark.start as usize) - start;
        let cut = window(text, focus);
        let before = if cut.start > 0 { "…" } else { "" };
        let base = piece.len() + before.len();
        for (index, (mark, message)) in here.into_iter().enumerate() {
            // What goes on over the end of the line is marked up to there.
            let place = |offset: u32| (offset as usize).saturating_sub(start).clamp(cut.start, cut.end);
            let kind = if message.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
            let (from, to) = (place(mark.start), place(mark.end));
            let range = base + from - cut.start..base + to - cut.start;
            annotations.push(kind.span(range).label(message.map(shown)));
            if cut.start > 0 && index == 0 {
                let column = 1 + before.chars().count() + text[cut.start..from].chars().count();
                let right = source.line_column(mark.start).column;
                corrections.push((format!("{name}:{line}:{column}"), format!("{name}:{line}:{right}")));
            }
        }
        piece.push_str(before);
        piece.push_str(&text[cut.clone()]);
        piece.push_str(if cut.end < text.len() { "…\n" } else { "\n" });
    }
    Snippet::source(piece).line_start(first).path(name).annotations(annotations).into()
}

/// The part of a line to show: all of it, or what is around `focus`.
fn window(line: &str, focus: usize) -> std::ops::Range<usize> {
    if line.len() <= 2 * AROUND {
        return 0..line.len();
    }
    let focus = head(line, focus).len();
    let start = line[..focus].char_indices().rev().take(AROUND).last().map_or(focus, |(i, _)| i);
    let end = line[focus..].char_indices().nth(AROUND).map_or(line.len(), |(i, _)| focus + i);
    start..end
}

/// Text that came from elsewhere, made harmless: one line, no control characters.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// All of `diagnostics` as a JSON array of objects with the members `code`, `severity`, `message`,
/// `path`, `line`, `column`, `end_line`, `end_column`, `help` and `labels`.
///
/// Lines and columns count from 1, columns in characters; they are null where there is no place
/// in a document. A label has `message`, `line`, `column`, `end_line` and `end_column`.
///
/// ```
/// use flowtime_core::{Model, diagnostics::render};
/// let error = Model::from_yaml("schemaVersion: 1\ngrid: 5\nnodes: []\n").unwrap_err();
/// let json = render::json(error.diagnostics(), error.source_text());
/// assert!(json.contains(r#""code":"FT0002""#) && json.contains(r#""line":2"#));
/// ```
pub fn json(diagnostics: &[Diagnostic], source: Option<&Source>) -> String {
    let place = |span: Option<Span>| -> [Value; 4] {
        let Some((source, span)) = source.zip(span) else { return Default::default() };
        let (start, end) = (source.line_column(span.start), source.line_column(span.end));
        [start.line, start.column, end.line, end.column].map(Value::from)
    };
    let objects: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let labels: Vec<Value> = diagnostic
                .labels
                .iter()
                .map(|label| {
                    let [line, column, end_line, end_column] = place(Some(label.span));
                    json!({
                        "message": label.message,
                        "line": line,
                        "column": column,
                        "end_line": end_line,
                        "end_column": end_column,
                    })
                })
                .collect();
            let [line, column, end_line, end_column] = place(diagnostic.span);
            json!({
                "code": diagnostic.code.to_string(),
                "severity": diagnostic.severity.name(),
                "message": diagnostic.message,
                "path": diagnostic.path,
                "line": line,
                "column": column,
                "end_line": end_line,
                "end_column": end_column,
                "help": diagnostic.help,
                "labels": labels,
            })
        })
        .collect();
    Value::Array(objects).to_string()
}
