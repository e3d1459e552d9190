//! Every picture is well-formed XML without script, with finite numbers, of bounded size, and the same every time.

use flowtime_draw::{Dag, FanChart, LineChart, NodeKind, Series, sparkline, sparkline_svg};
use proptest::prelude::*;

/// Parses the picture and checks what holds for all.
fn check(svg: &str) -> roxmltree::Document<'_> {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}\n{svg}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(["svg", "rect", "text", "path", "g", "title", "circle"].contains(&name), "{name}");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && name != "href", "{name}");
            if name == "aria-label" {
                continue;
            }
            for wrong in ["NaN", "nan", "inf", "e+", "e-"] {
                assert!(!value.contains(wrong) || name == "font-family", "{name}={value}");
            }
            if ["x", "y", "cx", "cy", "width", "height", "fill-opacity", "stroke-width"].contains(&name) {
                let number: f64 = value.parse().unwrap_or_else(|_| panic!("{name}={value}"));
                assert!(number.is_finite());
                if name == "width" || name == "height" {
                    assert!(number >= 0.0, "{name}={value}");
                }
            }
        }
    }
    document
}

fn texts(svg: &str) -> Vec<String> {
    let document = check(svg);
    let words = |n: roxmltree::Node| {
        n.children().filter(|c| c.is_text()).filter_map(|c| c.text()).collect::<String>()
    };
    document.descendants().filter(|n| n.has_tag_name("text")).map(words).collect()
}

fn titles(svg: &str) -> Vec<String> {
    let document = check(svg);
    document
        .descendants()
        .filter(|n| n.has_tag_name("title"))
        .filter_map(|n| n.text())
        .map(String::from)
        .collect()
}

#[test]
fn series_of_every_shape_give_a_chart() {
    let cases: &[(&str, &[f64])] = &[
        ("empty", &[]),
        ("single", &[7.0]),
        ("single missing", &[f64::NAN]),
        ("missing", &[f64::NAN; 9]),
        ("constant", &[5.0; 9]),
        ("zero", &[0.0; 9]),
        ("minus zero", &[-0.0; 9]),
        ("negative", &[-5.0, -3.0, -9.0]),
        ("huge", &[f64::MIN, f64::MAX, 0.0]),
        ("tiny", &[5e-324, 0.0, 1e-310]),
        ("infinite", &[f64::INFINITY, f64::NEG_INFINITY]),
        ("some infinite", &[1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY]),
        ("nearly constant", &[1e15, 1e15 + 0.125]),
    ];
    for (name, values) in cases {
        let plain = LineChart::new(*name).series(*name, values);
        let timed = plain
            .clone()
            .time(1_740_960_000, 3600)
            .threshold("limit", values.first().copied().unwrap_or(f64::NAN));
        for svg in [
            plain.to_svg(),
            timed.to_svg(),
            plain.size(0, 0).to_svg(),
            FanChart::new(*name).band("band", values, values).median(values).to_svg(),
            LineChart::arranged(*name, [Series::new(*name, values)]).to_svg(),
            sparkline_svg(values, 0, 0),
            sparkline_svg(values, 100, 20),
        ] {
            check(&svg);
        }
        assert!(sparkline(values, 5).chars().count() <= 5);
    }
}

#[test]
fn charts_without_values_say_so() {
    let nothing = [f64::NAN, f64::INFINITY];
    for values in [&[][..], &nothing[..]] {
        assert!(texts(&LineChart::new("t").series("a", values).to_svg()).contains(&"no values".to_string()));
    }
    assert!(texts(&LineChart::new("").to_svg()).contains(&"no values".to_string()));
}

#[test]
fn infinite_values_are_marked() {
    let svg = LineChart::new("t").series("a", &[1.0, f64::INFINITY, 2.0]).to_svg();
    assert!(titles(&svg).contains(&"a: infinite values".to_string()));
    assert!(!LineChart::new("t").series("a", &[1.0, 2.0]).to_svg().contains("infinite"));
}

