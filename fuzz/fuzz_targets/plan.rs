//! Generated models: the engine and the reference agree bit for bit, whatever is kept and replaced.
#![no_main]

use flowtime_core::eval::reference::{ReferenceOptions, evaluate};
use flowtime_core::{Model, RunOptions};
use libfuzzer_sys::fuzz_target;

#[path = "../../flowtime-core/tests/generator/mod.rs"]
mod generator;

fuzz_target!(|input: (u64, u64, u8, f64, u64)| {
    let (number, kept, set, replacement, seed) = input;
    let text = generator::model(number);
    let model = Model::from_yaml(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let plan = model.compile().unwrap_or_else(|e| panic!("{e}\n{text}"));
    let seed = seed >> 11;
    let sets = RunOptions::instruction_sets().len();
    let mut options = RunOptions::new().seed(seed).instruction_set(set as usize % sets);
    let mut overrides = Vec::new();
    let inputs: Vec<&str> = plan.inputs().collect();
    if kept & 1 == 1 && !replacement.is_infinite() && !inputs.is_empty() {
        let id = inputs[(kept >> 1) as usize % inputs.len()];
        let values = if kept & 2 == 2 { vec![replacement] } else { vec![replacement; plan.grid().bins()] };
        options = if values.len() == 1 { options.input(id, replacement) } else { options.input(id, values.clone()) };
        overrides.push((id.to_owned(), values));
    }
    let ids: Vec<&str> =
        plan.nodes().enumerate().filter(|(n, _)| kept >> (n % 61) & 1 == 0).map(|(_, node)| node.id).collect();
    let run = plan.run(&options.keep(ids.clone())).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let expected = evaluate(&model, &ReferenceOptions { seed: Some(seed), overrides });
    for (id, series) in expected.series.iter().filter(|(id, _)| ids.contains(&id.as_str())) {
        for (bin, (wanted, found)) in series.iter().zip(run.series(id).unwrap()).enumerate() {
            let same = wanted.to_bits() == found.to_bits() || wanted.is_nan() && found.is_nan();
            assert!(same, "`{id}` in bin {bin} is {found:?}, not {wanted:?}\n{text}");
        }
    }
});
