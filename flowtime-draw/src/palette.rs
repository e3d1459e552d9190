//! The colours of pictures.

/// A colour as red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Colour(pub(crate) [u8; 3]);

/// Colours that people with any common colour vision can tell apart: the set of M. Okabe and K. Ito, "Color Universal
/// Design" (2002, revised 2008), without its black and its yellow, which is too pale on paper; a grey closes the set.
const OKABE_ITO: [Colour; 7] = [
    Colour([0x00, 0x72, 0xb2]), // blue
    Colour([0xd5, 0x5e, 0x00]), // vermilion
    Colour([0x00, 0x9e, 0x73]), // bluish green
    Colour([0xcc, 0x79, 0xa7]), // reddish purple
    Colour([0xe6, 0x9f, 0x00]), // orange
    Colour([0x56, 0xb4, 0xe9]), // sky blue
    Colour([0x6b, 0x72, 0x80]), // grey
];

impl Colour {
    /// The colour of the `i`-th name: seven hues, then the same darker, then lighter.
    pub(crate) fn nth(i: usize) -> Colour {
        let hue = OKABE_ITO[i % OKABE_ITO.len()];
        match (i / OKABE_ITO.len()) % 3 {
            0 => hue,
            1 => hue.darker(),
            _ => hue.lighter(),
        }
    }

    /// The same hue nearer to black.
    pub(crate) fn darker(self) -> Colour {
        Colour(self.0.map(|c| (u16::from(c) * 11 / 20) as u8))
    }

    /// The same hue nearer to white.
    pub(crate) fn lighter(self) -> Colour {
        Colour(self.0.map(|c| 255 - ((255 - u16::from(c)) * 11 / 20) as u8))
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_one_names_have_twenty_one_colours() {
        let mut seen: Vec<String> = (0..21).map(|i| Colour::nth(i).to_string()).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 21);
        assert_eq!(Colour::nth(0).to_string(), "#0072b2");
    }
}
