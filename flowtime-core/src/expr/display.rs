//! Trees to canonical text: upper-case function names, one space around infix operators, no
//! parentheses that are not needed, the shortest digits that read back to the same number.

use super::ast::{Arg, Expr, ExprKind, Precedence};
use std::fmt::{self, Display as _};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value) => number(*value, f),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Unary(op, operand) => {
                f.write_str(op.symbol())?;
                within(operand, Tightness::Unary, f)
            }
            ExprKind::Chain(first, rest) => {
                for (i, (op, operand)) in rest.iter().enumerate() {
                    // Operands must bind more tightly than the chain they stand in.
                    let tighter = match op.precedence() {
                        Precedence::Comparison => Tightness::Sum,
                        Precedence::Sum => Tightness::Product,
                        Precedence::Product => Tightness::Unary,
                    };
                    if i == 0 {
                        within(first, tighter, f)?;
                    }
                    write!(f, " {} ", op.symbol())?;
                    within(operand, tighter, f)?;
                }
                Ok(())
            }
            ExprKind::Call(function, args) => {
                write!(f, "{}(", function.name())?;
                for (i, arg) in args.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    argument(arg, f)?;
                }
                f.write_str(")")
            }
        }
    }
}

/// How tightly the parts of an expression hold together, the loosest first.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Tightness {
    Comparison,
    Sum,
    Product,
    Unary,
}

/// Writes `expr` where something at least so tight must stand.
fn within(expr: &Expr, least: Tightness, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let tightness = match &expr.kind {
        ExprKind::Chain(_, rest) => match rest.first().map(|(op, _)| op.precedence()) {
            Some(Precedence::Comparison) => Tightness::Comparison,
            Some(Precedence::Sum) => Tightness::Sum,
            Some(Precedence::Product) | None => Tightness::Product,
        },
        _ => Tightness::Unary,
    };
    if tightness >= least {
        return expr.fmt(f);
    }
    f.write_str("(")?;
    expr.fmt(f)?;
    f.write_str(")")
}

fn argument(arg: &Arg, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match arg {
        Arg::Series(expr) => expr.fmt(f),
        Arg::Int(n) => n.fmt(f),
        Arg::Num(value) => number(*value, f),
        Arg::Kernel(entries) => {
            f.write_str("[")?;
            for (i, entry) in entries.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { ", " })?;
                number(*entry, f)?;
            }
            f.write_str("]")
        }
    }
}

fn number(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(value);
    f.write_str(text.strip_suffix(".0").unwrap_or(text))
}
