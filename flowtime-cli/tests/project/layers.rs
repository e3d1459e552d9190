//! The rules of ARCHITECTURE.md, checked in the source.

use crate::{files, read, root};
use std::collections::BTreeSet;
use std::path::Path;

/// The source of a module without comments and without its tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Modules that only tests see.
fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.ends_with("generated.rs")
}

/// Every file of a crate with its path below `src`, without tests.
fn sources(name: &str) -> Vec<(String, String)> {
    let folder = root().join(name).join("src");
    let inside = |path: &Path| path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
    let all = files(&folder, ".rs");
    assert!(!all.is_empty());
    all.iter().filter(|path| !is_test(path)).map(|path| (inside(path), code(path))).collect()
}

/// The modules of the crate that a file reads: `crate::name`, also from a list in braces.
fn reads(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default(),
        };
        for name in names.split(',') {
            let name = name.trim().split("::").next().unwrap_or_default();
            if name.chars().next().is_some_and(char::is_lowercase) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// Parts of flowtime-core and the stages that they must know nothing about.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("schema", &["compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("expr", &["schema", "model", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("pmf", &["schema", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("rng", &["schema", "model", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("grid", &["schema", "model", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("math", &["schema", "model", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    // Its operators are those of the graph in `plan`.
    ("rules", &["schema", "model", "compile", "eval", "analysis", "provenance", "template"]),
    ("diagnostics", &["schema", "model", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("model", &["schema", "compile", "plan", "eval", "analysis", "provenance", "template"]),
    ("compile", &["schema", "analysis", "provenance", "template"]),
    ("plan", &["schema", "model", "compile", "analysis", "provenance", "template"]),
    ("eval", &["schema", "model", "compile", "analysis", "provenance", "template"]),
    ("provenance", &["compile", "plan", "eval", "analysis", "template"]),
    ("template", &["compile", "plan", "eval", "analysis"]),
];

/// What ARCHITECTURE.md admits, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // A document that fails anyway also hears of its unknown names and loops.
    ("schema/mod.rs", "compile"),
    // The oracle computes a model from its definition, without a plan.
    ("eval/reference.rs", "model"),
];

#[test]
fn stages_know_only_what_is_below_them() {
    let mut used = BTreeSet::new();
    for (path, code) in sources("flowtime-core") {
        let part = path.split(['/', '.']).next().unwrap();
        let Some((_, forbidden)) = FORBIDDEN.iter().find(|(name, _)| *name == part) else { continue };
        for name in reads(&code).into_iter().filter(|name| forbidden.contains(&name.as_str())) {
            match EXCEPTIONS.iter().find(|(file, stage)| *file == path && *stage == name) {
                Some(exception) => used.insert(*exception),
                None => panic!("flowtime-core/src/{path} reads `{name}`, which is above it"),
            };
        }
    }
    assert_eq!(used.len(), EXCEPTIONS.len(), "an exception is not needed any more: {used:?}");
    for (part, _) in FORBIDDEN {
        let folder = root().join("flowtime-core/src");
        assert!(
            folder.join(part).is_dir() || folder.join(format!("{part}.rs")).is_file(),
            "no part `{part}`"
        );
    }
}

#[test]
fn lists_in_braces_are_read() {
    let found = reads("use crate::{eval::Run, Model, plan};\nuse crate::schema::{self};");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["eval", "plan", "schema"]);
}

#[test]
fn the_core_and_the_pictures_are_pure() {
    for name in ["flowtime-core", "flowtime-draw"] {
        for (path, code) in sources(name) {
            for forbidden in [
                "std::fs",
                "std::time",
                "std::env",
                "std::net",
                "std::process",
                "std::thread",
                "println!",
                "eprint",
            ] {
                // Threads only for an ensemble that is asked to work with several; they end with its call.
                let of_ensembles = forbidden == "std::thread" && path.starts_with("eval/ensemble/");
                assert!(of_ensembles || !code.contains(forbidden), "{name}/src/{path} uses {forbidden}");
            }
        }
    }
}

/// Only these crates may use each other.
#[test]
fn crates_depend_downwards() {
    for (name, allowed) in [
        ("flowtime-core", &[][..]),
        ("flowtime-draw", &[]),
        ("flowtime-registry", &["flowtime-core", "flowtime-draw"]),
        ("flowtime-cli", &["flowtime-core", "flowtime-draw", "flowtime-registry"]),
        ("flowtime-ffi", &["flowtime-core", "flowtime-registry"]),
        ("flowtime-py", &["flowtime-core", "flowtime-cli", "flowtime-draw", "flowtime-registry"]),
    ] {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap();
        for line in dependencies.lines().filter(|line| line.starts_with("flowtime-")) {
            let other = line.split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&other), "{name} depends on {other}");
        }
    }
}

