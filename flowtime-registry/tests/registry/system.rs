//! Disks that are full or read-only, in name spaces of their own that vanish with the process.

use crate::behaviour::catalog;
use crate::sample::{Sample, names};
use flowtime_registry::{
    NewModel, OnExisting, Query, Registry, RegistryError, StoreError, write_file_atomically, write_run,
};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a child is to write.
const CHILD: &str = "FLOWTIME_TEST_WRITE_ONCE";

/// Runs this test again in a shell that sets the scene first; its last words are `exec "$@"`.
///
/// `None` when the scene cannot be set here.
fn in_scene(test: &str, scene: &[&str], folder: &Path) -> Option<String> {
    let output = Command::new(scene[0])
        .args(&scene[1..])
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, folder)
        .output()
        .ok()?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() && stdout.contains("result: ") { Some(stdout) } else { None }
}

/// Writes some 400 KB and says how that ended.
fn write_as_child() -> Option<()> {
    let root = PathBuf::from(std::env::var_os(CHILD)?);
    let sample = Sample::new("run_a", 10, 2000);
    let error = write_run(&root, &sample.record(), OnExisting::Replace).unwrap_err();
    let kind = match error {
        StoreError::DiskFull { .. } => "full",
        StoreError::FileTooLarge { .. } => "too large",
        StoreError::ReadOnly { .. } => "read-only",
        _ => "another",
    };
    assert!(!error.help().is_empty());
    println!("result: {kind}: {error} {:?}", names(&root.join("runs")));
    Some(())
}

#[test]
fn a_full_disk() {
    if write_as_child().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=200k none '{}' && exec \"$@\"", folder.path().display());
    let test = "system::a_full_disk";
    match in_scene(test, &["unshare", "-rm", "sh", "-c", &mount], folder.path()) {
        Some(said) => assert!(said.contains("result: full: no space left") && said.contains("[]"), "{said}"),
        None => {
            eprintln!("no name space is to be had here: a full disk is not tried, a limit of file sizes is")
        }
    }
}

#[test]
fn a_limit_of_file_sizes() {
    if write_as_child().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let limit = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let said = in_scene("system::a_limit_of_file_sizes", &["sh", "-c", limit], folder.path()).unwrap();
    assert!(said.contains("result: too large: ") && said.contains("[]"), "{said}");
    assert!(names(&folder.path().join("runs")).is_empty());
}

#[test]
fn a_read_only_disk() {
    if write_as_child().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o ro none '{}' && exec \"$@\"", folder.path().display());
    match in_scene("system::a_read_only_disk", &["unshare", "-rm", "sh", "-c", &mount], folder.path()) {
        Some(said) => assert!(said.contains("result: read-only: "), "{said}"),
        None => eprintln!(
            "no name space is to be had here: a read-only disk is not tried, one without permission is"
        ),
    }
}

#[test]
fn a_place_where_nobody_may_write() {
    let root = Path::new("/sys/flowtime");
    let sample = Sample::new("run_a", 1, 1);
    let error = write_run(root, &sample.record(), OnExisting::Replace).unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. } | StoreError::ReadOnly { .. }), "{error:?}");
    let error = write_file_atomically(Path::new("/sys/flowtime.svg"), b"x").unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. } | StoreError::ReadOnly { .. }), "{error:?}");
}

#[test]
fn a_registry_on_a_full_disk() {
    if let Some(root) = std::env::var_os(CHILD) {
        let registry = Registry::open(&root);
        let body = vec![b'x'; 20_000];
        let mut known = 0;
        let error = loop {
            let name = format!("Model {known}");
            match registry.put_model(&NewModel::new(catalog(&name, 0), &body)) {
                Ok(_) => known += 1,
                Err(error) => break error,
            }
        };
        let full = matches!(error, RegistryError::Store(StoreError::DiskFull { .. }));
        assert_eq!(registry.list(&Query::new()).unwrap().total, known);
        assert_eq!(Registry::open(&root).list(&Query::new()).unwrap().total, known);
        let validation = registry.validate().unwrap();
        // Space is made by deleting, which has to work on a full disk.
        registry.delete("models/model-0_aaaaaaaaaaaa/v1", false).unwrap();
        registry.empty_trash().unwrap();
        registry.put_model(&NewModel::new(catalog("Last", 0), b"small")).unwrap();
        let after = Registry::open(&root).list(&Query::new()).unwrap().total;
        assert_eq!(Registry::open(&root).sync().unwrap().total, known);
        println!("result: full {full}, {} of {known} valid, then {after}", validation.valid);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=600k none '{}' && exec \"$@\"", folder.path().display());
    let test = "system::a_registry_on_a_full_disk";
    match in_scene(test, &["unshare", "-rm", "sh", "-c", &mount], folder.path()) {
        Some(said) => assert!(said.contains("result: full true, "), "{said}"),
        None => {
            eprintln!("no name space is to be had here: a registry on a full disk is tried without one alone")
        }
    }
}

#[test]
fn a_registry_on_a_read_only_disk() {
    if let Some(root) = std::env::var_os(CHILD) {
        let registry = Registry::open(&root);
        let error = registry.put_model(&NewModel::new(catalog("Late", 1), b"late")).unwrap_err();
        assert!(matches!(&error, RegistryError::Store(StoreError::ReadOnly { .. })), "{error}");
        assert!(matches!(registry.delete("desk_aaaaaaaaaaaa", false), Err(RegistryError::Store(_))));
        let total = registry.list(&Query::new()).unwrap().total;
        let bytes = registry.read_file("desk_aaaaaaaaaaaa", "model.yaml").unwrap();
        assert!(registry.validate().unwrap().is_valid());
        println!("result: {total} of {}", bytes.len());
        return;
    }
    for indexed in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        Registry::open(folder.path()).put_model(&NewModel::new(catalog("Desk", 0), b"desk")).unwrap();
        if !indexed {
            std::fs::remove_file(folder.path().join("registry-index.json")).unwrap();
            std::fs::remove_file(folder.path().join(".registry.lock")).unwrap();
        }
        let mount = format!(
            "mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}' && exec \"$@\"",
            folder.path().display()
        );
        let test = "system::a_registry_on_a_read_only_disk";
        match in_scene(test, &["unshare", "-rm", "sh", "-c", &mount], folder.path()) {
            Some(said) => assert!(said.contains("result: 1 of 4"), "{said}"),
            None => eprintln!("no name space is to be had here: a read-only registry is not tried"),
        }
    }
}
