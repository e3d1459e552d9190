//! Older documents to the present form, by editing their text.

use super::keys::{GRID, NODE, OUTPUT, Section};
use super::reader::{Path, Reader, is_null};
use super::yaml::{Data, Entry, Yaml, parse};
use super::{ParseOptions, checked_text};
use crate::diagnostics::{Code, Diagnostic, Source, Span};
use crate::error::Error;
use crate::grid::BinUnit;

/// A document in its present form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The whole document; comments and layout are as they were.
    pub text: String,
    /// What was changed, a line each; empty when the document was up to date.
    pub changes: Vec<String>,
}

/// Rewrites the spellings of older documents: `binMinutes`, `expression`, `filename`, an output's
/// `source`, and a missing `schemaVersion`.
///
/// In a bundle (`kind: Model`) it is the model under `spec` that is rewritten. Only these places of the text change. Whether the result is a good model is not looked at.
///
/// # Errors
///
/// [`ErrorKind::InvalidModel`](crate::ErrorKind::InvalidModel) when the text is not YAML, or when
/// a spelling has no present form: a `binMinutes` that is not a whole number of minutes, needs a
/// `binSize` over 1000, or stands beside what would replace it.
///
/// ```
/// let old = "grid: {bins: 24, binMinutes: 60} # a day\nnodes: [{id: a, kind: const, values: 1}]\n";
/// let new = flowtime_core::migrate(old).unwrap();
/// assert_eq!(new.text, "schemaVersion: 1\n\
///     grid: {bins: 24, binSize: 1, binUnit: hours} # a day\nnodes: [{id: a, kind: const, values: 1}]\n");
/// assert_eq!(new.changes.len(), 2);
/// ```
pub fn migrate(text: &str) -> Result<Migrated, Error> {
    let options = ParseOptions::default();
    let (mark, body) = match text.strip_prefix('\u{FEFF}') {
        Some(body) => ("\u{FEFF}", body),
        None => ("", text),
    };
    let source = Source::new(&options.name, body);
    if let Err((diagnostic, _)) = checked_text(body.as_bytes(), &options) {
        return Err(Error::model(vec![*diagnostic], None));
    }
    let tree = parse(body, &options.limits);
    let mut migration = Migration {
        text: body,
        reader: Reader::new(&options, Some(source.clone()), tree.problems),
        edits: Vec::new(),
    };
    match &tree.root {
        Some(root) => migration.document(root),
        None => migration.reader.push(
            Diagnostic::new(Code::EmptyDocument, "", "there is no document to rewrite"),
            Span { start: 0, end: 0 },
        ),
    }
    let problems = migration.reader.finish();
    if problems.any_error() {
        return Err(Error::model(problems.into_list(), Some(source)));
    }
    let mut edits = migration.edits;
    edits.sort_by_key(|e| e.span.start);
    let mut rewritten = mark.to_owned();
    let mut done = 0;
    for edit in &edits {
        rewritten.push_str(&body[done..edit.span.start as usize]);
        rewritten.push_str(&edit.text);
        done = edit.span.end as usize;
    }
    rewritten.push_str(&body[done..]);
    // Text edits can meet layouts that nobody thought of: what does not read back is not handed out.
    let again = parse(rewritten.strip_prefix(mark).unwrap_or(&rewritten), &options.limits);
    if again.root.is_none() || again.problems.any_error() {
        let message = "the layout of this document cannot be rewritten without breaking it";
        let diagnostic = Diagnostic::new(Code::YamlSyntax, "", message)
            .at(Span { start: 0, end: 0 })
            .help("put every key on a line of its own, with ordinary line ends, and try again");
        return Err(Error::model(vec![diagnostic], Some(source)));
    }
    Ok(Migrated { text: rewritten, changes: edits.into_iter().map(|e| e.what).collect() })
}

/// The entry `spec` of a document that is a bundle.
fn bundled<'y, 't>(entries: &'y [Entry<'t>]) -> Option<&'y Entry<'t>> {
    let is_model =
        |entry: &Entry<'_>| matches!(&entry.value.data, Data::Scalar { text, .. } if text == "Model");
    entries.iter().find(|entry| entry.key == "kind" && is_model(entry))?;
    entries.iter().find(|entry| entry.key == "spec")
}

