//! Labels, the trash, and what goes there.

use crate::args::{DeleteArguments, LabelArguments, OneArguments, PruneArguments};
use crate::exit::{Exit, Failure};
use crate::report::{self, counted};
use crate::terminal::Terminal;
use flowtime_registry::{Card, Kind, LabelChange, Prune};
use serde_json::json;

pub(super) fn label(arguments: &LabelArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut change = LabelChange::new();
    change.title.clone_from(&arguments.title);
    change.description.clone_from(&arguments.description);
    change.add_tags.clone_from(&arguments.tag);
    change.remove_tags.clone_from(&arguments.untag);
    change.owner.clone_from(&arguments.owner);
    change.visibility.clone_from(&arguments.visibility);
    let card = arguments.root.workspace().registry().update_labels(&arguments.reference, &change)?;
    if arguments.root.json {
        terminal.result(&report::pretty(&json!(card)))?;
    } else {
        let tags = if card.tags.is_empty() { String::new() } else { format!(" · {}", card.tags.join(", ")) };
        terminal.result(&format!("{}: {}{tags}\n", card.path, card.title))?;
    }
    Ok(Exit::Fine)
}

pub(super) fn delete(arguments: &DeleteArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let workspace = arguments.root.workspace();
    let mut gone = Vec::new();
    for reference in &arguments.references {
        match workspace.registry().delete(reference, arguments.force) {
            Ok(cards) => gone.extend(cards),
            Err(error) => {
                // What went before is told all the same.
                tell(&gone, "deleted", arguments.root.json, terminal)?;
                return Err(error.into());
            }
        }
    }
    tell(&gone, "deleted", arguments.root.json, terminal)?;
    if !arguments.root.json && !gone.is_empty() {
        terminal.result(&format!("`flowtime artifacts restore {}` takes it back\n", gone[0].id))?;
    }
    Ok(Exit::Fine)
}

pub(super) fn restore(arguments: &OneArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let back = arguments.root.workspace().registry().restore(&arguments.reference)?;
    tell(&back, "restored", arguments.root.json, terminal)?;
    Ok(Exit::Fine)
}

pub(super) fn prune(arguments: &PruneArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut prune = Prune::new();
    prune.older_than = arguments.older_than;
    prune.unused = arguments.unused;
    prune.kind = arguments.kind.map(Kind::from);
    prune.dry_run = arguments.dry_run;
    let gone = arguments.root.workspace().registry().prune(&prune)?;
    let what = if arguments.dry_run { "would go" } else { "deleted" };
    tell(&gone, what, arguments.root.json, terminal)?;
    if !arguments.root.json {
        let how = if arguments.dry_run { " (--dry-run: nothing went)" } else { "" };
        terminal.result(&format!("{}{how}\n", counted(gone.len(), "artifact")))?;
    }
    Ok(Exit::Fine)
}

fn tell(cards: &[Card], what: &str, json: bool, terminal: &Terminal) -> Result<(), Failure> {
    if json {
        return terminal.result(&report::pretty(&json!({"artifacts": cards})));
    }
    for card in cards {
        terminal.result(&format!("{what} {}\n", card.path))?;
    }
    Ok(())
}
