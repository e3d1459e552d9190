//! Runs that are as large as they may be, and arguments far beyond the horizon.

use super::allocator::measured;
use super::{document, model};
use flowtime_core::{ErrorKind, Limits, Model, ParseOptions, RunOptions};

#[test]
fn ten_million_bins() {
    const BINS: usize = 10_000_000;
    let plan = model(BINS, &[("x", "MOD(BIN(), 7)"), ("q", "MAX(0, SHIFT(q, 1) + x - 3)"), ("s", "SUM(x)")])
        .compile()
        .unwrap();
    let (run, used) = measured(|| plan.run(&RunOptions::new().keep(["q", "s"])).unwrap());
    // Every week adds nothing: 0 + 1 + … + 6 is seven times three.
    assert_eq!(run.series("q").unwrap()[BINS - 1], run.series("q").unwrap()[(BINS - 1) % 7]);
    let sum: usize = (0..BINS).map(|t| t % 7).sum();
    assert_eq!(run.series("s").unwrap()[0], sum as f64);
    let result = 2 * BINS * 8;
    assert!(used.bytes < result + (1 << 20), "{used:?} for a result of {result} bytes");
}

#[test]
fn lags_beyond_the_horizon() {
    let far = "1000000000000000";
    let shifted = model(
        100,
        &[
            ("a", &format!("SHIFT(BIN(), {far})")),
            ("b", &format!("SHIFT(BIN(), {far}, 7)")),
            ("c", "SHIFT(BIN(), 9007199254740992, 7)"),
            ("d", &format!("SHIFT(d, {far}, 2) + 1")),
            ("e", &format!("SHIFT(f, {far}, 3) + BIN()")),
            ("f", "e * 2"),
            ("g", &format!("SHIFT(SHIFT(SHIFT(g, {far}, 4), {far}, 5), {far}, 6) + 1")),
            ("h", "PULSE(9007199254740992, 9007199254740992)"),
            ("i", "PULSE(9007199254740992)"),
        ],
    );
    let plan = shifted.compile().unwrap();
    let (run, used) = measured(|| plan.run(&RunOptions::new()).unwrap());
    let same = |id: &str, value: f64| assert_eq!(run.series(id).unwrap().to_vec(), [value; 100], "{id}");
    same("a", 0.0);
    same("b", 7.0);
    same("c", 7.0);
    same("d", 3.0);
    same("g", 7.0);
    same("h", 0.0);
    assert_eq!(run.series("f").unwrap()[99], 204.0);
    assert_eq!(run.series("i").unwrap().to_vec()[..2], [1.0, 0.0]);
    assert!(used.bytes < 4 << 20, "{used:?}");
}

#[test]
fn a_thousand_lags_add_up_to_more_than_there_are_bins() {
    let nested = (0..200).fold("BIN()".to_owned(), |inner, _| format!("SHIFT({inner}, 9007199254740992)"));
    let plan = model(10, &[("a", &nested), ("b", &format!("SHIFT(b, 1) + {nested}"))]).compile().unwrap();
    let run = plan.run(&RunOptions::new()).unwrap();
    assert_eq!(run.series("a").unwrap().to_vec(), [0.0; 10]);
    assert_eq!(run.series("b").unwrap().to_vec(), [0.0; 10]);
}

#[test]
fn windows_as_long_as_the_horizon_and_longer() {
    const BINS: usize = 1_000_000;
    let plan = model(
        BINS,
        &[
            ("whole", "ROLLING_SUM(1, 1000000)"),
            ("longer", "ROLLING_SUM(BIN(), 1000000000000000)"),
            ("mean", "ROLLING_MEAN(BIN(), 9007199254740992)"),
            ("least", "ROLLING_MIN(-BIN(), 1000000)"),
            ("most", "ROLLING_MAX(-BIN(), 999999)"),
            ("back", "ROLLING_SUM(SHIFT(back, 1), 1000000) * 0 + 1"),
        ],
    )
    .compile()
    .unwrap();
    let (run, used) = measured(|| plan.run(&RunOptions::new()).unwrap());
    let last = |id: &str| run.series(id).unwrap()[BINS - 1];
    let (n, sum) = (BINS as f64, (0..BINS).sum::<usize>() as f64);
    assert_eq!(last("whole"), n);
    assert_eq!(last("longer"), sum);
    assert_eq!(last("mean"), sum / n);
    assert_eq!(last("least"), 1.0 - n);
    assert_eq!(last("most"), -1.0);
    assert_eq!(last("back"), 1.0);
    // Six series, and at most two windows of memory for each of six.
    assert!(used.bytes < 3 * 6 * BINS * 8 + (4 << 20), "{used:?}");
}

