//! In how many rounds the quantiles of ensembles in parts are found.

use flowtime_core::{Ensemble, EnsembleOptions, Model, ScenarioInput, Statistic};

#[test]
fn equal_numbers_take_two_rounds() {
    // A backlog that is 0 in most scenarios, in some bins at the very quantile; all equal; missing in some; of both
    // signs; infinite in some.
    let plan = Model::from_yaml(
        "
schemaVersion: 1
grid: {bins: 24, binSize: 1, binUnit: hours}
nodes:
  - {id: demand, kind: pmf, pmf: {values: [60, 90, 100, 140], probabilities: [0.3, 0.4, 0.29, 0.01]}, policy: sample}
  - {id: factor, kind: const, values: 1}
  - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + demand - 99)'}
  - {id: equal, kind: expr, expr: 'demand * 0 + 7'}
  - {id: signed, kind: expr, expr: 'MIN(0, 100 - demand) * factor'}
  - {id: huge, kind: expr, expr: 'backlog * 1e308 * factor'}
",
    )
    .unwrap()
    .compile()
    .unwrap();
    let all = 50_000;
    let factor = |k: usize| if k.is_multiple_of(41) { f64::NAN } else { 1.0 - (k % 2) as f64 * 2.0 };
    let options = EnsembleOptions::new(all)
        .input("factor", ScenarioInput::Numbers((0..all).map(factor).collect()))
        .keep(["backlog", "equal", "signed", "huge"])
        .statistics([0.0, 0.4, 0.9, 0.99, 1.0].map(Statistic::Quantile));
    let mut job = plan.ensemble_job(&options).unwrap();
    let mut rounds = 0;
    while let Some(round) = job.round() {
        for part in job.parts(10) {
            job.add(plan.ensemble_part(&options, &round, part).unwrap()).unwrap();
        }
        rounds += 1;
    }
    let (found, wanted) = (job.finish().unwrap(), plan.ensemble(&options).unwrap());
    for id in ["backlog", "equal", "signed", "huge"] {
        for q in [0.0, 0.4, 0.9, 0.99, 1.0] {
            let bits =
                |of: &Ensemble| of.quantile(id, q).unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&wanted), "{id} {q}");
        }
    }
    assert!(wanted.quantile("huge", 1.0).unwrap()[9].is_infinite());
    assert!(rounds <= 2, "{rounds} rounds");
}
