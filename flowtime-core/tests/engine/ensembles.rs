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
    if choice.is_multiple_of(4) { AWKWARD[choice / 4 % 6] } else { choice as f64 * 0.75 }
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
    let kept = ids.iter().filter(|id| seed.is_multiple_of(3) || id.len().is_multiple_of(2));
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

/// Queues however they are spelled: what is served and what it leaves are computed together.
#[test]
fn queues_are_single_runs() {
    let served = [
        "MIN(capacity, whole)",
        "MIN(whole, capacity)",
        "MIN(7, whole)",
        "MIN(whole, 0)",
        "MIN(whole, whole)",
        "IF(whole < capacity, whole, capacity)",
        "IF(whole <= capacity, whole, capacity)",
        "IF(whole >= capacity, capacity, whole)",
        "IF(7 <= whole, 7, whole)",
        "IF(capacity < whole, capacity, whole)",
        "IF(whole > 7, 7, whole)",
        "IF(7 < whole, 7, whole)",
        "IF(capacity > whole, capacity, whole)",
        "IF(whole < 0, whole, -0)",
    ];
    let rest = [
        "MAX(0, whole - served)",
        "whole - served",
        "MAX(whole - served, SHIFT(served, 1))",
        "served - whole",
    ];
    let also = ["served", "SHIFT(served, 2) + rest", "whole * 2", "rest / served"];
    for (n, (served, (rest, also))) in served
        .into_iter()
        .flat_map(|served| {
            rest.into_iter().flat_map(move |rest| also.into_iter().map(move |also| (served, (rest, also))))
        })
        .enumerate()
    {
        let text = format!(
            "
schemaVersion: 1
grid: {{bins: 9, binSize: 1, binUnit: hours}}
nodes:
  - {{id: demand, kind: const, values: [0, 0, 12, -2, 5, 7, 7, 30, 1]}}
  - {{id: capacity, kind: const, values: [-0.0, 7, -0.0, 0, 9, 7, 6, 4, 8]}}
  - {{id: whole, kind: expr, expr: 'demand + SHIFT(rest, 1)'}}
  - {{id: served, kind: expr, expr: '{served}'}}
  - {{id: rest, kind: expr, expr: '{rest}'}}
  - {{id: also, kind: expr, expr: '{also}'}}
"
        );
        let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
        for seed in 0..24 {
            let scenarios = 1 + n % 70;
            let (options, runs) = replaced(&plan, seed, scenarios, seed);
            // What is kept or measured is stored, and computed in other ways.
            let ids: &[&str] =
                [&["served", "rest"][..], &["also"], &["rest"], &["served", "also"]][seed as usize % 4];
            let set = (n + seed as usize) % RunOptions::instruction_sets().len();
            let options = options.keep(ids.iter().copied()).series(0..scenarios).instruction_set(set);
            let ensemble = plan.ensemble(&options).unwrap();
            for (k, run) in runs.iter().enumerate() {
                let run = plan.run(run).unwrap();
                for id in ids {
                    let found = ensemble.series(id).unwrap();
                    let (found, wanted) = (found.row(k), run.series(id).unwrap());
                    let equal = found.iter().zip(wanted).all(|(a, b)| same(*a, *b));
                    assert!(equal, "`{id}` of scenario {k}, set {set}: {found} is not {wanted}{text}");
                }
            }
        }
    }
}

/// A model with memory, draws, a division that is often by zero, and a value that is missing at times.
const MODEL: &str = "
schemaVersion: 1
grid: {bins: 20, binSize: 1, binUnit: hours}
nodes:
  - {id: demand, kind: pmf, pmf: {values: [0, 60, 90, 140], probabilities: [0.2, 0.4, 0.3, 0.1]}, policy: sample}
  - {id: failed, kind: pmf, pmf: {values: [0, 10, 45], probabilities: [0.8, 0.15, 0.05]}, policy: sample}
  - {id: capacity, kind: const, values: 80}
  - {id: served, kind: expr, expr: 'MIN(capacity - failed, demand + SHIFT(backlog, 1))'}
  - {id: backlog, kind: expr, expr: 'SHIFT(backlog, 1) + demand - served'}
  - {id: latency, kind: expr, expr: 'backlog / served'}
  - {id: gap, kind: expr, expr: 'SQRT(demand - 30)'}
  - {id: share, kind: expr, expr: 'demand / SUM(demand)'}
