//! Input that nobody should send: a clear error each, quickly and within little memory.

use crate::harness::{Did, Place};
use std::time::{Duration, Instant};

/// Runs with at most this much address space, so that taking more ends the program.
const MOST_KIB: u64 = 1536 << 10;

/// Runs a model, bounded in memory, and asserts the status within ten seconds.
fn bounded(place: &Place, name: &str, status: i32) -> Did {
    let started = Instant::now();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -v {MOST_KIB}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_flowtime")]);
    let did: Did = command.arg("run").arg(name).current_dir(place.0.path()).output().unwrap().into();
    assert!(started.elapsed() < Duration::from_secs(10), "{name} took {:?}", started.elapsed());
    assert!(did.err.len() < 100_000, "{name} has much to say: {} bytes", did.err.len());
    assert!(!place.path("data").exists() || status == 0, "{name} left something behind");
    did.exits(status)
}

fn model(grid: &str, nodes: &str) -> String {
    format!("schemaVersion: 1\ngrid: {grid}\nnodes:\n{nodes}")
}

const DAY: &str = "{bins: 24, binSize: 1, binUnit: hours}";

#[test]
fn bytes_that_mean_nothing() {
    let place = Place::new();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let noise: Vec<u8> = (0..10 << 20).map(|_| random() as u8).collect();
    place.file("noise.yaml", &noise);
    bounded(&place, "noise.yaml", 1).complains(&["FT0004", "not UTF-8"]);
    let letters: Vec<u8> = noise.iter().map(|b| b' ' + b % 95).collect();
    place.file("letters.yaml", letters);
    bounded(&place, "letters.yaml", 1).complains(&["error[FT"]);
    place.file("zeros.yaml", vec![0; 10 << 20]);
    bounded(&place, "zeros.yaml", 1).complains(&["error[FT"]);
    place.file("utf16.yaml", b"\xff\xfes\0c\0");
    bounded(&place, "utf16.yaml", 1).complains(&["UTF-16"]);
    place.file("empty.yaml", b"");
    bounded(&place, "empty.yaml", 1).complains(&["FT0003"]);
}

#[test]
fn bombs() {
    let place = Place::new();
    let mut bomb = String::from("schemaVersion: 1\nmetadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("  a{level}: &a{level} [{aliases}]\n"));
    }
    place.file("bomb.yaml", bomb);
    bounded(&place, "bomb.yaml", 1).complains(&["FT0802"]);
    for (name, open) in [("lists.yaml", "["), ("maps.yaml", "{a: "), ("blocks.yaml", "- ")] {
        place.file(name, format!("schemaVersion: 1\nmetadata:\n  {}", open.repeat(100_000)));
        bounded(&place, name, 1).complains(&["error[FT"]);
    }
}

#[test]
fn depth_and_length_of_expressions() {
    let place = Place::new();
    let node = |expr: &str| model(DAY, &format!("  - {{id: a, kind: expr, expr: '{expr}'}}\n"));
    place.file("deep.yaml", node(&format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000))));
    bounded(&place, "deep.yaml", 1).complains(&["FT0306"]);
    place.file("nested.yaml", node(&format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000))));
    bounded(&place, "nested.yaml", 1).complains(&["FT0307"]);
    place.file("signs.yaml", node(&format!("{}1", "-".repeat(60_000))));
    bounded(&place, "signs.yaml", 1).complains(&["FT0307"]);
    place.file("calls.yaml", node(&format!("{}1{}", "ABS(".repeat(10_000), ")".repeat(10_000))));
    bounded(&place, "calls.yaml", 1).complains(&["FT0307"]);
    place.file("huge.yaml", node("1e999"));
    bounded(&place, "huge.yaml", 1).complains(&["1e999"]);
}

#[test]
fn long_chains_of_nodes() {
    let place = Place::new();
    let chain = |count: usize| {
        let mut nodes = String::from("  - {id: n0, kind: const, values: 1}\n");
        for n in 1..count {
            nodes.push_str(&format!("  - {{id: n{n}, kind: expr, expr: n{} + 1}}\n", n - 1));
        }
        model(DAY, &format!("{nodes}outputs: [{{series: n{}}}]\n", count - 1))
    };
    place.file("chain.yaml", chain(200_000));
    bounded(&place, "chain.yaml", 1).complains(&["FT0804", "200000"]);
    place.file("legal.yaml", chain(100_000));
    let did = bounded(&place, "legal.yaml", 0);
    assert!(did.out.contains("1e5") || did.out.contains("100000"), "{}", did.out);
}

#[test]
fn models_that_want_too_much() {
    let place = Place::new();
    let mut nodes = String::new();
    for n in 0..1250 {
        nodes.push_str(&format!("  - {{id: n{n}, kind: expr, expr: BIN() + {n}}}\n"));
    }
    place.file("wide.yaml", model("{bins: 10000000, binSize: 1, binUnit: minutes}", &nodes));
    bounded(&place, "wide.yaml", 1).complains(&["93.1 GiB", "limit of 8.0 GiB"]);
    let one = "  - {id: a, kind: const, values: 1}\n";
    for (name, bins, words) in [
        ("bins.yaml", "10000001", "FT0805"),
        ("more.yaml", "99999999999999999999999", "FT0"),
        ("float.yaml", "1e400", "FT0"),
        ("negative.yaml", "-1", "FT0101"),
    ] {
        place.file(name, model(&format!("{{bins: {bins}, binSize: 1, binUnit: minutes}}"), one));
        bounded(&place, name, 1).complains(&[words]);
    }
    let lag = "  - {id: a, kind: expr, expr: 'SHIFT(BIN(), 9007199254740992) + ROLLING_SUM(BIN(), 9007199254740992)'}\n";
    place.file("lag.yaml", model(DAY, lag));
    bounded(&place, "lag.yaml", 0);
}

#[test]
fn documents_over_the_limit() {
    let place = Place::new();
    let comment = "# nothing\n".repeat((64 << 20) / 10 + 1);
    place.file("long.yaml", comment);
    bounded(&place, "long.yaml", 1).complains(&["FT0801"]);
    #[cfg(unix)]
    bounded(&place, "/dev/zero", 1).complains(&["FT0801"]);
}

#[test]
fn names_of_files() {
    let place = Place::new();
    for name in ["con.csv", "NUL.csv", "../x.csv", "/etc/x.csv", "a\\\\b.csv", "x.txt", "a\\u0000.csv", ""] {
        let nodes = "  - {id: a, kind: const, values: 1}\n";
        place.file("m.yaml", format!("{}outputs: [{{series: a, as: \"{name}\"}}]\n", model(DAY, nodes)));
        bounded(&place, "m.yaml", 1).complains(&["FT0602"]);
    }
    place.file(
        "own.yaml",
        model(DAY, "  - {id: con, kind: const, values: 1}\n  - {id: COM1, kind: const, values: 1}\n"),
    );
    bounded(&place, "own.yaml", 0);
    let series = crate::harness::names(&place.path(&place.only_run()).join("series"));
    assert_eq!(series, ["_COM1.csv", "_con.csv", "index.json"]);
}

#[test]
fn places_that_are_no_files() {
    let place = Place::new();
    std::fs::create_dir(place.path("folder.yaml")).unwrap();
    bounded(&place, "folder.yaml", 1).complains(&["is a folder"]);
    bounded(&place, "none/model.yaml", 4).complains(&["there is no file"]);
    bounded(&place, "gate.yaml/model.yaml", 4).complains(&["there is no file"]);
}
