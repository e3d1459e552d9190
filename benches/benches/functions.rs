//! Every operator and function of the language, one expression each, into memory that is used again.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flowtime_bench::models;
use flowtime_core::expr::builtins::FUNCTIONS;
use flowtime_core::{Model, RunOptions};
use std::time::Duration;

/// Few enough that all series stay in the cache: the kernels are timed, not the memory.
const BINS: usize = 2000;
const COPIES: usize = 16;

const OPERATORS: [(&str, &str); 7] = [
    ("add", "x + y"),
    ("subtract", "x - y"),
    ("multiply", "x * y"),
    ("divide", "x / y"),
    ("negate", "-x"),
    ("less", "x < y"),
    ("equal", "x == y"),
];

fn functions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("functions");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .throughput(Throughput::Elements((COPIES * BINS) as u64));
    let examples = FUNCTIONS.iter().map(|function| (function.name, function.example.expr));
    for (name, expr) in OPERATORS.into_iter().chain(examples) {
        let text = models::one_expression(expr, COPIES, BINS);
        let plan = Model::from_yaml(&text).and_then(|model| model.compile()).expect("a valid model");
        let kept: Vec<String> = (0..COPIES).map(|copy| format!("n{copy}")).collect();
        let mut runner = plan.runner(&RunOptions::new().keep(kept)).expect("a small run");
        group.bench_function(name, |bencher| bencher.iter(|| runner.run()));
    }
    group.finish();
}

criterion_group!(benches, functions);
criterion_main!(benches);
