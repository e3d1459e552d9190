//! The tree of an expression.

use super::builtins::Function;

/// A half-open range of bytes in an expression's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextSpan {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// An expression or a part of one, with its place in the text.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: TextSpan,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ExprKind {
    /// A literal.
    Number(f64),
    /// A reference to a node.
    Name(String),
    /// `-a` or `+a`.
    Unary(UnaryOp, Box<Expr>),
    /// A chain of binary operators of one precedence, folded from the left: `first op1 e1 op2 e2 …`.
    /// Kept flat so that long chains never recurse. It has at least one operator, a comparison
    /// exactly one, and `first` is never itself a chain of the same precedence (`(a - b) - c` is the
    /// chain `a - b - c`), comparisons excepted.
    Chain(Box<Expr>, Vec<(BinaryOp, Expr)>),
    /// A built-in function. The arguments are checked against the function's signature:
    /// literal arguments (`int`, `num`, kernels) are in their own form, each in its range. Optional
    /// arguments that were not written are not there.
    Call(Function, Vec<Arg>),
}

/// An argument of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Arg {
    /// A series.
    Series(Expr),
    /// A literal whole number, at most 2^53.
    Int(u64),
    /// A literal number with its sign.
    Num(f64),
    /// A literal list of numbers.
    Kernel(Vec<f64>),
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Plus,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl UnaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Plus => "+",
        }
    }
}

impl BinaryOp {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
        }
    }

    /// How tightly it binds; operators of one chain agree in it.
    pub fn precedence(self) -> Precedence {
        match self {
            BinaryOp::Add | BinaryOp::Sub => Precedence::Sum,
            BinaryOp::Mul | BinaryOp::Div => Precedence::Product,
            _ => Precedence::Comparison,
        }
    }
}

/// How tightly an operator binds, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// `<` `<=` `>` `>=` `==` `!=`: at most one without parentheses.
    Comparison,
    /// `+` `-`, from the left.
    Sum,
    /// `*` `/`, from the left.
    Product,
}
