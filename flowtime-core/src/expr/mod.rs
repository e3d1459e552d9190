//! The expression language: text to tree.

mod ast;
pub mod builtins;

pub use ast::{Arg, BinaryOp, Expr, ExprKind, TextSpan, UnaryOp};
mod parser;
pub use parser::{ExprProblem, parse};
