//! Diagnostics: what was found in a model, as data.

use crate::arguments::{handle, out};
use crate::error::flowtime_error;
use crate::guard::{self, guard};
use crate::handle::give;
use crate::status::flowtime_status;
use crate::text::{flowtime_str, flowtime_text};
use flowtime_core::diagnostics::render::{self, Style};
use flowtime_core::diagnostics::{Diagnostic, Severity, Source, Span};

/// How bad a diagnostic is.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_severity {
    /// There is none: the diagnostic was NULL.
    NONE = 0,
    /// Worth knowing.
    INFO = 1,
    /// Probably not what was meant; the model still runs.
    WARNING = 2,
    /// The model cannot be used.
    ERROR = 3,
}

/// A place in a document. Lines and columns count from 1, columns in characters; bytes count from 0.
/// All are 0 where there is no place, as in models that were built in code. This struct is frozen.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct flowtime_place {
    /// The line of the first character, from 1.
    pub line: usize,
    /// The column of the first character, from 1.
    pub column: usize,
    /// The line of the character after the last.
    pub end_line: usize,
    /// The column of the character after the last.
    pub end_column: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl flowtime_place {
    const NONE: Self = flowtime_place { line: 0, column: 0, end_line: 0, end_column: 0, start: 0, end: 0 };

    fn of(span: Option<Span>, source: Option<&Source>) -> Self {
        let Some((span, source)) = span.zip(source) else { return Self::NONE };
        let (first, last) = (source.line_column(span.start), source.line_column(span.end));
        flowtime_place {
            line: first.line,
            column: first.column,
            end_line: last.line,
            end_column: last.column,
            start: span.start as usize,
            end: span.end as usize,
        }
    }
}

/// A list of diagnostics, in the order of the document.
pub struct flowtime_diagnostics {
    found: Vec<Diagnostic>,
    source: Option<Source>,
    list: Vec<flowtime_diagnostic>,
}

/// One problem, or remark, about a model. It belongs to its list.
pub struct flowtime_diagnostic {
    diagnostic: Diagnostic,
    code: String,
    place: flowtime_place,
    labels: Vec<flowtime_place>,
}

impl flowtime_diagnostics {
    pub(crate) fn new(found: &[Diagnostic], source: Option<&Source>) -> Self {
        let list = found.iter().map(|diagnostic| flowtime_diagnostic {
            diagnostic: diagnostic.clone(),
            code: diagnostic.code.to_string(),
            place: flowtime_place::of(diagnostic.span, source),
            labels: diagnostic.labels.iter().map(|l| flowtime_place::of(Some(l.span), source)).collect(),
        });
        flowtime_diagnostics { list: list.collect(), found: found.to_vec(), source: source.cloned() }
    }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_count(diagnostics: *const flowtime_diagnostics) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(diagnostics, 0, |diagnostics| Some(diagnostics.list.len())) }
}

/// How many of them are errors. A model with none can be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_error_count(diagnostics: *const flowtime_diagnostics) -> usize {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostics, 0, |diagnostics| {
            Some(diagnostics.found.iter().filter(|d| d.is_error()).count())
        })
    }
}

/// Diagnostic number `index`, which lives as long as the list; NULL past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_at(
    diagnostics: *const flowtime_diagnostics,
    index: usize,
) -> *const flowtime_diagnostic {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostics, std::ptr::null(), |diagnostics| {
            Some(&raw const *diagnostics.list.get(index)?)
        })
    }
}

/// All of them as text for people, with the lines of the document underlined; `coloured` is 1 for ANSI
/// colours, 0 for none. At most 100 are shown; the last line counts all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_render(
    diagnostics: *const flowtime_diagnostics,
    coloured: i32,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let diagnostics = handle(diagnostics, "diagnostics")?;
            let style =
                crate::arguments::choice(coloured, &[(0, Style::Plain), (1, Style::Coloured)], "coloured")?;
            let out_text = out(out_text, "out_text")?;
            let text = render::text(&diagnostics.found, diagnostics.source.as_ref(), style);
            out_text.set(give(flowtime_text::new(text)));
            Ok(())
        })
    }
}

/// All of them as a JSON array of objects with the members code, severity, message, path, line, column,
/// end_line, end_column, help and labels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_json(
    diagnostics: *const flowtime_diagnostics,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let diagnostics = handle(diagnostics, "diagnostics")?;
            let out_text = out(out_text, "out_text")?;
            let text = render::json(&diagnostics.found, diagnostics.source.as_ref());
            out_text.set(give(flowtime_text::new(text)));
            Ok(())
        })
    }
}

/// Frees a list that a function gave out. NULL is fine. The list of an error belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostics_free(diagnostics: *mut flowtime_diagnostics) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(diagnostics) }
}

/// The code, such as "FT0002"; a code never changes its meaning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_code(diagnostic: *const flowtime_diagnostic) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| Some(flowtime_str::of(&diagnostic.code)))
    }
}

/// The number of the code: 2 for "FT0002"; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_number(diagnostic: *const flowtime_diagnostic) -> u32 {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, 0, |diagnostic| Some(u32::from(diagnostic.diagnostic.code.info().number)))
    }
}

/// The name of the code, such as "not-a-mapping".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_name(diagnostic: *const flowtime_diagnostic) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| {
            Some(flowtime_str::of(diagnostic.diagnostic.code.info().name))
        })
    }
}

/// How bad it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_severity(
    diagnostic: *const flowtime_diagnostic,
) -> flowtime_severity {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_severity::NONE, |diagnostic| {
            Some(match diagnostic.diagnostic.severity {
                Severity::Info => flowtime_severity::INFO,
                Severity::Warning => flowtime_severity::WARNING,
                _ => flowtime_severity::ERROR,
            })
        })
    }
}

/// What was found and what was expected, in one sentence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_message(diagnostic: *const flowtime_diagnostic) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| {
            Some(flowtime_str::of(&diagnostic.diagnostic.message))
        })
    }
}

/// Where in the document, as a JSON pointer such as "/nodes/3/expr"; empty for the document itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_path(diagnostic: *const flowtime_diagnostic) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| {
            Some(flowtime_str::of(&diagnostic.diagnostic.path))
        })
    }
}

/// What to do about it; NULL and 0 where there is nothing to say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_help(diagnostic: *const flowtime_diagnostic) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| {
            Some(flowtime_str::of_some(diagnostic.diagnostic.help.as_deref()))
        })
    }
}

/// Where in the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_place(diagnostic: *const flowtime_diagnostic) -> flowtime_place {
    // SAFETY: the contract of the header.
    unsafe { guard::read(diagnostic, flowtime_place::NONE, |diagnostic| Some(diagnostic.place)) }
}

/// How many further places belong to it, such as the first of two duplicates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_label_count(diagnostic: *const flowtime_diagnostic) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(diagnostic, 0, |diagnostic| Some(diagnostic.labels.len())) }
}

/// What there is to see at a further place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_label_message(
    diagnostic: *const flowtime_diagnostic,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_str::NONE, |diagnostic| {
            Some(flowtime_str::of(&diagnostic.diagnostic.labels.get(index)?.message))
        })
    }
}

/// Where a further place is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_diagnostic_label_place(
    diagnostic: *const flowtime_diagnostic,
    index: usize,
) -> flowtime_place {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(diagnostic, flowtime_place::NONE, |diagnostic| diagnostic.labels.get(index).copied())
    }
}
