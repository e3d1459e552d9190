//! From an operation on operands in given places to instructions, wherever they are written to.

use super::select::{self, Place};
use crate::plan::graph::{Binary, Unary};
use crate::plan::program::{At, Code, Instruction};

/// What takes instructions down.
pub(crate) trait Assembler {
    /// The program so far.
    fn code(&mut self) -> &mut Vec<Instruction>;

    /// Has the instruction that comes next, `code` before it is specialised, use `parameter` as its literal.
    fn patch(&mut self, code: Code, parameter: u32);

    /// Where `parameter` lies in memory.
    fn parameter_at(&mut self, parameter: u32) -> At;

    /// One instruction; `scalar` is its literal.
    fn push(&mut self, code: Code, a: At, b: At, scalar: Place) {
        match scalar {
            Place::Parameter(parameter) => {
                self.patch(code, parameter);
                self.code().push(Instruction::new(code, a, b, 0.0));
            }
            Place::Literal(x) => self.code().push(Instruction::new(code.specialised(x), a, b, x)),
            _ => self.code().push(Instruction::new(code.specialised(0.0), a, b, 0.0)),
        }
    }

    /// Brings an operand into the accumulator.
    fn load(&mut self, place: Place) {
        match place {
            Place::Acc => {}
            Place::Memory(address) => self.push(Code::LoadV, address, At::NOWHERE, Place::Literal(0.0)),
            scalar => self.push(Code::LoadS, At::NOWHERE, At::NOWHERE, scalar),
        }
    }

    /// `op place`.
    fn unary_of(&mut self, op: Unary, place: Place) {
        self.load(place);
        match select::unary(op) {
            Some(code) => self.push(code, At::NOWHERE, At::NOWHERE, Place::Literal(0.0)),
            None if place == Place::Acc => {
                self.push(Code::Same, At::NOWHERE, At::NOWHERE, Place::Literal(0.0))
            }
            None => {}
        }
    }

    /// `l op r`; at most one of them is in the accumulator.
    fn binary_of(&mut self, op: Binary, l: Place, r: Place) {
        match select::binary(op, l, r) {
            Some((code, exchanged)) => self.binary_form(code, l, r, exchanged),
            None => {
                self.load(l);
                // A copy in memory of the accumulator's own value reads the same numbers.
                if let Some((code, exchanged)) = select::binary(op, Place::Acc, r) {
                    self.binary_form(code, Place::Acc, r, exchanged);
                }
            }
        }
    }

    /// The lower of `l` and `r`, of which just one is in the accumulator. The instruction stores it, and what it
    /// leaves of the accumulator is the new one.
    fn take_of(&mut self, op: Binary, l: Place, r: Place) {
        let on_the_left = l == Place::Acc;
        let other = if on_the_left { r } else { l };
        let at = match other {
            Place::Memory(at) => at,
            _ => At::NOWHERE,
        };
        let code = match (op, other.is_memory(), on_the_left) {
            (Binary::Lower, true, true) => Code::TakeLowerAV,
            (Binary::Lower, true, false) => Code::TakeLowerVA,
            (Binary::Lower, false, true) => Code::TakeLowerAS,
            (Binary::Lower, false, false) => Code::TakeLowerSA,
            (Binary::AtMost, true, true) => Code::TakeAtMostAV,
            (Binary::AtMost, true, false) => Code::TakeAtMostVA,
            (Binary::AtMost, false, true) => Code::TakeAtMostAS,
            (Binary::AtMost, false, false) => Code::TakeAtMostSA,
            (_, true, true) => Code::TakeAV,
            (_, true, false) => Code::TakeVA,
            (_, false, true) => Code::TakeAS,
            (_, false, false) => Code::TakeSA,
        };
        self.push(code, at, At::NOWHERE, other);
    }

    /// One form of `left op right`, with the operands perhaps exchanged.
    fn binary_form(&mut self, code: Code, left: Place, right: Place, exchanged: bool) {
        let (first, second) = if exchanged { (right, left) } else { (left, right) };
        let mut addresses = [first, second].into_iter().filter_map(|place| match place {
            Place::Memory(address) => Some(address),
            _ => None,
        });
        let (a, b) = (addresses.next().unwrap_or(At::NOWHERE), addresses.next().unwrap_or(At::NOWHERE));
        let scalar = [first, second]
            .into_iter()
            .find(|place| matches!(place, Place::Literal(_) | Place::Parameter(_)))
            .unwrap_or(Place::Literal(0.0));
        self.push(code, a, b, scalar);
    }

    /// `IF(c, a, b)`; neither `a` nor `b` is in the accumulator.
    fn select_of(&mut self, c: Place, a: Place, mut b: Place) {
        if let (false, Place::Parameter(parameter)) = (a.is_memory(), b) {
            b = Place::Memory(self.parameter_at(parameter));
        }
        self.load(c);
        match (a, b) {
            (Place::Memory(a), Place::Memory(b)) => self.push(Code::SelVV, a, b, Place::Literal(0.0)),
            (Place::Memory(a), scalar) => self.push(Code::SelVS, a, At::NOWHERE, scalar),
            (scalar, Place::Memory(b)) => self.push(Code::SelSV, b, At::NOWHERE, scalar),
            (scalar, Place::Literal(b)) => {
                let bits = b.to_bits();
                let half = |bits: u64| At::memory(bits as u32 as i32);
                self.push(Code::SelSS, half(bits >> 32), half(bits), scalar);
            }
            _ => {}
        }
    }

    /// `p + x·y`, `p - x·y` or `x·y - p` with `p` in the accumulator.
    fn product_of(&mut self, op: Binary, x: Place, y: Place, on_the_right: bool) {
        match (x, y) {
            (Place::Memory(x), Place::Memory(y)) => {
                let code = if op == Binary::Add { Code::AddAVV } else { Code::SubAVV };
                self.push(code, x, y, Place::Literal(0.0));
            }
            (Place::Memory(address), scalar) | (scalar, Place::Memory(address)) => {
                let code = match (op, on_the_right) {
                    (Binary::Add, _) => Code::AddAVS,
                    (_, true) => Code::SubAVS,
                    (_, false) => Code::SubVSA,
                };
                self.push(code, address, At::NOWHERE, scalar);
            }
            _ => {}
        }
    }
}
