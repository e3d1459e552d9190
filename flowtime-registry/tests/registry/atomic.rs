//! Files and folders that are whole or absent.

use crate::sample::names;
use flowtime_registry::{StagedFolder, StoreError, TEMPORARY_PREFIX, write_file_atomically};
use std::fs;
use std::io::Write;

#[test]
fn nothing_stands_under_the_name_before_the_commit() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("a/b/folder");
    let mut staged = StagedFolder::beside(&target).unwrap();
    staged.create("x/y/file.txt").unwrap().write_all(b"hello").unwrap();
    staged.create("x/other.txt").unwrap();
    assert!(!target.exists());
    staged.commit(false).unwrap();
    drop(staged);
    assert_eq!(fs::read_to_string(target.join("x/y/file.txt")).unwrap(), "hello");
    assert_eq!(names(&root.path().join("a/b")), ["folder"]);
}

#[test]
fn dropped_without_a_commit_nothing_remains() {
    let root = tempfile::tempdir().unwrap();
    let mut staged = StagedFolder::beside(&root.path().join("folder")).unwrap();
    staged.create("x/file.txt").unwrap();
    assert_eq!(names(root.path()).len(), 1);
    drop(staged);
    assert!(names(root.path()).is_empty());
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let mut staged = StagedFolder::beside(&root.path().join("folder")).unwrap();
    for path in ["", "..", "../x", "a/../../x", "/x", "a//b", "a/", "./a", "a\\b", "a\0"] {
        let error = staged.create(path).unwrap_err();
        assert!(matches!(error, StoreError::OutsideRoot { .. }), "{path:?}: {error}");
    }
    staged.create("a").unwrap();
    assert!(matches!(staged.create("a"), Err(StoreError::Exists { .. })));
}

#[test]
fn an_existing_folder_stays_unless_replaced() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("folder");
    let write = |text: &str, replace| {
        let mut staged = StagedFolder::beside(&target).unwrap();
        staged.create("file.txt").unwrap().write_all(text.as_bytes()).unwrap();
        staged.commit(replace)
    };
    let read = || fs::read_to_string(target.join("file.txt")).unwrap();
    fs::create_dir(&target).unwrap();
    write("one", false).unwrap();
    assert!(matches!(write("two", false), Err(StoreError::Exists { .. })));
    assert_eq!(read(), "one");
    write("two", true).unwrap();
    assert_eq!(read(), "two");
    assert_eq!(names(root.path()), ["folder"]);
}

#[test]
fn only_abandoned_leftovers_are_removed() {
    let root = tempfile::tempdir().unwrap();
    let abandoned = root.path().join(format!("{TEMPORARY_PREFIX}1-2-3"));
    fs::create_dir_all(abandoned.join("series")).unwrap();
    fs::write(abandoned.join("series/x.csv"), "x").unwrap();
    fs::write(root.path().join(format!("{TEMPORARY_PREFIX}file")), "x").unwrap();
    fs::write(root.path().join("mine.tmp"), "x").unwrap();
    let mut alive = StagedFolder::beside(&root.path().join("alive")).unwrap();
    alive.create("file.txt").unwrap();
    write_file_atomically(&root.path().join("new.txt"), b"x").unwrap();
    let left = names(root.path());
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left[0].starts_with(TEMPORARY_PREFIX) && left[1..] == ["mine.tmp", "new.txt"], "{left:?}");
    alive.commit(false).unwrap();
    assert_eq!(names(root.path()), ["alive", "mine.tmp", "new.txt"]);
}

#[test]
fn files_are_replaced_whole() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("below/file.txt");
    write_file_atomically(&target, b"one").unwrap();
    write_file_atomically(&target, b"two").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"two");
    assert_eq!(names(&root.path().join("below")), ["file.txt"]);
    let error = write_file_atomically(root.path(), b"x").unwrap_err();
    assert!(matches!(error, StoreError::IsAFolder { .. }), "{error}");
    assert!(matches!(
        write_file_atomically(&target.join("x"), b"x"),
        Err(StoreError::NotAFolder { path }) if path == target
    ));
}

#[cfg(unix)]
#[test]
fn modes_are_those_of_ordinary_files_and_folders() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let mode = |path: &str| fs::metadata(root.path().join(path)).unwrap().permissions().mode();
    fs::write(root.path().join("plain"), "x").unwrap();
    fs::create_dir(root.path().join("plain-folder")).unwrap();
    write_file_atomically(&root.path().join("file"), b"x").unwrap();
    let mut staged = StagedFolder::beside(&root.path().join("folder")).unwrap();
    staged.create("sub/file").unwrap();
    staged.commit(false).unwrap();
    assert_eq!(mode("file"), mode("plain"));
    assert_eq!(mode("folder/sub/file"), mode("plain"));
    assert_eq!(mode("folder"), mode("plain-folder"));
    assert_eq!(mode("folder/sub"), mode("plain-folder"));
}

#[test]
fn many_files_are_all_written() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("folder");
    let mut staged = StagedFolder::beside(&target).unwrap();
    for i in 0..100 {
        staged.create(&format!("{i}.txt")).unwrap().write_all(i.to_string().as_bytes()).unwrap();
    }
    staged.commit(false).unwrap();
    for i in 0..100 {
        assert_eq!(fs::read_to_string(target.join(format!("{i}.txt"))).unwrap(), i.to_string());
    }
}
