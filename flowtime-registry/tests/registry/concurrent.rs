//! Many writers at once, and writers that are killed.

use crate::sample::{Sample, names};
use flowtime_registry::{OnExisting, Outcome, RunState, run_state, write_run};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Set for a child that is to write runs until it is killed.
const CHILD: &str = "FLOWTIME_TEST_WRITE_RUNS";

#[test]
fn writers_of_the_same_run_agree() {
    const WRITERS: usize = 8;
    let root = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let sample = Sample::new(&format!("run_{round}"), 5, 500);
        let start = Barrier::new(WRITERS);
        let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        write_run(root.path(), &sample.record(), OnExisting::Reuse).unwrap().outcome
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|&&o| o == Outcome::Written).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|&&o| o == Outcome::Reused).count(), WRITERS - 1, "{outcomes:?}");
        assert_eq!(run_state(root.path(), &sample.run_id).unwrap(), RunState::Whole);
    }
    assert_eq!(names(&root.path().join("runs")), ["run_0", "run_1", "run_2", "run_3", "run_4"]);
}

#[test]
fn writers_that_replace_the_same_run_never_show_a_part_of_it() {
    let root = tempfile::tempdir().unwrap();
    let sample = Sample::new("run_a", 5, 200);
    write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let written = write_run(root.path(), &sample.record(), OnExisting::Replace).unwrap();
                    assert_eq!(written.outcome, Outcome::Replaced);
                    assert!(written.path.join("SHA256SUMS").exists());
                }
            });
        }
    });
    assert_eq!(run_state(root.path(), "run_a").unwrap(), RunState::Whole);
    assert_eq!(names(&root.path().join("runs")), ["run_a"]);
}

#[test]
fn killed_at_any_point_a_run_is_whole_or_absent() {
    if let Some(root) = std::env::var_os(CHILD) {
        write_runs_until_killed(&PathBuf::from(root));
    }
    let root = tempfile::tempdir().unwrap();
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut left_over = 0;
    let mut seen = false;
    for _ in 0..40 {
        let mut child = start_writing(root.path());
        // From before the first file to well into the second run.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let delay = Duration::from_micros((random >> 33) % 40_000);
        let start = Instant::now();
        while start.elapsed() < delay {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let names = names(&root.path().join("runs"));
        let same = names.contains(&"run_same".to_owned());
        // What is replaced never goes away, where the system lets folders trade places.
        assert!(same || !seen || !cfg!(target_os = "linux"), "{names:?}");
        seen |= same;
        for name in names {
            if name.starts_with(flowtime_registry::TEMPORARY_PREFIX) {
                left_over += 1;
            } else {
                assert_eq!(run_state(root.path(), &name).unwrap(), RunState::Whole, "{name}");
            }
        }
    }
    assert!(left_over > 0, "no child was killed while it wrote");
    let sample = Sample::new("run_last", 1, 1);
    write_run(root.path(), &sample.record(), OnExisting::Refuse).unwrap();
    let names = names(&root.path().join("runs"));
    assert!(names.iter().all(|name| name.starts_with("run_")), "{names:?}");
    assert!(names.contains(&"run_same".to_owned()));
}

/// Starts a child and waits until it is about to write.
fn start_writing(root: &Path) -> Child {
    let this = "concurrent::killed_at_any_point_a_run_is_whole_or_absent";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this, "--nocapture"])
        .env(CHILD, root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("writing") {}
    child
}

/// Replaces one run again and again, and writes new ones, for far longer than the parent waits.
fn write_runs_until_killed(root: &Path) -> ! {
    println!("writing");
    let start = Instant::now();
    for round in 0.. {
        let same = Sample::new("run_same", 20, 500);
        write_run(root, &same.record(), OnExisting::Replace).unwrap();
        let new = Sample::new(&format!("run_{}_{round}", std::process::id()), 12, 300);
        write_run(root, &new.record(), OnExisting::Refuse).unwrap();
        if start.elapsed() > Duration::from_secs(10) {
            break;
        }
    }
    std::process::exit(0)
}
