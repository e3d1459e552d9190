//! Working memory of a pass: which block holds which value, reused when the value is dead.

use crate::plan::graph::TILE;

/// Numbers between the starts of neighbouring blocks.
///
/// A whole number of cache lines, but no power of two: blocks that are a power of two apart share
/// the same few lines of the first-level cache.
const STRIDE: usize = TILE + 8;

/// Hands out blocks of `TILE` numbers.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    /// The end of what was ever handed out.
    pub(crate) end: usize,
    /// Free blocks; the latest freed is the likeliest to be cached.
    free: Vec<i32>,
}

impl Slots {
    /// A block that is freed later.
    pub(crate) fn take(&mut self) -> i32 {
        self.free.pop().unwrap_or_else(|| self.append(0))
    }

    /// A block preceded by room for `history` earlier numbers, never freed.
    pub(crate) fn append(&mut self, history: u32) -> i32 {
        let address = self.end + (history as usize).next_multiple_of(8);
        self.end = address + STRIDE;
        address as i32
    }

    /// Room for `count` numbers, never freed.
    pub(crate) fn rows(&mut self, count: usize) -> i32 {
        let address = self.end;
        // The last row may be read to the end of its last group of lanes, and a block at a time.
        self.end = (address + count + STRIDE).next_multiple_of(8);
        address as i32
    }

    /// Takes back a block from `take`.
    pub(crate) fn free(&mut self, address: i32) {
        self.free.push(address);
    }
}
