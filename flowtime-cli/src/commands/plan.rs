//! `flowtime plan`

use crate::args::PlanArguments;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::table::{Align, Table};
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::Plan;
use flowtime_registry::preview;
use flowtime_registry::write_file_atomically;
use serde_json::{Value, json};

pub(crate) fn perform(arguments: &PlanArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let (loaded, plan) = input::compile(&arguments.model, &arguments.reading)?;
    if let Some(path) = &arguments.svg {
        let title = loaded.model.title().unwrap_or_default();
        write_file_atomically(path, preview(&loaded.model, &plan, title).as_bytes())?;
    }
    let source = loaded.model.source_text();
    if arguments.json {
        let mut object = object(&plan);
        object["diagnostics"] = report::diagnostics(&loaded.warnings, source);
        terminal.result(&report::pretty(&object))?;
        return Ok(Exit::Fine);
    }
    terminal.note(&terminal.diagnostics_for_err(&loaded.warnings, source));
    let mut text = plan.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if arguments.verbose {
        text.push('\n');
        text.push_str(&references(&plan).text(terminal.style(Style::new().bold())));
    }
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

/// Who reads whom, and how many bins back.
fn references(plan: &Plan) -> Table {
    let mut table = Table::new([("node", Align::Left), ("reads", Align::Left), ("bins back", Align::Right)]);
    for (reader, read, lag) in plan.edges() {
        table.row([reader.to_owned(), read.to_owned(), lag.to_string()]);
    }
    table
}

fn object(plan: &Plan) -> Value {
    let grid = plan.grid();
    let nodes = plan
        .nodes()
        .map(|node| json!({"id": node.id, "kind": node.kind, "unit": node.unit, "is_input": node.is_input}));
    let edges = plan.edges().map(|(reader, read, lag)| json!({"from": read, "to": reader, "lag": lag}));
    let outputs = plan.outputs().map(|(series, file)| json!({"series": series, "as": file}));
    json!({
        "grid": {
            "bins": grid.bins(),
            "binSize": grid.bin_size(),
            "binUnit": grid.bin_unit().name(),
            "start": grid.start(),
        },
        "seed": plan.seed(),
        "nodes": nodes.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
    })
}
