//! Series as one Parquet file: a column a series.

use flowtime_core::provenance::ENGINE_VERSION;
use parquet::basic::{Repetition, Type as PhysicalType};
use parquet::data_type::DoubleType;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the file in the folder of a run.
pub const PARQUET_FILE: &str = "series.parquet";

/// The rows of a row group: a column of it is held in memory while it is written.
const ROWS: usize = 1 << 20;

/// Writes series of equal lengths as one Parquet file: a required `double` column for each, a row a bin.
///
/// `facts` go into the metadata of the file, such as `flowtime.run_id`. The same series and facts give the same
/// bytes; nothing is compressed. NaN stays NaN. Of two series of one name the first counts.
///
/// ```
/// let mut file = Vec::new();
/// flowtime_registry::write_series_parquet(&mut file, &[("a", &[1.0, f64::NAN])], &[("flowtime.run_id", "run_1")]).unwrap();
/// assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
/// ```
///
/// # Errors
///
/// Those of the writer; [`io::ErrorKind::InvalidInput`] when the lengths differ.
pub fn write_series_parquet(
    writer: &mut (impl Write + ?Sized),
    series: &[(&str, &[f64])],
    facts: &[(&str, &str)],
) -> io::Result<()> {
    let mut columns: Vec<(&str, &[f64])> = Vec::with_capacity(series.len());
    let mut seen = std::collections::HashSet::new();
    columns.extend(series.iter().filter(|(id, _)| seen.insert(*id)));
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    if columns.iter().any(|(_, values)| values.len() != rows) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "series of different lengths in one table"));
    }
    let pipe = Pipe::default();
    let mut file = start(&pipe, &columns, facts).map_err(failed)?;
    let mut from = 0;
    while from < rows {
        let to = rows.min(from + ROWS);
        let mut group = file.next_row_group().map_err(failed)?;
        for (_, values) in &columns {
            let Some(mut column) = group.next_column().map_err(failed)? else { break };
            column.typed::<DoubleType>().write_batch(&values[from..to], None, None).map_err(failed)?;
            column.close().map_err(failed)?;
            // What is finished goes on at once, so that no more than a column is in memory.
            pipe.drain(writer)?;
        }
        group.close().map_err(failed)?;
        from = to;
    }
    file.close().map_err(failed)?;
    pipe.drain(writer)
}

fn start(
    pipe: &Pipe,
    columns: &[(&str, &[f64])],
    facts: &[(&str, &str)],
) -> Result<SerializedFileWriter<Pipe>, ParquetError> {
    let fields = columns.iter().map(|(id, _)| {
        let column = Type::primitive_type_builder(id, PhysicalType::DOUBLE);
        column.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
    });
    let fields = fields.collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("series").with_fields(fields).build()?;
    let facts = facts.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by(format!("flowtime version {ENGINE_VERSION}"))
        .set_key_value_metadata(Some(facts.collect()))
        .build();
    SerializedFileWriter::new(pipe.clone(), Arc::new(schema), Arc::new(properties))
}

/// What was written and is not handed on yet: the library wants a writer of its own.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn drain(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        writer.write_all(&bytes)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    fn written(series: &[(&str, &[f64])], facts: &[(&str, &str)]) -> Vec<u8> {
        let mut file = Vec::new();
        write_series_parquet(&mut file, series, facts).unwrap();
        file
    }

    #[test]
    fn reads_back_bit_for_bit() {
        let odd = [0.1 + 0.2, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, 1e300];
        let plain = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let bytes =
            written(&[("odd", &odd), ("plain", &plain), ("odd", &plain)], &[("flowtime.run_id", "run_1")]);
        assert_eq!(bytes, written(&[("odd", &odd), ("plain", &plain)], &[("flowtime.run_id", "run_1")]));
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let metadata = reader.metadata().file_metadata();
        let fact = &metadata.key_value_metadata().unwrap()[0];
        assert_eq!((fact.key.as_str(), fact.value.as_deref()), ("flowtime.run_id", Some("run_1")));
        let names: Vec<&str> = metadata.schema_descr().columns().iter().map(|c| c.name()).collect();
        assert_eq!(names, ["odd", "plain"]);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), odd.len());
        for (row, (a, b)) in rows.iter().zip(odd.iter().zip(&plain)) {
            assert_eq!(row.get_double(0).unwrap().to_bits(), a.to_bits());
            assert_eq!(row.get_double(1).unwrap().to_bits(), b.to_bits());
        }
    }

    #[test]
    fn more_rows_than_a_group_and_none_at_all() {
        let long: Vec<f64> = (0..ROWS + 3).map(|i| (i % 7) as f64).collect();
        let reader = SerializedFileReader::new(bytes::Bytes::from(written(&[("a", &long)], &[]))).unwrap();
        let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [ROWS as i64, 3]);
        let empty = SerializedFileReader::new(bytes::Bytes::from(written(&[], &[]))).unwrap();
        assert_eq!(empty.metadata().file_metadata().num_rows(), 0);
        let unequal = write_series_parquet(&mut Vec::new(), &[("a", &[1.0]), ("b", &[])], &[]);
        assert_eq!(unequal.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
