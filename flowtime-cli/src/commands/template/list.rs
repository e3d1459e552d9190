//! `flowtime template list`

use crate::args::TemplateListArguments;
use crate::exit::{Exit, Failure};
use crate::report;
use crate::table::{Align, Table};
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::Template;
use serde_json::json;

pub(super) fn perform(arguments: &TemplateListArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let templates = Template::shipped_ids().map(Template::shipped).collect::<Result<Vec<_>, _>>()?;
    if arguments.json {
        let cards: Vec<_> = templates
            .iter()
            .map(|template| {
                json!({
                    "id": template.id(),
                    "version": template.version(),
                    "title": template.title(),
                    "description": template.description(),
                    "tags": template.tags(),
                    "parameters": template.parameters().len(),
                })
            })
            .collect();
        terminal.result(&report::pretty(&json!({"templates": cards})))?;
        return Ok(Exit::Fine);
    }
    let headings = [
        ("template", Align::Left),
        ("version", Align::Left),
        ("parameters", Align::Right),
        ("title", Align::Left),
    ];
    let mut table = Table::new(headings);
    for template in &templates {
        table.row([
            template.id().to_owned(),
            template.version().to_owned(),
            template.parameters().len().to_string(),
            template.title().to_owned(),
        ]);
    }
    let bold = terminal.style(Style::new().bold());
    terminal.result(&format!(
        "{}\n`flowtime template show TEMPLATE` says what one of them models and what can be chosen\n",
        table.text(bold)
    ))?;
    Ok(Exit::Fine)
}
