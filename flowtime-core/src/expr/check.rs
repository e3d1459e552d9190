//! Calls against the signatures of the functions.

use super::ast::{Arg, Expr, ExprKind, TextSpan, UnaryOp};
use super::builtins::{FUNCTIONS, Function, Param, ParamKind};
use super::parser::ExprProblem;
use crate::diagnostics::Code;

/// The largest whole number a literal may be: up to here float64 has them all.
const LARGEST_INT: u64 = 1 << 53;

/// An argument as it was written, before the signature says what it has to be.
pub(super) enum Written {
    Expr(Expr),
    Kernel(Vec<f64>, TextSpan),
}

impl Written {
    fn span(&self) -> TextSpan {
        match self {
            Written::Expr(expr) => expr.span,
            Written::Kernel(_, span) => *span,
        }
    }
}

/// A call of a known function.
pub(super) struct Call<'a> {
    pub(super) text: &'a str,
    pub(super) function: Function,
    /// From the name to the closing parenthesis.
    pub(super) span: TextSpan,
    pub(super) name: TextSpan,
}

impl Call<'_> {
    /// The arguments in the form that the signature wants. What is wrong goes to `problems`, and the
    /// arguments are then good for nothing.
    pub(super) fn arguments(
        &self,
        written: Vec<Written>,
        kernel_entries: usize,
        problems: &mut Vec<ExprProblem>,
    ) -> Vec<Arg> {
        let info = self.function.info();
        if !info.accepts(written.len()) {
            problems.push(self.wrong_arity(written.len()));
            return Vec::new();
        }
        let mut args = Vec::with_capacity(written.len());
        for (i, arg) in written.into_iter().enumerate() {
            // A variadic function's last parameter stands for all further arguments.
            let param = &info.params[i.min(info.params.len() - 1)];
            match self.argument(i, arg, param, kernel_entries) {
                Ok(arg) => args.push(arg),
                Err(Some(problem)) => problems.push(*problem),
                Err(None) => {}
            }
        }
        args
    }

    fn wrong_arity(&self, found: usize) -> ExprProblem {
        let info = self.function.info();
        let name = info.name;
        let (least, most) = (info.least_arguments(), info.params.len());
        let wanted = match () {
            () if info.variadic => format!("{least} or more arguments"),
            () if least == most && most == 1 => "1 argument".to_owned(),
            () if least == most => format!("{most} arguments"),
            () => format!("{least} to {most} arguments"),
        };
        let place = if found == 0 { self.name } else { self.span };
        ExprProblem::new(Code::WrongArity, place, format!("`{name}` takes {wanted}, found {found}"))
            .help(format!("write `{}`", info.signature()))
    }

    /// One argument; `Err(None)` when its problem has been reported already.
    fn argument(
        &self,
        index: usize,
        written: Written,
        param: &Param,
        kernel_entries: usize,
    ) -> Result<Arg, Option<Box<ExprProblem>>> {
        let span = written.span();
        let bad = |code, wanted: String| {
            let info = self.function.info();
            let message = format!(
                "argument {} of `{}`, `{}`, must be {wanted}, found `{}`",
                index + 1,
                info.name,
                param.name,
                shortened(self.slice(span))
            );
            let help = format!("write `{}`", info.signature());
            Err(Some(Box::new(ExprProblem::new(code, span, message).help(help))))
        };
        match (param.kind, written) {
            (ParamKind::Series, Written::Expr(expr)) => Ok(Arg::Series(expr)),
            (ParamKind::Series, Written::Kernel(..)) => bad(Code::BadArgument, "a series".into()),
            (ParamKind::Kernel, Written::Kernel(entries, _)) => {
                if entries.len() > kernel_entries {
                    let wanted =
                        format!("a list of at most {kernel_entries} entries, not of {}", entries.len());
                    return bad(Code::BadKernel, wanted);
                }
                if entries.iter().all(|k| *k == 0.0) {
                    return bad(Code::BadKernel, "a list with an entry that is not 0".into());
                }
                Ok(Arg::Kernel(entries))
            }
            (ParamKind::Kernel, Written::Expr(_)) => {
                bad(Code::BadArgument, "a literal list of numbers such as `[0.5, 0.25]`".into())
            }
            (ParamKind::Int { least }, written) => match self.literal(&written) {
                Some(number) if number.value.is_infinite() => Err(None),
                Some(Literal { whole: Some(n), .. }) if n >= least => Ok(Arg::Int(n)),
                _ => bad(Code::BadArgument, format!("a literal whole number from {least} to 2^53")),
            },
            (ParamKind::Num, written) => match self.literal(&written) {
                Some(number) if number.value.is_infinite() => Err(None),
                Some(number) => Ok(Arg::Num(number.value)),
                None => bad(Code::BadArgument, "a literal number".into()),
            },
            (ParamKind::Fraction, written) => match self.literal(&written) {
                Some(number) if number.value.is_infinite() => Err(None),
                Some(Literal { value, .. }) if value > 0.0 && value <= 1.0 => Ok(Arg::Num(value)),
                _ => bad(Code::BadArgument, "a literal number above 0 and at most 1".into()),
            },
        }
    }

    /// What a literal with at most one sign says; `None` for anything else, `(2)` included.
    fn literal(&self, written: &Written) -> Option<Literal> {
        let Written::Expr(expr) = written else { return None };
        let (sign, number) = match &expr.kind {
            ExprKind::Unary(sign, operand) if !self.in_parentheses(expr) => (Some(*sign), &**operand),
            _ => (None, expr),
        };
        let ExprKind::Number(value) = number.kind else { return None };
        if self.in_parentheses(number) {
            return None;
        }
        let negative = sign == Some(UnaryOp::Neg);
        // More digits than a `u64` holds are too large anyway.
        let whole = match self.slice(number.span) {
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        };
        Some(Literal {
            value: if negative { -value } else { value },
            whole: whole.filter(|n| *n <= LARGEST_INT && (!negative || *n == 0)),
        })
    }

    fn in_parentheses(&self, expr: &Expr) -> bool {
        self.slice(expr.span).starts_with('(')
    }

    fn slice(&self, span: TextSpan) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }
}

