//! CSV text, row by row, into columns of numbers.
//!
//! Written here because every line counts as a bin: a blank line in a file of one column is a missing
//! value, and readers that skip blank lines would shift all that follow.

use crate::csv_source::SourceError;
use crate::sums::hex;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};

/// The most bytes of one row.
const MAX_ROW_BYTES: usize = 1 << 20;

/// The most characters of a cell that a message repeats.
const MAX_SHOWN: usize = 40;

/// How much of files is read and kept.
#[derive(Debug, Clone)]
pub(crate) struct TableLimits {
    pub(crate) file_bytes: u64,
    /// Of all files together.
    pub(crate) cells: usize,
    /// Those of files that were read before.
    pub(crate) kept: usize,
}

impl Default for TableLimits {
    fn default() -> Self {
        TableLimits { file_bytes: 1 << 30, cells: 1 << 27, kept: 0 }
    }
}

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct CsvTable {
    pub(crate) columns: Vec<Column>,
    pub(crate) sha256: String,
}

impl CsvTable {
    /// How many numbers are held.
    pub(crate) fn cells(&self) -> usize {
        self.columns.iter().filter_map(|column| column.cells.as_ref().ok()).map(Vec::len).sum()
    }
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The numbers, or the first cell that is none: columns that nobody asks for may hold text.
    pub(crate) cells: Result<Vec<f64>, BadCell>,
}

#[derive(Debug)]
pub(crate) struct BadCell {
    pub(crate) line: u64,
    pub(crate) text: String,
    pub(crate) reason: &'static str,
}

/// Reads a whole file; `name` is for messages.
pub(crate) fn read_table(file: impl Read, name: &str, limits: &TableLimits) -> Result<CsvTable, SourceError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            SourceError::TooLarge { file: name.to_owned(), limit: limits.file_bytes }
        }
        _ => SourceError::Unreadable { file: name.to_owned(), reason: error.to_string() },
    };
    let hashing = Hashing { file, hasher: Sha256::new(), left: limits.file_bytes };
    let mut lines = Lines { reader: BufReader::with_capacity(1 << 16, hashing), line: Vec::new(), number: 0 };
    let mut row = Row::default();
    let row_error = |error: RowError, line| match error {
        RowError::Io(error) => unreadable(error),
        RowError::Text(reason) => SourceError::Row { file: name.to_owned(), line, reason },
    };

    if !lines.next_row(&mut row).map_err(|error| row_error(error, 1))? || row.is_blank() {
        return Err(SourceError::NoHeader { file: name.to_owned() });
    }
    let mut columns: Vec<Column> = row
        .cells()
        .map(|cell| Column { name: String::from_utf8_lossy(cell).trim().to_owned(), cells: Ok(Vec::new()) })
        .collect();

    // Blank lines at the end of the file are no rows; whether a blank line is there is seen later.
    let mut blank = 0u64;
    let mut kept = limits.kept;
    let mut rows = false;
    loop {
        let line = lines.number + 1;
        if !lines.next_row(&mut row).map_err(|error| row_error(error, line))? {
            break;
        }
        if row.is_blank() {
            blank += 1;
            continue;
        }
        if blank > 0 && columns.len() > 1 {
            let (file, expected) = (name.to_owned(), columns.len());
            return Err(SourceError::RowLength { file, line: line - blank, expected, found: 0 });
        }
        if row.ends.len() != columns.len() {
            let (file, expected, found) = (name.to_owned(), columns.len(), row.ends.len());
            return Err(SourceError::RowLength { file, line, expected, found });
        }
        for (column, cell) in columns.iter_mut().zip(row.cells()) {
            let Ok(values) = &mut column.cells else { continue };
            kept += 1 + blank as usize;
            if kept > limits.cells {
                return Err(SourceError::TooManyCells { file: name.to_owned(), limit: limits.cells });
            }
            values.extend((0..blank).map(|_| f64::NAN));
            match number(cell) {
                Ok(value) => values.push(value),
                Err(reason) => {
                    kept -= values.len() + 1;
                    column.cells = Err(BadCell { line, text: shown(cell), reason });
                }
            }
        }
        blank = 0;
        rows = true;
    }
    if !rows {
        return Err(SourceError::NoRows { file: name.to_owned() });
    }
    Ok(CsvTable { columns, sha256: hex(&lines.reader.into_inner().hasher.finalize()) })
}

