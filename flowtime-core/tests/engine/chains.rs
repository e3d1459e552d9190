//! Many loops of one shape, one feeding the next: they are advanced side by side, and in several
//! bundles where they are many. The engine and the reference agree bit for bit.

use crate::equality::same;
use flowtime_core::eval::reference::{ReferenceOptions, evaluate};
use flowtime_core::{Model, RunOptions};
use std::fmt::Write;

/// A stage of a chain: its nodes `a`, `s` and `b`, written with `{up}` for what feeds it, `{cap}`
/// for its capacity, and `{a} {s} {b}` for its own nodes.
const STAGES: [(&str, [&str; 3]); 10] = [
    ("queues", ["SHIFT({up}, 1)", "MIN({cap}, {a} + SHIFT({b}, 1))", "MAX(0, SHIFT({b}, 1) + {a} - {s})"]),
    ("QUEUE", ["SHIFT({up}, 2)", "MIN({a} + SHIFT({b}, 1), {cap})", "QUEUE({a}, {s})"]),
    (
        "CONV",
        [
            "CONV({up}, [0, 0.5, 0.5])",
            "MIN({cap}, CONV({b}, [0, 1]) + {a})",
            "MAX(0, CONV({b}, [0, 1]) + {a} - {s})",
        ],
    ),
    (
        "IF",
        [
            "SHIFT({up}, 1, 7)",
            "IF(SHIFT({b}, 1) + {a} < {cap}, SHIFT({b}, 1) + {a}, {cap})",
            "IF({a} + SHIFT({b}, 1) > {s}, {a} + SHIFT({b}, 1) - {s}, 0)",
        ],
    ),
    (
        "gates",
        [
            "SHIFT({up}, 1, 3)",
            "IF({cap} > 5, SHIFT({b}, 1) + {a}, {a})",
            "IF({a} >= {s}, CLAMP({s}, 0, 50), {cap} - MIN({s}, {cap}))",
        ],
    ),
    ("within the bin", ["{up} * 1", "MIN({cap}, {a} + SHIFT({b}, 1))", "MAX(0, {a} - {s} + SHIFT({b}, 1))"]),
    ("smoothed", ["SHIFT({up}, 1, -0)", "EMA({a} - SHIFT({b}, 3), 0.25, 2)", "CUMSUM({a} - {s}) * 0.125"]),
    ("divided", ["SHIFT({up}, 1)", "{a} / SHIFT({b}, 1)", "FLOOR({a} - {s} * 0.5) + SHIFT({b}, 2, 3) * 0.5"]),
    (
        "twice alike",
        [
            "SHIFT({up}, 1)",
            "SHIFT({b}, 1) + {a}",
            "({s} + SHIFT({b}, 1)) * 0.25 - ({cap} + SHIFT({b}, 1)) * 0.125",
        ],
    ),
    (
        "across tiles",
        ["SHIFT({up}, 40)", "MIN({cap}, {a} + SHIFT({b}, 31))", "MAX({a} - {s}, SHIFT({b}, 1) * 0.5)"],
    ),
];

/// Fewer than are bundled, around a block of lanes, and around one, two and three bundles.
const LENGTHS: [usize; 10] = [2, 4, 8, 9, 63, 65, 191, 193, 385, 600];

#[derive(Clone, Copy)]
enum Capacity {
    Literal,
    Const,
    Series,
}

