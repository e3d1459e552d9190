//! A [`Runner`] takes all its memory in the first run.

use super::allocator::measured;
use flowtime_core::{Model, Plan, RunOptions, Runner};

/// Feedback in bundles and alone, long lags, windows, kernels, sums, random numbers, divisions by zero.
fn plan() -> Plan {
    let mut text = String::from(
        "schemaVersion: 1
grid: {bins: 1000, binSize: 1, binUnit: minutes}
nodes:
  - {id: number, kind: const, values: 3}
  - {id: series, kind: const, values: [1, 2, 3, 4, 0], policy: repeat}
  - {id: drawn, kind: pmf, pmf: {values: [0, 1, 5], probabilities: [0.2, 0.5, 0.3]}}
  - {id: weekly, kind: pmf, pmf: {values: [0.8, 1.2], probabilities: [0.5, 0.5], policy: repeat}}
  - {id: queue, kind: expr, expr: 'MAX(0, SHIFT(queue, 1) + drawn - number)'}
  - {id: retries, kind: expr, expr: 'series + CONV(SHIFT(failed, 1), [0.5, 0.25])'}
  - {id: failed, kind: expr, expr: 'retries * 0.1'}
  - {id: far, kind: expr, expr: 'SHIFT(far, 300) + weekly'}
  - {id: share, kind: expr, expr: 'drawn / series'}
  - {id: window, kind: expr, expr: 'ROLLING_MAX(share, 90) + ROLLING_SUM(queue, 7)'}
  - {id: whole, kind: expr, expr: 'queue / SUM(share) + MEAN(window)'}
  - {id: again, kind: expr, expr: 'CUMSUM(whole) + EMA(window, 0.2)'}
",
    );
    for i in 0..12 {
        let before = if i == 0 { "drawn".to_owned() } else { format!("SHIFT(line{}, 1)", i - 1) };
        text.push_str(&format!(
            "  - {{id: line{i}, kind: expr, expr: 'MAX(0, SHIFT(line{i}, 1) + {before} - 1)'}}\n"
        ));
    }
    Model::from_yaml(&text).unwrap_or_else(|error| panic!("{error}")).compile().unwrap()
}

/// Every series that the runner keeps, bit for bit.
fn bits(runner: &Runner, ids: &[String]) -> Vec<Vec<u64>> {
    ids.iter().map(|id| runner.series(id).unwrap().iter().map(|x| x.to_bits()).collect()).collect()
}