/// Only the workspace knows authoring and execution; everything else of its crate moves bytes.
#[test]
fn the_registry_never_evaluates() {
    const ENGINE: &[&str] = &["compile", "eval", "plan", "Plan", "Run", "Runner", "RunOptions", "Template"];
    let mut seen = 0;
    for (path, code) in sources("flowtime-registry") {
        if path.starts_with("workspace") {
            continue;
        }
        seen += 1;
        // What it calls and imports of the core; names of its own, such as the kind `Run`, are its own.
        let words: Vec<&str> = code
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .collect();
        for call in ["compile", "evaluate", "eval", "analysis"] {
            assert!(!words.contains(&call), "flowtime-registry/src/{path} names `{call}`");
        }
        for import in code.split("flowtime_core::").skip(1) {
            let names = import.split(';').next().unwrap_or_default();
            let names = names.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            for name in names.take_while(|name| !["fn", "pub", "let", "impl"].contains(name)) {
                assert!(!ENGINE.contains(&name), "flowtime-registry/src/{path} imports `{name}`");
            }
        }
    }
    assert!(seen > 20, "{seen} files");
}

#[test]
fn only_the_registry_writes_files() {
    const WRITES: &[&str] = &[
        "File::create",
        "OpenOptions",
        "fs::write",
        "fs::rename",
        "fs::create_dir",
        "fs::remove",
        "fs::copy",
        "fs::hard_link",
        "NamedTempFile",
        "tempdir",
        "TempDir",
    ];
    for name in ["flowtime-core", "flowtime-draw", "flowtime-cli", "flowtime-py"] {
        for (path, code) in sources(name) {
            for write in WRITES {
                assert!(!code.contains(write), "{name}/src/{path} uses {write}");
            }
        }
    }
    let registry: String = sources("flowtime-registry").into_iter().map(|(_, code)| code).collect();
    assert!(registry.contains("fs::rename") || registry.contains("persist"), "nobody writes files any more");
}

/// Authoring and execution meet in the workspace and nowhere else in the registry.
#[test]
fn only_the_workspace_compiles_and_evaluates() {
    const COMPUTES: &[&str] =
        &[".compile()", "RunOptions", "Template::", "GenerateOptions", "run_warnings", "examine(", "Plan"];
    let (mut inside, mut outside) = (String::new(), 0);
    for (path, code) in sources("flowtime-registry") {
        if path.starts_with("workspace/") {
            inside.push_str(&code);
            continue;
        }
        outside += 1;
        for computes in COMPUTES {
            assert!(!code.contains(computes), "flowtime-registry/src/{path} uses {computes}");
        }
    }
    assert!(outside > 20 && COMPUTES.iter().all(|computes| inside.contains(computes)));
}

#[test]
fn unsafe_code_is_in_the_kernels_alone() {
    let mut blocks = 0;
    for name in ["flowtime-core", "flowtime-draw", "flowtime-registry", "flowtime-cli"] {
        for (path, code) in sources(name) {
            let uses = code.matches("unsafe ").count() + code.matches("allow(unsafe_code)").count();
            if name == "flowtime-core" && path.starts_with("eval/kernels/") {
                blocks += uses;
            } else if !(name == "flowtime-core" && path == "eval/mod.rs") {
                assert_eq!(uses, 0, "{name}/src/{path} is unsafe");
            }
        }
        assert!(read(&format!("{name}/src/lib.rs")).contains("#![deny(unsafe_code)]"), "{name}");
    }
    assert!(blocks > 0);
    for (path, code) in sources("flowtime-py") {
        let foreign_memory = ["array.rs", "arrow.rs"].contains(&path.as_str());
        assert_eq!(code.contains("unsafe "), foreign_memory, "flowtime-py/src/{path}");
    }
}

#[test]
fn functions_of_the_platform_stay_outside() {
    const PLATFORM: &[&str] = &[
        "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "sin", "cos", "tan",
        "sinh", "cosh", "tanh", "cbrt", "hypot", "mul_add",
    ];
    for (path, code) in sources("flowtime-core") {
        if path.starts_with("math/") {
            continue;
        }
        for function in PLATFORM {
            for call in [format!(".{function}("), format!("f64::{function}(")] {
                assert!(!code.contains(&call), "flowtime-core/src/{path} calls {call}");
            }
        }
    }
    let banned = read("clippy.toml");
    for function in ["exp", "ln", "powf", "sin", "cos", "mul_add"] {
        assert!(banned.contains(&format!("\"f64::{function}\"")), "clippy.toml lets f64::{function} pass");
    }
}

#[test]
fn one_place_names_the_yaml_crates() {
    for (path, code) in sources("flowtime-core") {
        if !path.starts_with("schema/yaml/") {
            assert!(!code.contains("granit_parser"), "flowtime-core/src/{path} names the YAML reader");
        }
    }
}
