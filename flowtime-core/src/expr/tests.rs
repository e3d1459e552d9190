//! Text to tree and back, and the places of everything that can be wrong.

use super::*;
use crate::diagnostics::Code;
use crate::limits::Limits;
use proptest::prelude::*;

/// The tree without places, fully parenthesised; floats by their bits' shortest text.
fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(value) => format!("{value:?}"),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Unary(op, operand) => format!("{}({})", op.symbol(), shape(operand)),
        ExprKind::Chain(first, rest) => {
            let rest: String = rest.iter().map(|(op, e)| format!(" {} {}", op.symbol(), shape(e))).collect();
            format!("{{{}{rest}}}", shape(first))
        }
        ExprKind::Call(function, args) => {
            let args: Vec<String> = args
                .iter()
                .map(|arg| match arg {
                    Arg::Series(expr) => shape(expr),
                    other => format!("{other:?}"),
                })
                .collect();
            format!("{}({})", function.name(), args.join(", "))
        }
    }
}

fn tree(text: &str) -> Expr {
    parse(text, &Limits::default()).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

#[test]
fn shapes() {
    for (text, expected) in [
        ("a + b * 2 - 1", "{a + {b * 2.0} - 1.0}"),
        ("a - b - c", "{a - b - c}"),
        ("a - (b - c)", "{a - {b - c}}"),
        ("(a - b) - c", "{a - b - c}"),
        ("((a - b) + c) - (d - e)", "{a - b + c - {d - e}}"),
        ("a / b * c", "{a / b * c}"),
        ("(a + b) * 2 / 4 / a", "{{a + b} * 2.0 / 4.0 / a}"),
        ("-a * b", "{-(a) * b}"),
        ("-(a * b)", "-({a * b})"),
        ("a - -b", "{a - -(b)}"),
        ("- + -a", "-(+(-(a)))"),
        ("a + 1 < b - 1", "{{a + 1.0} < {b - 1.0}}"),
        ("(a < b) < c", "{{a < b} < c}"),
        ("a != (b == c)", "{a != {b == c}}"),
        ("MIN + min(MIN, 5.5)", "{MIN + MIN(MIN, 5.5)}"),
        ("max (a,b\n,\tc)", "MAX(a, b, c)"),
        (".5 + 5. + 1e-1", "{0.5 + 5.0 + 0.1}"),
        ("shift(a, 2, -1)", "SHIFT(a, Int(2), Num(-1.0))"),
        ("SHIFT(a, - 0)", "SHIFT(a, Int(0))"),
        ("SHIFT(a, +3, -0)", "SHIFT(a, Int(3), Num(-0.0))"),
        ("SHIFT(a, 9007199254740992)", "SHIFT(a, Int(9007199254740992))"),
        ("CONV(a, [-1, +2, - .5])", "CONV(a, Kernel([-1.0, 2.0, -0.5]))"),
        ("PULSE(3, 1, x)", "PULSE(Int(3), Int(1), x)"),
        ("EMA(x, 1)", "EMA(x, Num(1.0))"),
        ("BIN()", "BIN()"),
        ("((x))", "x"),
    ] {
        assert_eq!(shape(&tree(text)), expected, "{text}");
    }
}

#[test]
fn spans_are_exact() {
    let text = " (a + 1) * MAX( b , 2 ) ";
    let expr = tree(text);
    let at = |e: &Expr| text[e.span.start as usize..e.span.end as usize].to_owned();
    assert_eq!(at(&expr), "(a + 1) * MAX( b , 2 )");
    let ExprKind::Chain(first, rest) = &expr.kind else { panic!("{expr:?}") };
    assert_eq!(at(first), "(a + 1)");
    assert_eq!(at(&rest[0].1), "MAX( b , 2 )");
    let ExprKind::Call(_, args) = &rest[0].1.kind else { panic!("{rest:?}") };
    let [Arg::Series(b), Arg::Series(two)] = args.as_slice() else { panic!("{args:?}") };
    assert_eq!((at(b), at(two)), ("b".into(), "2".into()));
}

/// An expression, below it the place of each problem, then codes and words of the messages.
type Broken = (&'static str, &'static str, &'static [(Code, &'static str)]);

