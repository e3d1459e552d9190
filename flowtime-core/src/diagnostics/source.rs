//! The text of a document, and places in it.

use std::sync::Arc;

/// A half-open range of bytes in a document; documents are smaller than 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }
}

/// A place as people count it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// The text of a document with its name and the starts of its lines; cheap to clone.
#[derive(Debug, Clone)]
pub struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    /// The number of characters before every [`STRIDE`]th byte, so that columns of very long lines
    /// are quickly known.
    characters: Vec<u32>,
}

/// How many bytes are counted one by one at most.
const STRIDE: usize = 1024;

/// The characters that start in `bytes`.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| **b & 0xC0 != 0x80).count() as u32
}

impl Source {
    /// Keeps `text`, shown to people as `name` (a file's path, usually).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        let mut before = vec![0];
        for chunk in text.as_bytes().chunks(STRIDE) {
            before.push(before[before.len() - 1] + characters(chunk));
        }
        Source(Arc::new(Inner { name: name.into(), text, line_starts, characters: before }))
    }

    /// The name shown to people.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Where byte `offset` is; offsets past the end are the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = offset.min(self.0.text.len() as u32);
        let line = self.line(offset);
        let before = self.characters_before(offset) - self.characters_before(self.0.line_starts[line - 1]);
        LineColumn { line, column: before as usize + 1 }
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let counted = offset as usize / STRIDE;
        self.0.characters[counted] + characters(&self.0.text.as_bytes()[counted * STRIDE..offset as usize])
    }

    /// The line of byte `offset`, from 1.
    pub(crate) fn line(&self, offset: u32) -> usize {
        self.0.line_starts.partition_point(|start| *start <= offset)
    }

    /// The first byte of a line and its text without the line end; `line` is one that
    /// [`Source::line`] returned.
    pub(crate) fn line_text(&self, line: usize) -> (usize, &str) {
        let start = self.0.line_starts[line - 1] as usize;
        let end = self.0.line_starts.get(line).map_or(self.0.text.len(), |next| *next as usize);
        let text = self.0.text.get(start..end).unwrap_or("");
        (start, text.trim_end_matches(['\n', '\r']))
    }
}

/// A place in the document that takes no part in comparisons: two values that were written in
/// different places are still equal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct At(pub(crate) Option<Span>);

impl PartialEq for At {
    fn eq(&self, _: &At) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = format!("a\u{e9}b\r\n{}x\n", "\u{20ac}".repeat(5000));
        let source = Source::new("a", text.as_str());
        let at = |offset: usize| {
            let place = source.line_column(offset as u32);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(6 + 3 * 5000), (2, 5001));
        assert_eq!(at(text.len()), (3, 1));
        assert_eq!(at(text.len() + 7), (3, 1));
        assert_eq!(source.line_text(1), (0, "a\u{e9}b"));
        assert_eq!(source.line_text(3), (text.len(), ""));
    }
}
