//! Which layer of a graph each node belongs to.

use crate::layout::Link;

/// A strongly connected component for every node, numbered so that links never lead to a higher number (R. Tarjan, 1972), without recursion.
fn components(nodes: usize, after: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut component = vec![NEW; nodes];
    let (mut index, mut low) = (vec![NEW; nodes], vec![0; nodes]);
    let (mut next, mut count) = (0, 0);
    let mut open = Vec::new();
    for root in 0..nodes {
        if index[root] != NEW {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some(&mut (node, ref mut tried)) = path.last_mut() {
            if *tried == 0 && index[node] == NEW {
                index[node] = next;
                low[node] = next;
                next += 1;
                open.push(node);
            }
            if let Some(&to) = after[node].get(*tried) {
                *tried += 1;
                if index[to] == NEW {
                    path.push((to, 0));
                } else if component[to] == NEW {
                    low[node] = low[node].min(index[to]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == index[node] {
                while let Some(member) = open.pop() {
                    component[member] = count;
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    component
}

/// The links that lead from left to right; without the others there is no loop.
///
/// All that close no loop do. Of the others, those without lag come first (in a legal model they all fit), then lagged ones in the
/// order given, each unless it would close a loop with those before it.
fn forward(nodes: usize, links: &[Link]) -> Vec<bool> {
    let mut after = vec![Vec::new(); nodes];
    for link in links {
        after[link.from].push(link.to);
    }
    let component = components(nodes, &after);
    let inside = |l: &Link| component[l.from] == component[l.to];
    let mut forward: Vec<bool> = links.iter().map(|l| !inside(l)).collect();
    let mut inner = vec![Vec::new(); nodes];
    let mut stamp = vec![usize::MAX; nodes];
    for lagged in [false, true] {
        for (i, link) in links.iter().enumerate().filter(|(_, l)| l.lagged == lagged && inside(l)) {
            let mut path = vec![link.to];
            let mut closes = false;
            while let Some(node) = path.pop() {
                if node == link.from {
                    closes = true;
                    break;
                }
                if std::mem::replace(&mut stamp[node], i) != i {
                    path.extend(&inner[node]);
                }
            }
            if !closes {
                forward[i] = true;
                inner[link.from].push(link.to);
            }
        }
    }
    forward
}

/// The layer of every node: one more than the last of its sources, by the links that lead forward.
pub(crate) fn layers(nodes: usize, links: &[Link]) -> Vec<usize> {
    let forward = forward(nodes, links);
    let mut out = vec![Vec::new(); nodes];
    let mut waiting = vec![0usize; nodes];
    for (link, _) in links.iter().zip(&forward).filter(|(_, f)| **f) {
        out[link.from].push(link.to);
        waiting[link.to] += 1;
    }
    let inputs: Vec<usize> = (0..nodes).filter(|&n| waiting[n] == 0).collect();
    let mut layer = vec![0usize; nodes];
    let mut ready = inputs.clone();
    while let Some(node) = ready.pop() {
        for &to in &out[node] {
            layer[to] = layer[to].max(layer[node] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    // Inputs move next to the first node that reads them.
    for node in inputs {
        if let Some(nearest) = out[node].iter().map(|&to| layer[to]).min() {
            layer[node] = nearest.saturating_sub(1);
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_the_longest_path_and_lags_in_loops_do_not_count() {
        type Case<'a> = (&'a str, usize, &'a [(usize, usize, bool)], &'a [usize]);
        let cases: &[Case<'_>] = &[
            ("chain", 3, &[(0, 1, false), (1, 2, false)], &[0, 1, 2]),
            ("longest", 4, &[(0, 1, false), (1, 2, false), (0, 3, false), (2, 3, false)], &[0, 1, 2, 3]),
            ("input moves to its reader", 4, &[(0, 1, false), (1, 2, false), (3, 2, false)], &[0, 1, 2, 1]),
            ("feedback", 3, &[(0, 1, false), (1, 2, false), (2, 1, true)], &[0, 1, 2]),
            ("lag without a loop", 2, &[(0, 1, true)], &[0, 1]),
            ("self", 1, &[(0, 0, true)], &[0]),
            ("lags alone", 2, &[(0, 1, true), (1, 0, true)], &[0, 1]),
            ("lag 0 wins", 2, &[(0, 1, true), (1, 0, false)], &[1, 0]),
            ("illegal loop", 2, &[(0, 1, false), (1, 0, false)], &[0, 1]),
        ];
        for (name, n, list, expected) in cases {
            let links: Vec<Link> = list.iter().map(|&(from, to, lagged)| Link { from, to, lagged }).collect();
            assert_eq!(layers(*n, &links), *expected, "{name}");
        }
    }

    #[test]
    fn components_of_two_loops() {
        let after = vec![vec![1], vec![0, 2], vec![3], vec![2], vec![]];
        let c = components(5, &after);
        assert!(c[0] == c[1] && c[2] == c[3] && c[0] != c[2] && c[4] != c[2] && c[4] != c[0]);
    }
}
