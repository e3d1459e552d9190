//! Formulas that a comma tears apart: `{expr: MIN(a, b)}` is YAML for the keys `expr` and `b)`.

use super::{Data, Entry, Style};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::names::quoted;

/// The keys whose texts are formulas, of older documents too.
const KEYS: [&str; 2] = ["expr", "expression"];

/// If the last of `entries` is a formula that ends in the middle, at a comma of a `{ }` mapping: what to
/// say about it, and where the whole formula ends. It is then as good as reported.
pub(super) fn torn(text: &str, mapping: Span, entries: &mut [Entry<'_>]) -> Option<(Diagnostic, u32)> {
    let Entry { key, value, .. } = entries.last_mut()?;
    let Data::Scalar { text: part, style: Style::Plain } = &value.data else { return None };
    let flow = text.as_bytes().get(mapping.start as usize) == Some(&b'{');
    if !flow || !KEYS.contains(&key.as_ref()) || part.matches('(').count() <= part.matches(')').count() {
        return None;
    }
    let start = value.span.start as usize;
    let whole = whole(&text[start..]);
    let key = key.as_ref();
    let diagnostic = Diagnostic::new(
        Code::ExprSyntax,
        format!("/{key}"),
        format!(
            "the formula ends at its first comma, as `{}`: in `{{ }}` a comma ends a value",
            quoted(part)
        ),
    )
    .at(Span::new(start, start + whole.len()))
    .help(format!("quote the formula: `{key}: \"{}\"`", quoted(whole)));
    value.data = Data::Broken;
    Some((diagnostic, (start + whole.len()) as u32))
}

/// The formula at the start of `text`, up to the comma or bracket that is none of its own.
fn whole(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|c| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' | '}' | '\n' => return true,
            ',' => return depth <= 0,
            _ => {}
        }
        depth < 0
    });
    text[..end.unwrap_or(text.len())].trim_end()
}
