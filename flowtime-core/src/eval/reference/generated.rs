//! What the generator of random models promises, seen with the reference.

use super::*;
use crate::expr::builtins::FUNCTIONS;
use std::collections::BTreeSet;

#[path = "../../../tests/generator/mod.rs"]
mod generator;

/// The names and functions of an expression.
fn words(expr: &Expr, names: &mut BTreeSet<String>, functions: &mut BTreeSet<&'static str>) {
    let args: Vec<&Expr> = match &expr.kind {
        ExprKind::Name(name) => {
            names.insert(name.clone());
            return;
        }
        ExprKind::Number(_) => return,
        ExprKind::Unary(_, operand) => vec![operand],
        ExprKind::Chain(first, rest) => [&**first].into_iter().chain(rest.iter().map(|(_, e)| e)).collect(),
        ExprKind::Call(function, args) => {
            functions.insert(function.name());
            args.iter().filter_map(|a| if let Arg::Series(e) = a { Some(e) } else { None }).collect()
        }
    };
    for arg in args {
        words(arg, names, functions);
    }
}

/// Does any node depend on itself, whatever the lag?
fn has_feedback(references: &HashMap<&str, BTreeSet<String>>) -> bool {
    // Nodes that depend on nothing that is left are taken away; what stays is a loop or needs one.
    let mut left: BTreeSet<&str> = references.keys().copied().collect();
    loop {
        let free: Vec<&str> = left
            .iter()
            .copied()
            .filter(|id| references[id].iter().all(|name| !left.contains(name.as_str())))
            .collect();
        if free.is_empty() {
            return !left.is_empty();
        }
        for id in free {
            left.remove(id);
        }
    }
}

#[test]
fn generated_models_are_valid_and_varied() {
    let models = 400;
    let (mut feedback, mut cells, mut finite) = (0, 0, 0);
    let mut functions = BTreeSet::new();
    let mut bins = BTreeSet::new();
    for seed in 0..models {
        let text = generator::model(seed);
        let model = crate::Model::from_yaml(&text).unwrap();
        bins.insert(model.grid.bins);
        let mut references = HashMap::new();
        for node in &model.nodes {
            let mut names = BTreeSet::new();
            if let NodeKind::Expr(formula) = &node.kind {
                words(&formula.ast, &mut names, &mut functions);
            }
            references.insert(node.id.as_str(), names);
        }
        assert_eq!(references.len(), model.nodes.len(), "ids are unique");
        feedback += usize::from(has_feedback(&references));
        // Panics on unknown names and on loops within a bin or through a SUM.
        let run = evaluate(&model, &ReferenceOptions::default());
        for values in run.series.iter().map(|(_, values)| values) {
            cells += values.len();
            finite += values.iter().filter(|v| v.is_finite()).count();
        }
    }
    assert!(feedback * 2 >= models as usize, "{feedback} of {models} have feedback");
    assert!(finite * 4 >= cells * 3, "{finite} of {cells} values are finite");
    assert!(finite < cells);
    assert_eq!(functions.len(), FUNCTIONS.len(), "{functions:?}");
    assert!(bins.len() > 20, "{bins:?}");
}

#[test]
fn a_seed_is_a_model() {
    assert_eq!(generator::model(7), generator::model(7));
    assert_ne!(generator::model(7), generator::model(8));
}
