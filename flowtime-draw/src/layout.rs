//! A layered layout, left to right, after K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of
//! hierarchical system structures" (1981): layers by longest path, order by barycentres, then straight lines where possible.
//!
//! References with a lag that close a loop do not count for the layers; they run from right to left. Everything is
//! decided by indices and basic arithmetic, so equal graphs have equal layouts on every machine.

use crate::ranks::layers;

/// Long edges are routed around nodes by way of at most so many places; what is left runs straight.
const MOST_PLACES: usize = 20_000;
/// How often the order of the layers is improved.
const ORDER_SWEEPS: usize = 16;
/// How often rows are moved to straighten edges.
const PLACE_SWEEPS: usize = 12;
/// Free pixels between nodes of a layer, and beside the line of a long edge.
const NODE_GAP: f64 = 18.0;
const LINE_GAP: f64 = 12.0;

/// The space that a node takes around its centre line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) width: f64,
    pub(crate) above: f64,
    pub(crate) below: f64,
}

/// A reference: the value of `from` is read by `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) lagged: bool,
}

/// How a link runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Route {
    /// From a node to itself.
    Loop,
    /// From the side of the source, straight to the edge of its layer, through points in pairs, each the bounds of a gap between layers, and
    /// straight to the side of the target.
    Through { start: f64, points: Vec<(f64, f64)>, end: f64 },
}

/// Centres of the nodes, and a route for each link.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    pub(crate) centres: Vec<(f64, f64)>,
    pub(crate) routes: Vec<Route>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Lays out a graph. Links name existing nodes.
pub(crate) fn lay_out(rooms: &[Room], links: &[Link]) -> Layout {
    let layers = layers(rooms.len(), links);
    let mut web = Web::new(rooms, links, &layers);
    web.order();
    let rows = web.rows(rooms);
    web.place(rooms, links, &rows)
}

/// Nodes and the places that long links pass, in layers.
struct Web {
    nodes: usize,
    layer: Vec<usize>,
    /// Items of every layer from top to bottom.
    rows: Vec<Vec<usize>>,
    /// Neighbours in the layer before and in the layer after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// The items that a link passes from left to right; empty for loops and for links that run straight.
    chains: Vec<Vec<usize>>,
    /// Nodes without neighbours, which stand below the others.
    alone: Vec<usize>,
}

impl Web {
    fn new(rooms: &[Room], links: &[Link], layers: &[usize]) -> Web {
        let nodes = rooms.len();
        let mut web = Web {
            nodes,
            layer: layers.to_vec(),
            rows: Vec::new(),
            before: vec![Vec::new(); nodes],
            after: vec![Vec::new(); nodes],
            chains: vec![Vec::new(); links.len()],
            alone: Vec::new(),
        };
        let mut linked = vec![false; nodes];
        for link in links.iter().filter(|l| l.from != l.to) {
            linked[link.from] = true;
            linked[link.to] = true;
        }
        web.alone = (0..nodes).filter(|&n| !linked[n]).collect();
        let mut short_first: Vec<usize> = (0..links.len()).collect();
        short_first.sort_by_key(|&i| layers[links[i].from].abs_diff(layers[links[i].to]));
        for i in short_first {
            let (mut left, mut right) = (links[i].from, links[i].to);
            if layers[left] > layers[right] {
                (left, right) = (right, left);
            }
            let span = layers[right] - layers[left];
            if span == 0 || (span > 1 && web.layer.len() - nodes + span > MOST_PLACES) {
                continue;
            }
            let mut chain = vec![left];
            for layer in layers[left] + 1..layers[right] {
                chain.push(web.layer.len());
                web.layer.push(layer);
                web.before.push(Vec::new());
                web.after.push(Vec::new());
            }
            chain.push(right);
            for pair in chain.windows(2) {
                web.after[pair[0]].push(pair[1]);
                web.before[pair[1]].push(pair[0]);
            }
            web.chains[i] = chain;
        }
        web.fill_rows(&linked);
        web
    }

