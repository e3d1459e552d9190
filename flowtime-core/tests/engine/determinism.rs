//! What must not show in the bits: order of nodes, threads, what is kept, the host's settings.

use crate::equality::same;
use crate::generator;
use flowtime_core::{Model, Plan, Run, RunOptions};

fn plan(text: &str) -> Plan {
    Model::from_yaml(text).and_then(|model| model.compile()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn run(text: &str) -> Run {
    plan(text).run(&RunOptions::new()).unwrap()
}

fn assert_same(expected: &Run, found: &Run, what: &str) {
    for (id, series) in found.iter() {
        let wanted = expected.series(id).unwrap();
        assert!(wanted.iter().zip(series).all(|(a, b)| same(*a, *b)), "{what}: `{id}` differs");
    }
}

/// The document with its nodes, a line each, in reverse.
fn reversed(text: &str) -> String {
    let (nodes, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("  - "));
    let head = others.iter().map(|line| format!("{line}\n")).collect::<String>();
    head + &nodes.iter().rev().map(|line| format!("{line}\n")).collect::<String>()
}

#[test]
fn the_order_of_nodes_does_not_show() {
    for seed in 0..300 {
        let text = generator::model(seed);
        assert_same(&run(&text), &run(&reversed(&text)), &text);
    }
}

#[test]
fn what_is_kept_does_not_show() {
    for seed in 0..300 {
        let text = generator::model(seed);
        let plan = plan(&text);
        let whole = plan.run(&RunOptions::new()).unwrap();
        let ids: Vec<&str> = plan.nodes().map(|node| node.id).collect();
        for step in [2, 5] {
            let kept: Vec<&str> = ids.iter().copied().skip(seed as usize % step).step_by(step).collect();
            let part = plan.run(&RunOptions::new().keep(kept.clone())).unwrap();
            assert_eq!(part.ids().collect::<Vec<_>>(), kept);
            assert_same(&whole, &part, &text);
        }
    }
}

#[test]
fn threads_share_a_plan() {
    for seed in 0..20 {
        let text = generator::model(seed);
        let plan = plan(&text);
        let expected = plan.run(&RunOptions::new()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_same(&expected, &plan.run(&RunOptions::new()).unwrap(), &text));
            }
        });
    }
}

#[test]
fn a_runner_gives_what_single_runs_give() {
    for seed in 0..200 {
        let text = generator::model(seed);
        let plan = plan(&text);
        let mut runner = plan.runner(&RunOptions::new()).unwrap();
        let bins = plan.grid().bins();
        for input in plan.inputs().map(str::to_owned).collect::<Vec<_>>() {
            for value in [vec![0.0], vec![f64::NAN], vec![-0.0; bins], vec![2.5]] {
                let options = RunOptions::new().seed(7);
                runner.set_seed(7).unwrap();
                let options = match value[..] {
                    [number] => {
                        runner.set_input(&input, number).unwrap();
                        options.input(&input, number)
                    }
                    _ => {
                        runner.set_input(&input, value.clone()).unwrap();
                        options.input(&input, value)
                    }
                };
                runner.run().unwrap();
                let mut fresh = plan.runner(&options).unwrap();
                fresh.run().unwrap();
                // Other inputs keep what the runner was last given, so only a first input compares.
                if Some(input.as_str()) == plan.inputs().next() {
                    for node in plan.nodes() {
                        let (a, b) = (runner.series(node.id).unwrap(), fresh.series(node.id).unwrap());
                        assert!(
                            a.iter().zip(b).all(|(a, b)| same(*a, *b)),
                            "`{}` after `{input}`\n{text}",
                            node.id
                        );
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_settings_of_a_host_thread_do_not_show() {
    // Flush to zero, denormals are zero, round towards minus infinity.
    const FOREIGN: u32 = 0x8040 | 0x2000;
    let tiny = "schemaVersion: 1\ngrid: {bins: 3, binSize: 1, binUnit: hours}\nnodes:\n  \
        - {id: a, kind: const, values: [4e-320, 0.1, 1]}\n  - {id: b, kind: expr, expr: a / 3 + 1e-323}\n";
    let mut texts: Vec<String> = (0..60).map(generator::model).collect();
    texts.push(tiny.to_owned());
    for text in texts {
        let plan = plan(&text);
        let expected = plan.run(&RunOptions::new()).unwrap();
        let found = std::thread::scope(|scope| {
            let hosted = scope.spawn(|| {
                let mut word = 0u32;
                // SAFETY: stores and loads the control word of this thread, which ends soon.
                unsafe {
                    std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack));
                    let foreign = word | FOREIGN;
                    std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const foreign, options(nostack));
                }
                let run = plan.run(&RunOptions::new());
                // SAFETY: as above.
                unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack)) };
                run.unwrap()
            });
            hosted.join().unwrap()
        });
        assert_same(&expected, &found, &text);
    }
}