fn chain(stage: &[&str; 3], length: usize, bins: usize, capacity: Capacity, backwards: bool) -> String {
    let series = |values: &[f64]| {
        let numbers: Vec<String> = (0..bins).map(|t| format!("{:?}", values[t % values.len()])).collect();
        format!("[{}]", numbers.join(", "))
    };
    let source = series(&[3.0, 9.0, 0.0, 14.0, -0.0, 5.5]);
    let mut nodes = vec![format!("  - {{id: source, kind: const, values: {source}}}")];
    for q in 0..length {
        let number = 4.0 + (q % 7) as f64 * 0.75;
        let cap = match capacity {
            Capacity::Literal => format!("{number}"),
            Capacity::Const | Capacity::Series => format!("cap{q}"),
        };
        match capacity {
            Capacity::Literal => {}
            Capacity::Const => nodes.push(format!("  - {{id: cap{q}, kind: const, values: {number}}}")),
            Capacity::Series => {
                let values = series(&[number, 1.0, number, 20.0, 0.0]);
                nodes.push(format!("  - {{id: cap{q}, kind: const, values: {values}}}"));
            }
        }
        let up = if q == 0 { "source".to_owned() } else { format!("s{}", q - 1) };
        for (name, form) in ["a", "s", "b"].iter().zip(stage) {
            let expr = form
                .replace("{up}", &up)
                .replace("{cap}", &cap)
                .replace("{a}", &format!("a{q}"))
                .replace("{s}", &format!("s{q}"))
                .replace("{b}", &format!("b{q}"));
            nodes.push(format!("  - {{id: {name}{q}, kind: expr, expr: '{expr}'}}"));
        }
    }
    if backwards {
        nodes.reverse();
    }
    let mut text =
        format!("schemaVersion: 1\ngrid: {{bins: {bins}, binSize: 5, binUnit: minutes}}\nnodes:\n");
    for node in nodes {
        writeln!(text, "{node}").unwrap();
    }
    text
}

#[test]
fn chains_agree_however_long_they_are_and_however_they_are_written() {
    let sets = RunOptions::instruction_sets().len();
    for (number, (name, stage)) in STAGES.iter().enumerate() {
        for (n, length) in LENGTHS.into_iter().enumerate() {
            let capacity = [Capacity::Literal, Capacity::Const, Capacity::Series][(number + n) % 3];
            let bins = [200, 64, 31, 65, 129][(number + n) % 5];
            let text = chain(stage, length, bins, capacity, n % 2 == 1);
            let what = format!("{length} stages of {name} over {bins} bins");
            let model = Model::from_yaml(&text).unwrap_or_else(|e| panic!("{what}: {e}"));
            let expected = evaluate(&model, &ReferenceOptions::default());
            let plan = model.compile().unwrap();
            let keeps: [Option<Vec<String>>; 3] = [
                None,
                Some(vec![format!("b{}", length - 1)]),
                Some((0..length).step_by(3).flat_map(|q| [format!("a{q}"), format!("b{q}")]).collect()),
            ];
            for (choice, keep) in keeps.into_iter().enumerate() {
                let mut options = RunOptions::new().instruction_set(if choice == 0 {
                    sets - 1
                } else {
                    (n + choice) % sets
                });
                if let Some(keep) = keep {
                    options = options.keep(keep);
                }
                let run = plan.run(&options).unwrap();
                for (id, found) in run.iter() {
                    let (_, series) = expected.series.iter().find(|(known, _)| known == id).unwrap();
                    let differs = series.iter().zip(found).position(|(a, b)| !same(*a, *b));
                    assert_eq!(differs, None, "{what}: `{id}` differs in this bin\n{text}");
                }
            }
        }
    }
}

/// More than a million numbers bypass the caches where no later step reads them.
#[test]
fn results_larger_than_the_caches_agree() {
    let bins = 700;
    let mut text = chain(&STAGES[0].1, 500, bins, Capacity::Literal, false);
    text += "  - {id: read, kind: expr, expr: 'b3 + SHIFT(s7, 2) - b499'}\n";
    let model = Model::from_yaml(&text).unwrap();
    let expected = evaluate(&model, &ReferenceOptions::default());
    assert!(expected.series.len() * bins > 1 << 20);
    let plan = model.compile().unwrap();
    for set in 0..RunOptions::instruction_sets().len() {
        let run = plan.run(&RunOptions::new().instruction_set(set)).unwrap();
        for (id, series) in &expected.series {
            let found = run.series(id).unwrap();
            let differs = series.iter().zip(found).position(|(a, b)| !same(*a, *b));
            assert_eq!(differs, None, "`{id}` differs in this bin, instruction set {set}");
        }
    }
}
