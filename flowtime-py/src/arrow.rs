//! Tables for other programs, runs without a copy: the stream of the Arrow C data interface.
//!
//! <https://arrow.apache.org/docs/format/CStreamInterface.html> and the two pages that it builds on say what these
//! structures mean. A table is one batch. That of a run has a column of times, then one of float64 for each series,
//! whose numbers are those of the run. What is handed out holds the run, or numbers of its own, and nothing of
//! Python, so that it may be released by any thread at any time.

use crate::error::argument;
use flowtime_core::Run;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Schema,
    dictionary: *mut Schema,
    release: Option<unsafe extern "C" fn(*mut Schema)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Array,
    dictionary: *mut Array,
    release: Option<unsafe extern "C" fn(*mut Array)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct Stream {
    get_schema: unsafe extern "C" fn(*mut Stream, *mut Schema) -> c_int,
    get_next: unsafe extern "C" fn(*mut Stream, *mut Array) -> c_int,
    get_last_error: unsafe extern "C" fn(*mut Stream) -> *const c_char,
    release: Option<unsafe extern "C" fn(*mut Stream)>,
    private_data: *mut c_void,
}

/// What the columns are made of.
struct Table {
    columns: Vec<Column>,
    length: usize,
}

/// A column with its numbers.
struct Column {
    name: CString,
    format: &'static CStr,
    numbers: Numbers,
    /// What whole numbers stand for.
    words: Option<Words>,
}

/// Numbers of one column.
enum Numbers {
    Whole(Vec<i64>),
    Codes(Vec<i32>),
    Floats(Vec<f64>),
    /// A series of a run.
    Series(Arc<Run>, usize),
}

/// Texts after each other, and where each begins and the last ends.
struct Words {
    text: String,
    ends: Vec<i32>,
}

impl Column {
    fn numbers(&self) -> *const c_void {
        match &self.numbers {
            Numbers::Whole(numbers) => numbers.as_ptr().cast(),
            Numbers::Codes(numbers) => numbers.as_ptr().cast(),
            Numbers::Floats(numbers) => numbers.as_ptr().cast(),
            Numbers::Series(run, place) => {
                run.iter().nth(*place).map_or(null(), |(_, series)| series.as_ptr().cast())
            }
        }
    }

    fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Whole(numbers) => numbers.len(),
            Numbers::Codes(numbers) => numbers.len(),
            Numbers::Floats(numbers) => numbers.len(),
            Numbers::Series(run, _) => run.plan().grid().bins(),
        }
    }
}

impl Words {
    fn new(words: &[String]) -> PyResult<Words> {
        let mut ends = vec![0];
        let mut text = String::new();
        for word in words {
            text.push_str(word);
            ends.push(i32::try_from(text.len())?);
        }
        Ok(Words { text, ends })
    }
}

fn capsule_of<'py>(py: Python<'py>, columns: Vec<Column>) -> PyResult<Bound<'py, PyCapsule>> {
    let length = columns.first().map_or(0, Column::len);
    if columns.iter().any(|column| column.len() != length) {
        return Err(argument("the columns of a table are equally long".to_owned()));
    }
    PyCapsule::new_with_value(py, Stream::new(Table { columns, length }), c"arrow_array_stream")
}

/// How times are written: seconds, or microseconds (`fine`), since 1970 (`dated`) or since the start of the run.
fn time_format(dated: bool, fine: bool) -> &'static CStr {
    match (dated, fine) {
        (true, false) => c"tss:",
        (true, true) => c"tsu:",
        (false, false) => c"tDs",
        (false, true) => c"tDu",
    }
}

/// The run as a stream of one batch, in the capsule that the Arrow PyCapsule interface wants. The column of
/// `times` is called `time_name`.
pub(crate) fn capsule<'py>(
    py: Python<'py>,
    run: &Arc<Run>,
    time_name: &str,
    times: &PyReadonlyArray1<'py, i64>,
    dated: bool,
    fine: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    let times = Numbers::Whole(times.as_slice()?.to_vec());
    let time = Column {
        name: CString::new(time_name)?,
        format: time_format(dated, fine),
        numbers: times,
        words: None,
    };
    let mut columns = vec![time];
    for (place, id) in run.ids().enumerate() {
        let numbers = Numbers::Series(Arc::clone(run), place);
        columns.push(Column { name: CString::new(id)?, format: c"g", numbers, words: None });
    }
    capsule_of(py, columns)
}