";

fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.retain(|x| !x.is_nan());
    numbers.sort_by(f64::total_cmp);
    numbers
}

#[test]
fn statistics_are_those_of_the_scenarios() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let ids = ["backlog", "latency", "gap", "share"];
    for scenarios in [1, 2, 63, 1024, 1025, 5000] {
        let edges = vec![0.0, 1.0, 50.0, 100.0];
        let options = EnsembleOptions::new(scenarios)
            .seed(5)
            .keep(ids)
            .statistics([
                Statistic::Mean,
                Statistic::Deviation,
                Statistic::Minimum,
                Statistic::Maximum,
                Statistic::Quantile(0.0),
                Statistic::Quantile(0.3),
                Statistic::Quantile(0.95),
                Statistic::Quantile(1.0),
            ])
            .above("backlog", 50.0)
            .below("gap", 6.0)
            .histogram("backlog", edges.clone())
            .series(0..scenarios)
            .threads(2);
        let ensemble = plan.ensemble(&options).unwrap();
        for id in ids {
            let series = ensemble.series(id).unwrap();
            for t in 0..20 {
                let all = series.column(t).to_vec();
                let there = sorted(all.clone());
                let n = there.len();
                assert_eq!(ensemble.missing(id).unwrap()[t], (scenarios - n) as u64);
                let mean = there.iter().sum::<f64>() / n as f64;
                let squares = there.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
                let close = |found: f64, wanted: f64| {
                    assert!(
                        (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0)
                            || found.is_nan() && wanted.is_nan(),
                        "{id} of {scenarios} in {t}: {found} is not {wanted}"
                    );
                };
                close(ensemble.mean(id).unwrap()[t], mean);
                let deviation = if n < 2 { f64::NAN } else { (squares / (n - 1) as f64).sqrt() };
                close(ensemble.deviation(id).unwrap()[t], deviation);
                close(ensemble.minimum(id).unwrap()[t], there.first().copied().unwrap_or(f64::NAN));
                close(ensemble.maximum(id).unwrap()[t], there.last().copied().unwrap_or(f64::NAN));
                for q in [0.0, 0.3, 0.95, 1.0] {
                    let found = ensemble.quantile(id, q).unwrap()[t];
                    if n == 0 {
                        assert!(found.is_nan());
                        continue;
                    }
                    let position = q * (n - 1) as f64;
                    let (low, part) = (there[position as usize], position.fract());
                    let high = there[(position as usize + 1).min(n - 1)];
                    close(found, low + (high - low) * part);
                    assert!(part != 0.0 || found == low);
                }
                if id == "backlog" {
                    let above = all.iter().filter(|x| **x > 50.0).count() as f64 / n as f64;
                    assert_eq!(ensemble.above(id, 50.0).unwrap()[t], above);
                    let (found, counts) = ensemble.histogram(id).unwrap();
                    assert_eq!(found, edges);
                    let within =
                        |low: f64, high: f64| all.iter().filter(|x| low <= **x && **x < high).count() as u64;
                    assert_eq!(counts[(t, 0)], within(0.0, 1.0));
                    assert_eq!(counts[(t, 2)], within(50.0, 100.0 + f64::EPSILON * 64.0));
                }
                if id == "gap" {
                    let below = all.iter().filter(|x| **x < 6.0).count() as f64 / n as f64;
                    let found = ensemble.below(id, 6.0).unwrap()[t];
                    assert!(found == below || n == 0 && found.is_nan());
                }
            }
        }
    }
}

