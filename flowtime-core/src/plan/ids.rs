//! Nodes by id.

use super::PlanNode;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Finds nodes by id, without a second copy of every id.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    nodes: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    /// The ids of `nodes`, which all differ.
    pub(crate) fn new(nodes: &[PlanNode]) -> Self {
        let mut ids = Ids { nodes: HashTable::with_capacity(nodes.len()), ..Ids::default() };
        let hasher = &ids.hasher;
        for (number, node) in (0u32..).zip(nodes) {
            let hash = |number: &u32| hasher.hash_one(nodes[*number as usize].id.as_str());
            ids.nodes.insert_unique(hasher.hash_one(node.id.as_str()), number, hash);
        }
        ids
    }

    /// The number of the one of `nodes` that is called `id`.
    pub(crate) fn get(&self, nodes: &[PlanNode], id: &str) -> Option<u32> {
        self.nodes.find(self.hasher.hash_one(id), |number| nodes[*number as usize].id == id).copied()
    }
}
