//! `flowtime schema`

use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

pub(crate) fn perform(terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.result(&flowtime_core::json_schema())?;
    Ok(Exit::Fine)
}