const BROKEN: &[Broken] = &[
    ("", "|", &[(Code::ExprSyntax, "empty")]),
    ("  ", "|", &[(Code::ExprSyntax, "empty")]),
    ("a +", "   |", &[(Code::ExprSyntax, "found the end of the expression")]),
    ("a +  ", "   |", &[(Code::ExprSyntax, "found the end")]),
    ("a b", "  ^", &[(Code::ExprSyntax, "expected an operator or the end, found `b`")]),
    ("2a", " ^", &[(Code::ExprSyntax, "found `a`")]),
    ("1e", " ^", &[(Code::ExprSyntax, "found `e`")]),
    ("1.2.3", "   ^^", &[(Code::ExprSyntax, "found `.3`")]),
    ("a * * b", "    ^", &[(Code::ExprSyntax, "found `*`")]),
    ("a = b", "  ^", &[(Code::ExprSyntax, "found `=`")]),
    ("a é b", "  ^^", &[(Code::ExprSyntax, "found `é`")]),
    ("a < b < c", "      ^", &[(Code::ExprSyntax, "comparisons cannot follow one another")]),
    ("a == b + 1 != c", "           ^^", &[(Code::ExprSyntax, "comparisons")]),
    ("MAX(a, 1", "        |", &[(Code::ExprSyntax, "`)`")]),
    ("(a + 1", "      |", &[(Code::ExprSyntax, "`)`")]),
    ("(a + 1]", "      ^", &[(Code::ExprSyntax, "found `]`")]),
    ("a)", " ^", &[(Code::ExprSyntax, "no `(`")]),
    ("()", " ^", &[(Code::ExprSyntax, "found `)`")]),
    ("MAX(a, )", "       ^", &[(Code::ExprSyntax, "found `)`")]),
    ("MAX(, a)", "    ^", &[(Code::ExprSyntax, "found `,`")]),
    ("a, b", " ^", &[(Code::ExprSyntax, "found `,`")]),
    ("[1] + a", "^", &[(Code::ExprSyntax, "only as the kernel of `CONV`")]),
    ("CONV(a, [1] + 2)", "            ^", &[(Code::ExprSyntax, "found `+`")]),
    ("CONV(a, ([1]))", "         ^", &[(Code::ExprSyntax, "list")]),
    ("CONV(a, [b])", "         ^", &[(Code::ExprSyntax, "literals only")]),
    ("CONV(a, [1, ])", "            ^", &[(Code::ExprSyntax, "expected a number")]),
    ("CONV(a, [--1])", "          ^", &[(Code::ExprSyntax, "expected a number")]),
    ("CONV(a, [1", "          |", &[(Code::ExprSyntax, "`]`")]),
    ("FLOR(a) +", "         |", &[(Code::ExprSyntax, "found the end")]),
    ("FLOR(a)", "^^^^", &[(Code::UnknownFunction, "`FLOR`, did you mean `FLOOR`?")]),
    ("rolling_avg(a, 1)", "^^^^^^^^^^^", &[(Code::UnknownFunction, "ROLLING_MAX")]),
    ("qqqqqqqqqqqq(a)", "^^^^^^^^^^^^", &[(Code::UnknownFunction, "unknown function `qqqqqqqqqqqq`")]),
    (
        "1 + FOO(BAZR(a), CLAMP(a), 1e999)",
        "    ^^^ ^^^^     ^^^^^^^^  ^^^^^",
        &[
            (Code::UnknownFunction, "`FOO`"),
            (Code::UnknownFunction, "`BAZR`"),
            (Code::WrongArity, "`CLAMP` takes 3 arguments, found 1"),
            (Code::NumberOverflow, "`1e999` is too large"),
        ],
    ),
    ("CLAMP(a, 1)", "^^^^^^^^^^^", &[(Code::WrongArity, "`CLAMP` takes 3 arguments, found 2")]),
    ("MIN(a)", "^^^^^^", &[(Code::WrongArity, "`MIN` takes 2 or more arguments, found 1")]),
    ("AND(a)", "^^^^^^", &[(Code::WrongArity, "2 or more")]),
    ("ABS()", "^^^", &[(Code::WrongArity, "`ABS` takes 1 argument, found 0")]),
    ("BIN(1)", "^^^^^^", &[(Code::WrongArity, "`BIN` takes 0 arguments, found 1")]),
    ("SHIFT(a)", "^^^^^^^^", &[(Code::WrongArity, "2 to 3 arguments, found 1")]),
    ("PULSE(1, 2, 3, 4)", "^^^^^^^^^^^^^^^^^", &[(Code::WrongArity, "1 to 3 arguments, found 4")]),
    ("SHIFT(a, -1)", "         ^^", &[(Code::BadArgument, "argument 2 of `SHIFT`, `k`, must be")]),
    ("SHIFT(a, a)", "         ^", &[(Code::BadArgument, "found `a`")]),
    ("SHIFT(a, 1.0)", "         ^^^", &[(Code::BadArgument, "whole number")]),
    ("SHIFT(a, 1e2)", "         ^^^", &[(Code::BadArgument, "whole number")]),
    ("SHIFT(a, (1))", "         ^^^", &[(Code::BadArgument, "found `(1)`")]),
    ("SHIFT(a, -(1))", "         ^^^^", &[(Code::BadArgument, "whole number")]),
    ("SHIFT(a, (-0))", "         ^^^^", &[(Code::BadArgument, "whole number")]),
    ("SHIFT(a, --1)", "         ^^^", &[(Code::BadArgument, "whole number")]),
    ("SHIFT(a, 1 + 1)", "         ^^^^^", &[(Code::BadArgument, "found `1 + 1`")]),
    ("SHIFT(a, 9007199254740993)", "         ^^^^^^^^^^^^^^^^", &[(Code::BadArgument, "2^53")]),
    ("SHIFT(a, 1, b)", "            ^", &[(Code::BadArgument, "`fill`, must be a literal number")]),
    (
        "SHIFT(a, 1e999, b)",
        "         ^^^^^  ^",
        &[(Code::NumberOverflow, "1e999"), (Code::BadArgument, "fill")],
    ),
    ("PULSE(0)", "      ^", &[(Code::BadArgument, "`PULSE`, `period`")]),
    ("PULSE(1, -2)", "         ^^", &[(Code::BadArgument, "`phase`")]),
    ("ROLLING_SUM(a, 0)", "               ^", &[(Code::BadArgument, "from 1")]),
    ("EMA(a, 0)", "       ^", &[(Code::BadArgument, "above 0 and at most 1")]),
    ("EMA(a, -0.5)", "       ^^^^", &[(Code::BadArgument, "above 0")]),
    ("EMA(a, 1.01)", "       ^^^^", &[(Code::BadArgument, "at most 1")]),
    ("QUEUE(a, b, c)", "            ^", &[(Code::BadArgument, "`initial`")]),
    ("MAX(a, [1])", "       ^^^", &[(Code::BadArgument, "must be a series, found `[1]`")]),
    ("SHIFT(a, [1])", "         ^^^", &[(Code::BadArgument, "whole number")]),
    ("CONV(a, b)", "        ^", &[(Code::BadArgument, "literal list")]),
    ("CONV(a, [])", "        ^^", &[(Code::BadKernel, "`CONV`")]),
    ("CONV(a, [0, -0])", "        ^^^^^^^", &[(Code::BadKernel, "not 0")]),
    ("CONV(a, [1e999])", "         ^^^^^", &[(Code::NumberOverflow, "too large")]),
    (
        "a * 1e999 + -2e999",
        "    ^^^^^    ^^^^^",
        &[(Code::NumberOverflow, "1e999"), (Code::NumberOverflow, "2e999")],
    ),
];

