//! Text to tree. What is open (parentheses, calls, chains, signs) is kept on a stack of its own, so that
//! a deep expression takes no more of the thread's stack than a flat one.

use super::ast::{BinaryOp, Expr, ExprKind, Precedence, TextSpan, UnaryOp};
use super::builtins;
use super::check::{self, Written};
use super::token::{Lexer, Token, TokenKind, span};
use crate::diagnostics::Code;
use crate::limits::Limits;

/// No limit allows deeper nesting than this, so that passes over a tree may recurse. A level can hold a
/// chain of each precedence, which makes it three trees deep, and in an unoptimised build the derived
/// `Debug` and `Clone` fill the 2 MiB of a thread's stack at about 640 and 800 levels.
const DEEPEST: usize = 400;

/// One thing that is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExprProblem {
    /// What kind of problem this is.
    pub code: Code,
    /// The exact part of the text that is meant; empty where something is missing.
    pub span: TextSpan,
    /// What was found and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Further places that belong to the problem, such as a parenthesis that was never closed.
    pub labels: Vec<(TextSpan, String)>,
}

impl ExprProblem {
    pub(super) fn new(code: Code, span: TextSpan, message: impl Into<String>) -> Self {
        ExprProblem { code, span, message: message.into(), help: None, labels: Vec::new() }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn label(mut self, span: TextSpan, message: impl Into<String>) -> Self {
        self.labels.push((span, message.into()));
        self
    }
}

/// What could be read of an expression.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reading {
    /// The tree; `None` if there is any problem.
    pub tree: Option<Expr>,
    /// Every reference to a node, in the order of the text, so that unknown names are found even in
    /// an expression that has other problems. Empty after a syntax error.
    pub names: Vec<TextSpan>,
    /// Everything that is wrong, in the order of the text. A syntax error stands alone.
    pub problems: Vec<ExprProblem>,
}

/// Reads an expression.
///
/// # Errors
///
/// Everything that is wrong, in the order of the text: unknown functions, wrong numbers and kinds of
/// arguments, literals that overflow. A syntax error, or a text beyond `limits`, is reported alone.
///
/// ```
/// use flowtime_core::{Limits, expr};
/// let tree = expr::parse("max(0, a+1)", &Limits::default()).unwrap();
/// assert_eq!(tree.to_string(), "MAX(0, a + 1)");
///
/// let problems = expr::parse("FLOR(a)", &Limits::default()).unwrap_err();
/// assert_eq!(problems[0].message, "unknown function `FLOR`, did you mean `FLOOR`?");
/// ```
pub fn parse(text: &str, limits: &Limits) -> Result<Expr, Vec<ExprProblem>> {
    let reading = read(text, limits);
    reading.tree.ok_or(reading.problems)
}

/// Reads an expression, keeping what is known about a broken one.
///
/// ```
/// use flowtime_core::{Limits, expr};
/// let reading = expr::read("FLOR(a) + b", &Limits::default());
/// assert!(reading.tree.is_none());
/// assert_eq!(reading.problems.len(), 1);
/// assert_eq!(reading.names.len(), 2);
/// ```
pub fn read(text: &str, limits: &Limits) -> Reading {
    let most = limits.expression_bytes.min(u32::MAX as usize);
    if text.len() > most {
        let whole = span(0, text.len().min(u32::MAX as usize));
        let message = format!("the expression has {} bytes, at most {most} are allowed", text.len());
        let problem = ExprProblem::new(Code::ExprTooLong, whole, message)
            .help("split it over several nodes, or raise the limit `expression_bytes`");
        return Reading { tree: None, names: Vec::new(), problems: vec![problem] };
    }
    let mut lexer = Lexer::new(text);
    let token = lexer.next();
    let mut parser = Parser {
        text,
        lexer,
        token,
        open: Vec::new(),
        depth: 0,
        deepest: limits.expression_depth.min(DEEPEST),
        kernel_entries: limits.kernel_entries,
        names: Vec::new(),
        problems: Vec::new(),
    };
    match parser.document() {
        Err(problem) => Reading { tree: None, names: Vec::new(), problems: vec![*problem] },
        Ok(tree) => {
            let mut problems = parser.problems;
            // A call's own problem is found after those of its arguments.
            problems.sort_by_key(|p| p.span.start);
            Reading { tree: problems.is_empty().then_some(tree), names: parser.names, problems }
        }
    }
}

