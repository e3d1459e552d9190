//! Strongly connected components.

use crate::plan::adjacency::Adjacency;

/// The component of each of `nodes` nodes under the edges `(from, to)`, numbered so that a
/// component's number is greater than those of the components it can reach.
///
/// Tarjan's algorithm ("Depth-first search and linear graph algorithms", SIAM J. Comput. 1972)
/// with an explicit stack, because chains of 100 000 nodes are legal.
pub(crate) fn components(nodes: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    let reached = Adjacency::new(nodes, edges.iter().copied());
    const UNSEEN: u32 = u32::MAX;
    let mut number = vec![UNSEEN; nodes];
    let mut low = vec![0u32; nodes];
    let mut component = vec![UNSEEN; nodes];
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, u32)> = Vec::new();
    let mut seen = 0;
    let mut found = 0;
    for root in 0..nodes as u32 {
        if number[root as usize] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        number[root as usize] = seen;
        low[root as usize] = seen;
        seen += 1;
        open.push(root);
        while let Some((node, edge)) = path.last_mut() {
            let to = reached.of(*node).get(*edge as usize).copied();
            let node = *node as usize;
            if let Some(to) = to {
                let to = to as usize;
                *edge += 1;
                if number[to] == UNSEEN {
                    number[to] = seen;
                    low[to] = seen;
                    seen += 1;
                    open.push(to as u32);
                    path.push((to as u32, 0));
                } else if component[to] == UNSEEN {
                    low[node] = low[node].min(number[to]);
                }
            } else {
                path.pop();
                if let Some((parent, _)) = path.last() {
                    low[*parent as usize] = low[*parent as usize].min(low[node]);
                }
                if low[node] == number[node] {
                    while let Some(member) = open.pop() {
                        component[member as usize] = found;
                        if member as usize == node {
                            break;
                        }
                    }
                    found += 1;
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn loops_share_a_component_and_numbers_fall_along_edges() {
        let found = components(6, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 5)]);
        assert!(found[0] == found[1] && found[1] == found[2]);
        assert!(found[2] > found[3] && found[3] > found[4]);
        assert!(found[5] != found[0]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let edges: Vec<_> = (0..300_000u32).map(|i| (i, i + 1)).collect();
        let found = components(300_001, &edges);
        assert_eq!(found[0], 300_000);
    }
}
