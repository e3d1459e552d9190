//! `flowtime template show`

use super::{find, json, written};
use crate::args::TemplateShowArguments;
use crate::exit::{Exit, Failure};
use crate::report;
use crate::table::{Align, Table};
use crate::terminal::{Terminal, wrapped};
use anstyle::Style;
use flowtime_core::Template;
use flowtime_core::provenance::{format_number, template_hash_of};
use flowtime_core::template::{Parameter, ParameterType};
use serde_json::json;

pub(super) fn perform(arguments: &TemplateShowArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let template = find(&arguments.template)?;
    if arguments.json {
        let object = json!({
            "id": template.id(),
            "version": template.version(),
            "title": template.title(),
            "description": template.description(),
            "tags": template.tags(),
            "template_hash": template_hash_of(template.document()),
            "parameter_form": json(&template.parameter_form())?,
            "template": template.source_text().text(),
        });
        terminal.result(&report::pretty(&object))?;
    } else {
        let name = arguments.template.display().to_string();
        terminal.result(&text(&template, &name, terminal))?;
    }
    Ok(Exit::Fine)
}

/// The template for people; `name` is how they named it.
fn text(template: &Template, name: &str, terminal: &Terminal) -> String {
    let bold = terminal.style(Style::new().bold());
    let mut text = format!("{bold}{}{bold:#} · {} {}\n", template.title(), template.id(), template.version());
    if let Some(description) = template.description() {
        let paragraphs = description.trim().replace('\n', "\n\n");
        text.push_str(&format!("\n{}", wrapped(&paragraphs, "  ", terminal.width)));
    }
    if template.parameters().is_empty() {
        text.push_str("\nThere is nothing to choose.\n");
        return text;
    }
    let headings = [
        ("parameter", Align::Left),
        ("default", Align::Left),
        ("unit", Align::Left),
        ("allowed", Align::Left),
        ("", Align::Left),
    ];
    let mut table = Table::new(headings);
    for parameter in template.parameters() {
        table.row([
            parameter.name.clone(),
            match &parameter.default {
                _ if parameter.required => "must be given".to_owned(),
                default => shortened(&default.as_ref().map(written).unwrap_or_default()),
            },
            parameter.unit.clone().unwrap_or_default(),
            allowed(parameter),
            parameter.title.clone().or_else(|| parameter.description.clone()).unwrap_or_default(),
        ]);
    }
    text.push_str(&format!("\n{}", table.text(bold)));
    // One that fits the line.
    let example = template.parameters().iter().find(|p| p.kind != ParameterType::Array);
    let set = example.map_or(String::new(), |parameter| {
        let value = parameter.default.as_ref().map_or_else(|| "VALUE".to_owned(), written);
        let quote =
            if value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) { "" } else { "'" };
        format!(" --set {}={quote}{value}{quote}", parameter.name)
    });
    text.push_str(&format!("\nflowtime template generate {name}{set} --out model.yaml\n"));
    text
}

/// The start of a long list.
fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

/// Which values a parameter may have.
fn allowed(parameter: &Parameter) -> String {
    if !parameter.choices.is_empty() {
        return parameter.choices.iter().map(written).collect::<Vec<_>>().join(", ");
    }
    let mut words = Vec::new();
    if parameter.kind == ParameterType::Array {
        words.push(match (parameter.min_items, parameter.max_items) {
            (Some(least), Some(most)) if least == most => format!("{least} numbers"),
            (Some(least), Some(most)) => format!("{least} to {most} numbers"),
            (Some(least), None) => format!("{least} numbers or more"),
            (None, Some(most)) => format!("up to {most} numbers"),
            (None, None) => "numbers".to_owned(),
        });
    } else if parameter.kind != ParameterType::Number {
        words.push(parameter.kind.name().to_owned());
    }
    let array = parameter.kind == ParameterType::Array;
    let bounded = parameter.minimum.is_some() || parameter.maximum.is_some();
    if let Some(numbers) = words.last_mut().filter(|_| array && bounded) {
        numbers.push(',');
    }
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => {
            words.push(format!("{} to {}", format_number(least), format_number(most)));
        }
        (Some(least), None) => words.push(format!("at least {}", format_number(least))),
        (None, Some(most)) => words.push(format!("at most {}", format_number(most))),
        (None, None) if words.is_empty() => words.push(parameter.kind.name().to_owned()),
        (None, None) => {}
    }
    words.join(" ")
}
