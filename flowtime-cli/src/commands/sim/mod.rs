//! `flowtime sim`

mod new;
mod registry;

use super::artifacts::{list, show};
use super::template;
use crate::args::{KindArgument, SimCommand};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

/// Does what was asked for.
pub(crate) fn perform(command: &SimCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        SimCommand::New(arguments) => new::new(arguments, terminal),
        SimCommand::Derive(arguments) => new::derive(arguments, terminal),
        SimCommand::List(arguments) => {
            list(arguments, Some(arguments.kind.unwrap_or(KindArgument::Model)), terminal)
        }
        SimCommand::Show(arguments) => show(arguments, Some(KindArgument::Model), terminal),
        SimCommand::Templates(arguments) => template::list(arguments, terminal),
        SimCommand::Registry(arguments) => registry::perform(&arguments.command, terminal),
    }
}
