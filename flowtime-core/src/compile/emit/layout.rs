//! Where the numbers of a bundle lie: in cells of rows, a row a bin, or beside them.

use crate::compile::select::Place;
use crate::plan::graph::ValueId;
use crate::plan::program::{At, Bundle, Import, Uniform, lane_block};
use std::collections::HashMap;

/// Free cells before those of each batch.
const HEAD: u32 = 8;

/// What one lane of an operand reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// A cell of this row, or of one before.
    Cell {
        cell: u32,
        lag: u32,
    },
    /// A block outside the bundle.
    Block(i32),
    Input(u32),
    Literal(u64),
}

/// How an operand of a batch is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading {
    /// All lanes share a number.
    Scalar(Place),
    /// Cells side by side.
    Cells { cell: u32, lag: u32 },
    /// Numbers side by side that never change.
    Fixed { cell: u32 },
}

/// Copies between cells: `count` cells from `cell`, `lag` rows back, to `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gather {
    pub(super) cell: u32,
    pub(super) lag: u32,
    pub(super) to: u32,
    pub(super) count: u32,
}

/// The layout of a row, while it grows.
///
/// Cells are numbered as if every batch had some; those of batches that stay in registers are left out of the row
/// in the end, by [`Layout::address`].
#[derive(Default)]
pub(super) struct Layout {
    width: u32,
    pub(super) cells: HashMap<ValueId, u32>,
    /// The first cell of each batch. Before it there is a free one, its head.
    pub(super) starts: Vec<u32>,
    /// What the heads that are used hold: the number of so many rows later.
    pub(super) heads: HashMap<u32, (Lane, u32)>,
    pub(super) regions: HashMap<Vec<Lane>, u32>,
    /// The first cells of numbers that never change, which are not in the rows.
    fixed: HashMap<Vec<Lane>, u32>,
    /// By batch, the copies that have to be made before it.
    pub(super) gathers: Vec<Vec<Gather>>,
    /// The cells that are left out: first and end.
    without: Vec<(u32, u32)>,
    pub(super) bundle: Bundle,
}

impl Layout {
    pub(super) fn region(&mut self, lanes: usize) -> u32 {
        let cell = self.width;
        self.width += lanes.next_multiple_of(lane_block(lanes)) as u32;
        cell
    }

    /// Cells for a batch of `lanes`.
    pub(super) fn batch_region(&mut self, lanes: usize) -> u32 {
        self.width += HEAD;
        let cell = self.region(lanes);
        self.starts.push(cell);
        cell
    }

    /// Reads a batch's earlier row moved by one lane, if `lanes` are that but for the first, as
    /// where each loop is fed by the one before: the first lane's number goes to the batch's head.
    pub(super) fn moved_by_one(&mut self, lanes: &[Lane]) -> Option<Reading> {
        let (first, Lane::Cell { cell: start, lag }) = (lanes[0], *lanes.get(1)?) else { return None };
        let follows = |(i, lane): (u32, &Lane)| *lane == Lane::Cell { cell: start + i, lag };
        let head = start.checked_sub(1)?;
        if lag == 0
            || matches!(first, Lane::Cell { .. })
            || self.starts.binary_search(&start).is_err()
            || !(0..).zip(&lanes[1..]).all(follows)
            || self.heads.get(&head).is_some_and(|held| *held != (first, lag))
        {
            return None;
        }
        if self.heads.insert(head, (first, lag)).is_none() {
            self.fill_cell(head, first, lag);
        }
        Some(Reading::Cells { cell: head, lag })
    }

    /// Has `cell`, so many rows before its bin, hold what is no cell itself.
    pub(super) fn fill_cell(&mut self, cell: u32, lane: Lane, lag: u32) {
        match lane {
            Lane::Literal(bits) => self.bundle.uniform.push((cell, Uniform::Literal(f64::from_bits(bits)))),
            Lane::Input(input) => self.bundle.uniform.push((cell, Uniform::Input(input))),
            Lane::Block(address) => self.bundle.imports.push(Import { address, cell, lag }),
            Lane::Cell { .. } => {}
        }
    }

