//! The functions of the language: one table for parser, checker, evaluators and documentation.

/// A built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Function {
    Abs,
    And,
    Bin,
    Ceil,
    Clamp,
    Conv,
    Cumsum,
    Ema,
    Exp,
    Floor,
    If,
    Ln,
    Max,
    Mean,
    Min,
    Mod,
    Not,
    Or,
    Pow,
    Pulse,
    Queue,
    RollingMax,
    RollingMean,
    RollingMin,
    RollingSum,
    Round,
    Shift,
    Sign,
    Sqrt,
    Step,
    Sum,
}