/// Every number of an ensemble, as bits.
fn bits(ensemble: &flowtime_core::Ensemble) -> Vec<u64> {
    let mut all = Vec::new();
    for id in ensemble.ids() {
        let quantiles = ensemble.quantiles(id).iter().filter_map(|q| ensemble.quantile(id, *q));
        let single = [ensemble.mean(id), ensemble.deviation(id), ensemble.minimum(id), ensemble.maximum(id)];
        for series in single.into_iter().flatten().chain(quantiles) {
            all.extend(series.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }));
        }
        all.extend(ensemble.missing(id).unwrap());
        all.extend(ensemble.above(id, 50.0).iter().flatten().map(|x| x.to_bits()));
        all.extend(ensemble.series(id).iter().flatten().map(|x| x.to_bits()));
    }
    for (id, measure) in ensemble.measures() {
        all.extend(ensemble.measure(id, measure).unwrap().iter().map(|x| x.to_bits()));
    }
    all
}

#[test]
fn neither_threads_nor_instruction_sets_nor_parts_show_in_the_bits() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    for scenarios in [700, 3000, 20_000] {
        let numbers = (0..scenarios).map(|k| 60.0 + (k % 37) as f64).collect();
        let options = EnsembleOptions::new(scenarios)
            .input("capacity", ScenarioInput::Numbers(numbers))
            .keep(["backlog", "latency", "gap", "share"])
            .above("backlog", 50.0)
            .measure("backlog", Measure::Maximum)
            .measure("served", Measure::FirstAbove(70.0))
            .series([scenarios - 1, 3, 650]);
        let whole = plan.ensemble(&options).unwrap();
        let wanted = bits(&whole);
        for threads in [2, 3, 7] {
            assert!(
                bits(&plan.ensemble(&options.clone().threads(threads)).unwrap()) == wanted,
                "{threads} threads"
            );
        }
        for set in 0..RunOptions::instruction_sets().len() {
            if scenarios < 20_000 {
                let found = plan.ensemble(&options.clone().instruction_set(set)).unwrap();
                assert!(bits(&found) == wanted, "instruction set {set}");
            }
        }
        for (threads, set) in (0..RunOptions::instruction_sets().len()).enumerate() {
            let sampled = options.clone().sampled_from(1).threads(1 + threads % 3).instruction_set(set);
            assert!(bits(&plan.ensemble(&sampled).unwrap()) == wanted, "sampled, instruction set {set}");
        }
        for leaves in [1, 3, 100] {
            let mut job = plan.ensemble_job(&options).unwrap();
            let mut rounds = 0;
            while let Some(round) = job.round() {
                let round = flowtime_core::EnsembleRound::from_bytes(&round.to_bytes()).unwrap();
                // The last part first, one of them twice, and one lost and found.
                for part in job.parts(leaves).into_iter().rev().chain(job.parts(leaves).into_iter().take(1)) {
                    let part = plan.ensemble_part(&options, &round, part).unwrap();
                    let part = flowtime_core::EnsemblePart::from_bytes(&part.to_bytes()).unwrap();
                    if job.round().as_ref() == Some(&round) {
                        job.add(part).unwrap();
                    }
                }
                rounds += 1;
                assert!(rounds < 12, "{rounds} rounds");
            }
            let found = job.finish().unwrap();
            assert!(bits(&found) == wanted, "{scenarios} scenarios in parts of {leaves} leaves");
            assert_eq!(found.warnings(), whole.warnings());
        }
    }
}

