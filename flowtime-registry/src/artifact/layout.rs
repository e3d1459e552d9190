//! How a catalog is written: a line for each of its members, so that it is short and can be read.

use super::CATALOG_FILE;
use crate::error::StoreError;
use crate::storage::Staging;
use crate::sums::SummedFolder;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Writes the catalog of a folder.
pub(crate) fn write_catalog<S: Staging>(
    folder: &mut SummedFolder<S>,
    catalog: &impl Serialize,
) -> Result<(), StoreError> {
    folder.write(CATALOG_FILE, |writer| {
        catalog.serialize(&mut Serializer::with_formatter(&mut *writer, Lines::default()))?;
        writer.write_all(b"\n")
    })?;
    Ok(())
}

/// JSON with a line for each member of the outermost object.
#[derive(Default)]
struct Lines {
    depth: usize,
}

impl Formatter for Lines {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        match (self.depth, first) {
            (1, true) => writer.write_all(b"\n  "),
            (1, false) => writer.write_all(b",\n  "),
            (_, true) => Ok(()),
            (_, false) => writer.write_all(b", "),
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_member() {
        let mut text = Vec::new();
        let document = serde_json::json!({"a": {"b": [1, 2], "c": {}}, "d": "x", "e": []});
        document.serialize(&mut Serializer::with_formatter(&mut text, Lines::default())).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "{\n  \"a\": {\"b\": [1,2], \"c\": {}},\n  \"d\": \"x\",\n  \"e\": []\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), document);
    }
}
