//! The commands, a file each.

mod completions;
mod ensemble;
mod explain;
mod functions;
mod migrate;
mod plan;
pub(crate) mod run;
mod schema;
mod template;
pub(crate) mod validate;

use crate::args::{Arguments, Command};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

/// Does what was asked for.
pub(crate) fn perform(arguments: Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Run(arguments) => run::perform(&arguments, terminal),
        Command::Ensemble(arguments) => ensemble::perform(&arguments, terminal),
        Command::Validate(arguments) => validate::perform(&arguments, terminal),
        Command::Plan(arguments) => plan::perform(&arguments, terminal),
        Command::Migrate(arguments) => migrate::perform(&arguments, terminal),
        Command::Template(arguments) => template::perform(&arguments.command, terminal),
        Command::Functions(arguments) => functions::perform(&arguments, terminal),
        Command::Explain(arguments) => explain::perform(&arguments, terminal),
        Command::Completions(arguments) => completions::perform(&arguments, terminal),
        Command::Schema => schema::perform(terminal),
    }
}