#[test]
fn hostile_names_stay_text() {
    let name = "<script>alert('1')</script>\"]]>&amp;\u{0}\u{8}\u{1b}[31m\u{202e}\u{fffe}";
    let long = "long ".repeat(1000);
    for name in [name, &long] {
        let pictures = [
            LineChart::new(name)
                .subtitle(name)
                .panel(name)
                .unit(name)
                .series(name, &[1.0])
                .observed(name, &[2.0])
                .to_svg(),
            LineChart::new(name).horizontal_label(name).threshold(name, 3.0).to_svg(),
            FanChart::new(name).unit(name).band(name, &[1.0], &[2.0]).overlay(name, &[1.0]).to_svg(),
            Dag::new(name).node(name, NodeKind::Pmf, name).edge(name, name, 1).to_svg(),
        ];
        for svg in pictures {
            for text in texts(&svg) {
                assert!(text.chars().count() < 130, "{text}");
            }
            assert!(svg.len() < 20_000);
        }
    }
}

#[test]
fn a_shortened_name_is_whole_on_hover() {
    let name = "a_name_of_a_series_that_is_much_too_long_for_any_legend_but_not_for_a_title";
    let chart = LineChart::new("t").series(name, &[1.0, 2.0]).to_svg();
    let dag = Dag::new("t").node(name, NodeKind::Expr, "").to_svg();
    for svg in [chart, dag] {
        assert!(texts(&svg).iter().any(|t| t.starts_with("a_name") && t.contains('…')));
        assert!(titles(&svg).iter().any(|t| t.starts_with(name)));
    }
}

#[test]
fn long_series_give_small_pictures_that_keep_peaks() {
    let mut values: Vec<f64> = (0..1_000_000).map(|i| f64::from(i % 1009 * 7919 % 1009)).collect();
    values[654_321] = 5000.0;
    let mut chart = LineChart::new("long").time(0, 60);
    for i in 0..12 {
        chart = chart.series(format!("s{i}"), &values);
    }
    let svg = chart.to_svg();
    check(&svg);
    assert!(svg.len() < 200_000, "{}", svg.len());
    assert!(titles(&svg).iter().any(|t| t.contains("s0: 0 to 5000")));
    assert!(texts(&svg).iter().any(|t| t.starts_with("lines are means")));

    let few = [1.0, 2.0];
    let many =
        (0..500).fold(LineChart::new("many"), |c, i| c.panel(format!("p{i}")).series(format!("s{i}"), &few));
    let svg = many.to_svg();
    assert!(svg.len() < 200_000, "{}", svg.len());
    assert!(texts(&svg).contains(&"436 more series are not drawn".to_string()));
}

#[test]
fn time_axes_name_times_and_fall_back_to_bins() {
    let values = [1.0; 48];
    let axis =
        |start, step| texts(&LineChart::new("").time(start, step).series("", &values).to_svg()).join("|");
    assert!(axis(1_740_960_000, 3600).contains("|00:00|"));
    assert!(axis(1_740_960_000, 3600).contains("|4 Mar 2025"));
    assert!(axis(1_740_960_000, 86_400).contains("|10 Mar|"));
    assert!(axis(1_740_960_000, 30 * 86_400).contains("|2026|"));
    for (start, step) in [(0, 0), (i64::MAX, 1), (i64::MIN, 1), (0, u64::MAX), (0, 1 << 50)] {
        assert!(axis(start, step).ends_with("|bin"), "{start} {step}");
    }
}