/// The error is the one problem that hides all others.
type Step<T> = Result<T, Box<ExprProblem>>;

/// Something that waits for an operand.
enum Open {
    Sign(UnaryOp, TextSpan),
    Chain(OpenChain),
    Paren(TextSpan),
    Call { name: TextSpan, paren: TextSpan, args: Vec<Written> },
}

/// The left part of a chain, up to its last operator.
struct OpenChain {
    start: u32,
    first: Box<Expr>,
    rest: Vec<(BinaryOp, Expr)>,
    op: BinaryOp,
    op_at: TextSpan,
}

impl OpenChain {
    fn new(left: Expr, op: BinaryOp, op_at: TextSpan) -> Self {
        let start = left.span.start;
        let precedence = op.precedence();
        let (first, rest) = match left.kind {
            // `(a - b) - c` goes on with the chain in the parentheses: it means the same.
            ExprKind::Chain(first, rest)
                if precedence != Precedence::Comparison && rest[0].0.precedence() == precedence =>
            {
                (first, rest)
            }
            kind => (Box::new(Expr { kind, span: left.span }), Vec::new()),
        };
        OpenChain { start, first, rest, op, op_at }
    }

    fn end(mut self, last: Expr) -> Expr {
        let span = TextSpan { start: self.start, end: last.span.end };
        self.rest.push((self.op, last));
        Expr { kind: ExprKind::Chain(self.first, self.rest), span }
    }
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The next token, not consumed yet.
    token: Token,
    open: Vec<Open>,
    /// How many of `open` count: all but chains.
    depth: usize,
    deepest: usize,
    kernel_entries: usize,
    names: Vec<TextSpan>,
    /// What is wrong with an expression whose syntax is right.
    problems: Vec<ExprProblem>,
}

