//! Running the program in a folder of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A model that says something about everything: warnings, a unit, a queue.
pub(crate) const GATE: &str = "\
schemaVersion: 1
metadata: {title: A gate}
grid: {bins: 8, binSize: 30, binUnit: minutes, start: 2026-01-05T00:00:00Z}
nodes:
  - {id: arrivals, kind: const, unit: aircraft, values: [8, 12, 15, 9, 4, 2, 8, 10]}
  - {id: capacity, kind: const, unit: aircraft, values: 9}
  - {id: weather, kind: const, values: [1, 2, 0, 4]}
  - id: backlog
    kind: expr
    unit: aircraft
    expr: MAX(0, SHIFT(backlog, 1) + arrivals - capacity)
  - {id: ratio, kind: expr, expr: arrivals / weather}
outputs:
  - {series: backlog}
  - {series: ratio, as: r.csv}
";

/// A model without a blemish.
pub(crate) const PLAIN: &str = "\
schemaVersion: 1
grid: {bins: 4, binSize: 1, binUnit: hours}
nodes:
  - {id: demand, kind: pmf, pmf: {\"8\": 0.25, \"10\": 0.5, \"15\": 0.25}}
  - {id: capacity, kind: const, values: [9, 10, 11, 12]}
  - {id: served, kind: expr, expr: 'MIN(demand, capacity)'}
";

/// A queue that is random.
pub(crate) const QUEUE: &str = "\
schemaVersion: 1
metadata: {title: A queue}
grid: {bins: 12, binSize: 30, binUnit: minutes, start: 2026-01-05T08:00:00Z}
rng: {seed: 3}
nodes:
  - {id: arrivals, kind: pmf, unit: people, pmf: {\"5\": 0.3, \"9\": 0.5, \"16\": 0.2}}
  - {id: capacity, kind: const, unit: people, values: 10}
  - {id: backlog, kind: expr, unit: people, expr: 'MAX(0, SHIFT(backlog, 1) + arrivals - capacity)'}
outputs: [{series: backlog}, {series: arrivals}]
";

/// A folder with models, in which the program runs.
pub(crate) struct Place(pub(crate) TempDir);

/// What the program did.
pub(crate) struct Did {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        place.file("gate.yaml", GATE);
        place.file("plain.yaml", PLAIN);
        place.file("queue.yaml", QUEUE);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowtime"));
        command.args(args).current_dir(self.0.path()).env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Did {
        self.command(args).stdin(Stdio::null()).output().unwrap().into()
    }

    /// Runs with `input` on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Did {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let written = stdin.write_all(input);
        drop(stdin);
        let did: Did = child.wait_with_output().unwrap().into();
        written.unwrap_or_else(|error| panic!("{error}: {}", did.err));
        did
    }

    /// The ids of the runs that are stored, sorted.
    pub(crate) fn runs(&self, root: &str) -> Vec<String> {
        names(&self.path(root).join("runs"))
    }

    /// The path in this place of the only run.
    pub(crate) fn only_run(&self) -> String {
        match &self.runs("data")[..] {
            [only] => format!("data/runs/{only}"),
            other => panic!("{other:?}"),
        }
    }
}

impl From<Output> for Did {
    fn from(output: Output) -> Self {
        Did {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Did {
    /// Asserts the exit status, and that nothing panicked.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "\n--- stdout\n{}--- stderr\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked") && !self.err.contains("RUST_BACKTRACE"), "{}", self.err);
        self
    }

    /// Asserts that standard error says all of this.
    #[track_caller]
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in\n{}", self.err);
        }
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// The names in a folder, sorted; none when there is no such folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