#[test]
fn graphs_that_are_no_models_are_drawn_too() {
    let dag = |edges: &[(&str, &str, u64)]| {
        let nodes = ["a", "b", "c"].iter().fold(Dag::new("t"), |d, n| d.node(*n, NodeKind::Expr, ""));
        edges.iter().fold(nodes, |d, e| d.edge(e.0, e.1, e.2)).to_svg()
    };
    let paths = |svg: &str| titles(svg).iter().filter(|t| t.contains('→')).count();
    assert_eq!(paths(&dag(&[])), 0);
    assert_eq!(paths(&dag(&[("a", "b", 0), ("b", "a", 0)])), 2);
    assert_eq!(paths(&dag(&[("a", "a", 0)])), 1);
    assert_eq!(paths(&dag(&[("a", "b", 0), ("a", "b", 0), ("a", "nobody", 0)])), 1);
    let lags = dag(&[("a", "b", 7), ("a", "b", 1), ("a", "b", 0), ("a", "b", 30), ("a", "b", 2)]);
    assert_eq!(paths(&lags), 2);
    assert!(texts(&lags).contains(&"lag 1, 2, 7, …".to_string()));
    assert!(texts(&Dag::new("t").to_svg()).contains(&"no nodes".to_string()));
    let twice = Dag::new("t").node("a", NodeKind::Const, "one").node("a", NodeKind::Expr, "two").to_svg();
    assert_eq!(titles(&twice), ["a (const)\none"]);
}

#[test]
fn large_graphs_are_drawn_up_to_the_limit() {
    let chain = |n: usize| {
        let nodes = (0..n).fold(Dag::new("t"), |d, i| d.node(format!("n{i}"), NodeKind::Expr, ""));
        // Each node reads its predecessor, the first one, and what lies 100 later an hour ago.
        (1..n).fold(nodes, |d, i| {
            d.edge(format!("n{}", i - 1), format!("n{i}"), 0).edge("n0", format!("n{i}"), 0).edge(
                format!("n{}", (i + 100).min(n - 1)),
                format!("n{i}"),
                1,
            )
        })
    };
    check(&chain(1500).to_svg());
    assert!(texts(&chain(2001).to_svg()).iter().any(|t| t.contains("drawn up to 2000 nodes")));
    let alone = (0..2000).fold(Dag::new("t"), |d, i| d.node(format!("n{i}"), NodeKind::Const, ""));
    assert_eq!(titles(&alone.to_svg()).len(), 2000);
}

/// Numbers of all sorts, most of them strange.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN, 5e-324]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_chart_is_well_formed_and_repeatable(
        values in prop::collection::vec(number(), 0..300),
        other in prop::collection::vec(number(), 0..300),
        name in ".{0,60}",
        start in any::<i64>(),
        step in any::<u64>(),
        width in 0..3000u32,
        limit in number(),
    ) {
        let chart = || LineChart::new(&name).time(start, step).size(width, width / 4)
            .series(&name, &values).observed("o", &other).panel(&name).series("p", &other).threshold(&name, limit).to_svg();
        check(&chart());
        prop_assert_eq!(chart(), chart());
        let fan = || FanChart::new(&name).time(start % 4_000_000_000, step % 1_000_000)
            .quantiles(&[limit, 0.5, 0.9], &[&values, &other, &values]).threshold("", limit).to_svg();
        check(&fan());
        prop_assert_eq!(fan(), fan());
        check(&sparkline_svg(&values, width, width));
        prop_assert_eq!(sparkline(&values, 40).chars().count(), values.len().min(40));
    }

    #[test]
    fn any_graph_is_well_formed_and_repeatable(
        nodes in 1..40usize,
        edges in prop::collection::vec((0..40usize, 0..40usize, 0..3u64), 0..120),
    ) {
        let kinds = [NodeKind::Const, NodeKind::Pmf, NodeKind::Expr];
        let dag = (0..nodes).fold(Dag::new("t"), |d, i| d.node(format!("n{i}"), kinds[i % 3], ""));
        let dag = edges.iter().fold(dag, |d, e| d.edge(format!("n{}", e.0), format!("n{}", e.1), e.2));
        let svg = dag.to_svg();
        check(&svg);
        prop_assert_eq!(&svg, &dag.to_svg());
        let mut wanted: Vec<_> = edges.iter().filter(|e| e.0 < nodes && e.1 < nodes).map(|e| (e.0, e.1, e.2 > 0)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        prop_assert_eq!(titles(&svg).iter().filter(|t| t.contains('→')).count(), wanted.len());
    }
}
