//! Runs for other programs, without a copy: the stream of the Arrow C data interface.
//!
//! <https://arrow.apache.org/docs/format/CStreamInterface.html> and the two pages that it builds on say what these
//! structures mean. A run is one batch: a column of times, then one of float64 for each series, whose numbers
//! are those of the run. What is handed out holds the run and nothing of Python, so that it may be released by
//! any thread at any time.

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
    run: Arc<Run>,
    times: Vec<i64>,
    time_format: &'static CStr,
    /// Of the column of times, then of each series.
    names: Vec<CString>,
}

/// The run as a stream of one batch, in the capsule that the Arrow PyCapsule interface wants.
///
/// `times` are seconds, or microseconds (`fine`), since 1970 (`dated`) or since the start of the run; their column is called
/// `time_name`.
pub(crate) fn capsule<'py>(
    py: Python<'py>,
    run: &Arc<Run>,
    time_name: &str,
    times: &PyReadonlyArray1<'py, i64>,
    dated: bool,
    fine: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    let time_format = match (dated, fine) {
        (true, false) => c"tss:",
        (true, true) => c"tsu:",
        (false, false) => c"tDs",
        (false, true) => c"tDu",
    };
    let names = std::iter::once(time_name).chain(run.ids()).map(CString::new).collect::<Result<_, _>>()?;
    let table = Table { run: Arc::clone(run), times: times.as_slice()?.to_vec(), time_format, names };
    PyCapsule::new_with_value(py, Stream::new(table), c"arrow_array_stream")
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

/// What a schema or an array owns: the table, and its children.
struct Owned<T> {
    /// Keeps formats, names and numbers alive.
    _table: Arc<Table>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut T>,
}

impl<T> Owned<T> {
    fn new(table: &Arc<Table>, buffers: Vec<*const c_void>, children: Vec<T>) -> *mut Owned<T> {
        let children = children.into_iter().map(|child| Box::into_raw(Box::new(child))).collect();
        Box::into_raw(Box::new(Owned { _table: Arc::clone(table), buffers, children }))
    }
}

impl Schema {
    fn of_table(table: &Arc<Table>) -> Schema {
        let columns = table.names.iter().enumerate().map(|(index, name)| {
            let format = if index == 0 { table.time_format } else { c"g" };
            Schema::new(table, format, name, Vec::new())
        });
        Schema::new(table, c"+s", c"", columns.collect())
    }

    /// `name` is of `table`.
    fn new(table: &Arc<Table>, format: &'static CStr, name: &CStr, children: Vec<Schema>) -> Schema {
        let n_children = children.len() as i64;
        let owned = Owned::new(table, Vec::new(), children);
        Schema {
            format: format.as_ptr(),
            name: name.as_ptr(),
            metadata: null(),
            flags: 0,
            n_children,
            // SAFETY: just made, and not yet shared.
            children: unsafe { (*owned).children.as_mut_ptr() },
            dictionary: null_mut(),
            release: Some(release_schema),
            private_data: owned.cast(),
        }
    }
}

unsafe extern "C" fn release_schema(schema: *mut Schema) {
    // SAFETY: called once on a schema that `Schema::new` made; children that were moved away are marked as released.
    unsafe {
        let owned = Box::from_raw((*schema).private_data.cast::<Owned<Schema>>());
        for child in owned.children {
            let mut child = Box::from_raw(child);
            if let Some(release) = child.release {
                release(&mut *child);
            }
        }
        (*schema).release = None;
    }
}

impl Array {
    fn of_table(table: &Arc<Table>) -> Array {
        let numbers = table.run.iter().map(|(_, series)| series.as_ptr().cast());
        let columns = std::iter::once(table.times.as_ptr().cast()).chain(numbers);
        // A column has a bitmap of what is valid, which may be left out, and its numbers. Missing values are NaN.
        let columns = columns.map(|numbers| Array::new(table, vec![null(), numbers], Vec::new()));
        Array::new(table, vec![null()], columns.collect())
    }

    /// The numbers are of `table`.
    fn new(table: &Arc<Table>, buffers: Vec<*const c_void>, children: Vec<Array>) -> Array {
        let (n_buffers, n_children) = (buffers.len() as i64, children.len() as i64);
        let owned = Owned::new(table, buffers, children);
        // SAFETY: just made, and not yet shared.
        let (buffers, children) = unsafe { ((*owned).buffers.as_mut_ptr(), (*owned).children.as_mut_ptr()) };
        Array {
            length: table.times.len() as i64,
            null_count: 0,
            offset: 0,
            n_buffers,
            n_children,
            buffers,
            children,
            dictionary: null_mut(),
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
        for child in owned.children {
            let mut child = Box::from_raw(child);
            if let Some(release) = child.release {
                release(&mut *child);
            }
        }
        (*array).release = None;
    }
}
