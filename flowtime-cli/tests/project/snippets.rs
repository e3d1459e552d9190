//! The pieces of YAML and the terminal sessions in README.md and docs/ are real.
//!
//! | block | what must hold |
//! |---|---|
//! | `yaml` | a model that compiles |
//! | `yaml file=name` | the same, and later commands of the page find it under this name |
//! | `yaml legacy file=name` | not a model any more, but `migrate` makes it one |
//! | `yaml invalid file=name` | has an error |
//! | `yaml nodes` | nodes of a model that compiles; what they read is said in a comment `# reads: a, b` |
//! | `yaml sources file=name` | a model whose sources the commands of the page provide |
//! | `yaml template file=name` | a template whose model compiles |
//! | `yaml example` | is in the catalogue of diagnostics, where tests look at it |
//! | `console` | each `$ flowtime …` does what is shown; a line `…` stands for any lines |
//!
//! A `csv` block with `file=name` is a file for the commands, too.
//! Names of the interface in `c` blocks are in the header; the programs in examples/c are whole and tested.
//! `json` is JSON, and what `sh` and `cmake` blocks say is said in the files that the tests of the C interface run.
//! `rust` is for the documentation tests, of pages that are listed for them. Sessions of other programs (`$ cargo`,
//! `$ make`) are not run, `text` is not looked at.
//! `python` is for the tests of the Python package.

use crate::{files, root};
use flowtime_core::{GenerateOptions, Model, Template, migrate};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A fenced block of a page.
struct Block {
    page: String,
    line: usize,
    info: String,
    text: String,
}

fn blocks(page: &Path) -> Vec<Block> {
    let name = page.strip_prefix(root()).unwrap().display().to_string();
    let text = std::fs::read_to_string(page).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                assert!(!info.is_empty(), "{name}:{}: a block without a language", index + 1);
                blocks.push(Block {
                    page: name.clone(),
                    line: index + 1,
                    info: info.to_owned(),
                    text: String::new(),
                });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!open, "{name}: a block is not closed");
    blocks
}

fn pages() -> Vec<PathBuf> {
    let root = root();
    let mut pages = files(&root.join("docs"), ".md");
    pages.extend(files(&root.join("examples"), ".md"));
    pages.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|page| root.join(page)));
    pages
}

