//! The `flowtime` command.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Does what a command line asks for and returns the exit status; `arguments` begin with the program's name.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| flowtime_cli::main(arguments))
}