struct Edit {
    span: Span,
    text: String,
    what: String,
}

struct Migration<'t, 'o> {
    text: &'t str,
    reader: Reader<'o>,
    edits: Vec<Edit>,
}

impl Migration<'_, '_> {
    fn document(&mut self, root: &Yaml<'_>) {
        let Data::Mapping { entries, .. } = &root.data else {
            self.reader.not_a_mapping(root, "a model", &Path::Root);
            return;
        };
        let Some(spec) = bundled(entries) else { return self.model(root, entries, &Path::Root) };
        let path = Path::Root.key("spec");
        let Data::Mapping { entries: inner, .. } = &spec.value.data else {
            self.reader.not_a_mapping(&spec.value, "the `spec` of a bundle", &path);
            return;
        };
        if !entries.iter().any(|entry| entry.key == "schemaVersion") {
            self.add_version(root, entries);
        }
        if spec.value.span != spec.value.origin {
            let message = "`spec` stands behind an alias";
            let diagnostic =
                Diagnostic::new(Code::LegacyKey, path.to_string(), message).help("rewrite it by hand");
            self.reader.push(diagnostic, spec.key_span);
            return;
        }
        self.model(&spec.value, inner, &path);
    }

    fn model(&mut self, root: &Yaml<'_>, entries: &[Entry<'_>], path: &Path<'_>) {
        let value = |name: &str| entries.iter().find(|e| e.key == name).map(|e| &e.value);
        let items = |name: &str| match value(name).map(|v| &v.data) {
            Some(Data::Sequence(items)) => items.as_slice(),
            _ => &[],
        };
        if value("schemaVersion").is_none() {
            self.add_version(root, entries);
        }
        if let Some(grid) = value("grid") {
            self.bin_minutes(grid, path);
        }
        let (nodes, outputs) = (path.key("nodes"), path.key("outputs"));
        for (index, node) in items("nodes").iter().enumerate() {
            self.rename(node, &NODE, &nodes.item(index));
        }
        for (index, output) in items("outputs").iter().enumerate() {
            self.rename(output, &OUTPUT, &outputs.item(index));
        }
    }

    /// Puts `schemaVersion: 1` before the first key.
    fn add_version(&mut self, root: &Yaml<'_>, entries: &[Entry<'_>]) {
        let start = root.span.start as usize;
        let braces = self.text[start..].starts_with('{');
        let at = if braces { start + 1 } else { start };
        let text = match entries.first() {
            None => "schemaVersion: 1".to_owned(),
            Some(_) if !braces => {
                let line = self.text[..start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
                format!("schemaVersion: 1{}{}", self.line_end(), " ".repeat(start - line))
            }
            Some(first) => {
                let quote = self.quote(first.key_span);
                format!("{quote}schemaVersion{quote}: 1, ")
            }
        };
        let what = "added `schemaVersion: 1`".to_owned();
        self.edits.push(Edit { span: Span::new(at, at), text, what });
    }

    fn bin_minutes(&mut self, grid: &Yaml<'_>, model: &Path<'_>) {
        let Data::Mapping { entries, .. } = &grid.data else { return };
        let path = model.key("grid");
        let Some(entry) = entries.iter().find(|e| GRID.legacy(&e.key).is_some()) else { return };
        let path = path.key(&entry.key);
        if let Some(other) = entries.iter().find(|e| matches!(e.key.as_ref(), "binSize" | "binUnit")) {
            let message = format!("`binMinutes` and `{}` both say how long a bin is", other.key);
            let diagnostic = Diagnostic::new(Code::LegacyKey, path.to_string(), message)
                .label(other.key_span, "the other one")
                .help("remove one of the two");
            self.reader.push(diagnostic, entry.key_span);
            return;
        }
        let Some(minutes) =
            self.reader.integer(&entry.value, "binMinutes", 1..=i64::MAX, Code::InvalidBinSize, &path)
        else {
            return;
        };
        let minutes = minutes as u64;
        let unit = BinUnit::ALL.into_iter().rev().find(|u| minutes.is_multiple_of(u.minutes()));
        let Some((unit, size)) = unit.map(|u| (u, minutes / u.minutes())).filter(|(_, size)| *size <= 1000)
        else {
            let message = format!("{minutes} minutes have no form with a `binSize` of at most 1000");
            let diagnostic = Diagnostic::new(Code::InvalidBinSize, path.to_string(), message)
                .help("write `binSize` and `binUnit` by hand");
            self.reader.push_value(diagnostic, &entry.value);
            return;
        };
        if self.elsewhere(grid, entry, &path) {
            return;
        }
        // On one line where the mapping is in braces, on two lines else.
        let start = entry.key_span.start as usize;
        let line = self.text[..start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let quote = self.quote(entry.key_span);
        let separator = if self.text[grid.span.start as usize..].starts_with('{') {
            ", ".to_owned()
        } else {
            format!("{}{}", self.line_end(), " ".repeat(start - line))
        };
        self.edits.push(Edit {
            span: Span { start: entry.key_span.start, end: entry.value.span.end },
            text: format!(
                "{quote}binSize{quote}: {size}{separator}{quote}binUnit{quote}: {quote}{}{quote}",
                unit.name()
            ),
            what: format!("`binMinutes: {minutes}` became `binSize: {size}` and `binUnit: {}`", unit.name()),
        });
    }

    fn rename(&mut self, item: &Yaml<'_>, section: &Section, path: &Path<'_>) {
        let Data::Mapping { entries, .. } = &item.data else { return };
        for entry in entries {
            let Some(legacy) = section.legacy(&entry.key) else { continue };
            let (path, new) = (path.key(&entry.key), legacy.new[0]);
            if let Some(other) = entries.iter().find(|e| e.key == new && !is_null(&e.value)) {
                let message = format!("`{}` and `{new}` are the same key, and both are there", legacy.old);
                let diagnostic = Diagnostic::new(Code::LegacyKey, path.to_string(), message)
                    .label(other.key_span, "the other one")
                    .help("remove one of the two");
                self.reader.push(diagnostic, entry.key_span);
                continue;
            }
            if self.elsewhere(item, entry, &path) {
                continue;
            }
            let quote = self.quote(entry.key_span);
            let line = self.reader.line(entry.key_span).unwrap_or(1);
            self.edits.push(Edit {
                span: entry.key_span,
                text: format!("{quote}{new}{quote}"),
                what: format!("line {line}: `{}` became `{new}`", legacy.old),
            });
        }
    }

    /// Is the entry behind an alias? It is rewritten where it is written, if that is in a place
    /// that is rewritten at all; an anchor somewhere else is left to people.
    fn elsewhere(&mut self, owner: &Yaml<'_>, entry: &Entry<'_>, path: &Path<'_>) -> bool {
        let aliased = owner.span != owner.origin;
        let simple = self.text[entry.key_span.end as usize..].starts_with(':')
            || self.text[entry.key_span.end as usize..].starts_with(" :");
        if aliased || !simple || entry.value.span != entry.value.origin {
            let message = format!("`{}` stands behind an alias or is written in an unusual way", entry.key);
            let diagnostic =
                Diagnostic::new(Code::LegacyKey, path.to_string(), message).help("rewrite it by hand");
            self.reader.push(diagnostic, entry.key_span);
            return true;
        }
        let between =
            self.text.get(entry.key_span.end as usize..entry.value.span.start as usize).unwrap_or("");
        if between.contains('&') && GRID.legacy(&entry.key).is_some() {
            let message = format!("the value of `{}` has an anchor", entry.key);
            let diagnostic =
                Diagnostic::new(Code::LegacyKey, path.to_string(), message).help("rewrite it by hand");
            self.reader.push(diagnostic, entry.key_span);
            return true;
        }
        false
    }

    /// The quote that a key has, so that JSON stays JSON.
    fn quote(&self, key: Span) -> &'static str {
        if self.text[key.start as usize..].starts_with('"') { "\"" } else { "" }
    }

    fn line_end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }
}
