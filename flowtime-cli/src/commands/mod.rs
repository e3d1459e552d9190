//! The commands, a file each.

mod artifacts;
mod bundle;
mod completions;
mod explain;
mod functions;
mod lint;
mod migrate;
mod plan;
pub(crate) mod run;
mod runs;
mod schema;
mod sim;
mod telemetry;
mod template;
pub(crate) mod validate;

use crate::args::{Arguments, Command};
use crate::exit::{Exit, Failure};
use crate::terminal::Terminal;

/// Does what was asked for.
pub(crate) fn perform(arguments: Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Run(arguments) => run::perform(&arguments, terminal),
        Command::Validate(arguments) => validate::perform(&arguments, terminal),
        Command::Plan(arguments) => plan::perform(&arguments, terminal),
        Command::Migrate(arguments) => migrate::perform(&arguments, terminal),
        Command::Lint(arguments) => lint::perform(&arguments, terminal),
        Command::Sim(arguments) => sim::perform(&arguments.command, terminal),
        Command::Artifacts(arguments) => artifacts::perform(&arguments.command, terminal),
        Command::Runs(arguments) => runs::perform(&arguments.command, terminal),
        Command::Telemetry(arguments) => telemetry::perform(&arguments.command, terminal),
        Command::Export(arguments) => bundle::export(&arguments, terminal),
        Command::Import(arguments) => bundle::import(&arguments, terminal),
        Command::Template(arguments) => template::perform(&arguments.command, terminal),
        Command::Functions(arguments) => functions::perform(&arguments, terminal),
        Command::Explain(arguments) => explain::perform(&arguments, terminal),
        Command::Completions(arguments) => completions::perform(&arguments, terminal),
        Command::Schema(arguments) => schema::perform(&arguments, terminal),
    }
}
