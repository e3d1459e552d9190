//! `flowtime explain`

use crate::args::ExplainArguments;
use crate::exit::{Exit, Failure};
use crate::table::{Align, Table};
use crate::terminal::{Terminal, wrapped};
use anstyle::Style;
use flowtime_core::diagnostics::{Code, Tier};

pub(crate) fn perform(arguments: &ExplainArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let bold = terminal.style(Style::new().bold());
    let text = match &arguments.code {
        None => {
            let mut table = Table::new([("code", Align::Left), ("", Align::Left), ("name", Align::Left)]);
            for code in Code::ALL {
                let info = code.info();
                table.row([code.to_string(), info.severity.name().to_owned(), info.name.to_owned()]);
            }
            format!("{}\n`flowtime explain CODE` explains one of them\n", table.text(bold))
        }
        Some(text) => match text.parse() {
            Ok(code) => explanation(code, bold, terminal.width),
            Err(()) => {
                return Err(Failure::new(Exit::NotFound, format!("there is no code `{text}`"))
                    .help("`flowtime explain` lists all of them"));
            }
        },
    };
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn explanation(code: Code, bold: Style, width: usize) -> String {
    let info = code.info();
    let found = match info.tier {
        Tier::Schema => "when the document is read",
        Tier::Compile => "when the model is compiled",
        Tier::Lint => "by `flowtime lint`",
        _ => "when the model is run",
    };
    let mut text =
        format!("{bold}{code} {}{bold:#} ({}, found {found})\n\n", info.name, info.severity.name());
    text.push_str(&wrapped(info.explanation, "  ", width));
    text.push_str("\n  For example:\n\n");
    for line in info.example.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text
}