#[test]
fn samples_that_mislead_show_in_nothing() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let all = 40_000;
    // The scenarios that are taken as a sample are much like the others, or not at all, or say nothing.
    let sampled: std::collections::HashSet<usize> =
        (0..4096).map(|n| (f64::from(n) * all as f64 / 4096.0) as usize).collect();
    for of_sample in [80.0, 300.0, f64::NAN] {
        let number = |k: usize| if sampled.contains(&k) { of_sample } else { 70.0 + (k % 29) as f64 };
        let options = EnsembleOptions::new(all)
            .input("capacity", ScenarioInput::Numbers((0..all).map(number).collect()))
            .keep(["backlog", "latency", "gap"])
            .statistics([0.0, 0.01, 0.5, 0.95, 1.0].map(Statistic::Quantile))
            .above("served", 50.0)
            .measure("backlog", Measure::Maximum)
            .series([7]);
        let together = plan.ensemble(&options.clone().sampled_from(usize::MAX)).unwrap();
        let found = plan.ensemble(&options).unwrap();
        assert!(bits(&found) == bits(&together), "{of_sample}");
    }
    // Points of a sweep, and the rare numbers that a sample knows nothing of.
    let points = SweepPoints::grid([("capacity", vec![70.0, 90.0])]).unwrap();
    let options = EnsembleOptions::new(all).keep(["latency", "share"]);
    let found = plan.sweep(&points, &options).unwrap();
    let together = plan.sweep(&points, &options.sampled_from(usize::MAX)).unwrap();
    assert!(found.iter().map(bits).eq(together.iter().map(bits)));
}

#[test]
fn quantiles_of_parts_may_be_a_little_off() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let wanted = [0.0, 0.05, 0.5, 0.95, 1.0];
    let options = EnsembleOptions::new(30_000)
        .keep(["backlog", "latency", "gap", "share"])
        .statistics([Statistic::Mean].into_iter().chain(wanted.map(Statistic::Quantile)));
    let exact = plan.ensemble(&options).unwrap();
    let mut rounds_before = usize::MAX;
    for tolerance in [0.0, 1e-4, 0.01, 0.1] {
        let options = options.clone().tolerance(tolerance);
        let found = [1, 7].map(|leaves| {
            let mut job = plan.ensemble_job(&options).unwrap();
            let mut rounds = 0;
            while let Some(round) = job.round() {
                rounds += 1;
                for part in job.parts(leaves) {
                    job.add(plan.ensemble_part(&options, &round, part).unwrap()).unwrap();
                }
            }
            (job.finish().unwrap(), rounds)
        });
        assert!(bits(&found[0].0) == bits(&found[1].0), "{tolerance}");
        let (found, rounds) = &found[0];
        assert!(*rounds <= rounds_before, "{rounds} rounds with {tolerance}");
        rounds_before = *rounds;
        assert_eq!(found.mean("backlog"), exact.mean("backlog"));
        for id in ["backlog", "latency", "gap", "share"] {
            for q in wanted {
                let pairs = found.quantile(id, q).unwrap().into_iter().zip(exact.quantile(id, q).unwrap());
                for (t, (found, exact)) in pairs.enumerate() {
                    let near = (found - exact).abs() <= tolerance * exact.abs();
                    assert!(
                        near || found.is_nan() && exact.is_nan(),
                        "{id} {q} in {t}: {found} is not {exact}"
                    );
                }
            }
        }
    }
    assert!(rounds_before < 3, "{rounds_before} rounds");
    // All together they are exact, also where little memory makes parts of them.
    let little =
        flowtime_core::Limits::default().max_working_bytes(plan.ensemble_work(&options).unwrap().bytes / 3);
    for options in [options.clone(), options.clone().limits(little)] {
        assert!(bits(&plan.ensemble(&options.tolerance(0.1)).unwrap()) == bits(&exact));
    }
    for wrong in [-0.1, 0.6, f64::NAN] {
        let error = plan.ensemble(&options.clone().tolerance(wrong)).unwrap_err();
        assert!(error.to_string().contains("a share of 0 to 0.5"), "{error}");
    }
}

