//! Generated models: the engine and the reference agree bit for bit, on every instruction set.

use crate::generator;
use flowtime_core::eval::reference::{ReferenceOptions, evaluate};
use flowtime_core::{Model, Plan, RunOptions};

/// The same bits, any NaN being like any other.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Compares every series and warning of a model on one instruction set, or on all.
fn check(name: &str, text: &str, every_instruction_set: bool) {
    let model = Model::from_yaml(text).unwrap_or_else(|e| panic!("model {name}: {e}\n{text}"));
    let plan = model.compile().unwrap_or_else(|e| panic!("model {name}: {e}\n{text}"));
    let expected = evaluate(&model, &ReferenceOptions::default());
    let sets = RunOptions::instruction_sets();
    let chosen: Vec<usize> =
        if every_instruction_set { (0..sets.len()).collect() } else { vec![sets.len() - 1] };
    kept_in_part(name, text, &plan, &expected.series);
    for set in chosen {
        let run = plan.run(&RunOptions::new().instruction_set(set)).unwrap();
        for (id, series) in &expected.series {
            let found = run.series(id).unwrap();
            for (bin, (expected, found)) in series.iter().zip(found).enumerate() {
                assert!(
                    same(*expected, *found),
                    "model {name}, {}: `{id}` in bin {bin} is {found:?}, but should be {expected:?}\n{text}",
                    sets[set]
                );
            }
        }
        let warnings: Vec<String> = run.warnings().iter().map(ToString::to_string).collect();
        let wanted: Vec<(String, u64)> = expected.division_by_zero.clone();
        assert_eq!(warnings.len(), wanted.len(), "model {name}: {warnings:?} {wanted:?}\n{text}");
        for (warning, (node, bins)) in warnings.iter().zip(&wanted) {
            assert!(
                warning.starts_with(&format!("`{node}` divided by zero in {bins} bin")),
                "model {name}: {warning} {node} {bins}\n{text}"
            );
        }
    }
}

/// Some of the series alone are the same as among all: a run computes what it keeps, each time by another program.
fn kept_in_part(name: &str, text: &str, plan: &Plan, wanted: &[(String, Vec<f64>)]) {
    let mut random = text.len() as u64;
    for least in [2, 8] {
        let kept: Vec<&(String, Vec<f64>)> = wanted
            .iter()
            .filter(|_| {
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                random >> 60 < 16 / least
            })
            .collect();
        if kept.is_empty() {
            continue;
        }
        let options = RunOptions::new().keep(kept.iter().map(|(id, _)| id.clone()));
        let run = plan.run(&options).unwrap();
        for (id, series) in kept {
            let found = run.series(id).unwrap();
            let differs = series.iter().zip(found).position(|(a, b)| !same(*a, *b));
            assert_eq!(differs, None, "model {name}, kept in part: `{id}` in this bin\n{text}");
        }
    }
}

#[test]
fn generated_models_agree() {
    let count: u64 = std::env::var("FLOWTIME_MODELS").ok().and_then(|n| n.parse().ok()).unwrap_or(3000);
    let first: u64 = std::env::var("FLOWTIME_FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for seed in first..first + count {
        check(&seed.to_string(), &generator::model(seed), seed % 4 == 0);
    }
}