/// The number that a cell says; NaN when it is empty.
fn number(cell: &[u8]) -> Result<f64, &'static str> {
    const NOT_A_NUMBER: &str = "is not a number";
    let text = std::str::from_utf8(cell).map_err(|_| NOT_A_NUMBER)?.trim();
    if text.is_empty() || text == "NaN" {
        return Ok(f64::NAN);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) if text.contains(|c: char| c.is_ascii_digit()) => Err("is too large for a float64"),
        Ok(value) if value.is_infinite() => Err("is not finite"),
        _ => Err(NOT_A_NUMBER),
    }
}

fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The cells of one row, one after the other.
#[derive(Default)]
struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    place: Place,
    quoted: bool,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Place {
    #[default]
    CellStart,
    Plain,
    Quoted,
    /// After a quote inside quotes: the end of them, or the first of two.
    Quote,
}

impl Row {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.place = Place::CellStart;
        self.quoted = false;
    }

    /// Adds a line without its end; `false` when a quoted cell goes on in the next one.
    fn add(&mut self, line: &[u8]) -> Result<bool, &'static str> {
        for &byte in line {
            self.place = match (self.place, byte) {
                (Place::CellStart, b'"') => {
                    self.quoted = true;
                    Place::Quoted
                }
                (Place::CellStart | Place::Plain | Place::Quote, b',') => {
                    self.ends.push(self.text.len());
                    Place::CellStart
                }
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quote, b'"') | (Place::Quoted, _) => {
                    self.text.push(byte);
                    Place::Quoted
                }
                (Place::Quote, _) => return Err("there is text after a closing quote"),
                (Place::CellStart | Place::Plain, _) => {
                    self.text.push(byte);
                    Place::Plain
                }
            };
        }
        if self.place == Place::Quoted {
            self.text.push(b'\n');
            return Ok(false);
        }
        self.ends.push(self.text.len());
        Ok(true)
    }

    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    /// Nothing but white space: no comma, no quotes.
    fn is_blank(&self) -> bool {
        self.ends.len() == 1 && !self.quoted && self.text.iter().all(u8::is_ascii_whitespace)
    }
}

enum RowError {
    Io(io::Error),
    Text(&'static str),
}

/// The lines of a file, put together to rows.
struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Of the last line read, from 1.
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Reads the next row; `false` at the end of the file.
    fn next_row(&mut self, row: &mut Row) -> Result<bool, RowError> {
        row.clear();
        loop {
            self.line.clear();
            let mut limited = (&mut self.reader).take(MAX_ROW_BYTES as u64 + 1);
            let read = limited.read_until(b'\n', &mut self.line).map_err(RowError::Io)?;
            if read == 0 {
                return match row.place {
                    Place::Quoted => Err(RowError::Text("a quoted cell begins here and does not end")),
                    _ => Ok(false),
                };
            }
            if read + row.text.len() > MAX_ROW_BYTES {
                return Err(RowError::Text("a row of over 1 MiB begins here"));
            }
            self.number += 1;
            let mut line = &self.line[..];
            line = line.strip_suffix(b"\n").unwrap_or(line);
            line = line.strip_suffix(b"\r").unwrap_or(line);
            if self.number == 1 {
                const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
                line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
            }
            if row.add(line).map_err(RowError::Text)? {
                return Ok(true);
            }
        }
    }
}

/// Hashes what is read, and stops at a file that grew over the limit.
struct Hashing<R> {
    file: R,
    hasher: Sha256,
    left: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
