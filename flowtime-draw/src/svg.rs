//! SVG as text: one writer for coordinates, one for names, so that no picture can print either in another way.

use std::fmt::{self, Display, Write};

/// The fonts of every picture.
const FONT: &str = "system-ui, sans-serif";
/// The colour of text.
pub(crate) const INK: &str = "#1f2933";
/// The colour of text that explains.
pub(crate) const MUTED: &str = "#5f6b7a";
/// The colour of grid lines.
pub(crate) const GRID: &str = "#e6e9ee";
/// The colour of axes.
pub(crate) const AXIS: &str = "#9aa5b1";
/// The colour of paper: pictures bring their own, so that they read on dark pages too.
pub(crate) const PAPER: &str = "#ffffff";

/// Names on hover are cut at this many characters.
const HOVER_CHARS: usize = 500;

/// A coordinate: at most one decimal, never `NaN`, `inf` or `-0`.
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) f64);

impl Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A cast saturates and maps NaN to 0; the clamp keeps infinities inside what renderers can take.
        let tenths = (self.0.clamp(-1e7, 1e7) * 10.0).round() as i64;
        if tenths < 0 {
            f.write_char('-')?;
        }
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{whole}") } else { write!(f, "{whole}.{tenth}") }
    }
}

/// Text that is safe between tags and inside quoted attributes.
///
/// Characters that XML 1.0 cannot hold, and those that reorder the text around them, become U+FFFD.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' => f.write_str("&#10;")?,
                '\t' | '\r' => f.write_char(' ')?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                    f.write_char('\u{fffd}')?;
                }
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The name in at most `limit` characters, its middle replaced by `…`: names often differ at their ends.
pub(crate) fn shorten(name: &str, limit: usize) -> String {
    let limit = limit.max(3);
    // Looking one past the limit is enough, however long the name is.
    if name.chars().nth(limit).is_none() {
        return name.replace(['\n', '\r', '\t'], " ");
    }
    let tail = (limit - 1) / 3;
    let head = limit - 1 - tail;
    let mut end: Vec<char> = name.chars().rev().take(tail).collect();
    end.reverse();
    let text: String = name.chars().take(head).chain(['…']).chain(end).collect();
    text.replace(['\n', '\r', '\t'], " ")
}

/// The name in at most `width` pixels at this font size.
pub(crate) fn fit(name: &str, size: f64, width: f64) -> String {
    let mut limit = 120;
    loop {
        let text = shorten(name, limit);
        if limit <= 3 || text_width(&text, size) <= width {
            return text;
        }
        limit -= if limit > 40 { 8 } else { 1 };
    }
}

/// The full text of a hover title, cut only where it would make the file large.
pub(crate) fn hover(text: &str) -> String {
    if text.chars().nth(HOVER_CHARS).is_none() {
        return text.to_string();
    }
    text.chars().take(HOVER_CHARS - 1).chain(['…']).collect()
}

/// About how wide a text is in a common sans-serif font, in pixels, rather too much than too little.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| em(c) * size).sum()
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '[' | ']' | ' ' => 0.34,
        'f' | 't' | 'r' | '-' | '/' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.95,
        'A'..='Z' | '_' | '–' | '+' | '=' | '<' | '>' => 0.70,
        c if (c as u32) < 0x1100 => 0.61,
        _ => 1.05,
    }
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) colour: &'static str,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
}

impl Type {
    pub(crate) const fn new(size: f64, colour: &'static str) -> Type {
        Type { size, colour, bold: false, anchor: Anchor::Start }
    }

    pub(crate) const fn bold(mut self) -> Type {
        self.bold = true;
        self
    }

    pub(crate) const fn anchor(mut self, anchor: Anchor) -> Type {
        self.anchor = anchor;
        self
    }
}

/// A picture being written.
pub(crate) struct Svg {
    out: String,
}

impl Svg {
    /// Opens a picture of this size in pixels, with its own background.
    pub(crate) fn new(title: &str, width: f64, height: f64) -> Svg {
        let (w, h) = (At(width), At(height));
        let mut svg = Svg::bare(title, width, height);
        svg.push(format_args!("<rect width=\"{w}\" height=\"{h}\" rx=\"6\" fill=\"{PAPER}\"/>\n"));
        svg
    }

    /// Opens a picture without a background.
    pub(crate) fn bare(title: &str, width: f64, height: f64) -> Svg {
        let (w, h) = (At(width), At(height));
        let mut svg = Svg { out: String::with_capacity(8192) };
        svg.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             role=\"img\" aria-label=\"{}\" font-family=\"{FONT}\" style=\"max-width:100%;height:auto\">\n",
            Escaped(&hover(title))
        ));
        svg
    }

    /// Adds markup; coordinates in it are [`At`], names are [`Escaped`].
    pub(crate) fn push(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(markup);
    }

    /// Adds a text; where `full` differs from it, `full` is its hover title.
    pub(crate) fn text(&mut self, x: f64, y: f64, style: Type, text: &str, full: &str) {
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if style.bold { " font-weight=\"600\"" } else { "" };
        self.push(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}>",
            At(x),
            At(y),
            At(style.size),
            style.colour
        ));
        if text != full {
            self.title(full);
        }
        self.push(format_args!("{}</text>\n", Escaped(text)));
    }

    /// Adds a hover title to the element that is open.
    pub(crate) fn title(&mut self, text: &str) {
        self.push(format_args!("<title>{}</title>", Escaped(&hover(text))));
    }

    /// Closes the picture.
    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

/// A picture that is only a message, for what cannot be drawn.
pub(crate) fn notice(title: &str, message: &str) -> String {
    const HEAD: Type = Type::new(15.0, INK).bold();
    const BODY: Type = Type::new(13.0, MUTED);
    let heading = shorten(title, 60);
    let width = text_width(&heading, HEAD.size * 1.06).max(text_width(message, BODY.size)).max(200.0) + 48.0;
    let mut svg = Svg::new(title, width, 88.0);
    svg.push(format_args!(
        "<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"87\" rx=\"6\" fill=\"none\" stroke=\"{AXIS}\"/>\n",
        At(width - 1.0)
    ));
    svg.text(24.0, 38.0, HEAD, &heading, title);
    svg.text(24.0, 62.0, BODY, message, message);
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_finite() {
        for (x, text) in [
            (1.0, "1"),
            (1.26, "1.3"),
            (-0.04, "0"),
            (-0.26, "-0.3"),
            (f64::NAN, "0"),
            (f64::INFINITY, "10000000"),
            (-1e300, "-10000000"),
        ] {
            assert_eq!(At(x).to_string(), text);
        }
    }

    #[test]
    fn hostile_names_are_escaped() {
        let name = "<script>\"a\" & 'b'\u{0}\u{1b}\u{202e}\u{ffff}\n";
        let safe = "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\u{fffd}\u{fffd}\u{fffd}\u{fffd}&#10;";
        assert_eq!(Escaped(name).to_string(), safe);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("arrivals", 8), "arrivals");
        assert_eq!(shorten("arrivals_at_gate_17", 10), "arriva…_17");
        assert_eq!(shorten("äöüäöü", 4), "äö…ü");
        assert_eq!(hover(&"x".repeat(100_000)).chars().count(), HOVER_CHARS);
        assert!(text_width(&fit(&"w".repeat(5000), 12.0, 100.0), 12.0) <= 100.0);
    }
}
