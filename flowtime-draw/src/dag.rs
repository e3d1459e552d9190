//! The graph of a model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::layout::{Link, Room, Route, lay_out};
use crate::svg::{AXIS, Anchor, At, Escaped, INK, MUTED, PAPER, Svg, Type, fit, notice, shorten, text_width};

/// Graphs beyond this are not drawn.
const MOST_NODES: usize = 2_000;
const MOST_EDGES: usize = 10_000;
/// Names take at most this many characters in a node.
const NAME_CHARS: usize = 26;
/// Lags of one edge that are spelt out.
const LAGS_SHOWN: usize = 3;

const HEIGHT: f64 = 32.0;
/// How far a loop rises above its node.
const LOOP: f64 = 24.0;
const MARGIN: f64 = 24.0;
const LAGGED: &str = "#b4540a";
const EDGE: &str = "#8391a3";
const TITLE: Type = Type::new(16.0, INK).bold();
const NAME: Type = Type::new(12.0, INK).anchor(Anchor::Middle);
const LEGEND: Type = Type::new(11.0, MUTED);

/// What a node of a model is; each kind has its own shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// Given values: a stadium.
    Const,
    /// Drawn values: a hexagon.
    Pmf,
    /// An expression: a rectangle.
    Expr,
}

impl NodeKind {
    /// Every kind, in the order of the legend.
    const ALL: [NodeKind; 3] = [NodeKind::Const, NodeKind::Pmf, NodeKind::Expr];

    fn name(self) -> &'static str {
        match self {
            NodeKind::Const => "const",
            NodeKind::Pmf => "pmf",
            NodeKind::Expr => "expr",
        }
    }

    /// Fill and stroke.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            NodeKind::Const => ("#e3f1fb", "#0072b2"),
            NodeKind::Pmf => ("#fdf1d7", "#b97f00"),
            NodeKind::Expr => ("#e5f5ef", "#00805d"),
        }
    }

    /// How much wider than its text a shape is.
    fn padding(self) -> f64 {
        match self {
            NodeKind::Const | NodeKind::Pmf => 34.0,
            NodeKind::Expr => 26.0,
        }
    }

    /// The outline around a centre, as path data.
    fn outline(self, x: f64, y: f64, width: f64, height: f64) -> String {
        let (w, h) = (width / 2.0, height / 2.0);
        let (left, right, top) = (At(x - w), At(x + w), At(y - h));
        match self {
            NodeKind::Const => format!(
                "M{} {top}h{flat}a{r} {r} 0 0 1 0 {d}h-{flat}a{r} {r} 0 0 1 0 -{d}z",
                At(x - w + h),
                flat = At((width - height).max(0.0)),
                r = At(h),
                d = At(height)
            ),
            NodeKind::Pmf => format!(
                "M{left} {y0}L{l} {top}H{r}L{right} {y0}L{r} {bottom}H{l}z",
                y0 = At(y),
                l = At(x - w + h * 0.6),
                r = At(x + w - h * 0.6),
                bottom = At(y + h)
            ),
            NodeKind::Expr => format!(
                "M{} {top}H{}q4 0 4 4v{v}q0 4 -4 4H{}q-4 0 -4 -4v-{v}q0 -4 4 -4z",
                At(x - w + 4.0),
                At(x + w - 4.0),
                At(x - w + 4.0),
                v = At(height - 8.0)
            ),
        }
    }
}

