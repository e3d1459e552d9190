//! `flowtime artifacts`, and the lists and pages of what is stored.

mod list;
mod manage;
mod show;

pub(super) use list::list;
pub(super) use show::show;

use crate::args::ArtifactsCommand;
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

/// Does what was asked for.
pub(crate) fn perform(command: &ArtifactsCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        ArtifactsCommand::List(arguments) => list(arguments, arguments.kind, terminal),
        ArtifactsCommand::Show(arguments) => show(arguments, None, terminal),
        ArtifactsCommand::Label(arguments) => manage::label(arguments, terminal),
        ArtifactsCommand::Delete(arguments) => manage::delete(arguments, terminal),
        ArtifactsCommand::Restore(arguments) => manage::restore(arguments, terminal),
        ArtifactsCommand::Prune(arguments) => manage::prune(arguments, terminal),
    }
}
