//! Instruction selection: which code computes an operation on operands in given places.

use crate::plan::graph::{Binary, Unary};
use crate::plan::program::{At, Code};

/// Where an operand is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// In the accumulator.
    Acc,
    /// In memory.
    Memory(At),
    /// A literal.
    Literal(f64),
    /// An input with one value: a literal that each run sets.
    Parameter(u32),
}

impl Place {
    pub(crate) fn is_memory(self) -> bool {
        matches!(self, Place::Memory(_))
    }

    fn kind(self) -> Kind {
        match self {
            Place::Acc => Kind::A,
            Place::Memory(_) => Kind::V,
            Place::Literal(_) | Place::Parameter(_) => Kind::S,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    A,
    V,
    S,
}

/// The code for a function of the accumulator; `None` for a copy.
pub(crate) fn unary(op: Unary) -> Option<Code> {
    Some(match op {
        Unary::Copy => return None,
        Unary::Neg => Code::Neg,
        Unary::Abs => Code::Abs,
        Unary::Sqrt => Code::Sqrt,
        Unary::Exp => Code::Exp,
        Unary::Ln => Code::Ln,
        Unary::Floor => Code::Floor,
        Unary::Ceil => Code::Ceil,
        Unary::Round => Code::Round,
        Unary::Sign => Code::Sign,
        Unary::Not => Code::Not,
    })
}

/// The code for `left op right`, and whether the operands go into it exchanged.
///
/// `None` where no form exists: load one operand and ask again.
pub(crate) fn binary(op: Binary, left: Place, right: Place) -> Option<(Code, bool)> {
    use Kind::{A, S, V};
    let (mut l, mut r) = (left.kind(), right.kind());
    // a > b is b < a.
    let (op, mirrored) = match op {
        Binary::Gt => (Binary::Lt, true),
        Binary::Ge => (Binary::Le, true),
        op => (op, false),
    };
    if mirrored {
        std::mem::swap(&mut l, &mut r);
    }
    // Where the order of the operands does not show, fewer forms serve.
    let exchanged = op.commutes() && matches!((l, r), (V | S, A) | (S, V));
    if exchanged {
        std::mem::swap(&mut l, &mut r);
    }
    let code = match (op, l, r) {
        (Binary::Add, A, V) => Code::AddAV,
        (Binary::Add, A, S) => Code::AddAS,
        (Binary::Add, V, V) => Code::AddVV,
        (Binary::Add, V, S) => Code::AddVS,
        (Binary::Sub, A, V) => Code::SubAV,
        (Binary::Sub, A, S) => Code::SubAS,
        (Binary::Sub, V, V) => Code::SubVV,
        (Binary::Sub, V, S) => Code::SubVS,
        (Binary::Sub, V, A) => Code::SubVA,
        (Binary::Sub, S, A) => Code::SubSA,
        (Binary::Sub, S, V) => Code::SubSV,
        (Binary::Mul, A, V) => Code::MulAV,
        (Binary::Mul, A, S) => Code::MulAS,
        (Binary::Mul, V, V) => Code::MulVV,
        (Binary::Mul, V, S) => Code::MulVS,
        (Binary::Div, A, V) => Code::DivAV,
        (Binary::Div, V, V) => Code::DivVV,
        (Binary::Div, V, A) => Code::DivVA,
        (Binary::Div, S, A) => Code::DivSA,
        (Binary::Div, S, V) => Code::DivSV,
        (Binary::Div, A, S) => Code::DivAS,
        (Binary::Div, V, S) => Code::DivVS,
        (Binary::Min, A, V) => Code::MinAV,
        (Binary::Min, V, A) => Code::MinVA,
        (Binary::Min, V, V) => Code::MinVV,
        (Binary::Min, A, S) => Code::MinAS,
        (Binary::Min, V, S) => Code::MinVS,
        (Binary::Min, S, A) => Code::MinSA,
        (Binary::Min, S, V) => Code::MinSV,
        (Binary::Max, A, V) => Code::MaxAV,
        (Binary::Max, V, A) => Code::MaxVA,
        (Binary::Max, V, V) => Code::MaxVV,
        (Binary::Max, A, S) => Code::MaxAS,
        (Binary::Max, V, S) => Code::MaxVS,
        (Binary::Max, S, A) => Code::MaxSA,
        (Binary::Max, S, V) => Code::MaxSV,
        (Binary::Lower, A, V) => Code::LowerAV,
        (Binary::Lower, V, A) => Code::LowerVA,
        (Binary::Lower, V, V) => Code::LowerVV,
        (Binary::Lower, A, S) => Code::LowerAS,
        (Binary::Lower, V, S) => Code::LowerVS,
        (Binary::Lower, S, A) => Code::LowerSA,
        (Binary::Lower, S, V) => Code::LowerSV,
        (Binary::Upper, A, V) => Code::UpperAV,
        (Binary::Upper, V, A) => Code::UpperVA,
        (Binary::Upper, V, V) => Code::UpperVV,
        (Binary::Upper, A, S) => Code::UpperAS,
        (Binary::Upper, V, S) => Code::UpperVS,
        (Binary::Upper, S, A) => Code::UpperSA,
        (Binary::Upper, S, V) => Code::UpperSV,
        (Binary::AtMost, A, V) => Code::AtMostAV,
        (Binary::AtMost, V, A) => Code::AtMostVA,
        (Binary::AtMost, A, S) => Code::AtMostAS,
        (Binary::AtMost, S, A) => Code::AtMostSA,
        (Binary::AtLeast, A, V) => Code::AtLeastAV,
        (Binary::AtLeast, V, A) => Code::AtLeastVA,
        (Binary::AtLeast, A, S) => Code::AtLeastAS,
        (Binary::AtLeast, S, A) => Code::AtLeastSA,
        (Binary::Lt, A, V) => Code::LtAV,
        (Binary::Lt, A, S) => Code::LtAS,
        (Binary::Lt, V, V) => Code::LtVV,
        (Binary::Lt, V, S) => Code::LtVS,
        (Binary::Lt, V, A) => Code::LtVA,
        (Binary::Lt, S, A) => Code::LtSA,
        (Binary::Lt, S, V) => Code::LtSV,
        (Binary::Le, A, V) => Code::LeAV,
        (Binary::Le, A, S) => Code::LeAS,
        (Binary::Le, V, V) => Code::LeVV,
        (Binary::Le, V, S) => Code::LeVS,
        (Binary::Le, V, A) => Code::LeVA,
        (Binary::Le, S, A) => Code::LeSA,
        (Binary::Le, S, V) => Code::LeSV,
        (Binary::Eq, A, V) => Code::EqAV,
        (Binary::Eq, A, S) => Code::EqAS,
        (Binary::Eq, V, V) => Code::EqVV,
        (Binary::Eq, V, S) => Code::EqVS,
        (Binary::Ne, A, V) => Code::NeAV,
        (Binary::Ne, A, S) => Code::NeAS,
        (Binary::Ne, V, V) => Code::NeVV,
        (Binary::Ne, V, S) => Code::NeVS,
        (Binary::And, A, V) => Code::AndAV,
        (Binary::And, A, S) => Code::AndAS,
        (Binary::Or, A, V) => Code::OrAV,
        (Binary::Or, A, S) => Code::OrAS,
        (Binary::Pow, A, V) => Code::PowAV,
        (Binary::Pow, A, S) => Code::PowAS,
        (Binary::Pow, V, A) => Code::PowVA,
        (Binary::Pow, S, A) => Code::PowSA,
        (Binary::Mod, A, V) => Code::ModAV,
        (Binary::Mod, A, S) => Code::ModAS,
        (Binary::Mod, V, A) => Code::ModVA,
        (Binary::Mod, S, A) => Code::ModSA,
        _ => return None,
    };
    Some((code, mirrored ^ exchanged))
}