/// The graph of a model, laid out from left to right and drawn as SVG.
///
/// Edges run from a node to the nodes that read it. Those with a lag are dashed and say it; where they close a loop they run from right to left.
/// Long names are shortened, with the full name on hover. Equal graphs are equal bytes. More than 2 000 nodes or 10 000 edges give
/// a picture that says so instead.
///
/// ```
/// use flowtime_draw::{Dag, NodeKind};
/// let svg = Dag::new("Gate")
///     .node("arrivals", NodeKind::Const, "aircraft an hour")
///     .node("backlog", NodeKind::Expr, "MAX(0, SHIFT(backlog, 1) + arrivals - 30)")
///     .edge("arrivals", "backlog", 0)
///     .edge("backlog", "backlog", 1)
///     .to_svg();
/// assert_eq!(svg.matches("<title>").count(), 4);
/// assert!(svg.contains(">lag 1</text>"));
/// ```
#[derive(Debug, Clone)]
pub struct Dag {
    title: String,
    nodes: Vec<Node>,
    edges: Vec<(String, String, u64)>,
}

#[derive(Debug, Clone)]
struct Node {
    id: String,
    kind: NodeKind,
    hover: String,
}

/// A pair of nodes with its lags: one path in the picture.
struct Edge {
    link: Link,
    lags: BTreeSet<u64>,
}

impl Dag {
    /// A graph without nodes; an empty title is not drawn.
    pub fn new(title: impl Into<String>) -> Dag {
        Dag { title: title.into(), nodes: Vec::new(), edges: Vec::new() }
    }

    /// Adds a node, and what to say about it on hover (its expression, unit or description; may be empty). The first of two with one id counts.
    #[must_use]
    pub fn node(mut self, id: impl Into<String>, kind: NodeKind, hover: impl Into<String>) -> Dag {
        self.nodes.push(Node { id: id.into(), kind, hover: hover.into() });
        self
    }

    /// Adds a reference: `to` reads what `from` was `lag` bins ago.
    ///
    /// Edges between the same nodes are one path if they have no lag, and one path with all their lags if they have. Edges of unknown nodes are left out.
    #[must_use]
    pub fn edge(mut self, from: impl Into<String>, to: impl Into<String>, lag: u64) -> Dag {
        self.edges.push((from.into(), to.into(), lag));
        self
    }

    /// Draws the graph.
    pub fn to_svg(&self) -> String {
        let (nodes, edges) = self.resolve();
        if nodes.is_empty() {
            return notice(&self.title, "no nodes");
        }
        if nodes.len() > MOST_NODES || edges.len() > MOST_EDGES {
            let message = format!(
                "{} nodes and {} edges; graphs are drawn up to {MOST_NODES} nodes and {MOST_EDGES} edges",
                nodes.len(),
                edges.len()
            );
            return notice(&self.title, &message);
        }
        draw(&self.title, &nodes, &edges)
    }

    /// Nodes and edges, each once.
    fn resolve(&self) -> (Vec<&Node>, Vec<Edge>) {
        let mut index = BTreeMap::new();
        let mut nodes: Vec<&Node> = Vec::new();
        for node in &self.nodes {
            index.entry(node.id.as_str()).or_insert_with(|| {
                nodes.push(node);
                nodes.len() - 1
            });
        }
        let mut known = BTreeMap::new();
        let mut edges: Vec<Edge> = Vec::new();
        for (from, to, lag) in &self.edges {
            let (Some(&from), Some(&to)) = (index.get(from.as_str()), index.get(to.as_str())) else {
                continue;
            };
            let lagged = *lag > 0;
            let at = *known.entry((from, to, lagged)).or_insert_with(|| {
                edges.push(Edge { link: Link { from, to, lagged }, lags: BTreeSet::new() });
                edges.len() - 1
            });
            edges[at].lags.insert(*lag);
        }
        (nodes, edges)
    }
}

impl Edge {
    fn label(&self) -> String {
        let mut text = String::from("lag ");
        for (i, lag) in self.lags.iter().take(LAGS_SHOWN).enumerate() {
            let _ = write!(text, "{}{lag}", if i == 0 { "" } else { ", " });
        }
        if self.lags.len() > LAGS_SHOWN {
            text.push_str(", …");
        }
        text
    }
}

