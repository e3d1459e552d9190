//! `flowtime telemetry`

use crate::args::TelemetryCommand;
use crate::exit::{Exit, Failure};
use crate::report::{self, counted};
use crate::terminal::Terminal;
use anstyle::Style;

/// Does what was asked for.
pub(crate) fn perform(command: &TelemetryCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    let TelemetryCommand::Import(arguments) = command;
    if let Err(error) = std::fs::metadata(&arguments.file) {
        return Err(Failure::reading(&arguments.file, &error));
    }
    let workspace = arguments.root.workspace();
    let stored = workspace.import_telemetry(&arguments.file, arguments.name.as_deref(), &arguments.column)?;
    if arguments.root.json {
        terminal.result(&report::pretty(&stored.to_json()))?;
        return Ok(Exit::Fine);
    }
    let bold = terminal.style(Style::new().bold());
    let there = if stored.existed { " (there already)" } else { "" };
    let mut text = format!("{bold}{}{bold:#} · {}{there}\n", stored.id, counted(stored.bins, "bin"));
    for series in &stored.series {
        text.push_str(&format!("  source: {}\n", stored.source(series)));
    }
    terminal.result(&text)?;
    if !stored.left_out.is_empty() {
        let columns = stored.left_out.join("`, `");
        terminal.warning(&format!("left out, as they are no numbers: `{columns}`"));
    }
    Ok(Exit::Fine)
}
