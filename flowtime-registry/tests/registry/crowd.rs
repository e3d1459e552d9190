//! Many processes at once, and processes that are killed.

use crate::behaviour::catalog;
use crate::sample::Sample;
use flowtime_registry::{LabelChange, NewModel, OnExisting, Outcome, Query, Registry};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where a child is to work.
const ROOT: &str = "FLOWTIME_TEST_REGISTRY";

/// Which child it is.
const CHILD: &str = "FLOWTIME_TEST_CHILD";

/// How many children are killed; 1000 for a long test.
const KILLS: &str = "FLOWTIME_KILLS";

fn start(test: &str, root: &Path, child: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ROOT, root)
        .env(CHILD, child.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The folder and the number of a child; `None` in the test itself.
fn as_child() -> Option<(PathBuf, usize)> {
    let child = std::env::var(CHILD).ok()?.parse().ok()?;
    Some((PathBuf::from(std::env::var_os(ROOT)?), child))
}

#[test]
fn eight_processes_at_once() {
    const PROCESSES: usize = 8;
    const PUTS: usize = 200;
    if let Some((root, child)) = as_child() {
        let registry = Registry::open(root);
        let mut versions = Vec::new();
        for put in 0..PUTS {
            // Every tenth goes under an id that all of them use.
            let yaml = format!("child {child} put {put}");
            let name = if put % 10 == 0 { "Shared".to_owned() } else { format!("Model {child} {put}") };
            let stored = registry.put_model(&NewModel::new(catalog(&name, 0), yaml.as_bytes())).unwrap();
            assert_eq!((stored.outcome, stored.pending), (Outcome::Written, false));
            if put % 10 == 0 {
                versions.push(stored.card.version);
            }
        }
        println!("versions: {versions:?}");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let children: Vec<Child> =
        (0..PROCESSES).map(|child| start("crowd::eight_processes_at_once", root.path(), child)).collect();
    let mut shared = BTreeSet::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        let versions = said.split("versions: [").nth(1).unwrap().split(']').next().unwrap();
        shared.extend(versions.split(", ").map(|version| version.parse::<u32>().unwrap()));
    }
    assert_eq!(shared, (1..=(PROCESSES * PUTS / 10) as u32).collect(), "each version was given once");
    let registry = Registry::open(root.path());
    assert_eq!(registry.list(&Query::new()).unwrap().total, PROCESSES * PUTS);
    let status = registry.status().unwrap();
    assert_eq!(
        (status.registered, status.problems.len()),
        (PROCESSES * PUTS, 0),
        "{:?}",
        status.problems.first()
    );
    assert_eq!(registry.sync().unwrap().added, [""; 0]);
}

/// Puts, labels, deletes and restores until it is killed; says each before and after.
fn work_until_killed(root: &Path, child: usize) {
    let registry = Registry::open(root);
    let mut out = std::io::stdout();
    let mut say = |what: &str, path: &str| {
        writeln!(out, "\n{what} {path}").unwrap();
        out.flush().unwrap();
    };
    say("working", "");
    let start = Instant::now();
    for round in 0.. {
        let name = format!("Model {child} {round}");
        let path = format!("models/model-{child}-{round}_aaaaaaaaaaaa/v1");
        say("put?", &path);
        registry.put_model(&NewModel::new(catalog(&name, 0), name.as_bytes())).unwrap();
        say("put!", &path);
        let run_id = format!("run_{child}_{round}");
        let run = format!("runs/{run_id}");
        say("put?", &run);
        registry.put_run(&Sample::new(&run_id, 1, 3).record(), OnExisting::Refuse).unwrap();
        say("put!", &run);
        say("label?", &path);
        registry.update_labels(&path, &LabelChange::new().title("labelled")).unwrap();
        say("label!", &path);
        say("delete?", &run);
        registry.delete(&run, false).unwrap();
        say("delete!", &run);
        if round % 3 == 0 {
            say("restore?", &run);
            registry.restore(&run).unwrap();
            say("restore!", &run);
        }
        // The index is written as a whole.
        say("sync?", "index");
        registry.sync().unwrap();
        say("sync!", "index");
        if start.elapsed() > Duration::from_secs(20) {
            return;
        }
    }
}

#[test]
fn killed_at_any_point_nothing_acknowledged_is_lost() {
    if let Some((root, child)) = as_child() {
        return work_until_killed(&root, child);
    }
    let kills = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(150);
    let root = tempfile::tempdir().unwrap();
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut in_the_middle = BTreeMap::<String, usize>::new();
    // What has to be there, by path, with its title; `None` where it may not be.
    let mut expected: BTreeMap<String, Option<&str>> = BTreeMap::new();
    // What was not acknowledged may be there or not.
    let mut open = BTreeSet::new();
    for kill in 0..kills {
        let mut child = start("crowd::killed_at_any_point_nothing_acknowledged_is_lost", root.path(), kill);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().starts_with("working") {}
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((random >> 33) % 100_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut begun: Option<(String, String)> = None;
        for line in lines {
            let line = line.unwrap();
            let Some((what, path)) = line.split_once(' ').filter(|(what, _)| what.ends_with(['?', '!']))
            else {
                continue;
            };
            if what.ends_with('?') {
                begun = Some((what.to_owned(), path.to_owned()));
                continue;
            }
            begun = None;
            match what {
                "put!" => expected.insert(path.to_owned(), Some("")),
                "label!" => expected.insert(path.to_owned(), Some("labelled")),
                "delete!" => expected.insert(path.to_owned(), None),
                "sync!" => None,
                "restore!" => expected.insert(path.to_owned(), Some("")),
                _ => panic!("{line}"),
            };
        }
        if let Some((what, path)) = begun {
            *in_the_middle.entry(what).or_default() += 1;
            open.insert(path);
        }

        // Before anything is repaired, what is shown is there and can be read.
        let registry = Registry::open(root.path());
        let shown: BTreeMap<String, String> = registry
            .list(&Query::new())
            .unwrap()
            .cards
            .into_iter()
            .map(|card| (card.path, card.title))
            .collect();
        for (path, there) in &expected {
            if open.contains(path) {
                continue;
            }
            match there {
                Some("") => assert!(shown.contains_key(path), "{path} was lost after {kill} kills"),
                Some(title) => assert_eq!(shown.get(path).map(String::as_str), Some(*title), "{path}"),
                None => assert!(!shown.contains_key(path), "{path} came back"),
            }
        }
        if kill % 25 == 24 || kill + 1 == kills {
            for path in shown.keys() {
                assert_eq!(registry.get(path).unwrap().card.path, *path);
            }
            let validation = registry.validate().unwrap();
            let told = |path: &str| open.contains(path);
            let wrong: Vec<_> = validation.problems.iter().filter(|problem| !told(&problem.path)).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
            registry.sync().unwrap();
            assert!(registry.validate().unwrap().is_valid());
            assert!(registry.status().unwrap().problems.is_empty());
            // What was half done is done or undone now, for good.
            let after: BTreeSet<String> =
                registry.list(&Query::new()).unwrap().cards.into_iter().map(|card| card.path).collect();
            for path in std::mem::take(&mut open) {
                let there = after.contains(&path).then_some("");
                expected.insert(path, there);
            }
        }
    }
    let begun: usize = in_the_middle.values().sum();
    println!("killed {kills} times, in the middle of {in_the_middle:?}");
    assert!(begun * 2 > kills, "most were to be killed while they worked: {in_the_middle:?}");
    assert!(in_the_middle.len() >= 3, "{in_the_middle:?}");
}