#[test]
fn every_problem_is_found_at_its_place() {
    for (text, places, expected) in BROKEN {
        let problems = parse(text, &Limits::default()).expect_err(text);
        let found: Vec<Code> = problems.iter().map(|p| p.code).collect();
        let codes: Vec<Code> = expected.iter().map(|(code, _)| *code).collect();
        assert_eq!(found, codes, "{text}");
        for (problem, (_, words)) in problems.iter().zip(*expected) {
            assert!(problem.message.contains(words), "{text}: {}", problem.message);
        }
        let mut marks = vec![b' '; places.len()];
        for problem in &problems {
            let (start, end) = (problem.span.start as usize, problem.span.end as usize);
            if start == end {
                marks[start] = b'|';
            } else {
                marks[start..end].fill(b'^');
            }
        }
        assert_eq!(String::from_utf8(marks).unwrap(), *places, "{text}");
    }
}

#[test]
fn an_unclosed_parenthesis_is_shown() {
    let problems = parse("a * (b + MAX(c, 1)", &Limits::default()).unwrap_err();
    assert_eq!(problems[0].labels, [(TextSpan { start: 4, end: 5 }, "this `(` is not closed".to_owned())]);
}

#[test]
fn names_survive_other_problems_but_no_syntax_error() {
    let names = |text: &str| -> Vec<String> {
        let spans = read(text, &Limits::default()).names;
        spans.iter().map(|s| text[s.start as usize..s.end as usize].to_owned()).collect()
    };
    assert_eq!(names("FLOR(a) + MAX(b) * ABS(c)"), ["a", "b", "c"]);
    assert_eq!(names("a + MAX"), ["a", "MAX"]);
    assert!(names("a +").is_empty());
}

