//! Scenario k of an ensemble is, bit for bit, the single run with its seed and inputs; statistics are
//! those of its numbers, whatever the threads, lanes and instruction set.

use crate::equality::same;
use crate::generator;
use flowtime_core::ndarray::Array2;
use flowtime_core::{
    EnsembleOptions, Measure, Model, Plan, RunOptions, RunWarning, ScenarioInput, Statistic, SweepPoints,
    scenario_seed,
};

const AWKWARD: [f64; 6] = [0.0, -0.0, f64::NAN, 3.5, -2.0, 1e300];

/// The number that input `n` has in scenario `k`.
fn number(model: u64, n: usize, k: usize) -> f64 {
    let choice = model as usize + 3 * n + k;
    if choice % 4 == 0 { AWKWARD[choice / 4 % 6] } else { choice as f64 * 0.75 }
}

/// The series that input `n` has in scenario `k`.
fn series(model: u64, n: usize, k: usize, bins: usize) -> Vec<f64> {
    (0..bins).map(|t| number(model, n, k + 2 * t)).collect()
}

/// Ensemble and single runs with the same replaced inputs: by the remainder, one number a scenario, one
/// series a scenario, one number for all, and the model's own.
fn replaced(plan: &Plan, model: u64, scenarios: usize, seed: u64) -> (EnsembleOptions, Vec<RunOptions>) {
    let bins = plan.grid().bins();
    let mut options = EnsembleOptions::new(scenarios).seed(seed);
    let mut runs: Vec<RunOptions> =
        (0..scenarios).map(|k| RunOptions::new().seed(scenario_seed(seed, k as u64))).collect();
    for (n, input) in plan.inputs().enumerate() {
        match (model as usize + n) % 5 {
            0 => {
                let numbers = (0..scenarios).map(|k| number(model, n, k)).collect();
                options = options.input(input, ScenarioInput::Numbers(numbers));
                runs = runs
                    .into_iter()
                    .enumerate()
                    .map(|(k, run)| run.input(input, number(model, n, k)))
                    .collect();
            }
            1 => {
                let all = (0..scenarios).flat_map(|k| series(model, n, k, bins)).collect();
                options = options.input(input, Array2::from_shape_vec((scenarios, bins), all).unwrap());
                runs = runs
                    .into_iter()
                    .enumerate()
                    .map(|(k, run)| run.input(input, series(model, n, k, bins)))
                    .collect();
            }
            2 => {
                options = options.input(input, number(model, n, 0));
                runs = runs.into_iter().map(|run| run.input(input, number(model, n, 0))).collect();
            }
            _ => {}
        }
    }
    (options, runs)
}

fn divided(warning: &RunWarning) -> Option<(&str, u64)> {
    match warning {
        RunWarning::DivisionByZero { node, bins, .. } => Some((node, *bins)),
        _ => None,
    }
}

fn check(seed: u64, scenarios: usize, set: usize) {
    let text = generator::model(seed);
    let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
    let (options, runs) = replaced(&plan, seed, scenarios, seed % 3);
    let ids: Vec<String> = plan.nodes().map(|node| node.id.to_owned()).collect();
    let options = options
        .keep(ids.iter())
        .statistics([Statistic::Minimum])
        .series(0..scenarios)
        .threads(1 + seed as usize % 3)
        .instruction_set(set);
    let ensemble = plan.ensemble(&options).unwrap_or_else(|e| panic!("model {seed}: {e}\n{text}"));
    let mut divisions = vec![0u64; ids.len()];
    for (k, run) in runs.iter().enumerate() {
        let run = plan.run(run).unwrap();
        for id in &ids {
            let found = ensemble.series(id).unwrap();
            for (bin, expected) in run.series(id).unwrap().iter().enumerate() {
                let found = found[(k, bin)];
                assert!(
                    same(*expected, found),
                    "model {seed}, set {set}: `{id}` of scenario {k} of {scenarios} in bin {bin} is {found:?}, but should be {expected:?}\n{text}"
                );
            }
        }
        for (node, bins) in run.warnings().iter().filter_map(divided) {
            divisions[ids.iter().position(|id| id == node).unwrap()] += bins;
        }
    }
    let warned = |id: &String| ensemble.warnings().iter().filter_map(divided).find(|(node, _)| node == id).map_or(0, |d| d.1);
    for (id, divisions) in ids.iter().zip(divisions) {
        assert_eq!(warned(id), divisions, "model {seed}: divisions by zero of `{id}`\n{text}");
    }
}

#[test]
fn scenarios_are_single_runs() {
    let count: u64 = std::env::var("FLOWTIME_MODELS").ok().and_then(|n| n.parse().ok()).unwrap_or(1500) / 2;
    let sets = RunOptions::instruction_sets().len();
    for seed in 0..count {
        let scenarios = [1, 2, 3, 5, 63, 64, 65, 7][seed as usize % 8];
        let set = if seed % 4 == 0 { seed as usize / 4 % sets } else { sets - 1 };
        check(seed, scenarios, set);
    }
}
