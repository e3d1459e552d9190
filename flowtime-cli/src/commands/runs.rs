//! `flowtime runs`

use super::artifacts::{list, show};
use crate::args::{CompareArguments, KindArgument, OneArguments, RunsCommand};
use crate::exit::{Exit, Failure};
use crate::report;
use crate::table::{Align, Table};
use crate::terminal::{Terminal, printable};
use anstyle::Style;
use flowtime_draw::readable;
use serde_json::{Value, json};

/// Digits of the numbers in tables.
const DIGITS: usize = 5;

/// Does what was asked for.
pub(crate) fn perform(command: &RunsCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        RunsCommand::List(arguments) => {
            list(arguments, Some(arguments.kind.unwrap_or(KindArgument::Run)), terminal)
        }
        RunsCommand::Show(arguments) => show(arguments, Some(KindArgument::Run), terminal),
        RunsCommand::Trace(arguments) => trace(arguments, terminal),
        RunsCommand::Compare(arguments) => compare(arguments, terminal),
    }
}

fn trace(arguments: &OneArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let trace = arguments.root.workspace().trace(&arguments.reference)?;
    if arguments.root.json {
        terminal.result(&report::pretty(&json!(trace)))?;
        return Ok(Exit::Fine);
    }
    let mut text = String::new();
    if let Some(template) = &trace.template {
        text.push_str(&format!(
            "template    {} {}\n",
            template.id,
            template.version.as_deref().unwrap_or_default()
        ));
    }
    let mut name = "parameters";
    for (parameter, value) in trace.parameters.iter().flatten() {
        text.push_str(&format!("{name:10}  {parameter} = {}\n", plain(value)));
        name = "";
    }
    if let Some(from) = &trace.derived_from {
        text.push_str(&format!("derived     from {from}\n"));
    }
    if let Some(model) = &trace.model {
        text.push_str(&format!("model       {} · {}\n", model.path, printable(&model.title)));
    }
    if let Some(run) = &trace.run {
        text.push_str(&format!("run         {} · {}\n", run.path, run.created));
    }
    for gap in &trace.gaps {
        text.push_str(&format!("unknown     {gap}\n"));
    }
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn compare(arguments: &CompareArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let found = arguments.root.workspace().compare(&arguments.a, &arguments.b)?;
    if arguments.root.json {
        terminal.result(&report::pretty(&json!(found)))?;
        return Ok(Exit::Fine);
    }
    let bold = terminal.style(Style::new().bold());
    let mut text = String::new();
    if !found.parameters.is_empty() {
        let mut table = Table::new([("", Align::Left), ("a", Align::Left), ("b", Align::Left)]);
        for parameter in &found.parameters {
            table.row([parameter.name.clone(), plain(&parameter.a), plain(&parameter.b)]);
        }
        text.push_str(&format!("{}\n", table.text(bold)));
    }
    let headings = [
        ("series", Align::Left),
        ("max |b-a|", Align::Right),
        ("mean |b-a|", Align::Right),
        ("max relative", Align::Right),
        ("bins that differ", Align::Right),
        ("first", Align::Right),
    ];
    let mut table = Table::new(headings);
    for series in &found.series {
        table.row([
            series.id.clone(),
            readable(series.absolute.max, DIGITS),
            readable(series.absolute.mean, DIGITS),
            format!("{} %", readable(series.relative.max * 100.0, 3)),
            format!("{} of {}", series.different_bins, series.bins),
            series.first_different_bin.map_or_else(String::new, |bin| bin.to_string()),
        ]);
    }
    text.push_str(&table.text(bold));
    for (which, only) in [("a", &found.only_in_a), ("b", &found.only_in_b)] {
        if !only.is_empty() {
            text.push_str(&format!("only in {which}: {}\n", only.join(", ")));
        }
    }
    text.push_str(match (found.identical, found.same_model) {
        (true, _) => "\nthe same, bit for bit\n",
        (false, true) => "\nof the same model\n",
        (false, false) => "\nof different models\n",
    });
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => printable(text),
        other => other.to_string(),
    }
}
