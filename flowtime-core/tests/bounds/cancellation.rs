//! Runs that are stopped from another thread, and runs that are watched.

use super::{document, model};
use flowtime_core::{Cancel, ErrorKind, Model, Plan, RunOptions};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// Generous, because test machines are busy; a quiet one needs a few milliseconds.
const SOON: Duration = Duration::from_secs(1);

/// Hundreds of queues behind each other, wide expressions and long kernels: minutes of work if nobody
/// stopped it.
fn large(bins: usize, queues: usize) -> Plan {
    let mut nodes = String::from("  - {id: q0, kind: expr, expr: 'MOD(BIN(), 17)'}\n");
    for i in 1..queues {
        nodes.push_str(&format!(
            "  - {{id: q{i}, kind: expr, expr: 'MAX(0, SHIFT(q{i}, 1) + EXP(LN(q{} + 1)) - {i})'}}\n",
            i - 1
        ));
    }
    Model::from_yaml(&document(bins, &nodes)).unwrap().compile().unwrap()
}

/// Cancels a run when it has begun, and tells how long it took to stop.
fn stop(plan: &Plan, options: RunOptions) -> Duration {
    let cancel = Cancel::new();
    let (begun, has_begun) = mpsc::channel();
    let begun = Mutex::new(Some(begun));
    let options = options.cancel(&cancel).progress(move |_| {
        if let Some(begun) = begun.lock().unwrap().take() {
            begun.send(()).unwrap();
        }
    });
    let asked = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let result = plan.run(&options);
            (result.map(|_| ()), Instant::now())
        });
        has_begun.recv().unwrap();
        let asked = Instant::now();
        cancel.cancel();
        let (result, ended) = run.join().unwrap();
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        ended.saturating_duration_since(asked)
    });
    println!("stopped after {asked:?}");
    asked
}

#[test]
fn wide_models_stop_soon() {
    assert!(stop(&large(2_000_000, 400), RunOptions::new().keep(["q399"])) < SOON);
}

#[test]
fn models_of_very_many_nodes_stop_soon() {
    assert!(stop(&large(100_000, 20_000), RunOptions::new().keep(["q19999"])) < SOON);
}

#[test]
fn long_kernels_stop_soon() {
    let kernel = vec!["0.1"; 16_000].join(",");
    let plan = model(5_000_000, &[("a", &format!("CONV(BIN(), [{kernel}])"))]).compile().unwrap();
    assert!(stop(&plan, RunOptions::new().keep(["a"])) < SOON);
}

#[test]
fn many_long_kernels_stop_within_a_tile() {
    // A tile of them takes long enough to be noticed.
    let kernel = vec!["0.1"; 16_000].join(",");
    let nodes: Vec<(String, String)> =
        (0..200).map(|i| (format!("n{i}"), format!("CONV(BIN() + {i}, [{kernel}])"))).collect();
    let nodes: Vec<(&str, &str)> = nodes.iter().map(|(id, expr)| (id.as_str(), expr.as_str())).collect();
    let plan = model(16_000, &nodes).compile().unwrap();

    let cancel = Cancel::new();
    let (inner, ends) = (cancel.clone(), Arc::new(Mutex::new(Vec::new())));
    let list = ends.clone();
    let options = RunOptions::new().cancel(&cancel).progress(move |_| {
        let mut list = list.lock().unwrap();
        list.push(Instant::now());
        if list.len() == 2 {
            inner.cancel();
        }
    });
    plan.run(&options).unwrap_err();
    let ends = ends.lock().unwrap();
    let tile = ends[1] - ends[0];
    let took = stop(&plan, RunOptions::new());
    assert!(took < tile / 2, "{took:?}, and a tile takes {tile:?}");
}

#[test]
fn a_runner_goes_on_after_it_was_stopped() {
    let plan = large(10_000, 50);
    let expected = plan.run(&RunOptions::new()).unwrap().series("q49").unwrap().to_vec();
    let cancel = Cancel::new();
    let inner = cancel.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let options = RunOptions::new().keep(["q49"]).cancel(&cancel).progress(move |_| {
        if counter.fetch_add(1, Ordering::Relaxed) == 20 {
            inner.cancel();
        }
    });
    let mut runner = plan.runner(&options).unwrap();
    assert_eq!(runner.run().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(runner.series("q49").is_none(), "half a run is no result");
    // It stays cancelled: the request is not forgotten.
    assert_eq!(runner.run().unwrap_err().kind(), ErrorKind::Cancelled);
    let mut runner = plan.runner(&RunOptions::new().keep(["q49"])).unwrap();
    runner.run().unwrap();
    assert_eq!(runner.series("q49").unwrap().to_vec(), expected);
}

#[test]
fn progress_rises_from_nearly_nothing_to_one() {
    // A sum makes two passes of it.
    let plan = model(100_000, &[("x", "MOD(BIN(), 5)"), ("share", "x / SUM(x)")]).compile().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    plan.run(&RunOptions::new().progress(move |done| list.lock().unwrap().push(done))).unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted() && seen[0] < 0.01 && seen[seen.len() - 1] == 1.0, "{seen:?}");
    assert!((100..=1100).contains(&seen.len()), "{} calls", seen.len());
    assert_eq!(seen.iter().filter(|done| **done == 1.0).count(), 1);

    // Of a single bin too.
    let ends = Arc::new(Mutex::new(Vec::new()));
    let list = ends.clone();
    let plan = model(1, &[("x", "BIN() + 1")]).compile().unwrap();
    plan.run(&RunOptions::new().progress(move |done| list.lock().unwrap().push(done))).unwrap();
    assert_eq!(*ends.lock().unwrap(), [1.0]);
}