/// One column of [`stream`]: its name and numbers, how times are written, and what places are the places of.
type Told<'py> = (String, Bound<'py, PyAny>, Option<(bool, bool)>, Option<Vec<String>>);

/// A table of other numbers, which are copied: floats, whole numbers, times (with `dated` and `fine`), and the
/// places of words.
#[pyfunction]
pub(crate) fn stream<'py>(py: Python<'py>, columns: Vec<Told<'py>>) -> PyResult<Bound<'py, PyCapsule>> {
    let column = |(name, numbers, time, words): Told<'py>| {
        let (format, numbers) = if words.is_some() {
            (c"i", Numbers::Codes(numbers.extract::<PyReadonlyArray1<'_, i32>>()?.as_slice()?.to_vec()))
        } else if let Ok(floats) = numbers.extract::<PyReadonlyArray1<'_, f64>>() {
            (c"g", Numbers::Floats(floats.as_slice()?.to_vec()))
        } else {
            let format = time.map_or(c"l", |(dated, fine)| time_format(dated, fine));
            (format, Numbers::Whole(numbers.extract::<PyReadonlyArray1<'_, i64>>()?.as_slice()?.to_vec()))
        };
        let words = words.as_deref().map(Words::new).transpose()?;
        Ok(Column { name: CString::new(name)?, format, numbers, words })
    };
    capsule_of(py, columns.into_iter().map(column).collect::<PyResult<_>>()?)
}

/// A stream's own state.
struct Batches {
    table: Arc<Table>,
    /// Was the only batch handed out?
    done: bool,
}

impl Stream {
    fn new(table: Table) -> Stream {
        let batches = Box::new(Batches { table: Arc::new(table), done: false });
        Stream {
            get_schema,
            get_next,
            get_last_error,
            release: Some(release_stream),
            private_data: Box::into_raw(batches).cast(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Who takes the stream out of the capsule leaves no `release` behind.
        if let Some(release) = self.release {
            // SAFETY: a stream that can be released is whole.
            unsafe { release(self) }
        }
    }
}

// SAFETY: a stream owns what it points at: a table, which is never changed and may be read by any thread.
unsafe impl Send for Stream {}

unsafe extern "C" fn get_schema(stream: *mut Stream, out: *mut Schema) -> c_int {
    // SAFETY: the interface promises a stream that was not released, and room for a schema.
    unsafe {
        let batches = (*stream).private_data.cast::<Batches>();
        out.write(Schema::of_table(&(*batches).table));
    }
    0
}

unsafe extern "C" fn get_next(stream: *mut Stream, out: *mut Array) -> c_int {
    // SAFETY: the interface promises a stream that was not released and that no other thread uses, and room for
    // an array.
    unsafe {
        let batches = &mut *(*stream).private_data.cast::<Batches>();
        let done = std::mem::replace(&mut batches.done, true);
        out.write(if done { Array::end() } else { Array::of_table(&batches.table) });
    }
    0
}

unsafe extern "C" fn get_last_error(_: *mut Stream) -> *const c_char {
    // Nothing here can fail.
    null()
}

unsafe extern "C" fn release_stream(stream: *mut Stream) {
    // SAFETY: called once on a stream, whose private data `Stream::new` made.
    unsafe {
        drop(Box::from_raw((*stream).private_data.cast::<Batches>()));
        (*stream).release = None;
    }
}

/// What a schema or an array owns: the table, its children, and what its numbers stand for.
struct Owned<T> {
    /// Keeps formats, names and numbers alive.
    _table: Arc<Table>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut T>,
    dictionary: *mut T,
}

impl<T> Owned<T> {
    fn new(
        table: &Arc<Table>,
        buffers: Vec<*const c_void>,
        children: Vec<T>,
        dictionary: Option<T>,
    ) -> *mut Owned<T> {
        let place = |one| Box::into_raw(Box::new(one));
        let children = children.into_iter().map(place).collect();
        let dictionary = dictionary.map_or(null_mut(), place);
        Box::into_raw(Box::new(Owned { _table: Arc::clone(table), buffers, children, dictionary }))
    }

    /// Everything below.
    fn below(self) -> impl Iterator<Item = Box<T>> {
        let dictionary = (!self.dictionary.is_null()).then_some(self.dictionary);
        // SAFETY: they were boxed by `new`, and are released once, with what owns them.
        self.children.into_iter().chain(dictionary).map(|one| unsafe { Box::from_raw(one) })
    }
}

impl Schema {
    fn of_table(table: &Arc<Table>) -> Schema {
        let columns = table.columns.iter().map(|column| {
            let words = column.words.as_ref().map(|_| Schema::new(table, c"u", c"", Vec::new(), None));
            Schema::new(table, column.format, &column.name, Vec::new(), words)
        });
        Schema::new(table, c"+s", c"", columns.collect(), None)
    }

    /// `name` is of `table`.
    fn new(
        table: &Arc<Table>,
        format: &'static CStr,
        name: &CStr,
        children: Vec<Schema>,
        dictionary: Option<Schema>,
    ) -> Schema {
        let n_children = children.len() as i64;
        let owned = Owned::new(table, Vec::new(), children, dictionary);
        // SAFETY: just made, and not yet shared.
        let (children, dictionary) = unsafe { ((*owned).children.as_mut_ptr(), (*owned).dictionary) };
        Schema {
            format: format.as_ptr(),
            name: name.as_ptr(),
            metadata: null(),
            flags: 0,
            n_children,
            children,
            dictionary,
            release: Some(release_schema),
            private_data: owned.cast(),
        }
    }
}

unsafe extern "C" fn release_schema(schema: *mut Schema) {
    // SAFETY: called once on a schema that `Schema::new` made; children that were moved away are marked as released.
    unsafe {
        let owned = Box::from_raw((*schema).private_data.cast::<Owned<Schema>>());
        for mut child in owned.below() {
            if let Some(release) = child.release {
                release(&mut *child);
            }
        }
        (*schema).release = None;
    }
}

impl Array {
    fn of_table(table: &Arc<Table>) -> Array {
        // A column has a bitmap of what is valid, which may be left out, and its numbers. Missing values are NaN.
        let columns = table.columns.iter().map(|column| {
            let words = column.words.as_ref().map(|words| {
                let buffers = vec![null(), words.ends.as_ptr().cast(), words.text.as_ptr().cast()];
                Array::new(table, words.ends.len() - 1, buffers, Vec::new(), None)
            });
            Array::new(table, table.length, vec![null(), column.numbers()], Vec::new(), words)
        });
        Array::new(table, table.length, vec![null()], columns.collect(), None)
    }

    /// The numbers are of `table`.
    fn new(
        table: &Arc<Table>,
        length: usize,
        buffers: Vec<*const c_void>,
        children: Vec<Array>,
        dictionary: Option<Array>,
    ) -> Array {
        let (n_buffers, n_children) = (buffers.len() as i64, children.len() as i64);
        let owned = Owned::new(table, buffers, children, dictionary);
        // SAFETY: just made, and not yet shared.
        let (buffers, children, dictionary) =
            unsafe { ((*owned).buffers.as_mut_ptr(), (*owned).children.as_mut_ptr(), (*owned).dictionary) };
        Array {
            length: length as i64,
            null_count: 0,
            offset: 0,
            n_buffers,
            n_children,
            buffers,
            children,
            dictionary,
            release: Some(release_array),
            private_data: owned.cast(),
        }
    }

    /// What stands after the last batch.
    fn end() -> Array {
        Array {
            length: 0,
            null_count: 0,
            offset: 0,
            n_buffers: 0,
            n_children: 0,
            buffers: null_mut(),
            children: null_mut(),
            dictionary: null_mut(),
            release: None,
            private_data: null_mut(),
        }
    }
}

unsafe extern "C" fn release_array(array: *mut Array) {
    // SAFETY: as for schemas.
    unsafe {
        let owned = Box::from_raw((*array).private_data.cast::<Owned<Array>>());
        for mut child in owned.below() {
            if let Some(release) = child.release {
                release(&mut *child);
            }
        }
        (*array).release = None;
    }
}