fn check_yaml(block: &Block) {
    let place = format!("{}:{}", block.page, block.line);
    let kind = block.info.split_whitespace().find(|word| *word != "yaml" && !word.starts_with("file="));
    let compiled = |text: &str| Model::from_yaml(text).and_then(|model| model.compile());
    match kind {
        None => drop(compiled(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"))),
        Some("legacy") => {
            assert!(compiled(&block.text).is_err(), "{place}: not of an older form");
            let migrated = migrate(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
            compiled(&migrated.text).unwrap_or_else(|error| panic!("{place}: {error}"));
        }
        Some("invalid") => assert!(compiled(&block.text).is_err(), "{place}: nothing is wrong with it"),
        Some("nodes") => {
            let mut text =
                "schemaVersion: 1\ngrid: {bins: 14, binSize: 1, binUnit: days}\nnodes:\n".to_owned();
            let reads = block.text.lines().filter_map(|line| line.trim().strip_prefix("# reads: "));
            for name in reads.flat_map(|names| names.split(", ")) {
                text.push_str(&format!("  - {{id: {name}, kind: const, values: 1}}\n"));
            }
            text.extend(block.text.lines().map(|line| format!("  {line}\n")));
            compiled(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
        }
        Some("sources") => {
            drop(Model::from_yaml(&block.text).unwrap_or_else(|error| panic!("{place}: {error}")))
        }
        Some("template") => {
            let template =
                Template::from_yaml(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
            let model = template.generate(&[], &GenerateOptions::default()).map(|generated| generated.model);
            drop(model.and_then(|model| model.compile()).unwrap_or_else(|error| panic!("{place}: {error}")));
        }
        Some("example") => {
            let known =
                flowtime_core::diagnostics::Code::ALL.iter().any(|code| code.info().example == block.text);
            assert!(known, "{place}: not in the catalogue");
        }
        Some(other) => panic!("{place}: `{other}` is no kind of YAML block"),
    }
}

/// Whatever a piece of C calls or names is in the header.
fn check_c(block: &Block) {
    let header = crate::read("include/flowtime.h");
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        parts.filter(|word| word.to_lowercase().starts_with("flowtime_")).map(str::to_owned).collect()
    };
    let known = words(&header);
    for word in words(&block.text) {
        assert!(known.contains(&word), "{}:{}: `{word}` is not in the header", block.page, block.line);
    }
}

/// Each line of a piece, but for the names of a user's own things, is in a file that is run by tests.
fn check_against(block: &Block, file: &str) {
    let tested = crate::read(file);
    for line in block.text.lines() {
        // Of a command with a user's names, what follows them is looked for.
        let essential = line.find("$(").or(line.find("Flowtime")).map_or(line, |start| &line[start..]);
        let known = ["cargo add flowtime-core --path ../flowtime/flowtime-core"].contains(&essential);
        assert!(
            known || tested.contains(essential.trim_end_matches(')')),
            "{}:{}: `{essential}` is not in {file}",
            block.page,
            block.line
        );
    }
}

/// What differs from run to run, made equal: ids of runs and times.
fn masked(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.trim_end().split(' ') {
        let word = match word.find("run_2") {
            Some(start) => {
                let end = word[start..]
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .map_or(word.len(), |n| start + n);
                format!("{}run_ID{}", &word[..start], &word[end..])
            }
            None => word.to_owned(),
        };
        if word == "ms" && words.last().is_some_and(|number| number.parse::<f64>().is_ok()) {
            words.pop();
            words.push("N".to_owned());
        }
        words.push(word);
    }
    words.join(" ")
}

/// Is it what was shown, where a line `…` stands for any number of lines?
fn shows(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((line, rest)) if line == "…" => (0..=found.len()).any(|skip| shows(rest, &found[skip..])),
        Some((line, rest)) => found.first() == Some(line) && shows(rest, &found[1..]),
    }
}

/// Splits a command as a shell does, as far as the pages need it.
fn arguments(command: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => arguments.push(String::new()),
            c => arguments.last_mut().unwrap().push(c),
        }
    }
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

fn check_session(block: &Block, folder: &Path) -> usize {
    let mut ran = 0;
    for session in format!("\n{}", block.text).split("\n$ ").skip(1) {
        let (command, shown) = session.split_once('\n').unwrap_or((session, ""));
        let command = command.split(" # ").next().unwrap().trim();
        let place = format!("{}:{}: `{command}`", block.page, block.line);
        let words = arguments(command);
        if words[0] != "flowtime" {
            let known =
                ["cargo", "make", "pip", "jupyter", "rsvg-convert", "git", "cat", "sha256sum", "export"];
            assert!(known.contains(&words[0].as_str()), "{place} is run by nobody");
            continue;
        }
        assert!(!command.contains(['|', '>', ';', '&']), "{place} needs a shell");
        let output = Command::new(env!("CARGO_BIN_EXE_flowtime"))
            .args(&words[1..])
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        ran += 1;
        if shown.trim().is_empty() {
            assert!(output.status.success(), "{place} fails:\n{text}");
            continue;
        }
        let lines = |text: &str| text.trim_end().lines().map(masked).collect::<Vec<_>>();
        assert!(shows(&lines(shown), &lines(&text)), "{place} prints\n{text}\nbut the page shows\n{shown}");
        assert_ne!(output.status.code(), Some(2), "{place} is not a command line");
    }
    ran
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).unwrap();
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    for file in files(from, "") {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}

#[test]
fn every_block_is_real() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("snippets");
    let _ = std::fs::remove_dir_all(&folder);
    let (mut models, mut commands) = (0, 0);
    for page in pages() {
        // Each page starts afresh, in a folder with the examples.
        let name = page.strip_prefix(root()).unwrap().display().to_string().replace(['/', '\\', '.'], "-");
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        link(&root().join("examples"), &folder.join("examples"));
        for block in blocks(&page) {
            let language = block.info.split_whitespace().next().unwrap();
            if let Some(file) = block.info.split_whitespace().find_map(|word| word.strip_prefix("file=")) {
                std::fs::write(folder.join(file), &block.text).unwrap();
            }
            match language {
                "yaml" => {
                    check_yaml(&block);
                    models += 1;
                }
                "console" => commands += check_session(&block, &folder),
                "c" => check_c(&block),
                "rust" => {
                    let path = page.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
                    let listed =
                        crate::read("flowtime-cli/src/lib.rs").contains(&format!("\"../../{path}\""));
                    assert!(listed, "{path} is no documentation test");
                }
                "json" => {
                    let value: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
                    assert!(value.is_ok(), "{}:{}: {value:?}", block.page, block.line);
                }
                "sh" => check_against(&block, "flowtime-ffi/install/outside.sh"),
                "cmake" => check_against(&block, "examples/c/CMakeLists.txt"),
                "text" | "csv" | "python" => {}
                other => panic!("{}:{}: nobody checks `{other}`", block.page, block.line),
            }
        }
    }
    assert!(models > 30 && commands > 10, "{models} models, {commands} commands");
}

#[test]
fn links_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            assert!(page.parent().unwrap().join(file).exists(), "{}: no `{target}`", page.display());
        }
    }
}

#[test]
fn sessions_are_compared_line_by_line() {
    let lines = |text: &str| text.lines().map(masked).collect::<Vec<_>>();
    assert!(shows(&lines("a\n…\nd"), &lines("a\nb\nc\nd")));
    assert!(!shows(&lines("a\n…\nd"), &lines("a\nb\nc")));
    assert!(!shows(&lines("a"), &lines("a\nb")));
    assert_eq!(
        masked("x/runs/run_20261121T040825Z_96aedc5e/plot.svg in 12 ms"),
        "x/runs/run_ID/plot.svg in N ms"
    );
    assert_eq!(arguments("flowtime a.yaml --set 'b=1 2'"), ["flowtime", "a.yaml", "--set", "b=1 2"]);
}
