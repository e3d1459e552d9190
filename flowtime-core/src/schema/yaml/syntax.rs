//! The YAML crate's errors in our words.

use crate::diagnostics::{Code, Diagnostic, Span};
use granit_parser::{ErrorKind, ScanError};

pub(super) fn too_deep(span: Span, depth: usize) -> Diagnostic {
    Diagnostic::new(
        Code::NestedTooDeep,
        "",
        format!("lists and mappings are nested more than {depth} levels deep"),
    )
    .at(span)
    .help("a model needs fewer than ten levels")
}

/// The crate's error in our words, at the character where parsing stopped.
pub(super) fn syntax_error(error: &ScanError, text: &str, depth: usize) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let offset = (0..=offset).rev().find(|o| text.is_char_boundary(*o)).unwrap_or(0);
    let width = text[offset..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
    let span = Span::new(offset, offset + width);
    let (message, help) = match error.kind() {
        ErrorKind::RecursionLimitExceeded => return too_deep(span, depth),
        ErrorKind::TabInPlainScalar
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => {
            ("found a tab where YAML wants spaces".to_owned(), "indent with spaces")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("`{open}` is never closed"), "add the closing bracket")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{open}` is closed by `{close}`"), "close every bracket with its own kind")
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("this bracket closes nothing".to_owned(), "remove it, or open it before")
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => (
            "a list in `[ ]` wants `,` or `]` here".to_owned(),
            "close the list with `]`, or separate its items with `,`",
        ),
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => (
            "a mapping in `{ }` wants `,` or `}` here".to_owned(),
            "close the mapping with `}`, or separate its entries with `,`; quote texts that contain brackets",
        ),
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed".to_owned(), "add the closing quote"),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a quoted text goes on over the end of its line".to_owned(),
            "close the quote, or indent the lines that belong to it",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text goes on after the closing quote".to_owned(), "quote the whole text or nothing of it")
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            "this text has an escape (`\\` and a character) that YAML does not know".to_owned(),
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` is not allowed here".to_owned(),
            "quote the text if the colon belongs to it; else check the indentation of this line and the one before",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => {
            ("a `key: value` line was expected here".to_owned(), "check the indentation and the colon")
        }
        ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidIndentation => (
            "this line does not fit the lines before it".to_owned(),
            "a list is `- item` lines and a mapping `key: value` lines, each with the same indentation",
        ),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            (format!("the control character {} is not allowed", character.escape_unicode()), "remove it")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("a text cannot start with `{character}`"), "quote the text")
        }
        ErrorKind::BomInsideDocument => {
            ("a byte order mark stands inside the document".to_owned(), "remove it")
        }
        ErrorKind::ExpectedDocumentStart => {
            ("the document is over, but there is more text".to_owned(), "remove it, or check the indentation")
        }
        _ => (
            format!("the text is not YAML here ({})", error.info()),
            "check indentation, quotes and brackets",
        ),
    };
    Diagnostic::new(Code::YamlSyntax, "", message).at(span).help(help)
}