    /// A first order: by depth-first search, so that what hangs together stands together.
    fn fill_rows(&mut self, linked: &[bool]) {
        let items = self.layer.len();
        let count = (0..items).filter(|&i| i >= self.nodes || linked[i]).map(|i| self.layer[i] + 1).max();
        self.rows = vec![Vec::new(); count.unwrap_or(0)];
        let mut seen = vec![false; items];
        let mut roots: Vec<usize> = (0..self.nodes).filter(|&n| linked[n]).collect();
        roots.sort_by_key(|&n| self.layer[n]);
        for root in roots {
            let mut path = vec![root];
            while let Some(item) = path.pop() {
                if std::mem::replace(&mut seen[item], true) {
                    continue;
                }
                self.rows[self.layer[item]].push(item);
                path.extend(
                    self.before[item]
                        .iter()
                        .rev()
                        .chain(self.after[item].iter().rev())
                        .filter(|&&n| !seen[n]),
                );
            }
        }
    }

    /// Sorts each layer by the mean position of its neighbours, back and forth, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        let mut position = vec![0usize; self.layer.len()];
        self.number(&mut position);
        let mut best = (self.crossings(&position), self.rows.clone());
        for sweep in 0..ORDER_SWEEPS {
            if best.0 == 0 {
                break;
            }
            let rightwards = sweep % 2 == 0;
            let count = self.rows.len();
            for step in 1..count {
                let layer = if rightwards { step } else { count - 1 - step };
                let near = if rightwards { &self.before } else { &self.after };
                let mut keyed: Vec<(f64, usize)> = self.rows[layer]
                    .iter()
                    .map(|&item| {
                        let sum: usize = near[item].iter().map(|&n| position[n]).sum();
                        let mean = sum as f64 / near[item].len() as f64;
                        (if near[item].is_empty() { position[item] as f64 } else { mean }, item)
                    })
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (at, &(_, item)) in keyed.iter().enumerate() {
                    position[item] = at;
                }
                self.rows[layer] = keyed.into_iter().map(|(_, item)| item).collect();
            }
            self.exchange(&mut position);
            let crossings = self.crossings(&position);
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    /// Exchanges neighbours of a layer where that removes crossings, once through.
    fn exchange(&mut self, position: &mut [usize]) {
        for layer in 0..self.rows.len() {
            for i in 1..self.rows[layer].len() {
                let (upper, lower) = (self.rows[layer][i - 1], self.rows[layer][i]);
                let gain = |near: &[Vec<usize>]| -> i64 {
                    // Vast fans would take quadratic time; barycentres serve them well.
                    if near[upper].len() * near[lower].len() > 400 {
                        return 0;
                    }
                    let pairs = near[upper].iter().flat_map(|&a| near[lower].iter().map(move |&b| (a, b)));
                    pairs
                        .map(|(a, b)| match position[a].cmp(&position[b]) {
                            std::cmp::Ordering::Greater => 1,
                            std::cmp::Ordering::Less => -1,
                            std::cmp::Ordering::Equal => 0,
                        })
                        .sum()
                };
                if gain(&self.before) + gain(&self.after) > 0 {
                    self.rows[layer].swap(i - 1, i);
                    position[upper] = i;
                    position[lower] = i - 1;
                }
            }
        }
    }

    fn number(&self, position: &mut [usize]) {
        for row in &self.rows {
            for (at, &item) in row.iter().enumerate() {
                position[item] = at;
            }
        }
    }

    /// How many pairs of links cross between neighbouring layers, counted with a Fenwick tree.
    fn crossings(&self, position: &[usize]) -> u64 {
        let mut total = 0;
        for pair in self.rows.windows(2) {
            let mut tree = vec![0u64; pair[1].len() + 1];
            let mut seen = 0;
            for &item in &pair[0] {
                let ends = &self.after[item];
                for &end in ends {
                    let (mut at, mut up_to) = (position[end] + 1, 0);
                    while at > 0 {
                        up_to += tree[at];
                        at &= at - 1;
                    }
                    total += seen - up_to;
                }
                for &end in ends {
                    let mut at = position[end] + 1;
                    while at < tree.len() {
                        tree[at] += 1;
                        at += at & at.wrapping_neg();
                    }
                    seen += 1;
                }
            }
        }
        total
    }

    /// The vertical place of every item, the uppermost at 0.
    fn rows(&self, rooms: &[Room]) -> Vec<f64> {
        let line = Room { width: 0.0, above: LINE_GAP / 2.0, below: LINE_GAP / 2.0 };
        let room = |item: usize| rooms.get(item).copied().unwrap_or(line);
        let mut y = vec![0.0; self.layer.len()];
        // Distances from the first item of a layer.
        let offsets: Vec<Vec<f64>> = self
            .rows
            .iter()
            .map(|row| {
                let mut at = 0.0;
                let mut offsets = vec![0.0; row.len()];
                for i in 1..row.len() {
                    let plain = row[i - 1] >= self.nodes && row[i] >= self.nodes;
                    at += room(row[i - 1]).below + room(row[i]).above + if plain { 0.0 } else { NODE_GAP };
                    offsets[i] = at;
                }
                for (i, &item) in row.iter().enumerate() {
                    y[item] = offsets[i] - at / 2.0;
                }
                offsets
            })
            .collect();
        let count = self.rows.len();
        for sweep in 0..PLACE_SWEEPS {
            let both = sweep + 2 >= PLACE_SWEEPS;
            let rightwards = sweep % 2 == 0;
            for step in 0..count {
                let layer = if rightwards { step } else { count - 1 - step };
                let row = &self.rows[layer];
                let wishes: Vec<(f64, f64)> = row
                    .iter()
                    .map(|&item| {
                        let (mut sum, mut weight) = (0.0, 0.0);
                        for (near, wanted) in [(&self.before, rightwards), (&self.after, !rightwards)] {
                            for &n in near[item].iter().filter(|_| wanted || both) {
                                // Long links should run straight.
                                let w = if n >= self.nodes && item >= self.nodes { 6.0 } else { 1.0 };
                                sum += w * y[n];
                                weight += w;
                            }
                        }
                        if weight == 0.0 { (y[item], 0.05) } else { (sum / weight, weight) }
                    })
                    .collect();
                for (&item, place) in row.iter().zip(settle(&wishes, &offsets[layer])) {
                    y[item] = place;
                }
            }
        }
        let top = self.rows.iter().flatten().map(|&i| y[i] - room(i).above).fold(f64::INFINITY, f64::min);
        for row in self.rows.iter().flatten() {
            y[*row] -= top;
        }
        y
    }

    /// Turns layers and rows into pixels.
    fn place(&self, rooms: &[Room], links: &[Link], y: &[f64]) -> Layout {
        let count = self.rows.len();
        let mut widths = vec![0.0f64; count];
        let mut busy = vec![0usize; count];
        for (layer, row) in self.rows.iter().enumerate() {
            for &item in row {
                if let Some(room) = rooms.get(item) {
                    widths[layer] = widths[layer].max(room.width);
                }
                busy[layer] += self.after[item].len();
            }
        }
        let mut lefts = vec![0.0; count];
        let mut x = 0.0;
        for layer in 0..count {
            lefts[layer] = x;
            // More lines need more room to turn.
            let gap = if layer + 1 == count { 0.0 } else { (48.0 + 1.5 * busy[layer] as f64).min(140.0) };
            x += widths[layer] + gap;
        }
        let mut width = x;
        let mut height = self
            .rows
            .iter()
            .flatten()
            .map(|&i| y[i] + rooms.get(i).map_or(0.0, |r| r.below))
            .fold(0.0, f64::max);
        let mut centres = vec![(0.0, 0.0); self.nodes];
        for item in self.rows.iter().flatten().copied().filter(|&i| i < self.nodes) {
            let layer = self.layer[item];
            centres[item] = (lefts[layer] + widths[layer] / 2.0, y[item]);
        }
        self.place_alone(rooms, &mut centres, &mut width, &mut height);
        let routes = self.route(rooms, links, &centres, y, &lefts, &widths);
        Layout { centres, routes, width, height }
    }

    /// Puts nodes without neighbours into rows below the others.
    fn place_alone(&self, rooms: &[Room], centres: &mut [(f64, f64)], width: &mut f64, height: &mut f64) {
        let widest = self.alone.iter().map(|&n| rooms[n].width).fold(0.0, f64::max) + NODE_GAP;
        let wanted = (1usize..).find(|c| c * c * 4 >= self.alone.len()).unwrap_or(1);
        let columns = ((*width / widest) as usize).max(wanted).max(1).min(self.alone.len().max(1));
        let mut top = if self.rows.is_empty() { 0.0 } else { *height + NODE_GAP * 2.0 };
        for row in self.alone.chunks(columns) {
            let above = row.iter().map(|&n| rooms[n].above).fold(0.0, f64::max);
            let below = row.iter().map(|&n| rooms[n].below).fold(0.0, f64::max);
            for (i, &node) in row.iter().enumerate() {
                centres[node] = (widest * i as f64 + (widest - NODE_GAP) / 2.0, top + above);
            }
            *width = width.max(widest * row.len() as f64 - NODE_GAP);
            *height = top + above + below;
            top = *height + NODE_GAP;
        }
    }

    fn route(
        &self,
        rooms: &[Room],
        links: &[Link],
        centres: &[(f64, f64)],
        y: &[f64],
        lefts: &[f64],
        widths: &[f64],
    ) -> Vec<Route> {
        let ports = self.ports(rooms, links, y);
        let route = |(i, link): (usize, &Link)| {
            let (from, to) = (link.from, link.to);
            if from == to {
                return Route::Loop;
            }
            let right = self.layer[from] < self.layer[to];
            // The side of a node, and the edge of its layer on that side.
            let side = |node: usize, right: bool| {
                let (half, layer) = (rooms[node].width / 2.0, self.layer[node]);
                if right {
                    (centres[node].0 + half, lefts[layer] + widths[layer])
                } else {
                    (centres[node].0 - half, lefts[layer])
                }
            };
            let ((start, leaves), (end, arrives)) = (side(from, right), side(to, !right));
            let mut points = vec![(leaves, y[from] + ports[i][0])];
            let chain = &self.chains[i];
            let inner = &chain[1.min(chain.len())..chain.len().saturating_sub(1)];
            let mut pass = |item: usize| {
                let layer = self.layer[item];
                let edges = [(lefts[layer], y[item]), (lefts[layer] + widths[layer], y[item])];
                points.extend(if right { edges } else { [edges[1], edges[0]] });
            };
            if right {
                inner.iter().copied().for_each(&mut pass);
            } else {
                inner.iter().rev().copied().for_each(&mut pass);
            }
            points.push((arrives, y[to] + ports[i][1]));
            Route::Through { start, points, end }
        };
        links.iter().enumerate().map(route).collect()
    }

    /// For both ends of every link, how far below the centre of its node it begins: in the order of where it goes, so that links of a node do not cross.
    fn ports(&self, rooms: &[Room], links: &[Link], y: &[f64]) -> Vec<[f64; 2]> {
        // Per node and side: (where the link goes, link, which end).
        let mut sides: Vec<[Vec<(f64, usize, usize)>; 2]> = vec![[Vec::new(), Vec::new()]; self.nodes];
        for (i, link) in links.iter().enumerate().filter(|(_, l)| l.from != l.to) {
            let ends = [link.from, link.to];
            for end in 0..2 {
                let (node, other) = (ends[end], ends[1 - end]);
                let right = self.layer[node] < self.layer[other];
                let chain = &self.chains[i];
                let next = match chain.as_slice() {
                    [] => other,
                    [first, second, ..] if *first == node => *second,
                    [.., second, _] => *second,
                    [only] => *only,
                };
                sides[node][usize::from(right)].push((y[next], i, end));
            }
        }
        let mut ports = vec![[0.0; 2]; links.len()];
        for (node, both) in sides.iter_mut().enumerate() {
            for side in both {
                side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let room = rooms[node].below * 1.3;
                let step = (room / side.len() as f64).min(9.0);
                let first = -step * (side.len().saturating_sub(1)) as f64 / 2.0;
                for (k, &(_, link, end)) in side.iter().enumerate() {
                    ports[link][end] = first + step * k as f64;
                }
            }
        }
        ports
    }
}

/// The places nearest to weighted wishes (least squares) that keep the distances between neighbours, by pooling adjacent violators.
fn settle(wishes: &[(f64, f64)], offsets: &[f64]) -> Vec<f64> {
    // Blocks of items that touch: weighted mean, weight, length.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(wishes.len());
    for (&(wish, weight), offset) in wishes.iter().zip(offsets) {
        let mut block = (wish - offset, weight, 1);
        while let Some(&(mean, w, length)) = blocks.last() {
            if mean <= block.0 {
                break;
            }
            block = ((mean * w + block.0 * block.1) / (w + block.1), w + block.1, length + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|&(mean, _, length)| std::iter::repeat_n(mean, length));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(list: &[(usize, usize, bool)]) -> Vec<Link> {
        list.iter().map(|&(from, to, lagged)| Link { from, to, lagged }).collect()
    }

    fn rooms(n: usize) -> Vec<Room> {
        vec![Room { width: 80.0, above: 16.0, below: 16.0 }; n]
    }

    #[test]
    fn settling_keeps_distances_and_moves_least() {
        assert_eq!(settle(&[(0.0, 1.0), (30.0, 1.0)], &[0.0, 10.0]), [0.0, 30.0]);
        assert_eq!(settle(&[(5.0, 1.0), (5.0, 1.0)], &[0.0, 10.0]), [0.0, 10.0]);
        assert_eq!(settle(&[(0.0, 3.0), (0.0, 1.0)], &[0.0, 8.0]), [-2.0, 6.0]);
        assert!(settle(&[], &[]).is_empty());
    }

    #[test]
    fn crossings_are_removed() {
        // Two pairs given crosswise.
        let list = links(&[(0, 3, false), (1, 2, false), (0, 2, false), (0, 4, false)]);
        let layer = layers(5, &list);
        let mut web = Web::new(&rooms(5), &list, &layer);
        web.order();
        let mut position = vec![0; web.layer.len()];
        web.number(&mut position);
        assert_eq!(web.crossings(&position), 0);
    }

    #[test]
    fn nodes_never_overlap() {
        let mut state = 1u64;
        let mut random = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        for n in [1, 2, 5, 30, 120] {
            let list: Vec<(usize, usize, bool)> =
                (0..n * 2).map(|_| (random(n), random(n), random(4) == 0)).collect();
            let rooms = rooms(n);
            let layout = lay_out(&rooms, &links(&list));
            for a in 0..n {
                for b in 0..a {
                    let ((ax, ay), (bx, by)) = (layout.centres[a], layout.centres[b]);
                    assert!((ax - bx).abs() >= 80.0 || (ay - by).abs() >= 32.0, "{n}: {a} {b}");
                }
                let (x, y) = layout.centres[a];
                assert!(
                    x >= 40.0 && x + 40.0 <= layout.width && y >= 16.0 && y + 16.0 <= layout.height + 1e-9
                );
            }
        }
    }
}
