//! How JSON documents are laid out: the outer members on lines of their own, what is in them on one line.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Values up to this depth have lines of their own.
const DEPTH: usize = 2;

/// Writes a document as people read it and as short as lists of numbers and names allow; ends with a line end.
pub(crate) fn write_document(
    writer: &mut (impl Write + ?Sized),
    document: &impl Serialize,
) -> io::Result<()> {
    let layout = Layout { depth: 0, empty: true };
    document.serialize(&mut Serializer::with_formatter(&mut *writer, layout)).map_err(io::Error::from)?;
    writer.write_all(b"\n")
}

struct Layout {
    depth: usize,
    /// Nothing is in the innermost list or mapping yet.
    empty: bool,
}

impl Layout {
    fn open(&mut self) {
        self.depth += 1;
        self.empty = true;
    }

    fn next<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        if self.depth > DEPTH {
            return if first { Ok(()) } else { writer.write_all(b", ") };
        }
        writer.write_all(if first { b"\n" } else { b",\n" })?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    fn close<W: Write + ?Sized>(&mut self, writer: &mut W, end: &[u8]) -> io::Result<()> {
        let broken = self.depth <= DEPTH && !self.empty;
        self.depth -= 1;
        self.empty = false;
        if broken {
            writer.write_all(b"\n")?;
            (0..self.depth).try_for_each(|_| writer.write_all(b"  "))?;
        }
        writer.write_all(end)
    }
}

impl Formatter for Layout {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open();
        writer.write_all(b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.empty = false;
        Ok(())
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open();
        writer.write_all(b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.empty = false;
        Ok(())
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn outer_members_have_lines() {
        let document = json!({"a": 1, "b": {"c": [1, 2, {"d": []}], "e": {}}, "f": [], "g": [[1], "x"]});
        let mut text = Vec::new();
        write_document(&mut text, &document).unwrap();
        let expected = "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [1, 2, {\"d\": []}],\n    \"e\": {}\n  },\n  \"f\": [],\n  \"g\": [\n    [1],\n    \"x\"\n  ]\n}\n";
        assert_eq!(String::from_utf8(text.clone()).unwrap(), expected);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), document);
    }
}
