//! Older documents in their present form.

use flowtime_core::migrate;

#[test]
fn only_the_old_spellings_change() {
    let old = "\
# a comment
grid:
  bins: 4
  binMinutes: 90 # an hour and a half
nodes:
  - {id: a, kind: const, values: 1, source: x}
  - id: b
    kind: expr
    expression: a * 2
outputs:
  - source: b
    filename: b.csv
";
    let new = "\
# a comment
schemaVersion: 1
grid:
  bins: 4
  binSize: 90
  binUnit: minutes # an hour and a half
nodes:
  - {id: a, kind: const, values: 1, source: x}
  - id: b
    kind: expr
    expr: a * 2
outputs:
  - series: b
    as: b.csv
";
    let migrated = migrate(old).unwrap();
    assert_eq!(migrated.text, new);
    assert_eq!(migrated.changes.len(), 5);
    assert_eq!(migrate(new).unwrap().text, new);
    assert!(migrate(new).unwrap().changes.is_empty());

    let json = r#"{"grid": {"bins": 4, "binMinutes": 60}, "outputs": [{"source": "a"}]}"#;
    let rewritten = r#"{"schemaVersion": 1, "grid": {"bins": 4, "binSize": 1, "binUnit": "hours"}, "outputs": [{"series": "a"}]}"#;
    assert_eq!(migrate(json).unwrap().text, rewritten);
    let marked = migrate("\u{FEFF}  grid: {}\n  nodes: []\n").unwrap();
    assert_eq!(marked.text, "\u{FEFF}  schemaVersion: 1\n  grid: {}\n  nodes: []\n");
}

#[test]
fn minutes_become_the_largest_unit() {
    for (minutes, grid) in [
        ("1", "binSize: 1, binUnit: minutes"),
        ("60", "binSize: 1, binUnit: hours"),
        ("90", "binSize: 90, binUnit: minutes"),
        ("1440", "binSize: 1, binUnit: days"),
        ("10080", "binSize: 1, binUnit: weeks"),
        ("20160", "binSize: 2, binUnit: weeks"),
        ("10080000", "binSize: 1000, binUnit: weeks"),
    ] {
        let text = format!("schemaVersion: 1\r\ngrid: {{bins: 4, binMinutes: {minutes}}}\r\nnodes: []\r\n");
        assert_eq!(migrate(&text).unwrap().text, text.replace(&format!("binMinutes: {minutes}"), grid));
    }
    for bad in ["0", "1001", "1.5", "x", "10090080", "~", "[1]"] {
        let text = format!("schemaVersion: 1\ngrid: {{bins: 4, binMinutes: {bad}}}\nnodes: []\n");
        assert!(migrate(&text).is_err(), "{bad}");
    }
}

#[test]
fn what_has_no_present_form_is_left_alone() {
    for bad in [
        "",
        "- 1",
        "a: [",
        "grid: {binMinutes: 60, binSize: 1}",
        "grid: {binMinutes: &m 60}\nmetadata: {x: *m}",
        "nodes: [{expr: a, expression: b}]",
        "nodes: [&n {expression: b}, *n]",
        "grid:\n  ? binMinutes\n  : 60\n",
    ] {
        assert!(migrate(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_whole_bundle() {
    let old = "\
kind: Model # from last year
metadata: {id: desk_1, title: A desk}
spec:
  grid: {bins: 4, binMinutes: 60}
  nodes:
    - {id: a, kind: const, values: 1}
    - {id: b, kind: expr, expression: a * 2} # twice
  outputs:
    - {source: b, filename: b.csv}
expression: not looked at
";
    let new = "\
schemaVersion: 1
kind: Model # from last year
metadata: {id: desk_1, title: A desk}
spec:
  schemaVersion: 1
  grid: {bins: 4, binSize: 1, binUnit: hours}
  nodes:
    - {id: a, kind: const, values: 1}
    - {id: b, kind: expr, expr: a * 2} # twice
  outputs:
    - {series: b, as: b.csv}
expression: not looked at
";
    let migrated = migrate(old).unwrap();
    assert_eq!(migrated.text, new);
    assert_eq!(migrated.changes.len(), 6);
    assert!(migrate(new).unwrap().changes.is_empty());
    let bundle = new.replace("expression: not looked at\n", "");
    assert_eq!(flowtime_core::ModelBundle::from_yaml(&bundle).unwrap().model.nodes().len(), 2);
    let json = r#"{"kind": "Model", "spec": {"grid": {"binMinutes": 60}}}"#;
    let rewritten = r#"{"schemaVersion": 1, "kind": "Model", "spec": {"schemaVersion": 1, "grid": {"binSize": 1, "binUnit": "hours"}}}"#;
    assert_eq!(migrate(json).unwrap().text, rewritten);
    for bad in ["kind: Model\nspec: 1\n", "kind: Model\nmetadata: &m {}\nspec: *m\n"] {
        assert!(migrate(bad).is_err(), "{bad}");
    }
}