#[test]
fn parts_need_the_inputs_of_their_own_scenarios_alone() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let (scenarios, bins) = (5000, plan.grid().bins());
    let capacity: Vec<f64> = (0..scenarios).map(|k| 60.0 + (k % 100) as f64).collect();
    let failed = Array2::from_shape_fn((scenarios, bins), |(k, t)| ((k + t) % 7) as f64);
    let asked = EnsembleOptions::new(scenarios)
        .seed(3)
        .keep(["backlog"])
        .statistics([Statistic::Mean, Statistic::Deviation, Statistic::Quantile(0.9)])
        .series([0, 4999]);
    let given = |range: std::ops::Range<usize>| {
        let failed = failed.slice(flowtime_core::ndarray::s![range.clone(), ..]).to_owned();
        asked
            .clone()
            .input("capacity", ScenarioInput::Numbers(capacity[range].to_vec()))
            .input("failed", failed)
    };
    let all = given(0..scenarios);
    let mut job = plan.ensemble_job(&all).unwrap();
    while let Some(round) = job.round() {
        // Every other part comes later, so that neighbours are joined at both ends.
        let (even, odd): (Vec<_>, Vec<_>) = job.parts(1).into_iter().partition(|part| part.start % 2048 == 0);
        for part in even.into_iter().chain(odd) {
            let own = plan.ensemble_part(&given(part.clone()), &round, part.clone()).unwrap();
            assert!(own == plan.ensemble_part(&all, &round, part).unwrap());
            job.add(own).unwrap();
        }
    }
    assert!(bits(&job.finish().unwrap()) == bits(&plan.ensemble(&all).unwrap()));

    let job = plan.ensemble_job(&all).unwrap();
    let round = job.round().unwrap();
    let mut infinite = capacity[1024..2048].to_vec();
    infinite[7] = f64::INFINITY;
    for (numbers, problem) in [(infinite, "infinite in scenario 1031"), (vec![1.0; 1000], "1000 numbers")] {
        let options = asked.clone().input("capacity", ScenarioInput::Numbers(numbers));
        let error = plan.ensemble_part(&options, &round, 1024..2048).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn points_of_a_sweep_are_ensembles() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    for scenarios in [1, 3, 70, 1500] {
        let capacities = [70.0, 80.0, 95.5, f64::NAN, 120.0];
        let points =
            SweepPoints::grid([("capacity", capacities.to_vec()), ("failed", vec![0.0, 5.0])]).unwrap();
        let options = EnsembleOptions::new(scenarios)
            .seed(3)
            .keep(["backlog", "share"])
            .above("backlog", 50.0)
            .measure("backlog", Measure::BinsAbove(20.0))
            .series([0, scenarios / 2])
            .threads(2);
        let sweep = plan.sweep(&points, &options).unwrap();
        assert_eq!(sweep.iter().len(), 10);
        for (n, ensemble) in sweep.iter().enumerate() {
            let alone = options
                .clone()
                .input("capacity", points.numbers("capacity").unwrap()[n])
                .input("failed", points.numbers("failed").unwrap()[n]);
            assert!(
                bits(ensemble) == bits(&plan.ensemble(&alone).unwrap()),
                "point {n} of {scenarios} scenarios"
            );
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_before_it_is_begun() {
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let say = |options: EnsembleOptions| plan.ensemble(&options).unwrap_err().to_string();
    let ten = || EnsembleOptions::new(10);
    for (options, wanted) in [
        (EnsembleOptions::new(0), "at least one scenario"),
        (ten().keep(["backlg"]), "did you mean `backlog`"),
        (ten().input("capacity", ScenarioInput::Numbers(vec![1.0])), "1 number, but there are 10 scenarios"),
        (ten().input("capacity", Array2::zeros((10, 3))), "10 × 3, but there are 10 scenarios × 20 bins"),
        (ten().input("capacity", f64::INFINITY), "infinite"),
        (ten().input("capacity", ScenarioInput::Numbers(vec![f64::INFINITY; 10])), "infinite in scenario 0"),
        (ten().input("backlog", 1.0), "expression"),
        (ten().input("capacity", 1.0).input("capacity", 2.0), "given twice"),
        (ten().statistics([Statistic::Quantile(1.5)]), "no quantile 1.5"),
        (ten().above("backlog", f64::NAN), "NaN"),
        (ten().histogram("backlog", [1.0, 1.0]), "rising"),
        (ten().series([10]), "no scenario 10"),
        (ten().seed(1 << 53), "too large"),
        (EnsembleOptions::new(usize::MAX / 2), "more than the limit"),
        (EnsembleOptions::new(1 << 40), "more than the limit"),
    ] {
        let found = say(options);
        assert!(found.contains(wanted), "{found}");
    }
}

#[test]
fn little_memory_takes_parts_and_the_same_bits() {
    let text = MODEL.replace("SQRT(demand - 30)", "demand - SHIFT(demand, 12)");
    let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
    let options = EnsembleOptions::new(20_000)
        .seed(2)
        .keep(["backlog", "latency", "gap"])
        .above("backlog", 50.0)
        .measure("backlog", Measure::Maximum)
        .series([19_999, 0]);
    let whole = plan.ensemble(&options).unwrap();
    assert_eq!((whole.work().parts, whole.work().rounds), (1, 1));
    let small =
        options.clone().limits(flowtime_core::Limits::default().max_working_bytes(whole.work().bytes / 3));
    let parts = plan.ensemble(&small).unwrap();
    assert!(parts.work().parts > 2 && parts.work().bytes < whole.work().bytes / 2, "{}", parts.work());
    assert!(bits(&parts) == bits(&whole));
    let points = SweepPoints::grid([("capacity", vec![70.0, 80.0, 90.0])]).unwrap();
    // Warnings are those of all points, however few are computed at a time.
    let told = |point: &flowtime_core::Ensemble| (bits(point), point.warnings().to_vec());
    let wanted: Vec<_> = plan.sweep(&points, &options).unwrap().iter().map(told).collect();
    let found: Vec<_> = plan.sweep(&points, &small).unwrap().iter().map(told).collect();
    assert!(found == wanted && !wanted[0].1.is_empty());
}

#[test]
fn ensembles_say_how_far_they_are_and_stop_when_told() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let plan = Model::from_yaml(MODEL).unwrap().compile().unwrap();
    let limits = flowtime_core::Limits::default().max_working_bytes(1 << 20);
    for (threads, limits) in
        [(1, flowtime_core::Limits::default()), (3, flowtime_core::Limits::default()), (1, limits)]
    {
        let caller = std::thread::current().id();
        let last = std::sync::Arc::new(AtomicU64::new(0f64.to_bits()));
        let seen = last.clone();
        let options = EnsembleOptions::new(30_000).threads(threads).limits(limits).watch(move |done| {
            assert_eq!(std::thread::current().id(), caller, "workers do not report");
            let before = f64::from_bits(seen.swap(done.to_bits(), Ordering::Relaxed));
            assert!(before <= done && done <= 1.0, "{before} {done}");
            std::ops::ControlFlow::Continue(())
        });
        plan.ensemble(&options).unwrap();
        assert!(f64::from_bits(last.load(Ordering::Relaxed)) > 0.9);
        let options = options.watch(|done| match done > 0.3 {
            true => std::ops::ControlFlow::Break(()),
            false => std::ops::ControlFlow::Continue(()),
        });
        let error = plan.ensemble(&options).unwrap_err();
        assert_eq!(error.kind(), flowtime_core::ErrorKind::Cancelled);
        let cancel = flowtime_core::Cancel::new();
        cancel.cancel();
        let error =
            plan.ensemble(&EnsembleOptions::new(30_000).threads(threads).cancel(&cancel)).unwrap_err();
        assert_eq!(error.kind(), flowtime_core::ErrorKind::Cancelled);
    }
}
