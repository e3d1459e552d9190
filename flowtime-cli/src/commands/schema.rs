//! `flowtime schema`

use crate::args::{DocumentKind, SchemaArguments};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

pub(crate) fn perform(arguments: &SchemaArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.result(&match arguments.of {
        DocumentKind::Model => flowtime_core::json_schema(),
        DocumentKind::Template => flowtime_core::template_json_schema(),
        DocumentKind::Bundle => flowtime_core::bundle_json_schema(),
    })?;
    Ok(Exit::Fine)
}