#[test]
fn kernels_of_all_lengths() {
    let kernel = |zeros: usize, ones: usize| {
        let mut entries = vec!["0"; zeros];
        entries.extend(vec!["1"; ones]);
        format!("[{}]", entries.join(","))
    };
    let text = |bins: usize, kernel: &str| {
        document(
            bins,
            &format!(
                "  - {{id: a, kind: expr, expr: 'CONV(BIN() * 0 + 1, {kernel})'}}\n  - {{id: b, kind: expr, expr: 'CONV(SHIFT(b, 1), {kernel}) + 1'}}\n"
            ),
        )
    };
    let limits = Limits::default().max_expression_bytes(1 << 20);
    let options = ParseOptions::default().limits(limits);
    let compiled = |text: &str| Model::parse(text, &options).unwrap().model.compile().unwrap();
    // The longest kernel, over a grid that is shorter, as long, and a little longer.
    for bins in [1, 63, 64, 65, 1000, 65_536, 66_000] {
        let plan = compiled(&text(bins, &kernel(65_535, 1)));
        let run = plan.run(&RunOptions::new()).unwrap();
        let (a, b) = (run.series("a").unwrap(), run.series("b").unwrap());
        for t in 0..bins {
            assert_eq!(a[t], f64::from(u8::from(t >= 65_535)), "{bins} bins, bin {t}");
            assert_eq!(b[t], if t >= 65_536 { 2.0 } else { 1.0 }, "{bins} bins, bin {t}");
        }
    }
    let plan = compiled(&text(2000, &kernel(0, 65_536)));
    let run = plan.run(&RunOptions::new().keep(["a"])).unwrap();
    assert_eq!(run.series("a").unwrap()[1999], 2000.0);
    // What would take hours is refused before it begins.
    let plan = compiled(&text(10_000_000, &kernel(0, 65_536)));
    let error = plan.run(&RunOptions::new().keep(["a"]).limits(limits.max_operations(1e11))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("operations"), "{error}");
    let error = plan.run(&RunOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn long_lags_over_long_grids_take_bounded_memory() {
    // Each lag needs a memory of its own as long as itself.
    let nodes: String = (0..300)
        .map(|i| format!("  - {{id: n{i}, kind: expr, expr: 'SHIFT(n{i}, {}) + {i}'}}\n", 9_000_000 + i))
        .collect();
    let plan = Model::from_yaml(&document(10_000_000, &nodes)).unwrap().compile().unwrap();
    let (error, used) = measured(|| plan.run(&RunOptions::new().keep(["n0"])).map(|_| ()));
    assert!(error.is_err() || used.bytes < 300 << 20, "{used:?}");
    let limits = Limits::default().max_result_bytes(1 << 30);
    let (error, used) = measured(|| plan.run(&RunOptions::new().limits(limits)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(used.bytes < 16 << 20, "{used:?}");
}

#[test]
fn a_plan_of_many_loops_describes_itself_at_once() {
    const LOOPS: usize = 30_000;
    let formulas: Vec<(String, String)> = (0..LOOPS)
        .map(|i| {
            (
                format!("q{i}"),
                format!(
                    "MAX(0, SHIFT(q{i}, 1) + {})",
                    if i == 0 { "1".to_owned() } else { format!("q{}", i - 1) }
                ),
            )
        })
        .collect();
    let formulas: Vec<(&str, &str)> =
        formulas.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let plan = model(2, &formulas).compile().unwrap();
    let began = std::time::Instant::now();
    let text = plan.to_string();
    // Hundredths of a second; half a minute if each loop looked at the edges of all.
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(text.matches("looking back 1 bin").count(), LOOPS);
}
