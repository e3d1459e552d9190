//! Where text goes: standard output for results, standard error for everything else.

use crate::exit::{Exit, Failure};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use flowtime_core::diagnostics::{Diagnostic, Source, render};
use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// The width of text that goes into a file or a pipe.
const WIDTH_OF_FILES: usize = 100;

const MOST_WIDE: usize = 160;

/// Standard output and standard error, and what they can show.
#[derive(Debug)]
pub(crate) struct Terminal {
    out_coloured: bool,
    err_coloured: bool,
    /// Columns of standard output.
    pub(crate) width: usize,
    /// A person looks at standard error.
    pub(crate) err_is_terminal: bool,
}

impl Terminal {
    /// Colours are for terminals, and `NO_COLOR`, `CLICOLOR_FORCE` and `TERM` have a say.
    pub(crate) fn of_process() -> Self {
        let width = match terminal_size::terminal_size_of(io::stdout()) {
            Some((terminal_size::Width(width), _)) if width > 0 => usize::from(width).min(MOST_WIDE),
            _ => WIDTH_OF_FILES,
        };
        Terminal {
            out_coloured: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            err_coloured: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            width,
            err_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Writes a result. A reader that went away, `flowtime … | head -1`, has seen enough.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::new(Exit::Invalid, format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes anything but a result. Nobody could be told that this fails.
    pub(crate) fn note(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Shows why a command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.note(&self.diagnostics_for_err(&failure.diagnostics, failure.source.as_ref()));
        if !failure.message.is_empty() {
            let red = self.err_style(AnsiColor::Red.on_default().bold());
            self.note(&format!("{red}error{red:#}: {}\n", failure.message));
        }
        if let Some(help) = &failure.help {
            self.help(help);
        }
    }

    /// Says what to do.
    pub(crate) fn help(&self, help: &str) {
        let cyan = self.err_style(AnsiColor::BrightCyan.on_default().bold());
        self.note(&format!("  {cyan}help{cyan:#}: {help}\n"));
    }

    /// Shows something that is no failure but may surprise.
    pub(crate) fn warning(&self, message: &str) {
        let yellow = self.err_style(AnsiColor::Yellow.on_default().bold());
        self.note(&format!("{yellow}warning{yellow:#}: {message}\n"));
    }

    /// Diagnostics as text for standard error.
    pub(crate) fn diagnostics_for_err(&self, found: &[Diagnostic], source: Option<&Source>) -> String {
        render::text(found, source, render_style(self.err_coloured))
    }

    /// Diagnostics as text for standard output.
    pub(crate) fn diagnostics_for_out(&self, found: &[Diagnostic], source: Option<&Source>) -> String {
        render::text(found, source, render_style(self.out_coloured))
    }

    /// A style for standard output, or none where there are no colours.
    pub(crate) fn style(&self, style: Style) -> Style {
        if self.out_coloured { style } else { Style::new() }
    }

    fn err_style(&self, style: Style) -> Style {
        if self.err_coloured { style } else { Style::new() }
    }
}

/// A text that somebody stored, without anything that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn render_style(coloured: bool) -> render::Style {
    if coloured { render::Style::Coloured } else { render::Style::Plain }
}

/// The columns that a text takes on a terminal.
pub(crate) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in lines of at most `width` columns, each after `indent`.
pub(crate) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut lines = String::new();
    for paragraph in text.split('\n') {
        let mut line = indent.to_owned();
        for word in paragraph.split(' ') {
            let empty = line.len() == indent.len();
            if !empty && columns(&line) + 1 + columns(word) > width {
                lines.push_str(&line);
                lines.push('\n');
                line = indent.to_owned();
                line.push_str(word);
            } else {
                if !empty {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}