fn draw(title: &str, nodes: &[&Node], edges: &[Edge]) -> String {
    let names: Vec<String> = nodes.iter().map(|n| shorten(&n.id, NAME_CHARS)).collect();
    let mut rooms: Vec<Room> = nodes
        .iter()
        .zip(&names)
        .map(|(node, name)| {
            let width = (text_width(name, NAME.size) + node.kind.padding()).max(64.0);
            Room { width, above: HEIGHT / 2.0, below: HEIGHT / 2.0 }
        })
        .collect();
    for link in edges.iter().map(|e| e.link).filter(|l| l.from == l.to) {
        rooms[link.from].above = HEIGHT / 2.0 + LOOP;
    }
    let links: Vec<Link> = edges.iter().map(|e| e.link).collect();
    let layout = lay_out(&rooms, &links);

    let top = if title.is_empty() { MARGIN } else { MARGIN + 30.0 };
    let legend = legend_width(nodes, edges);
    let width = layout.width.max(legend) + 2.0 * MARGIN;
    let height = top + layout.height + 54.0;
    let mut svg = Svg::new(title, width, height);
    if !title.is_empty() {
        svg.text(MARGIN, 32.0, TITLE, &fit(title, TITLE.size * 1.06, width - 2.0 * MARGIN), title);
    }
    let shift = ((width - layout.width) / 2.0, top);
    let move_to = |(x, y): (f64, f64)| (x + shift.0, y + shift.1);

    let mut labels: Vec<((f64, f64), String)> = Vec::new();
    for (edge, route) in edges.iter().zip(&layout.routes) {
        let (path, label_at) = trace(route, edge, &layout.centres, &move_to);
        let (from, to) = (&nodes[edge.link.from].id, &nodes[edge.link.to].id);
        let lagged = edge.link.lagged;
        svg.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.4\" stroke-linecap=\"round\"{}>",
            if lagged { LAGGED } else { EDGE },
            if lagged { " stroke-dasharray=\"6 4\"" } else { "" }
        ));
        if lagged {
            svg.title(&format!("{from} → {to}, {}", edge.label()));
            labels.push((label_at, edge.label()));
        } else {
            svg.title(&format!("{from} → {to}"));
        }
        svg.push(format_args!("</path>\n"));
    }
    for (i, node) in nodes.iter().enumerate() {
        let (x, y) = move_to(layout.centres[i]);
        draw_node(&mut svg, node, &names[i], x, y, rooms[i].width);
    }
    for ((x, y), label) in labels {
        svg.push(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"10.5\" text-anchor=\"middle\" fill=\"{LAGGED}\" stroke=\"{PAPER}\" \
             stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">{}</text>\n",
            At(x),
            At(y),
            Escaped(&label)
        ));
    }
    draw_legend(&mut svg, nodes, edges, height - 18.0);
    svg.finish()
}

fn draw_node(svg: &mut Svg, node: &Node, name: &str, x: f64, y: f64, width: f64) {
    let (fill, stroke) = node.kind.colours();
    svg.push(format_args!("<g>"));
    let kind = node.kind.name();
    if node.hover.is_empty() {
        svg.title(&format!("{} ({kind})", node.id));
    } else {
        svg.title(&format!("{} ({kind})\n{}", node.id, node.hover));
    }
    svg.push(format_args!(
        "<path d=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.4\"/>",
        node.kind.outline(x, y, width, HEIGHT)
    ));
    svg.text(x, y + 4.2, NAME, name, name);
    svg.push(format_args!("</g>\n"));
}

