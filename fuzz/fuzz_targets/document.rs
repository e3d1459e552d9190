//! Any bytes: read, shown, compiled, run, written back.
#![no_main]

use flowtime_core::diagnostics::render;
use flowtime_core::{Limits, Model, ModelBundle, ParseOptions, RunOptions, Value, analysis};
use libfuzzer_sys::fuzz_target;

/// A tree means what its text means.
fn tree(bytes: &[u8], options: &ParseOptions) {
    let Ok(value) = Value::from_yaml(bytes, options) else { return };
    let text = value.to_yaml();
    match (Model::from_value(&value, options), Model::parse(&text, options)) {
        (Ok(tree), Ok(written)) => assert_eq!(tree.model, written.model, "{text}"),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => panic!("only the text is refused: {error}\n{text}"),
        (Err(error), Ok(_)) => panic!("only the tree is refused: {error}\n{text}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default().max_bins(300).max_nodes(200).max_alias_expansion(2000).max_operations(1e6);
    let options = ParseOptions::default().limits(limits);
    tree(bytes, &options);
    if let Ok(bundle) = ModelBundle::parse(bytes, &options) {
        let text = bundle.to_yaml();
        assert_eq!(ModelBundle::from_yaml(&text).unwrap_or_else(|e| panic!("{e}\n{text}")), bundle, "{text}");
    }
    let error = match Model::parse(bytes, &options) {
        Err(error) => error,
        Ok(parsed) => {
            let text = parsed.model.to_yaml();
            let again = Model::from_yaml(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            assert_eq!(again, parsed.model, "{text}");
            let _ = analysis::lint(&parsed.model);
            let unwritten = Model::from_value(&parsed.model.to_value(), &ParseOptions::default());
            assert_eq!(unwritten.unwrap_or_else(|e| panic!("{e}\n{text}")).model, parsed.model, "{text}");
            match parsed.model.compile() {
                Err(error) => error,
                Ok(plan) => {
                    let _ = plan.to_string();
                    let _ = plan.run(&RunOptions::new().limits(limits.max_result_bytes(1 << 20)));
                    return;
                }
            }
        }
    };
    assert!(error.diagnostics().iter().any(|d| d.is_error()));
    for style in [render::Style::Plain, render::Style::Coloured] {
        assert!(!render::text(error.diagnostics(), error.source_text(), style).is_empty());
    }
    assert!(!render::json(error.diagnostics(), error.source_text()).is_empty());
});
