//! What the system does to the command: closed pipes, signals, disks that refuse.
#![cfg(unix)]

use crate::harness::{Did, Place, names};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_closed_pipe_ends_quietly() {
    let place = Place::new();
    for args in [
        &["explain"][..],
        &["functions"],
        &["schema"],
        &["completions", "bash"],
        &["ensemble", "queue.yaml", "--output", "-"],
        &["gate.yaml"],
        &["gate.yaml", "--json"],
        &["validate", "gate.yaml"],
        &["plan", "gate.yaml"],
        &["migrate", "gate.yaml"],
        &["run", "--help"],
        &["--version"],
    ] {
        let mut child = place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let did: Did = child.wait_with_output().unwrap().into();
        let did = did.exits(0);
        assert!(!did.err.contains("error"), "{args:?}: {}", did.err);
    }
    // The runs were not the poorer for it.
    assert_eq!(place.runs("data").len(), 2);
    let shell = format!("{} explain | head -1", env!("CARGO_BIN_EXE_flowtime"));
    let did: Did = Command::new("sh").args(["-c", &shell]).output().unwrap().into();
    assert_eq!((did.out.lines().count(), did.err.as_str()), (1, ""));
}

#[test]
fn a_closed_standard_error_is_no_panic() {
    let place = Place::new();
    let script = "exec \"$@\" 2>&-";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_flowtime"), "gate.yaml"]);
    let did: Did = command.current_dir(place.0.path()).output().unwrap().into();
    did.exits(0);
}

#[test]
fn full_outputs() {
    let place = Place::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let output = place.command(&["functions"]).stdout(full()).output().unwrap();
    Did::from(output).exits(1).complains(&["cannot write to standard output", "No space left"]);
    // A full disk under the run folder, a read-only one, one without permission.
    for (mount, words) in [("size=16k", "no space left"), ("ro", "read-only file system")] {
        let there = place.path("there");
        std::fs::create_dir_all(&there).unwrap();
        let script = format!(
            "mount -t tmpfs -o {mount} none there && {{ \"$@\"; echo \"status $?\"; ls -A there there/runs; }}"
        );
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_flowtime")]);
        command.args(["plain.yaml", "--quiet", "--output", "there"]).current_dir(place.0.path());
        match command.output().map(Did::from) {
            Ok(did) if did.out.contains("status ") => {
                assert!(did.out.contains("status 1\n"), "{}{}", did.out, did.err);
                assert!(did.err.contains(words) && did.err.contains("help"), "{}", did.err);
                assert!(!did.out.contains("run_") && !did.out.contains("tmp"), "{}", did.out);
            }
            _ => eprintln!("no name space is to be had here: `{mount}` is not tried"),
        }
    }
    place.run(&["plain.yaml", "--output", "/sys/flowtime"]).exits(1).complains(&["/sys/flowtime", "help"]);
    place.run(&["plain.yaml", "--output", "gate.yaml"]).exits(1).complains(&["is not a folder"]);
    place.run(&["plain.yaml", "--junit-output", "/sys/j.xml"]).exits(1).complains(&["/sys/j.xml"]);
}

/// A run of some seconds, most of them evaluation.
fn long_model(place: &Place) {
    let mut text =
        String::from("schemaVersion: 1\ngrid: {bins: 4000000, binSize: 1, binUnit: minutes}\nnodes:\n");
    for n in 0..40 {
        text.push_str(&format!(
            "  - {{id: n{n}, kind: expr, expr: 'EMA(POW(BIN() + {n}, 0.7), 0.3) + LN(BIN() + 1)'}}\n"
        ));
    }
    text.push_str("  - {id: sum, kind: expr, expr: '");
    text.push_str(&(0..40).map(|n| format!("n{n}")).collect::<Vec<_>>().join(" + "));
    text.push_str("'}\noutputs: [{series: sum}]\n");
    place.file("long.yaml", text);
}

/// The program as a terminal starts it: what runs in the background of a script ignores interrupts, and hands that
/// down to what it starts.
fn interruptible(place: &Place, args: &[&str]) -> Command {
    let command = place.command(args);
    if cfg!(not(target_os = "linux")) {
        return command;
    }
    let mut through = Command::new("env");
    through.arg("--default-signal=INT").arg(command.get_program()).args(args).current_dir(place.path(""));
    through
}

fn signal(child: &std::process::Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

#[test]
fn signals_leave_nothing_behind() {
    let place = Place::new();
    long_model(&place);
    for name in ["INT", "TERM"] {
        let mut command = interruptible(&place, &["long.yaml"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none(), "the run is over before it can be interrupted");
        let asked = Instant::now();
        signal(&child, name);
        let did: Did = child.wait_with_output().unwrap().into();
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        did.exits(130).complains(&["interrupted"]);
        assert_eq!(names(&place.path("data/runs")), [""; 0]);
    }
    // Killed without warning while it writes, a run leaves at most what the next one clears away.
    place.file("wide.yaml", {
        let mut text =
            String::from("schemaVersion: 1\ngrid: {bins: 200000, binSize: 1, binUnit: minutes}\nnodes:\n");
        for n in 0..40 {
            text.push_str(&format!("  - {{id: n{n}, kind: expr, expr: 'BIN() / 7 + {n}'}}\n"));
        }
        text
    });
    let mut child =
        place.command(&["wide.yaml"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while names(&place.path("data/runs")).is_empty() && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        place.runs("data").iter().all(|name| name.starts_with(".flowtime-tmp-")),
        "{:?}",
        place.runs("data")
    );
    place.run(&["plain.yaml"]).exits(0);
    assert!(
        matches!(&place.runs("data")[..], [only] if only.starts_with("run_")),
        "{:?}",
        place.runs("data")
    );
}

#[test]
fn interrupted_ensembles_leave_nothing_behind() {
    let place = Place::new();
    place.file("day.yaml", crate::harness::QUEUE.replace("bins: 12", "bins: 2000"));
    let args = ["ensemble", "day.yaml", "-n", "1e6", "--output", "data", "--limit", "operations=1e18"];
    let mut child =
        interruptible(&place, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "the ensemble is over before it can be interrupted");
    let asked = Instant::now();
    signal(&child, "INT");
    let did: Did = child.wait_with_output().unwrap().into();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    did.exits(130).complains(&["interrupted"]);
    assert_eq!(names(&place.path("data")), [""; 0]);
}

#[test]
fn an_interrupted_batch_stops() {
    let place = Place::new();
    long_model(&place);
    let mut command = interruptible(&place, &["--batch", "long.yaml", "plain.yaml"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    let did = Did::from(child.wait_with_output().unwrap()).exits(130);
    assert!(did.out.contains("interrupted") && did.out.contains("1 not run"), "{}", did.out);
    assert_eq!(names(&place.path("data/runs")), [""; 0]);
}

#[test]
fn progress_is_for_terminals() {
    let place = Place::new();
    long_model(&place);
    let mut child = place
        .command(&["long.yaml", "--dry-run"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert_eq!(said, "");
}

#[test]
fn models_from_a_pipe_of_the_shell() {
    let place = Place::new();
    let fifo = place.path("fifo.yaml");
    if !Command::new("mkfifo").arg(&fifo).status().unwrap().success() {
        panic!("no fifo");
    }
    let writer = std::thread::spawn({
        let path: std::path::PathBuf = Path::new(&fifo).to_owned();
        move || {
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .write_all(crate::harness::PLAIN.as_bytes())
                .unwrap()
        }
    });
    place.run(&["fifo.yaml", "--dry-run"]).exits(0);
    writer.join().unwrap();
}
