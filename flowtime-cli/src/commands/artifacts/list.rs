//! What is stored, a line an artifact.

use crate::args::{KindArgument, ListArguments};
use crate::exit::{Exit, Failure};
use crate::report::{self, counted};
use crate::table::{Align, Table};
use crate::terminal::{Terminal, printable};
use anstyle::Style;
use flowtime_registry::{Card, Kind, Query};
use serde_json::json;

/// Lists artifacts, of one kind if it is said.
pub(crate) fn list(
    arguments: &ListArguments,
    kind: Option<KindArgument>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let mut query = Query::new().sort(arguments.sort.into());
    query.kind = kind.map(Kind::from);
    query.template_id.clone_from(&arguments.template);
    query.model_id.clone_from(&arguments.model);
    query.tags.clone_from(&arguments.tag);
    query.capabilities.clone_from(&arguments.capability);
    query.source.clone_from(&arguments.source);
    query.owner.clone_from(&arguments.owner);
    query.name.clone_from(&arguments.name);
    query.created_from.clone_from(&arguments.since);
    query.created_before.clone_from(&arguments.before);
    query.descending = arguments.reverse;
    query.offset = arguments.offset;
    query.limit = arguments.limit;
    let workspace = arguments.root.workspace();
    let page = workspace.registry().list(&query)?;
    if arguments.root.json {
        let counts = workspace.registry().counts(&query)?;
        let object = json!({
            "artifacts": page.cards,
            "total": page.total,
            "offset": page.offset,
            "counts": counts,
        });
        terminal.result(&report::pretty(&object))?;
        return Ok(Exit::Fine);
    }
    if page.cards.is_empty() {
        let what = kind.map_or("artifact", |kind| Kind::from(kind).name());
        let why = if page.total > 0 { "there are no more" } else { "none is stored, or none that fits" };
        terminal.result(&format!("no {what}: {why} in {}\n", workspace.root().display()))?;
        return Ok(Exit::Fine);
    }
    let mut text = table(&page.cards, kind.is_none()).text(terminal.style(Style::new().bold()));
    let shown = page.cards.len();
    let all = counted(page.total, "artifact");
    text.push_str(&if shown < page.total { format!("\n{shown} of {all}\n") } else { format!("\n{all}\n") });
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn table(cards: &[Card], with_kind: bool) -> Table {
    let versions = cards.iter().any(|card| card.version > 1);
    let templates = cards.iter().any(|card| card.template_id.is_some());
    let models = cards.iter().any(|card| card.model_id.is_some());
    let tags = cards.iter().any(|card| !card.tags.is_empty());
    let columns = [
        (with_kind, "kind"),
        (true, "id"),
        (versions, "version"),
        (true, "title"),
        (templates, "template"),
        (models, "model"),
        (true, "created"),
        (tags, "tags"),
    ];
    let headings = columns.iter().filter(|(shown, _)| *shown).map(|(_, name)| (*name, Align::Left));
    let mut table = Table::new(headings);
    for card in cards {
        let cells = [
            card.kind.name().to_owned(),
            card.id.clone(),
            if card.kind == Kind::Model { format!("v{}", card.version) } else { String::new() },
            shortened(&card.title),
            card.template_id.clone().unwrap_or_default(),
            card.model_id.clone().unwrap_or_default(),
            card.created.replace('T', " ").trim_end_matches('Z').to_owned(),
            printable(&card.tags.join(", ")),
        ];
        table.row(columns.iter().zip(cells).filter(|((shown, _), _)| *shown).map(|(_, cell)| cell));
    }
    table
}

/// The start of a long title, and nothing that a terminal would obey.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let plain = printable(text).replace('\n', " ");
    if plain.chars().count() <= MOST {
        return plain;
    }
    plain.chars().take(MOST - 1).chain(['…']).collect()
}
