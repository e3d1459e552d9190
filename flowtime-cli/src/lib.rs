//! The `flowtime` command, as a library: the program is [`main`] and nothing else. [`graph`] is its picture of a
//! model, for the Python package.
//!
//! What a command finds out goes to standard output, everything else to standard error.
//! The number that [`main`] returns is the exit status:
//!
//! | status | meaning |
//! |---|---|
//! | 0 | fine |
//! | 1 | the model or its data are wrong, or what came of them could not be written |
//! | 2 | the command line is wrong |
//! | 3 | internal error |
//! | 4 | not found |
//! | 5 | something is there already |
//! | 6 | stored files are damaged |
//! | 130 | interrupted |
#![deny(unsafe_code)]

mod args;
mod batch;
mod commands;
mod exit;
mod input;
mod interrupt;
mod junit;
mod limits;
mod overrides;
mod progress;
mod provenance;
mod report;
mod table;
mod terminal;

pub use flowtime_registry::preview as graph;

use exit::{Exit, Failure};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use terminal::Terminal;

/// Does what a command line asks for and returns the exit status.
///
/// The first argument is the program's own name. Nothing here ends the process, so that any
/// program can be this command.
///
/// ```
/// assert_eq!(flowtime_cli::main(["flowtime", "functions", "shift"].map(Into::into)), 0);
/// assert_eq!(flowtime_cli::main(["flowtime", "explain", "FT9999"].map(Into::into)), 4);
/// ```
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match args::parse(args) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe is no failure of `--help`.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Fine } as u8;
        }
    };
    let terminal = Terminal::of_process();
    // A panic is a bug; its message has been printed where it happened.
    let result = catch_unwind(AssertUnwindSafe(|| commands::perform(arguments, &terminal)))
        .unwrap_or_else(|_| Err(Failure::internal()));
    match result {
        Ok(exit) => exit as u8,
        Err(failure) => {
            terminal.failure(&failure);
            failure.exit as u8
        }
    }
}

// The Rust of the pages is run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../flowtime-core/README.md")]
struct CoreReadme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
struct InRust;

#[cfg(doctest)]
#[doc = include_str!("../../docs/templates.md")]
struct Templates;
