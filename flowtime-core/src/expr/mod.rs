//! The expression language: text to tree and back.
//!
//! [`parse`] reads a text into an [`Expr`] and reports everything that is wrong with it at once.
//! The functions of the language are listed in [`builtins`]. An [`Expr`] prints itself as canonical
//! text that reads back as the same tree.

mod ast;
pub mod builtins;
mod check;
mod display;
mod parser;
mod token;

pub use ast::{Arg, BinaryOp, Expr, ExprKind, Precedence, TextSpan, UnaryOp};
pub use parser::{ExprProblem, Reading, parse, read};

#[cfg(test)]
mod tests;