/// The path of an edge with its arrow head, and where its label stands.
fn trace(
    route: &Route,
    edge: &Edge,
    centres: &[(f64, f64)],
    move_to: &impl Fn((f64, f64)) -> (f64, f64),
) -> (String, (f64, f64)) {
    let mut path = String::new();
    match route {
        Route::Loop => {
            let (x, y) = move_to(centres[edge.link.from]);
            let (a, b, top) = (x + 11.0, x - 11.0, y - HEIGHT / 2.0);
            let rise = top - LOOP * 1.15;
            let _ = write!(
                path,
                "M{} {}C{} {r} {} {r} {} {t}",
                At(a),
                At(top),
                At(a + 5.0),
                At(b - 5.0),
                At(b),
                r = At(rise),
                t = At(top - 1.0)
            );
            // Down into the node.
            let _ = write!(path, "M{0} {1}l-4.4 -4.6M{0} {1}l4 -5", At(b), At(top - 1.0));
            (path, (x + 32.0, top - 7.0))
        }
        Route::Through { start, points, end } => {
            let points: Vec<(f64, f64)> = points.iter().map(|&p| move_to(p)).collect();
            let (first, last) = (points[0], points[points.len() - 1]);
            let right = if last.0 >= first.0 { 1.0 } else { -1.0 };
            let tip = move_to((*end, 0.0)).0 - right;
            let _ = write!(path, "M{} {}", At(move_to((*start, 0.0)).0), At(first.1));
            for pair in points.chunks_exact(2) {
                let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
                if (y0 - y1).abs() < 0.05 {
                    let _ = write!(path, "H{}", At(x1));
                    continue;
                }
                let half = (x0 + x1) / 2.0;
                let _ = write!(
                    path,
                    "H{}C{h} {} {h} {} {} {}",
                    At(x0),
                    At(y0),
                    At(y1),
                    At(x1),
                    At(y1),
                    h = At(half)
                );
            }
            let _ = write!(path, "H{}", At(tip));
            head(&mut path, tip, last.1, right);
            let gap = points.len() / 4 * 2;
            let (a, b) = (points[gap], points[gap + 1]);
            (path, ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0 - 3.0))
        }
    }
}

/// An arrow head; each half is a line of its own and shorter than a dash, so that dashes do not show in it.
fn head(path: &mut String, x: f64, y: f64, right: f64) {
    let back = At(-5.0 * right);
    let _ = write!(path, "M{0} {1}l{back} -3.2M{0} {1}l{back} 3.2", At(x), At(y));
}

/// What the legend explains: the kinds that occur, and dashes if there are any.
fn legend(nodes: &[&Node], edges: &[Edge]) -> Vec<(Option<NodeKind>, &'static str)> {
    let kinds = NodeKind::ALL.into_iter().filter(|k| nodes.iter().any(|n| n.kind == *k));
    let mut entries: Vec<_> = kinds.map(|k| (Some(k), k.name())).collect();
    if edges.iter().any(|e| e.link.lagged) {
        entries.push((None, "earlier bins"));
    }
    entries
}

fn legend_width(nodes: &[&Node], edges: &[Edge]) -> f64 {
    legend(nodes, edges).iter().map(|(_, text)| 46.0 + text_width(text, LEGEND.size)).sum()
}

fn draw_legend(svg: &mut Svg, nodes: &[&Node], edges: &[Edge], y: f64) {
    let mut x = MARGIN;
    for (kind, text) in legend(nodes, edges) {
        match kind {
            Some(kind) => {
                let (fill, stroke) = kind.colours();
                let outline = kind.outline(x + 11.0, y - 4.0, 22.0, 12.0);
                svg.push(format_args!("<path d=\"{outline}\" fill=\"{fill}\" stroke=\"{stroke}\"/>\n"));
            }
            None => svg.push(format_args!(
                "<path d=\"M{} {}h22\" stroke=\"{LAGGED}\" stroke-width=\"1.4\" stroke-dasharray=\"6 4\"/>\n",
                At(x),
                At(y - 4.0)
            )),
        }
        svg.text(x + 28.0, y, LEGEND, text, text);
        x += 46.0 + text_width(text, LEGEND.size);
    }
    svg.push(format_args!(
        "<path d=\"M{} {}H{}\" stroke=\"{AXIS}\" stroke-opacity=\"0.4\"/>\n",
        At(MARGIN),
        At(y - 20.0),
        At(x - 18.0)
    ));
}
