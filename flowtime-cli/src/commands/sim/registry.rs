//! `flowtime sim registry`

use crate::args::RegistryCommand;
use crate::exit::{Exit, Failure};
use crate::report::{self, counted};
use crate::terminal::Terminal;
use anstyle::{AnsiColor, Style};
use flowtime_registry::Problem;
use serde_json::json;

pub(super) fn perform(command: &RegistryCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        RegistryCommand::Sync(arguments) => {
            let synced = arguments.workspace().registry().sync()?;
            if arguments.json {
                return object(&json!(synced), synced.failed.is_empty(), terminal);
            }
            let changes =
                [("added", &synced.added), ("updated", &synced.updated), ("removed", &synced.removed)];
            for (what, paths) in changes {
                for path in paths {
                    terminal.result(&format!("{what:8} {path}\n"))?;
                }
            }
            problems(&synced.failed, terminal)?;
            let changed = synced.added.len() + synced.updated.len() + synced.removed.len();
            terminal.result(&format!("{} registered, {}\n", synced.total, counted(changed, "change")))?;
            Ok(if synced.failed.is_empty() { Exit::Fine } else { Exit::Integrity })
        }
        RegistryCommand::Status(arguments) => {
            let workspace = arguments.workspace();
            let status = workspace.registry().status()?;
            let fine = status.problems.is_empty();
            if arguments.json {
                return object(&json!(status), fine, terminal);
            }
            let kinds: Vec<String> = status
                .by_kind
                .iter()
                .map(|(kind, count)| format!("{count} {}", plural(kind, *count)))
                .collect();
            let kinds = if kinds.is_empty() { "nothing stored yet".to_owned() } else { kinds.join(", ") };
            terminal.result(&format!("{}\n{kinds}\n", workspace.root().display()))?;
            for (what, count) in [
                ("not in the index", status.unregistered),
                ("in the index without a folder", status.orphaned),
                ("cannot be read", status.failed),
                ("waiting to be registered", status.pending),
                ("in the trash", status.trashed),
            ] {
                if count > 0 {
                    terminal.result(&format!("{count} {what}\n"))?;
                }
            }
            if let Some(scan) = &status.last_scan {
                terminal.result(&format!("all folders were last read at {scan}\n"))?;
            }
            problems(&status.problems, terminal)?;
            Ok(if fine { Exit::Fine } else { Exit::Integrity })
        }
        RegistryCommand::Resync(arguments) => {
            let cards = arguments.root.workspace().registry().resync(&arguments.reference)?;
            if arguments.root.json {
                return object(&json!({"cards": cards}), true, terminal);
            }
            for card in &cards {
                terminal.result(&format!("{}\n", card.path))?;
            }
            terminal.result(&format!("{} read again\n", counted(cards.len(), "folder")))?;
            Ok(Exit::Fine)
        }
        RegistryCommand::Validate(arguments) => {
            let found = arguments.workspace().registry().validate()?;
            if arguments.json {
                return object(&json!(found), found.is_valid(), terminal);
            }
            problems(&found.problems, terminal)?;
            let colour = if found.is_valid() { AnsiColor::Green } else { AnsiColor::Red };
            let style = terminal.style(Style::new().bold().fg_color(Some(colour.into())));
            terminal.result(&format!(
                "{style}{} of {}{style:#} artifacts as they were written\n",
                found.valid, found.checked
            ))?;
            Ok(if found.is_valid() { Exit::Fine } else { Exit::Integrity })
        }
    }
}

fn object(value: &serde_json::Value, fine: bool, terminal: &Terminal) -> Result<Exit, Failure> {
    terminal.result(&report::pretty(value))?;
    Ok(if fine { Exit::Fine } else { Exit::Integrity })
}

fn problems(found: &[Problem], terminal: &Terminal) -> Result<(), Failure> {
    for problem in found {
        terminal.result(&format!("{}: {}\n  {}\n", problem.path, problem.message, problem.help))?;
    }
    Ok(())
}

fn plural(kind: &str, count: usize) -> String {
    match kind {
        "telemetry" => "sets of telemetry".to_owned(),
        kind if count == 1 => kind.to_owned(),
        kind => format!("{kind}s"),
    }
}