    /// Exchanges the operands of an operation that commutes if they then stand as in the first lane:
    /// cells of one batch, so many rows back, side by side.
    pub(super) fn like_neighbours(&self, lanes: &mut [Lane], left: Lane, right: Lane) {
        let like = |a: Lane, b: Lane| match (a, b) {
            (Lane::Cell { cell: a, lag: i }, Lane::Cell { cell: b, lag: j }) => {
                i == j && self.batch_of(a) == self.batch_of(b)
            }
            (a, b) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
        };
        let kept = u8::from(like(lanes[0], left)) + u8::from(like(lanes[1], right));
        let exchanged = u8::from(like(lanes[1], left)) + u8::from(like(lanes[0], right));
        if exchanged > kept {
            lanes.swap(0, 1);
        }
    }

    /// The number of the batch whose cells `cell` is among.
    pub(super) fn batch_of(&self, cell: u32) -> usize {
        self.starts.partition_point(|start| *start <= cell).saturating_sub(1)
    }

    /// Are these all the present row's cells of batch `number`?
    pub(super) fn is_batch(&self, reading: Reading, number: usize) -> bool {
        reading == Reading::Cells { cell: self.starts[number], lag: 0 }
    }

    /// Does the machine go on from the batch before to batch `number`, with the accumulator as it is?
    pub(super) fn joined(&self, batches: &[Vec<ValueId>], number: usize) -> bool {
        number > 0 && self.gathers[number].is_empty() && batches[number - 1].len() == batches[number].len()
    }

    /// Are some of the `lanes` cells of batch `number` copied?
    pub(super) fn is_gathered(&self, number: usize, lanes: usize) -> bool {
        let from = self.starts[number];
        let to = from + lanes as u32;
        self.gathers.iter().flatten().any(|gather| gather.cell < to && from < gather.cell + gather.count)
    }

    /// How lanes that never change are read.
    pub(super) fn fixed(&mut self, lanes: &[Lane]) -> Option<Reading> {
        let number = |lane: &Lane| match *lane {
            Lane::Literal(bits) => Some(Uniform::Literal(f64::from_bits(bits))),
            Lane::Input(input) => Some(Uniform::Input(input)),
            _ => None,
        };
        let numbers: Vec<Uniform> = lanes.iter().map_while(number).collect();
        if numbers.len() < lanes.len() {
            return None;
        }
        if let Some(&cell) = self.fixed.get(lanes) {
            return Some(Reading::Fixed { cell });
        }
        let fixed = &mut self.bundle.fixed;
        let cell = fixed.len() as u32;
        fixed.extend(numbers);
        // Lanes are read in whole blocks.
        fixed.resize(
            cell as usize + lanes.len().next_multiple_of(lane_block(lanes.len())),
            Uniform::Literal(0.0),
        );
        self.fixed.insert(lanes.to_vec(), cell);
        Some(Reading::Fixed { cell })
    }

    /// Leaves out the cells of batch `number`, which has so many lanes.
    pub(super) fn leave_out(&mut self, number: usize, lanes: usize) {
        let start = self.starts[number];
        self.without.push((start - HEAD, start + lanes.next_multiple_of(lane_block(lanes)) as u32));
    }

    /// Where `cell`, which is not left out, is in the row.
    pub(super) fn address(&self, cell: u32) -> u32 {
        let before = self.without.iter().filter(|(_, end)| *end <= cell);
        cell - before.map(|(first, end)| end - first).sum::<u32>()
    }

    /// The same, seen from the present row, for a cell of an earlier one.
    pub(super) fn row_address(&self, cell: u32, lag: u32) -> i32 {
        self.address(cell) as i32 - lag as i32 * self.bundle.width as i32
    }

    /// Where what is read lies, if not in the accumulator.
    pub(super) fn place(&self, reading: Reading) -> Place {
        match reading {
            Reading::Scalar(place) => place,
            Reading::Cells { cell, lag } => Place::Memory(At::memory(self.row_address(cell, lag))),
            Reading::Fixed { cell } => Place::Memory(At::fixed(cell)),
        }
    }

    /// The finished bundle, but for what its rows do: how wide they are, and the cells that hold what comes from outside.
    pub(super) fn close(&mut self) {
        self.bundle.width = self.address(self.width) as usize;
        let mut bundle = std::mem::take(&mut self.bundle);
        bundle.uniform.iter_mut().for_each(|(cell, _)| *cell = self.address(*cell));
        bundle.imports.iter_mut().for_each(|import| import.cell = self.address(import.cell));
        self.bundle = bundle;
    }
}
