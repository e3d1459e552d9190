//! `flowtime completions`

use crate::args::{Arguments, CompletionsArguments};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;
use clap::CommandFactory;

pub(crate) fn perform(arguments: &CompletionsArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "flowtime", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
