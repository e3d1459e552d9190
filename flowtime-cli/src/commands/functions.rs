//! `flowtime functions`

use crate::args::FunctionsArguments;
use crate::exit::{Exit, Failure};
use crate::table::{Align, Table};
use crate::terminal::{Terminal, wrapped};
use anstyle::Style;
use flowtime_core::Limits;
use flowtime_core::expr::builtins::{EXAMPLE_SERIES, FUNCTIONS, FunctionInfo, lookup};
use flowtime_core::expr::parse;
use flowtime_draw::readable;

pub(crate) fn perform(arguments: &FunctionsArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let bold = terminal.style(Style::new().bold());
    let text = match &arguments.name {
        None => {
            let mut table = Table::new([("function", Align::Left), ("", Align::Left)]);
            for function in FUNCTIONS {
                table.row([function.signature(), function.summary.to_owned()]);
            }
            format!("{}\n`flowtime functions NAME` explains one of them\n", table.text(bold))
        }
        Some(name) => match lookup(name) {
            Some(function) => explanation(function.info(), bold, terminal.width),
            None => return Err(unknown(name)),
        },
    };
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn explanation(function: &FunctionInfo, bold: Style, width: usize) -> String {
    let mut text = format!("{bold}{}{bold:#}\n", function.signature());
    text.push_str(&wrapped(function.summary, "  ", width));
    text.push('\n');
    text.push_str(&wrapped(function.semantics, "  ", width));
    let defaults: Vec<_> =
        function.params.iter().filter_map(|p| Some(format!("{}: {}", p.name, p.default?))).collect();
    if !defaults.is_empty() {
        text.push_str(&format!("\n  without {}\n", defaults.join(", ")));
    }
    let row = |values: &[f64]| values.iter().map(|x| format!("{:>6}", readable(*x, 4))).collect::<String>();
    let example = &function.example;
    let used = EXAMPLE_SERIES.iter().filter(|(name, _)| {
        example.expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == *name)
    });
    let lines: Vec<(&str, String)> = used
        .map(|(name, values)| (*name, row(values)))
        .chain(std::iter::once((example.expr, row(&example.result))))
        .collect();
    let widest = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    text.push('\n');
    for (name, values) in lines {
        text.push_str(&format!("  {name:widest$}  {values}\n"));
    }
    text
}

fn unknown(name: &str) -> Failure {
    let upper = name.to_ascii_uppercase();
    let near: Vec<String> = FUNCTIONS
        .iter()
        .filter(|function| !upper.is_empty() && function.name.contains(&upper))
        .map(|function| format!("`{}`", function.name))
        .collect();
    // The parser knows what people mistype.
    let typed = parse(&format!("{name}(0)"), &Limits::default()).err().unwrap_or_default();
    if let Some(problem) = typed.iter().find(|p| near.is_empty() && p.message.contains("did you mean")) {
        return Failure::new(Exit::NotFound, &problem.message);
    }
    let failure = Failure::new(Exit::NotFound, format!("no function is called `{name}`"));
    if near.is_empty() {
        failure.help("`flowtime functions` lists all of them")
    } else {
        failure.help(format!("did you mean {}?", near.join(" or ")))
    }
}
