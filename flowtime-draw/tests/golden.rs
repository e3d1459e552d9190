//! Small pictures, byte for byte. `FLOWTIME_UPDATE=1 cargo test -p flowtime-draw --test golden` writes them anew; look at the difference.

use std::path::Path;

use flowtime_draw::{Dag, FanChart, LineChart, NodeKind, sparkline_svg};

fn golden(name: &str, svg: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("svg");
    if std::env::var_os("FLOWTIME_UPDATE").is_some() {
        std::fs::write(&path, svg).expect("the folder can be written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == svg, "{} differs from what is drawn now:\n{svg}", path.display());
}

#[test]
fn line_chart() {
    let svg = LineChart::new("Gate <A>")
        .time(1_740_960_000, 3600)
        .size(400, 80)
        .unit("aircraft")
        .series("served", &[3.0, 5.0, f64::NAN, 4.0, f64::INFINITY, 2.0])
        .observed("observed", &[2.0, 6.0, 5.0, 4.0, 4.0, 3.0])
        .panel("Backlog")
        .series("backlog", &[0.0, 4.0, 12.0, 9.0, 3.0, 0.0])
        .threshold("limit", 10.0)
        .to_svg();
    golden("line", &svg);
}

#[test]
fn fan_chart() {
    let (p5, p50, p95) = ([1.0, 2.0, 2.5], [2.0, 4.0, 5.0], [3.0, 8.0, 9.0]);
    let svg =
        FanChart::new("Backlog").size(360, 90).quantiles(&[0.05, 0.5, 0.95], &[&p5, &p50, &p95]).to_svg();
    golden("fan", &svg);
}

#[test]
fn graph() {
    let svg = Dag::new("Gate")
        .node("arrivals", NodeKind::Pmf, "aircraft per hour")
        .node("capacity", NodeKind::Const, "")
        .node("queue", NodeKind::Expr, "MAX(0, SHIFT(queue, 1) + arrivals - served)")
        .node("served", NodeKind::Expr, "MIN(capacity, SHIFT(queue, 1) + arrivals)")
        .edge("arrivals", "served", 0)
        .edge("capacity", "served", 0)
        .edge("queue", "served", 1)
        .edge("queue", "queue", 1)
        .edge("arrivals", "queue", 0)
        .edge("served", "queue", 0)
        .to_svg();
    golden("dag", &svg);
}

#[test]
fn sparkline() {
    golden("spark", &sparkline_svg(&[1.0, 5.0, f64::NAN, 2.0, 3.0, 8.0], 80, 20));
}