#[test]
fn limits_are_kept() {
    let limits = Limits::default().max_expression_bytes(5).max_expression_depth(3).max_kernel_entries(2);
    let code = |text: &str, limits: &Limits| parse(text, limits).unwrap_err()[0].code;
    assert_eq!(code("1 + 10", &limits), Code::ExprTooLong);
    assert!(parse("1 + 1", &limits).is_ok());
    let limits = limits.max_expression_bytes(100);
    assert!(parse("CONV(-(a), [1, 2])", &limits).is_ok());
    assert_eq!(code("CONV(a, [1, 2, 3])", &limits), Code::BadKernel);
    for deep in ["((((a))))", "----a", "-(-(a))", "ABS(ABS(ABS(-a)))"] {
        let problems = parse(deep, &limits).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].code, Code::ExprTooDeep, "{deep}");
    }
    // What is closed again does not count.
    assert!(parse("(((a))) + (((a))) * ---a", &limits).is_ok());
}

/// As deep as any limit allows: a tree that has a chain of each precedence on every level.
fn deepest() -> String {
    format!("{}a + 1{}", "1 < 1 + 1 * (".repeat(400), ")".repeat(400))
}

#[test]
fn the_deepest_tree_fits_on_a_small_stack() {
    let passes = || {
        let limits = Limits::default().max_expression_depth(usize::MAX).max_expression_bytes(usize::MAX);
        let expr = parse(&deepest(), &limits).unwrap();
        assert!(expr.clone().to_string() == deepest());
        assert!(!format!("{expr:?}").is_empty());
        let signs = format!("{}a", "-".repeat(400));
        assert_eq!(parse(&signs, &limits).unwrap().to_string(), signs);
        for endless in ["(", "-", "ABS(", "-(1*", "MAX(1,"] {
            let problems = parse(&endless.repeat(100_000), &limits).unwrap_err();
            assert_eq!(problems[0].code, Code::ExprTooDeep);
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(passes).unwrap().join().unwrap();
}

#[test]
fn long_texts_take_linear_time() {
    let limits = Limits::default().max_expression_bytes(usize::MAX);
    let started = std::time::Instant::now();
    for (long, problems) in [
        (format!("a{}", " + a".repeat(250_000)), 0),
        (format!("a{}", " * 2 - b".repeat(150_000)), 0),
        (format!("MAX(a{})", ", a".repeat(300_000)), 0),
        (format!("a{}", " + F(x)".repeat(100_000)), 100_000),
        (format!("{}1{}", "(".repeat(200), " - 1)".repeat(200)), 0),
        ("n".repeat(1_000_000) + "(a)", 1),
        ("1".repeat(1_000_000), 1),
        (" ".repeat(1_000_000), 1),
    ] {
        let found = parse(&long, &limits).err().map_or(0, |p| p.len());
        assert_eq!(found, problems, "{}", &long[..20]);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("max( 0,a+1 )", "MAX(0, a + 1)"),
        ("((a)+((b*c)))", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("-(a+b)", "-(a + b)"),
        ("(-a)*b", "-a * b"),
        ("(a<b)==(c<d)", "(a < b) == (c < d)"),
        ("1.0e0+2.50+1e300+.1", "1 + 2.5 + 1e+300 + 0.1"),
        ("shift(x,1,-0)", "SHIFT(x, 1, -0)"),
        ("conv(x,[.5,-1])", "CONV(x, [0.5, -1])"),
    ] {
        assert_eq!(tree(text).to_string(), canonical, "{text}");
    }
}

/// Texts of valid expressions, with needless parentheses and odd spacing.
fn expression() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("0".to_owned()),
        Just("1".to_owned()),
        Just(".25".to_owned()),
        Just("1e300".to_owned()),
        Just("5e-324".to_owned()),
        (0.0f64..1e6).prop_map(|x| format!("{x}")),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{:e}", x.abs())),
    ];
    let name = prop_oneof!["[a-c]", "[A-Za-z_][A-Za-z0-9_]{0,6}"];
    prop_oneof![number, name].prop_recursive(6, 60, 4, |inner| {
        let binary = prop::sample::select(vec!["+", "-", "*", "/", " + ", "\n*"]);
        let comparison = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
        let (a, b) = (inner.clone(), inner.clone());
        prop_oneof![
            (a.clone(), prop::collection::vec((binary, b.clone()), 1..5)).prop_map(|(first, rest)| {
                let rest: String = rest.iter().map(|(op, e)| format!("{op}{e}")).collect();
                // A comparison may be in there, so that this must not be the operand of another.
                format!("({first}{rest})")
            }),
            (a.clone(), comparison, b.clone()).prop_map(|(a, op, b)| format!("(({a}){op}({b}))")),
            a.clone().prop_map(|a| format!("-{a}")),
            a.clone().prop_map(|a| format!("( + {a})")),
            (a.clone(), 0u64..9, -5.0f64..5.0).prop_map(|(a, k, x)| format!("shift({a}, {k}, {x})")),
            (a.clone(), -5.0f64..5.0).prop_map(|(a, x)| format!("CONV({a}, [0, {x}, -0, 1])")),
            (a.clone(), 0.1f64..1.0).prop_map(|(a, x)| format!("Ema({a},{x})")),
            (a.clone(), b.clone()).prop_map(|(a, b)| format!("MIN({a}, {b}, {a})")),
            (a, 1u64..9).prop_map(|(a, n)| format!("PULSE({n}, 2, {a})")),
        ]
    })
}

proptest! {
    #[test]
    fn printed_trees_read_back_the_same(text in expression()) {
        let first = tree(&text);
        let printed = first.to_string();
        let second = tree(&printed);
        prop_assert_eq!(shape(&first), shape(&second));
        prop_assert_eq!(printed, second.to_string());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        places_are_in_the_text(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "(", ")", "[", "]", ",", "+", "-", "*", "/", "<", "==", "a", "MAX(", "CONV(", "SHIFT(", "EMA(",
        "1", ".5", "1e999", "0", " ", "é", "FOO(", "PULSE(", "BIN(", "IF(", "\u{0}", "=",
    ]), 0..40)) {
        places_are_in_the_text(&words.concat());
    }
}

fn places_are_in_the_text(text: &str) {
    let reading = read(text, &Limits::default());
    assert_eq!(reading.tree.is_some(), reading.problems.is_empty());
    for problem in &reading.problems {
        let places = problem.labels.iter().map(|(span, _)| span).chain([&problem.span]);
        for span in places {
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{problem:?} of {text:?}");
        }
    }
    if let Some(tree) = reading.tree {
        let printed = tree.to_string();
        assert_eq!(parse(&printed, &Limits::default()).map(|t| shape(&t)), Ok(shape(&tree)));
    }
}
