//! Ensembles: what the numbers are, where they go, how they end.

use crate::harness::{Place, names};
use std::collections::BTreeMap;

/// The rows of a table as (inputs, bin, series, statistic) and the value.
fn rows(text: &str) -> Vec<(Vec<String>, f64)> {
    let split = |line: &str| -> Vec<String> { line.split(',').map(str::to_owned).collect() };
    text.lines()
        .skip(1)
        .map(|line| {
            let mut cells = split(line);
            let value = cells.pop().unwrap().parse().unwrap();
            (cells, value)
        })
        .collect()
}

/// The series of single runs with the seeds that the ensemble lists, and what follows from them.
#[test]
fn scenarios_are_single_runs() {
    let place = Place::new();
    let args = ["ensemble", "queue.yaml", "-n", "5", "--seed", "11", "--output", "data"];
    let args = [&args[..], &["--measure", "backlog:max", "--measure", "backlog:last", "--quiet"]].concat();
    let did = place.run(&args).exits(0);
    assert_eq!((did.out.as_str(), did.err.as_str()), ("", ""));
    let folder = format!("data/ensembles/{}", names(&place.path("data/ensembles"))[0]);
    let scenarios = place.read(&format!("{folder}/scenarios.csv"));
    let mut lines = scenarios.lines();
    assert_eq!(lines.next(), Some("scenario,seed,backlog max,backlog last"));
    let mut by_bin: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut count = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        place.run(&["queue.yaml", "--seed", cells[1], "--output", "single", "--deterministic"]).exits(0);
        let run = place.runs("single").pop().unwrap();
        let series = place.read(&format!("single/runs/{run}/series/backlog.csv"));
        let values: Vec<f64> =
            series.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(cells[2].parse::<f64>().unwrap(), values.iter().copied().fold(0.0, f64::max));
        assert_eq!(cells[3].parse::<f64>().unwrap(), values[11]);
        values.iter().enumerate().for_each(|(bin, x)| by_bin.entry(bin).or_default().push(*x));
        std::fs::remove_dir_all(place.path("single")).unwrap();
        count += 1;
    }
    assert_eq!(count, 5);
    let table = place.read(&format!("{folder}/statistics.csv"));
    assert!(table.starts_with("bin,time,series,statistic,value\n0,2026-01-05T08:00:00Z,backlog,mean,"));
    let mut checked = 0;
    for (cells, value) in rows(&table).iter().filter(|(cells, _)| cells[2] == "backlog") {
        let mut there = by_bin[&cells[0].parse().unwrap()].clone();
        there.sort_by(f64::total_cmp);
        let wanted = match cells[3].as_str() {
            "min" => there[0],
            "max" => there[4],
            "q0.5" => there[2],
            _ => continue,
        };
        assert_eq!(*value, wanted, "{cells:?}");
        checked += 1;
    }
    assert_eq!(checked, 3 * 12);
    for file in ["manifest.json", "spec.yaml", "SHA256SUMS"] {
        assert!(!place.read(&format!("{folder}/{file}")).is_empty());
    }
}

#[test]
fn tables_agree_whatever_their_form_and_the_threads() {
    let place = Place::new();
    let run = |output: &str, threads: &str| {
        let args =
            ["ensemble", "queue.yaml", "-n", "3000", "--above", "backlog:5", "--sweep", "capacity=9:11:1"];
        place.run(&[&args[..], &["--threads", threads, "--output", output]].concat()).exits(0);
        place.read(output)
    };
    let csv = run("a.csv", "1");
    assert_eq!(csv, run("b.csv", "2"));
    assert!(
        csv.starts_with("capacity,bin,time,series,statistic,value\n9,0,2026-01-05T08:00:00Z,backlog,mean,")
    );
    let json: serde_json::Value = serde_json::from_str(&run("a.json", "2")).unwrap();
    let rows = rows(&csv);
    // 3 points, 12 bins, 7 statistics each of two series and a probability.
    assert_eq!(rows.len(), 3 * 12 * 15);
    for (cells, value) in rows {
        let point = cells[0].parse::<usize>().unwrap() - 9;
        let bin: usize = cells[1].parse().unwrap();
        let found = &json["points"][point]["series"][&cells[3]][&cells[4]][bin];
        assert_eq!(found.as_f64(), Some(value), "{cells:?}");
    }
}

#[test]
fn pictures_go_into_the_folder() {
    let place = Place::new();
    let args = ["ensemble", "queue.yaml", "-n", "50", "--above", "backlog:5", "--plot"];
    let did = place.run(&args).exits(0);
    let folder = did.out.lines().last().unwrap().to_owned();
    assert!(folder.starts_with("./data/ensembles/ensemble_2"), "{folder}");
    let fan = place.read(&format!("{folder}/backlog.svg"));
    assert!(fan.contains("5 % to 95 %") && fan.contains(">mean<") && fan.contains(">probability<"), "{fan}");
    let swept = [&args[..], &["--sweep", "capacity=8,12", "--output", "other"]].concat();
    let did = place.run(&swept).exits(0);
    let lines = place.read(&format!("{}/backlog.svg", did.out.lines().last().unwrap()));
    assert!(lines.contains("capacity=12") && lines.contains("probability above 5"), "{lines}");
}

#[test]
fn arguments_that_do_not_fit_are_refused_before_work_starts() {
    let place = Place::new();
    for (args, word) in [
        (&["--plot", "--output", "a.csv"][..], "folder"),
        (&["--format", "json"], "--output"),
        (&["--format", "json", "--output", "a.csv"], "differ"),
        (&["--json", "--output", "-"], "standard output"),
        (&["-n", "0"], "whole number"),
        (&["--sweep", "capacity=1:2:0"], "does not lead"),
        (&["--sweep", "capacity=1,2", "--sweep", "capacity=3"], "swept twice"),
        (&["--sweep", "backlog=1,2"], "backlog"),
        (&["--measure", "backlog:peak"], "no measure `peak`"),
        (&["--above", "backlog:nan"], "NaN"),
        (&["--keep", "backlg"], "backlg"),
    ] {
        let did = place.run(&[&["ensemble", "queue.yaml"], args].concat()).exits(2);
        did.complains(&[word]);
    }
    place.run(&["ensemble", "missing.yaml"]).exits(4);
    place.run(&["ensemble", "queue.yaml", "-n", "2", "--output", "queue.yaml/a.csv"]).exits(1);
    assert_eq!(names(&place.path("data")), [""; 0]);
}

#[test]
fn tables_as_parquet() {
    let place = Place::new();
    place.run(&["ensemble", "queue.yaml", "-n", "20", "--output", "t.parquet", "--quiet"]).exits(0);
    let bytes = std::fs::read(place.path("t.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let has = |word: &str| bytes.windows(word.len()).any(|found| found == word.as_bytes());
    assert!(["bin", "time", "series", "statistic", "value", "backlog", "q0.95"].into_iter().all(has));
    assert!(has("flowtime.scenarios"));
}