impl Parser<'_> {
    /// Consumes the next token and returns it.
    fn take(&mut self) -> Token {
        std::mem::replace(&mut self.token, self.lexer.next())
    }

    /// The whole text: operands, and what stands between them.
    fn document(&mut self) -> Step<Expr> {
        if self.token.kind == TokenKind::End {
            return Err(syntax(self.token.span, "the expression is empty")
                .help("write a number, the id of a node, or a formula such as `a + b`")
                .into());
        }
        loop {
            if let Some(operand) = self.operand()?
                && let Some(whole) = self.after(operand)?
            {
                return Ok(whole);
            }
        }
    }

    /// What stands where an operand must. `None` if it opens something that waits for its operand.
    fn operand(&mut self) -> Step<Option<Expr>> {
        let Token { kind, span } = self.token;
        match kind {
            TokenKind::Number(value) => {
                self.take();
                self.check_number(value, span);
                Ok(Some(Expr { kind: ExprKind::Number(value), span }))
            }
            TokenKind::Operator(BinaryOp::Sub) => self.open(Open::Sign(UnaryOp::Neg, span)),
            TokenKind::Operator(BinaryOp::Add) => self.open(Open::Sign(UnaryOp::Plus, span)),
            TokenKind::OpenParen => self.open(Open::Paren(span)),
            TokenKind::Name => {
                self.take();
                if self.token.kind == TokenKind::OpenParen {
                    self.open(Open::Call { name: span, paren: self.token.span, args: Vec::new() })?;
                    // Anywhere else a `)` here means that an operand is missing.
                    return Ok((self.token.kind == TokenKind::CloseParen).then(|| self.close_call()));
                }
                self.names.push(span);
                Ok(Some(Expr { kind: ExprKind::Name(self.slice(span).to_owned()), span }))
            }
            TokenKind::OpenBracket if matches!(self.open.last(), Some(Open::Call { .. })) => {
                let kernel = self.kernel()?;
                if let Some(Open::Call { args, .. }) = self.open.last_mut() {
                    args.push(kernel);
                }
                match self.token.kind {
                    TokenKind::CloseParen => Ok(Some(self.close_call())),
                    TokenKind::Comma => {
                        self.take();
                        Ok(None)
                    }
                    _ => Err(self.unclosed("`,` or `)`")),
                }
            }
            TokenKind::OpenBracket => {
                Err(syntax(span, "a list cannot stand here, only as the kernel of `CONV`").into())
            }
            _ => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    /// Goes on behind an operand to where the next one must stand, or to the end of the text.
    fn after(&mut self, operand: Expr) -> Step<Option<Expr>> {
        let mut expr = operand;
        loop {
            if let TokenKind::Operator(op) = self.token.kind {
                self.infix(expr, op)?;
                return Ok(None);
            }
            expr = self.bind(expr, None);
            match (self.open.last_mut(), self.token.kind) {
                (None, TokenKind::End) => return Ok(Some(expr)),
                (None, TokenKind::CloseParen) => {
                    return Err(syntax(self.token.span, "this `)` has no `(`").into());
                }
                (None, _) => return Err(self.unexpected("an operator or the end")),
                (Some(Open::Call { args, .. }), TokenKind::Comma) => {
                    args.push(Written::Expr(expr));
                    self.take();
                    return Ok(None);
                }
                (Some(Open::Call { args, .. }), TokenKind::CloseParen) => {
                    args.push(Written::Expr(expr));
                    expr = self.close_call();
                }
                (Some(Open::Call { .. }), _) => return Err(self.unclosed("an operator, `,` or `)`")),
                (Some(Open::Paren(open)), TokenKind::CloseParen) => {
                    // The parentheses belong to the place: `(2)` is not a literal.
                    expr.span = TextSpan { start: open.start, end: self.token.span.end };
                    self.take();
                    self.open.pop();
                    self.depth -= 1;
                }
                (Some(_), _) => return Err(self.unclosed("an operator or `)`")),
            }
        }
    }

    /// An infix operator behind `operand`.
    fn infix(&mut self, operand: Expr, op: BinaryOp) -> Step<()> {
        let precedence = op.precedence();
        let operand = self.bind(operand, Some(precedence));
        let at = self.take().span;
        match self.open.last_mut() {
            Some(Open::Chain(chain)) if chain.op.precedence() == precedence => {
                if precedence == Precedence::Comparison {
                    return Err(syntax(at, "comparisons cannot follow one another")
                        .help("write `AND(a < b, b < c)`, or put one comparison in parentheses")
                        .label(chain.op_at, "the first comparison")
                        .into());
                }
                chain.rest.push((chain.op, operand));
                chain.op = op;
            }
            _ => self.open.push(Open::Chain(OpenChain::new(operand, op, at))),
        }
        Ok(())
    }

    /// Gives `operand` to the signs and chains before it that bind more tightly than an operator of
    /// precedence `next` behind it; `None` for none there.
    fn bind(&mut self, mut operand: Expr, next: Option<Precedence>) -> Expr {
        loop {
            match self.open.pop() {
                Some(Open::Sign(op, at)) => {
                    self.depth -= 1;
                    let span = TextSpan { start: at.start, end: operand.span.end };
                    operand = Expr { kind: ExprKind::Unary(op, Box::new(operand)), span };
                }
                Some(Open::Chain(chain)) if next.is_none_or(|next| chain.op.precedence() > next) => {
                    operand = chain.end(operand);
                }
                other => {
                    self.open.extend(other);
                    return operand;
                }
            }
        }
    }

    /// Consumes the next token, which opens something a level deeper.
    fn open(&mut self, open: Open) -> Step<Option<Expr>> {
        let at = self.take().span;
        self.depth += 1;
        if self.depth > self.deepest {
            let message = format!(
                "the expression is nested deeper than {} levels of parentheses, calls and signs",
                self.deepest
            );
            return Err(ExprProblem::new(Code::ExprTooDeep, at, message)
                .help("move inner parts to nodes of their own")
                .into());
        }
        self.open.push(open);
        Ok(None)
    }

    /// Consumes the `)` of the innermost call.
    fn close_call(&mut self) -> Expr {
        let end = self.take().span.end;
        self.depth -= 1;
        let Some(Open::Call { name, args, .. }) = self.open.pop() else {
            unreachable!("only called with a call on top")
        };
        let span = TextSpan { start: name.start, end };
        let called = self.slice(name);
        let kind = match builtins::lookup(called) {
            Some(function) => {
                let check = check::Call { text: self.text, function, span, name };
                let args = check.arguments(args, self.kernel_entries, &mut self.problems);
                ExprKind::Call(function, args)
            }
            None => {
                self.problems.push(check::unknown_function(called, name));
                // Never seen: an expression with a problem has no tree.
                ExprKind::Number(0.0)
            }
        };
        Expr { kind, span }
    }

    fn kernel(&mut self) -> Step<Written> {
        let open = self.take().span;
        let mut entries = Vec::new();
        if self.token.kind != TokenKind::CloseBracket {
            loop {
                let negative = self.token.kind == TokenKind::Operator(BinaryOp::Sub);
                if negative || self.token.kind == TokenKind::Operator(BinaryOp::Add) {
                    self.take();
                }
                let TokenKind::Number(value) = self.token.kind else {
                    return Err(self.unexpected("a number: a kernel holds literals only"));
                };
                let number = self.take();
                self.check_number(value, number.span);
                entries.push(if negative { -value } else { value });
                if self.token.kind != TokenKind::Comma {
                    break;
                }
                self.take();
            }
        }
        if self.token.kind != TokenKind::CloseBracket {
            return Err(self.not_closed("`,` or `]`", open));
        }
        let end = self.take().span.end;
        Ok(Written::Kernel(entries, TextSpan { start: open.start, end }))
    }

    fn check_number(&mut self, value: f64, at: TextSpan) {
        if value.is_infinite() {
            let message = format!("the number `{}` is too large", check::shortened(self.slice(at)));
            let largest = "the largest number is about 1.797e308";
            self.problems.push(ExprProblem::new(Code::NumberOverflow, at, message).help(largest));
        }
    }

    fn slice(&self, span: TextSpan) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The innermost parenthesis or call cannot go on with the next token.
    fn unclosed(&self, wanted: &str) -> Box<ExprProblem> {
        match self.open.last() {
            Some(Open::Paren(open) | Open::Call { paren: open, .. }) => self.not_closed(wanted, *open),
            _ => self.unexpected(wanted),
        }
    }

    fn not_closed(&self, wanted: &str, open: TextSpan) -> Box<ExprProblem> {
        let mut problem = self.unexpected(wanted);
        problem.labels.push((open, format!("this `{}` is not closed", self.slice(open))));
        problem
    }

    /// The next token is not what must stand here.
    fn unexpected(&self, wanted: &str) -> Box<ExprProblem> {
        let found = match self.token.kind {
            TokenKind::End => "the end of the expression".to_owned(),
            TokenKind::Unknown(c) => format!("`{}`", c.escape_debug()),
            _ => format!("`{}`", check::shortened(self.slice(self.token.span))),
        };
        let problem = syntax(self.token.span, format!("expected {wanted}, found {found}"));
        let help = match self.token.kind {
            TokenKind::Unknown('=') => "equality is written `==`",
            TokenKind::Unknown('%') => "the remainder is `MOD(a, b)`",
            TokenKind::Unknown('^') => "a power is `POW(a, b)`",
            TokenKind::Unknown('&') => "both being true is `AND(a, b)`",
            TokenKind::Unknown('|') => "one being true is `OR(a, b)`",
            TokenKind::Unknown('!') => "the opposite is `NOT(a)`, unequal is `a != b`",
            TokenKind::Unknown('?') => "a choice is `IF(condition, a, b)`",
            TokenKind::Operator(BinaryOp::Mul) => "a power is `POW(a, b)`",
            _ => return problem.into(),
        };
        problem.help(help).into()
    }
}

fn syntax(at: TextSpan, message: impl Into<String>) -> ExprProblem {
    ExprProblem::new(Code::ExprSyntax, at, message)
}
