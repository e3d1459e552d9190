//! Any text as an expression: read, places inside the text, canonical text that reads back.
#![no_main]

use flowtime_core::Limits;
use flowtime_core::expr::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let limits = Limits::default();
    match parse(text, &limits) {
        Ok(tree) => {
            let canonical = tree.to_string();
            let again = parse(&canonical, &limits).unwrap_or_else(|e| panic!("{canonical}: {e:?}"));
            assert_eq!(again.to_string(), canonical);
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let span = problem.span.start as usize..problem.span.end as usize;
                assert!(text.get(span.clone()).is_some(), "{span:?} is not in {text:?}");
            }
        }
    }
});
