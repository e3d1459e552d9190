//! Neighbours of numbered things, in compressed rows.

/// For each of a number of things, others that belong to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adjacency {
    /// Where the neighbours of each begin; one more for the end of the last.
    starts: Vec<u32>,
    neighbours: Vec<u32>,
}

impl Adjacency {
    /// Sorts `pairs` of a thing below `count` and a neighbour by the thing; a thing's neighbours keep
    /// their order.
    pub(crate) fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; count + 1];
        for (thing, _) in pairs.clone() {
            starts[thing as usize + 1] += 1;
        }
        for i in 0..count {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0u32; starts[count] as usize];
        for (thing, neighbour) in pairs {
            let at = &mut next[thing as usize];
            neighbours[*at as usize] = neighbour;
            *at += 1;
        }
        Adjacency { starts, neighbours }
    }

    /// The neighbours of `thing`.
    pub(crate) fn of(&self, thing: u32) -> &[u32] {
        let row = thing as usize;
        &self.neighbours[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}
