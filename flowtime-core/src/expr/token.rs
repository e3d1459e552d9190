//! The words of an expression: text to tokens, one at a time.

use super::ast::{BinaryOp, TextSpan};

/// A word of an expression and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: TextSpan,
}

/// The kinds of words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    /// A literal; infinite if it is too large for a float64.
    Number(f64),
    Name,
    /// An infix operator; `+` and `-` are prefix operators too.
    Operator(BinaryOp),
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    Comma,
    /// A character that begins no token.
    Unknown(char),
    /// Behind the last token.
    End,
}

/// Reads tokens from the front of a text. Looks at each byte a bounded number of times.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where the last token ended: the place to point at when something is missing.
    last_end: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0, last_end: 0 }
    }

    /// The next token; `End` again and again when there is none.
    pub(super) fn next(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        let start = self.at;
        let Some(&byte) = bytes.get(start) else {
            return Token { kind: TokenKind::End, span: span(self.last_end, self.last_end) };
        };
        let followed_by = |wanted: u8| bytes.get(start + 1) == Some(&wanted);
        let (kind, length) = match byte {
            b'0'..=b'9' | b'.' => match number_length(&bytes[start..]) {
                0 => (TokenKind::Unknown('.'), 1),
                n => (TokenKind::Number(self.text[start..start + n].parse().unwrap_or(f64::INFINITY)), n),
            },
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => (TokenKind::Name, name_length(&bytes[start..])),
            b'+' => (TokenKind::Operator(BinaryOp::Add), 1),
            b'-' => (TokenKind::Operator(BinaryOp::Sub), 1),
            b'*' => (TokenKind::Operator(BinaryOp::Mul), 1),
            b'/' => (TokenKind::Operator(BinaryOp::Div), 1),
            b'<' if followed_by(b'=') => (TokenKind::Operator(BinaryOp::Le), 2),
            b'<' => (TokenKind::Operator(BinaryOp::Lt), 1),
            b'>' if followed_by(b'=') => (TokenKind::Operator(BinaryOp::Ge), 2),
            b'>' => (TokenKind::Operator(BinaryOp::Gt), 1),
            b'=' if followed_by(b'=') => (TokenKind::Operator(BinaryOp::Eq), 2),
            b'!' if followed_by(b'=') => (TokenKind::Operator(BinaryOp::Ne), 2),
            b'(' => (TokenKind::OpenParen, 1),
            b')' => (TokenKind::CloseParen, 1),
            b'[' => (TokenKind::OpenBracket, 1),
            b']' => (TokenKind::CloseBracket, 1),
            b',' => (TokenKind::Comma, 1),
            _ => {
                let character = self.text[start..].chars().next().unwrap_or('\u{fffd}');
                (TokenKind::Unknown(character), character.len_utf8())
            }
        };
        self.at = start + length;
        self.last_end = self.at;
        Token { kind, span: span(start, self.at) }
    }
}

/// The span `start..end`. Texts are at most `u32::MAX` bytes long, which the parser checks first.
pub(super) fn span(start: usize, end: usize) -> TextSpan {
    TextSpan { start: start as u32, end: end as u32 }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// How many bytes at the front form a number; 0 for a lone `.`.
fn number_length(bytes: &[u8]) -> usize {
    let whole = digits(bytes);
    let mut length = whole;
    if bytes.get(length) == Some(&b'.') {
        let fraction = digits(&bytes[length + 1..]);
        if whole + fraction == 0 {
            return 0;
        }
        length += 1 + fraction;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(&bytes[length + 1 + sign..]);
        // Without digits the letter begins a name, and the parser says that an operator is missing.
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

fn name_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut lexer = Lexer::new(text);
        let mut kinds = Vec::new();
        loop {
            match lexer.next().kind {
                TokenKind::End => return kinds,
                kind => kinds.push(kind),
            }
        }
    }

    #[test]
    fn numbers_in_every_form() {
        for (text, value) in [
            ("0", 0.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("5.e2", 500.0),
            ("1e-1", 0.1),
            ("2E+1", 20.0),
            ("007", 7.0),
            ("9007199254740993", 9007199254740992.0),
            ("1e-400", 0.0),
            ("5e-324", 5e-324),
            ("1.7976931348623157e308", f64::MAX),
            ("1e309", f64::INFINITY),
        ] {
            assert_eq!(kinds(text), [TokenKind::Number(value)], "{text}");
        }
    }

    #[test]
    fn what_is_no_number_ends_one() {
        use TokenKind::{Name, Number, Operator, Unknown};
        assert_eq!(kinds("1e"), [Number(1.0), Name]);
        assert_eq!(kinds("1e+"), [Number(1.0), Name, Operator(BinaryOp::Add)]);
        assert_eq!(kinds("1.2.3"), [Number(1.2), Number(0.3)]);
        assert_eq!(kinds("0x10"), [Number(0.0), Name]);
        assert_eq!(kinds("."), [Unknown('.')]);
        assert_eq!(kinds("é="), [Unknown('é'), Unknown('=')]);
    }

    #[test]
    fn the_end_is_behind_the_last_token() {
        let mut lexer = Lexer::new(" ab  ");
        assert_eq!(lexer.next().span, span(1, 3));
        assert_eq!(lexer.next(), Token { kind: TokenKind::End, span: span(3, 3) });
        assert_eq!(lexer.next(), Token { kind: TokenKind::End, span: span(3, 3) });
    }
}