struct Literal {
    value: f64,
    /// If it has digits only and is a whole number from 0 to 2^53.
    whole: Option<u64>,
}

/// No function is called `name`.
pub(super) fn unknown_function(name: &str, at: TextSpan) -> ExprProblem {
    let near = nearest(name);
    let suggestion = match near.as_slice() {
        [] => String::new(),
        [only] => format!(", did you mean `{only}`?"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|n| format!("`{n}`")).collect();
            format!(", did you mean {} or `{last}`?", first.join(", "))
        }
    };
    let all: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
    let message = format!("unknown function `{}`{suggestion}", shortened(name));
    ExprProblem::new(Code::UnknownFunction, at, message).help(format!("the functions are {}", all.join(", ")))
}

/// The functions whose names are nearest to `name`, at most three; none if all are far away.
fn nearest(name: &str) -> Vec<&'static str> {
    let longest = FUNCTIONS.iter().map(|f| f.name.len()).max().unwrap_or(0);
    if name.len() > 2 * longest {
        return Vec::new();
    }
    let upper = name.to_ascii_uppercase();
    let mut near: Vec<(usize, &str)> = FUNCTIONS
        .iter()
        .map(|f| (edits(upper.as_bytes(), f.name.as_bytes()), f.name))
        .filter(|(edits, name)| *edits <= name.len().div_ceil(3))
        .collect();
    near.sort_unstable();
    near.truncate(3);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut two_back = vec![0; b.len() + 1];
    let mut back: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = back[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(back[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(two_back[j - 2] + 1);
            }
        }
        two_back = std::mem::replace(&mut back, row);
    }
    back[b.len()]
}

/// The beginning of a long text, for messages.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
