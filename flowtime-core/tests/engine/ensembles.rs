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

const MEASURES: [Measure; 7] = [
    Measure::Maximum,
    Measure::Minimum,
    Measure::Total,
    Measure::Mean,
    Measure::Last,
    Measure::FirstAbove(20.0),
    Measure::BinsAbove(20.0),
];

/// What the measures mean.
fn measured(measure: Measure, series: &[f64]) -> f64 {
    let sum = || series.iter().fold(0.0, |sum, x| sum + x);
    let missing = series.iter().any(|x| x.is_nan());
    match measure {
        Measure::Maximum | Measure::Minimum if missing => f64::NAN,
        Measure::Maximum => series.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Measure::Minimum => series.iter().copied().fold(f64::INFINITY, f64::min),
        Measure::Total => sum(),
        Measure::Mean => sum() / series.len() as f64,
        Measure::Last => series[series.len() - 1],
        Measure::FirstAbove(x) => series.iter().position(|y| *y > x).map_or(f64::NAN, |t| t as f64),
        Measure::BinsAbove(x) => series.iter().filter(|y| **y > x).count() as f64,
        _ => unreachable!("a measure that is not tested"),
    }
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
    // Two measures of most nodes, and of some that are not kept.
    let measures: Vec<(&String, Measure)> = ids
        .iter()
        .enumerate()
        .flat_map(|(n, id)| [n, n + 3].map(|n| (id, MEASURES[(seed as usize + n) % MEASURES.len()])))
        .collect();
    let options = measures.iter().fold(options, |options, (id, measure)| options.measure(*id, *measure));
    let kept = ids.iter().filter(|id| seed % 3 == 0 || id.len() % 2 == 0);
    let options = options
        .keep(kept)
        .statistics([Statistic::Minimum])
        .series(0..scenarios)
        .threads(1 + seed as usize % 3)
        .instruction_set(set);
    let ensemble = plan.ensemble(&options).unwrap_or_else(|e| panic!("model {seed}: {e}\n{text}"));
    let mut divisions = vec![0u64; ids.len()];
    for (k, run) in runs.iter().enumerate() {
        let run = plan.run(run).unwrap();
        for id in &ids {
            let series = run.series(id).unwrap().to_vec();
            for (_, measure) in measures.iter().filter(|(of, _)| *of == id) {
                let (found, expected) =
                    (ensemble.measure(id, *measure).unwrap()[k], measured(*measure, &series));
                assert!(
                    found == expected || found.is_nan() && expected.is_nan(),
                    "model {seed}, set {set}: {measure:?} of `{id}` of scenario {k} is {found:?}, but should be {expected:?}\n{text}"
                );
            }
            let Some(found) = ensemble.series(id) else { continue };
            for (bin, expected) in series.iter().enumerate() {
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
    let warned = |id: &String| {
        ensemble.warnings().iter().filter_map(divided).find(|(node, _)| node == id).map_or(0, |d| d.1)
    };
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
