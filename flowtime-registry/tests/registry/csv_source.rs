//! Columns of CSV files beside a model.

use flowtime_registry::{CsvSources, SourceError};
use proptest::prelude::*;
use std::fs;
use tempfile::TempDir;

/// A folder with one file, `data.csv`.
fn folder(text: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data.csv"), text).unwrap();
    folder
}

fn column(text: impl AsRef<[u8]>, name: &str) -> Result<Vec<f64>, SourceError> {
    let folder = folder(text);
    let mut sources = CsvSources::in_folder(folder.path());
    sources.resolve(&format!("data.csv#{name}")).map(|series| series.values)
}

/// NaN written as a number that compares.
fn shown(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| if value.is_nan() { -999.0 } else { value }).collect()
}

const MISSING: f64 = -999.0;

#[test]
fn cells() {
    for (text, expected) in [
        ("t,x\n0,1\n1,2.5\n", vec![1.0, 2.5]),
        ("t,x\n0,1\n1,2.5", vec![1.0, 2.5]),
        ("t,x\r\n0,1\r\n1,2.5\r\n", vec![1.0, 2.5]),
        ("\u{feff}x,t\n1,0\n", vec![1.0]),
        (" x ,t\n 1.5 ,0\n", vec![1.5]),
        ("x,t\n,0\n  ,1\nNaN,2\n\"\",3\n", vec![MISSING, MISSING, MISSING, MISSING]),
        ("x,t\n-1e3,0\n+.5,1\n5.,2\n", vec![-1000.0, 0.5, 5.0]),
        ("\"x\",\"a \"\"t\"\", b\nc\"\n\"1\",\"one\ntwo\"\n2,\n", vec![1.0, 2.0]),
        ("name,x\nJFK,1\nLGA,2\n", vec![1.0, 2.0]),
        ("x\n1\n\n3\n", vec![1.0, MISSING, 3.0]),
        ("x\n\n\n3\n\n\n", vec![MISSING, MISSING, 3.0]),
        ("x\n1\n\"\"\n", vec![1.0, MISSING]),
        ("t,x\n0,1\n\n\n", vec![1.0]),
    ] {
        assert_eq!(shown(column(text, "x").unwrap()), expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_line() {
    for (text, message) in [
        ("", "`data.csv` has no header row"),
        ("\nx\n1\n", "`data.csv` has no header row"),
        ("x,t\n", "`data.csv` has no rows below its header"),
        ("x,t\n\n\n", "`data.csv` has no rows below its header"),
        ("x,t\n1,0\nabc,1\n", "line 3 of `data.csv`: `abc` in column `x` is not a number"),
        ("t,x\n\"a\nb\",1\n0,1 2\n", "line 4 of `data.csv`: `1 2` in column `x` is not a number"),
        ("x,t\ninf,0\n", "line 2 of `data.csv`: `inf` in column `x` is not finite"),
        ("x,t\n-Infinity,0\n", "line 2 of `data.csv`: `-Infinity` in column `x` is not finite"),
        ("x,t\n1e400,0\n", "line 2 of `data.csv`: `1e400` in column `x` is too large for a float64"),
        ("x,t\nnan,0\n", "line 2 of `data.csv`: `nan` in column `x` is not a number"),
        ("x,t\nn/a,0\n", "line 2 of `data.csv`: `n/a` in column `x` is not a number"),
        ("x,t\n1;2,0\n", "line 2 of `data.csv`: `1;2` in column `x` is not a number"),
        ("x,t\n1\n", "line 2 of `data.csv` has 1 cell, the header has 2"),
        ("x,t\n1,0\n1,0,0\n", "line 3 of `data.csv` has 3 cells, the header has 2"),
        ("x,t\n1,0\n\n\n2,1\n", "line 3 of `data.csv` has 0 cells, the header has 2"),
        ("x,t\n1,0\n\"1,0\n1,0\n", "line 3 of `data.csv`: a quoted cell begins here and does not end"),
        ("x,t\n\"1\"2,0\n", "line 2 of `data.csv`: there is text after a closing quote"),
        ("x,x\n1,2\n", "`data.csv` has more than one column `x`"),
    ] {
        let error = column(text, "x").unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
        assert!(!error.help().is_empty());
    }
    assert!(column([b"x\n".as_slice(), &[0xff, 0xfe, b'\n']].concat(), "x").is_err());
    let long = column(format!("x\n{}\n", "y".repeat(1000)), "x").unwrap_err();
    assert!(long.to_string().len() < 200, "{long}");
}

#[test]
fn an_unknown_column_gets_a_suggestion_or_the_list() {
    let unknown = |text: &str, name: &str| column(text, name).unwrap_err().help();
    assert_eq!(unknown("hour,JFK_scheduled\n0,1\n", "JFK_schedule"), "did you mean `JFK_scheduled`?");
    assert_eq!(unknown("hour,JFK_scheduled\n0,1\n", "hours#"), "did you mean `hour`?");
    assert_eq!(unknown("hour,JFK\n0,1\n", "demand"), "its columns are `hour`, `JFK`");
    assert_eq!(unknown("hour;JFK\n0;1\n", "demand"), "columns are separated by commas");
}

#[test]
fn sources_that_are_none() {
    let folder = folder("x\n1\n");
    let mut sources = CsvSources::in_folder(folder.path());
    for source in ["", "data.csv", "#x", "data.csv#", "data.csv# ", "a\n.csv#x"] {
        let error = sources.resolve(source).unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{source:?}: {error}");
    }
    for source in
        ["../data.csv#x", "a/../data.csv#x", "/etc/passwd#x", "C:/data.csv#x", "a\\data.csv#x", "..#x"]
    {
        let error = sources.resolve(source).unwrap_err();
        assert!(matches!(error, SourceError::Outside { .. }), "{source:?}: {error}");
    }
    for source in ["other.csv#x", "data.csv/x#x", "below/data.csv#x"] {
        let error = sources.resolve(source).unwrap_err();
        assert!(matches!(error, SourceError::NoFile { .. }), "{source:?}: {error}");
    }
    assert!(matches!(sources.resolve(".#x"), Err(SourceError::Unreadable { .. })));
    assert_eq!(sources.resolve("./data.csv#x").unwrap().values, [1.0]);
}

#[cfg(unix)]
#[test]
fn links_may_not_leave_the_folder() {
    use std::os::unix::fs::symlink;
    let outside = folder("x\n1\n");
    let inside = folder("x\n2\n");
    symlink(outside.path().join("data.csv"), inside.path().join("out.csv")).unwrap();
    symlink(outside.path(), inside.path().join("out")).unwrap();
    symlink("data.csv", inside.path().join("in.csv")).unwrap();
    let mut sources = CsvSources::in_folder(inside.path());
    for source in ["out.csv#x", "out/data.csv#x"] {
        assert!(matches!(sources.resolve(source), Err(SourceError::Outside { .. })), "{source}");
    }
    assert_eq!(sources.resolve("in.csv#x").unwrap().values, [2.0]);
    // A folder that is itself reached through a link is fine.
    let link = outside.path().join("link");
    symlink(inside.path(), &link).unwrap();
    assert_eq!(CsvSources::in_folder(&link).resolve("data.csv#x").unwrap().values, [2.0]);
    assert!(matches!(
        CsvSources::in_folder(std::path::Path::new("/dev")).resolve("zero#x"),
        Err(SourceError::Unreadable { .. })
    ));
}

#[test]
fn a_file_is_read_once_and_its_hash_is_of_its_bytes() {
    let folder = folder("x,y\n1,2\n");
    let model = folder.path().join("model.yaml");
    let mut sources = CsvSources::beside(&model);
    let x = sources.resolve("data.csv#x").unwrap();
    // As sha256sum gives it.
    assert_eq!(x.sha256, "81bf9fa83c6f7f151bd491a98cd7d933de3965289e3ebd77c6c425f7eaa16392");
    assert_eq!((x.path.as_str(), x.column.as_str()), ("data.csv", "x"));
    fs::write(folder.path().join("data.csv"), "x,y\n7,8\n").unwrap();
    let y = sources.resolve("data.csv#y").unwrap();
    assert_eq!((y.values, y.sha256), (vec![2.0], x.sha256));
}

#[test]
fn limits() {
    let folder = folder("x,y\n1,2\n3,4\n");
    fs::write(folder.path().join("more.csv"), "x,y\n1,2\n3,4\n").unwrap();
    let sources = || CsvSources::in_folder(folder.path());
    assert!(sources().max_file_bytes(12).resolve("data.csv#x").is_ok());
    let error = sources().max_file_bytes(11).resolve("data.csv#x").unwrap_err();
    assert_eq!(error, SourceError::TooLarge { file: "data.csv".to_owned(), limit: 11 });
    let mut narrow = sources().max_cells(7);
    assert!(narrow.resolve("data.csv#x").is_ok());
    assert!(matches!(narrow.resolve("more.csv#x"), Err(SourceError::TooManyCells { .. })));
    assert!(narrow.resolve("data.csv#y").is_ok());
    let wide = format!("x\n{}\n", "1".repeat(2 << 20));
    assert!(matches!(column(wide, "x"), Err(SourceError::Row { line: 2, .. })));
    let lines = format!("x\n\"{}", "\n".repeat(2 << 20));
    assert!(matches!(column(lines, "x"), Err(SourceError::Row { line: 2, .. })));
}

proptest! {
    #[test]
    fn written_series_read_back(values in prop::collection::vec(any::<f64>(), 1..50)) {
        let values: Vec<f64> = values.into_iter().map(|x| if x.is_infinite() { 0.0 } else { x }).collect();
        let mut text = Vec::new();
        flowtime_registry::write_series_csv(&mut text, &values).unwrap();
        let read = column(text, "value").unwrap();
        prop_assert_eq!(read.len(), values.len());
        for (read, value) in read.iter().zip(&values) {
            prop_assert!(read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"x,\"\n\r1 .".to_vec())], 0..200)) {
        let _ = column(&bytes, "x");
        let mut text = b"x,y\n".to_vec();
        text.extend(bytes);
        let _ = column(&text, "x");
    }
}
