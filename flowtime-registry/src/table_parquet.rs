//! Tables of numbers, times and words as one Parquet file, row by row.

use crate::series_parquet::{Pipe, failed, properties};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::Arc;

/// The rows of a row group, which are held in memory until it is written.
const ROWS: usize = 1 << 17;

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// `double`; NaN stays NaN.
    Number,
    /// `int64`.
    Integer,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Time,
    /// UTF-8.
    Text,
}

/// What some rows have in one column: all the same, or one each.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Cells<'a> {
    /// The same number in each row.
    Number(f64),
    /// A number each.
    Numbers(&'a [f64]),
    /// An integer each, or a time each.
    Integers(&'a [i64]),
    /// The same word in each row.
    Text(&'a str),
}

enum Held {
    Numbers(Vec<f64>),
    Integers(Vec<i64>),
    Text(Vec<ByteArray>),
}

/// Writes a table as Parquet, some rows after the other; no more than a row group is in memory.
///
/// The same rows and facts give the same bytes; nothing is compressed.
///
/// ```
/// use flowtime_registry::{Cells, ColumnKind, ParquetTable};
/// let mut file = Vec::new();
/// let columns = [("series", ColumnKind::Text), ("value", ColumnKind::Number)];
/// let mut table = ParquetTable::new(&mut file, &columns, &[]).unwrap();
/// table.rows(2, &[Cells::Text("backlog"), Cells::Numbers(&[1.0, 2.0])]).unwrap();
/// table.finish().unwrap();
/// assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
/// ```
pub struct ParquetTable<'w> {
    writer: &'w mut dyn Write,
    pipe: Pipe,
    file: SerializedFileWriter<Pipe>,
    held: Vec<Held>,
    rows: usize,
}

impl<'w> ParquetTable<'w> {
    /// A table without rows. `facts` go into the metadata of the file.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn new(
        writer: &'w mut dyn Write,
        columns: &[(&str, ColumnKind)],
        facts: &[(&str, &str)],
    ) -> io::Result<Self> {
        let pipe = Pipe::default();
        let fields = columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new));
        let schema = fields
            .collect::<Result<_, _>>()
            .and_then(|fields| Type::group_type_builder("table").with_fields(fields).build())
            .map_err(failed)?;
        let file = SerializedFileWriter::new(pipe.clone(), Arc::new(schema), Arc::new(properties(facts)))
            .map_err(failed)?;
        let held = columns.iter().map(|(_, kind)| match kind {
            ColumnKind::Number => Held::Numbers(Vec::new()),
            ColumnKind::Integer | ColumnKind::Time => Held::Integers(Vec::new()),
            ColumnKind::Text => Held::Text(Vec::new()),
        });
        Ok(ParquetTable { writer, pipe, file, held: held.collect(), rows: 0 })
    }

    /// Adds `count` rows: what they have in each column.
    ///
    /// # Errors
    ///
    /// Those of the writer; [`io::ErrorKind::InvalidInput`] when columns are missing, of another kind, or of another
    /// length.
    pub fn rows(&mut self, count: usize, cells: &[Cells<'_>]) -> io::Result<()> {
        let fits = |(held, cells): (&Held, &Cells<'_>)| match (held, cells) {
            (Held::Numbers(_), Cells::Number(_)) | (Held::Text(_), Cells::Text(_)) => true,
            (Held::Numbers(_), Cells::Numbers(all)) => all.len() == count,
            (Held::Integers(_), Cells::Integers(all)) => all.len() == count,
            _ => false,
        };
        if cells.len() != self.held.len() || !self.held.iter().zip(cells).all(fits) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "rows that do not fit the table"));
        }
        for (held, cells) in self.held.iter_mut().zip(cells) {
            match (held, cells) {
                (Held::Numbers(held), Cells::Number(x)) => held.resize(held.len() + count, *x),
                (Held::Numbers(held), Cells::Numbers(all)) => held.extend_from_slice(all),
                (Held::Integers(held), Cells::Integers(all)) => held.extend_from_slice(all),
                (Held::Text(held), Cells::Text(word)) => {
                    // Clones share the bytes.
                    held.resize(held.len() + count, ByteArray::from(word.as_bytes().to_vec()));
                }
                _ => {}
            }
        }
        self.rows += count;
        if self.rows >= ROWS { self.write() } else { Ok(()) }
    }

    /// Writes what is held as a row group.
    fn write(&mut self) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(failed)?;
        for held in &mut self.held {
            let Some(mut column) = group.next_column().map_err(failed)? else { break };
            let written = match held {
                Held::Numbers(all) => column.typed::<DoubleType>().write_batch(all, None, None),
                Held::Integers(all) => column.typed::<Int64Type>().write_batch(all, None, None),
                Held::Text(all) => column.typed::<ByteArrayType>().write_batch(all, None, None),
            };
            written.and_then(|_| column.close()).map_err(failed)?;
            match held {
                Held::Numbers(all) => all.clear(),
                Held::Integers(all) => all.clear(),
                Held::Text(all) => all.clear(),
            }
            self.pipe.drain(self.writer)?;
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write()?;
        }
        self.file.close().map_err(failed)?;
        self.pipe.drain(self.writer)
    }
}

fn field(name: &str, kind: ColumnKind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        ColumnKind::Number => (PhysicalType::DOUBLE, None),
        ColumnKind::Integer => (PhysicalType::INT64, None),
        ColumnKind::Time => {
            let time = LogicalType::timestamp(true, TimeUnit::MILLIS);
            (PhysicalType::INT64, Some(time))
        }
        ColumnKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(logical)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    const COLUMNS: [(&str, ColumnKind); 5] = [
        ("capacity", ColumnKind::Number),
        ("bin", ColumnKind::Integer),
        ("time", ColumnKind::Time),
        ("series", ColumnKind::Text),
        ("value", ColumnKind::Number),
    ];

    #[test]
    fn reads_back_over_row_groups() {
        let values: Vec<f64> = (0..50_000).map(|i| f64::from(i) / 3.0).collect();
        let bins: Vec<i64> = (0..50_000).collect();
        let mut bytes = Vec::new();
        let mut table = ParquetTable::new(&mut bytes, &COLUMNS, &[("a", "b")]).unwrap();
        for (capacity, series) in [(1.0, "x"), (2.0, "y"), (3.0, "größe"), (f64::NAN, "z")] {
            let cells = [
                Cells::Number(capacity),
                Cells::Integers(&bins),
                Cells::Integers(&bins),
                Cells::Text(series),
                Cells::Numbers(&values),
            ];
            table.rows(values.len(), &cells).unwrap();
        }
        table.finish().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 4 * values.len());
        let row = &rows[2 * values.len() + 7];
        assert_eq!((row.get_double(0).unwrap(), row.get_long(1).unwrap()), (3.0, 7));
        assert_eq!(row.get_timestamp_millis(2).unwrap(), 7);
        assert_eq!(row.get_string(3).unwrap(), "größe");
        assert_eq!(row.get_double(4).unwrap().to_bits(), values[7].to_bits());
        assert!(rows.last().unwrap().get_double(0).unwrap().is_nan());
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let mut bytes = Vec::new();
        let mut table = ParquetTable::new(&mut bytes, &COLUMNS[3..], &[]).unwrap();
        for cells in [
            &[Cells::Text("a")][..],
            &[Cells::Number(1.0), Cells::Number(1.0)],
            &[Cells::Text("a"), Cells::Numbers(&[1.0])],
        ] {
            assert_eq!(table.rows(2, cells).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
        table.finish().unwrap();
    }
}
