//! The catalogue of diagnostics: one table that the code, the documentation and `explain` share.

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant; the model still runs.
    Warning,
    /// The model cannot be used.
    Error,
}

/// The stage of validation in which a diagnostic is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// The document's structure and values.
    Schema,
    /// Names, types, cycles.
    Compile,
    /// What can only be seen by evaluating.
    Analyse,
}

/// What the catalogue says about one code.
#[derive(Debug)]
#[non_exhaustive]
pub struct CodeInfo {
    /// The number, written `FT` and four digits.
    pub number: u16,
    /// A short name in kebab case.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// When it is found.
    pub tier: Tier,
    /// What it means and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A small document, or part of one, that causes it.
    pub example: &'static str,
}

macro_rules! catalogue {
    ($($variant:ident = $number:literal $name:literal $severity:ident $tier:ident
       $explanation:literal
       example $example:literal;)*) => {
        /// A kind of diagnostic. Its number never changes meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Code {
            $(#[doc = $explanation] $variant = $number,)*
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// What the catalogue says about it.
            pub fn info(self) -> &'static CodeInfo {
                match self {
                    $(Code::$variant => &CodeInfo {
                        number: $number,
                        name: $name,
                        severity: Severity::$severity,
                        tier: Tier::$tier,
                        explanation: $explanation,
                        example: $example,
                    },)*
                }
            }
        }
    };
}

// Numbers: 00xx document and YAML, 01xx grid, 02xx nodes and values, 03xx expressions,
// 04xx names and cycles, 05xx PMFs, 06xx outputs, 07xx inputs and sources, 08xx limits, 09xx runs.
catalogue! {
    YamlSyntax = 1 "yaml-syntax" Error Schema
        "The text is not YAML from here on. Check indentation, quotes and brackets near the place."
        example "grid: {bins: 4";
    NotAMapping = 2 "not-a-mapping" Error Schema
        "A mapping (`key: value` lines) was expected here and something else was found."
        example "- 1\n- 2";
    ExprSyntax = 301 "expr-syntax" Error Schema
        "The expression cannot be read from here on: something is missing, or stands where it cannot."
        example "expr: MAX(a, 1";
    UnknownFunction = 302 "unknown-function" Error Schema
        "No function has this name. The message lists the nearest names, the help all of them."
        example "expr: FLOR(a)";
    WrongArity = 303 "wrong-arity" Error Schema
        "The function takes another number of arguments. The help shows how it is called."
        example "expr: CLAMP(a, 1)";
    BadArgument = 304 "bad-argument" Error Schema
        "The argument is not of the kind, or not in the range, that the function wants: a literal where a series stands, a negative shift, a period of 0. Literals are written out, not computed and not in parentheses."
        example "expr: SHIFT(a, -1)";
    NumberOverflow = 305 "number-overflow" Error Schema
        "The literal is larger than the largest float64, about 1.797e308."
        example "expr: a * 1e999";
    ExprTooLong = 306 "expr-too-long" Error Schema
        "The expression has more bytes than the limit `expression_bytes`. Split it over several nodes."
        example "expr: a + a + a + …";
    ExprTooDeep = 307 "expr-too-deep" Error Schema
        "Parentheses, calls and signs are nested deeper than the limit `expression_depth`. Move inner parts to nodes of their own; long chains of operators do not count."
        example "expr: ((((…a…))))";
    BadKernel = 308 "bad-kernel" Error Schema
        "The kernel of a CONV is empty, holds nothing but zeros, or has more entries than the limit `kernel_entries`."
        example "expr: CONV(a, [])";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FT{:04}", self.info().number)
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    /// Reads `FT0001`, `ft1`, `1` or the name.
    fn from_str(text: &str) -> Result<Self, ()> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.strip_prefix("ft").unwrap_or(&lower);
        let number: Option<u16> = digits.parse().ok();
        Code::ALL
            .iter()
            .copied()
            .find(|c| Some(c.info().number) == number || c.info().name == lower)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ascending() {
        assert!(Code::ALL.windows(2).all(|w| w[0].info().number < w[1].info().number));
    }
}