#[test]
fn models_that_once_disagreed() {
    // A product less something else, with a factor that is one number and lies in memory all the same.
    let nodes = [
        "{id: e10, kind: expr, expr: \"e6 * c0 - IF(e6, c0, 30.978)\"}",
        "{id: e7, kind: expr, expr: \"0.7 * SHIFT(e6, 82) + c0\"}",
        "{id: e6, kind: expr, expr: \"0.7 * SHIFT(e7, 116) + c0\"}",
        "{id: c0, kind: const, values: 36.278992262021404}",
    ];
    check("product", &document(&nodes), true);

    // Loops side by side, in which one number is read by nothing but the second operand of an IF.
    let loops: Vec<String> = (0..6)
        .flat_map(|q| {
            [
                format!("{{id: open{q}, kind: const, values: [1, {}, 1, 1], policy: repeat}}", q % 2),
                format!("{{id: line{q}, kind: expr, expr: \"IF(open{q}, SHIFT(line{q}, 1) + {q}.25, 0)\"}}"),
            ]
        })
        .collect();
    check("line", &document(&loops.iter().map(String::as_str).collect::<Vec<_>>()), true);

    // Loops of two shapes, of which those of one shape wait for the others, and these for them.
    let mut loops: Vec<String> = (0..8)
        .map(|q| {
            let fed = ["come", "line5", "come", "come", "line0", "come", "come", "come"][q];
            match q {
                0..4 => {
                    format!("{{id: line{q}, kind: expr, expr: \"MAX(0, SHIFT(line{q}, 1) + {fed} - 2)\"}}")
                }
                _ => format!("{{id: line{q}, kind: expr, expr: \"0.5 * SHIFT(line{q}, 1) + {fed}\"}}"),
            }
        })
        .collect();
    loops.push("{id: come, kind: const, values: [1, 3, 2, 0, 7], policy: repeat}".to_owned());
    check("two shapes", &document(&loops.iter().map(String::as_str).collect::<Vec<_>>()), true);

    // Loops with a number that stays in a register, has a fill for a series that is not kept, and no place in
    // memory where it could be put.
    let loops: Vec<String> = (0..6)
        .flat_map(|q| {
            [
                format!("{{id: whole{q}, kind: expr, expr: \"SHIFT(line{q}, 1) + {q}.25\"}}"),
                format!("{{id: line{q}, kind: expr, expr: \"MIN(whole{q}, 50)\"}}"),
                format!("{{id: before{q}, kind: expr, expr: \"SHIFT(whole{q}, 1, 7)\"}}"),
            ]
        })
        .collect();
    let text = document(&loops.iter().map(String::as_str).collect::<Vec<_>>());
    let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
    let whole = plan.run(&RunOptions::new()).unwrap();
    let lines: Vec<String> = (0..6).map(|q| format!("line{q}")).collect();
    let part = plan.run(&RunOptions::new().keep(lines.clone())).unwrap();
    for line in &lines {
        assert_eq!(part.series(line), whole.series(line), "{line}");
    }
}

fn document(nodes: &[&str]) -> String {
    let nodes: Vec<String> = nodes.iter().map(|node| format!("  - {node}\n")).collect();
    format!("schemaVersion: 1\ngrid: {{bins: 100, binSize: 1, binUnit: hours}}\nnodes:\n{}", nodes.concat())
}

#[test]
fn replaced_inputs_and_seeds_agree() {
    for number in 0..400u64 {
        let text = generator::model(number);
        let model = Model::from_yaml(&text).unwrap();
        let plan = model.compile().unwrap();
        let bins = plan.grid().bins();
        for (n, input) in plan.inputs().enumerate().take(3) {
            let x = [0.0, -0.0, f64::NAN, 3.5, -2.0, 1e300][(number as usize + n) % 6];
            let (options, values) = if n % 2 == 0 {
                (RunOptions::new().input(input, x), vec![x])
            } else {
                let series: Vec<f64> = (0..bins).map(|t| if t % 3 == 0 { x } else { t as f64 }).collect();
                (RunOptions::new().input(input, series.clone()), series)
            };
            let run = plan.run(&options.seed(number)).unwrap();
            let overrides = vec![(input.to_owned(), values)];
            let expected = evaluate(&model, &ReferenceOptions { seed: Some(number), overrides });
            for (id, series) in &expected.series {
                let found = run.series(id).unwrap();
                assert!(
                    series.iter().zip(found).all(|(a, b)| same(*a, *b)),
                    "model {number} with `{input}` replaced: `{id}`\n{text}"
                );
            }
            assert_eq!(run.warnings().len(), expected.division_by_zero.len(), "model {number}: {text}");
        }
    }
}
