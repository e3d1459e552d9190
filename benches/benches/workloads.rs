//! Whole models: read, compiled, run.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flowtime_bench::models;
use flowtime_core::{EnsembleOptions, Measure, Model, Plan, RunOptions, ScenarioInput, Statistic};
use std::hint::black_box;
use std::time::Duration;

fn plan(text: &str) -> Plan {
    Model::from_yaml(text).and_then(|model| model.compile()).expect("a valid model")
}

fn front(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("front");
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    for nodes in [10, 1000] {
        let text = models::feed_forward(nodes, 1000, 1);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("parse/{nodes}"), |bencher| {
            bencher.iter(|| Model::from_yaml(black_box(&text)));
        });
        let model = Model::from_yaml(&text).expect("a valid model");
        group.throughput(Throughput::Elements(nodes as u64));
        group.bench_function(format!("compile/{nodes}"), |bencher| bencher.iter(|| model.compile()));
        let plan = plan(&text);
        let options = RunOptions::new().keep([models::last(nodes)]);
        group.bench_function(format!("prepare/{nodes}"), |bencher| bencher.iter(|| plan.runner(&options)));
    }
    group.finish();
}

fn runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("runs");
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    let cases = [
        ("feed-forward", models::feed_forward(200, 20_000, 1), models::last(200), 200 * 20_000),
        ("many nodes", models::feed_forward(1000, 1000, 1), models::last(1000), 1000 * 1000),
        ("queues in series", models::queues(50, 10_000), "backlog_49".to_owned(), 150 * 10_000),
        ("one queue", models::queues(1, 100_000), "backlog_0".to_owned(), 3 * 100_000),
    ];
    for (name, text, last, work) in cases {
        let plan = plan(&text);
        group.throughput(Throughput::Elements(work));
        let mut one = plan.runner(&RunOptions::new().keep([last])).expect("a small run");
        group.bench_function(format!("{name}/last kept"), |bencher| bencher.iter(|| one.run()));
        let mut all = plan.runner(&RunOptions::new()).expect("a small run");
        group.bench_function(format!("{name}/all kept"), |bencher| bencher.iter(|| all.run()));
        let options = RunOptions::new();
        group.bench_function(format!("{name}/all kept, fresh"), |bencher| {
            bencher.iter_with_large_drop(|| plan.run(&options));
        });
    }
    group.finish();
}

fn ensembles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ensembles");
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    let (random, queues) = (plan(&models::checkout()), plan(&models::queues(50, 1000)));
    let statistics = [
        ("mean", vec![Statistic::Mean]),
        (
            "all but quantiles",
            vec![Statistic::Mean, Statistic::Deviation, Statistic::Minimum, Statistic::Maximum],
        ),
        ("mean and a quantile", vec![Statistic::Mean, Statistic::Quantile(0.95)]),
    ];
    // From 32 768 scenarios on quantiles are looked for in another way.
    for scenarios in [1000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(scenarios as u64));
        for (name, statistics) in &statistics {
            let options = EnsembleOptions::new(scenarios)
                .keep(["backlog", "utilisation"])
                .statistics(statistics.iter().copied());
            group.bench_function(format!("checkout/{scenarios}/{name}"), |bencher| {
                bencher.iter(|| random.ensemble(&options));
            });
        }
    }
    let arrivals = (0..256).map(|k| 45.0 + f64::from(k) / 16.0).collect();
    let options = EnsembleOptions::new(256)
        .input("arrivals_0", ScenarioInput::Numbers(arrivals))
        .keep(["served_49"])
        .statistics([])
        .measure("backlog_49", Measure::Maximum);
    group.throughput(Throughput::Elements(256 * 1000 * 50));
    group.bench_function("queues in series/256/peak", |bencher| bencher.iter(|| queues.ensemble(&options)));
    group.finish();
}

criterion_group!(benches, front, runs, ensembles);
criterion_main!(benches);