/// Runs once, then twice more with other inputs and seeds, asserting that nothing is allocated.
fn repeat(options: &RunOptions, ids: &[&str], mut change: impl FnMut(&mut Runner, usize)) {
    let plan = plan();
    let ids: Vec<String> = match ids {
        [] => plan.nodes().map(|node| node.id.to_owned()).collect(),
        ids => ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let mut runner = plan.runner(options).unwrap();
    change(&mut runner, 0);
    runner.run().unwrap();
    let first = bits(&runner, &ids);
    for round in 1..4 {
        let ((), used) = measured(|| {
            change(&mut runner, round);
            runner.run().unwrap();
        });
        assert_eq!(used.calls, 0, "in round {round}");
    }
    change(&mut runner, 0);
    runner.run().unwrap();
    assert!(bits(&runner, &ids) == first, "the first run's results are not found again");
}

#[test]
fn all_nodes() {
    repeat(&RunOptions::new(), &[], |_, _| {});
}

#[test]
fn other_seeds() {
    repeat(&RunOptions::new().seed(5), &[], |runner, round| runner.set_seed(round as u64).unwrap());
}

#[test]
fn other_numbers() {
    repeat(&RunOptions::new(), &[], |runner, round| runner.set_input("number", round as f64).unwrap());
    // Numbers in the place of what has a series or a distribution in the model.
    let options = RunOptions::new().input("series", 1.0).input("drawn", 2.0);
    repeat(&options, &[], |runner, round| {
        runner.set_input("series", round as f64).unwrap();
        runner.set_input("drawn", 2.0 / (1.0 + round as f64)).unwrap();
        runner.set_input("number", f64::NAN).unwrap();
    });
}

#[test]
fn other_series() {
    let given: Vec<Vec<f64>> =
        (0..4).map(|round| (0..1000).map(|t| f64::from(t % (round + 2))).collect()).collect();
    let options = RunOptions::new()
        .input("number", given[0].clone())
        .input("series", given[1].clone())
        .input("drawn", given[2].clone());
    repeat(&options, &[], |runner, round| {
        for id in ["number", "series", "drawn"] {
            runner.set_series(id, &given[round]).unwrap();
        }
    });
}

#[test]
fn some_nodes() {
    for kept in [vec!["queue"], vec!["again"], vec!["line11", "share"], vec!["far", "number", "retries"]] {
        repeat(&RunOptions::new().keep(kept.clone()), &kept, |runner, round| {
            runner.set_input("number", round as f64).unwrap();
            runner.set_seed(round as u64).unwrap();
        });
    }
}

#[test]
fn into_the_callers_memory() {
    let mut runner = plan().runner(&RunOptions::new().keep(["queue", "again"])).unwrap();
    let mut memory = vec![vec![0.0; 1000]; 2];
    let mut series: Vec<&mut [f64]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    runner.run_into(&mut series).unwrap();
    let ((), used) = measured(|| runner.run_into(&mut series).unwrap());
    assert_eq!(used.calls, 0);
}

#[test]
fn nodes_that_share_a_series() {
    let plan =
        super::model(500, &[("a", "BIN() * 2"), ("b", "BIN() * 2"), ("c", "a + b")]).compile().unwrap();
    let mut runner = plan.runner(&RunOptions::new()).unwrap();
    let mut memory = vec![vec![0.0; 500]; 3];
    let mut series: Vec<&mut [f64]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    runner.run_into(&mut series).unwrap();
    let ((), used) = measured(|| runner.run_into(&mut series).unwrap());
    assert_eq!(used.calls, 0);
    assert_eq!((series[0][7], series[1][7], series[2][7]), (14.0, 14.0, 28.0));
}

#[test]
fn runs_that_are_not_repeated_do_allocate() {
    // Otherwise nothing above would mean anything.
    let plan = plan();
    let (_, used) = measured(|| plan.run(&RunOptions::new()).unwrap());
    assert!(used.calls > 10 && used.bytes > 20 * 1000 * 8, "{used:?}");
}

#[test]
fn an_input_that_is_refused_changes_nothing() {
    let mut runner = plan().runner(&RunOptions::new().keep(["queue"])).unwrap();
    runner.run().unwrap();
    let before = runner.series("queue").unwrap().to_vec();
    for wrong in [vec![1.0; 999], vec![f64::INFINITY; 1000]] {
        assert!(runner.set_input("number", wrong.clone()).is_err());
        assert!(runner.set_series("number", &wrong).is_err());
        assert_eq!(runner.series("queue").unwrap().to_vec(), before);
        runner.run().unwrap();
        assert_eq!(runner.series("queue").unwrap().to_vec(), before);
    }
}

#[test]
fn results_of_another_program_are_not_shown() {
    let plan = plan();
    let mut runner = plan.runner(&RunOptions::new().keep(["queue", "far"])).unwrap();
    assert!(runner.series("queue").is_none(), "nothing was run");
    runner.run().unwrap();
    assert!(runner.series("queue").is_some() && runner.series("again").is_none());
    runner.set_input("number", vec![2.0; 1000]).unwrap();
    assert!(runner.series("queue").is_none(), "the series belong to the program before");
    runner.run().unwrap();
    let expected = plan.run(&RunOptions::new().input("number", 2.0)).unwrap();
    assert_eq!(runner.series("queue").unwrap(), expected.series("queue").unwrap());
}
