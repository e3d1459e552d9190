//! Emission of a bundle: cells of a row for lanes, instructions over them.

use super::layout::{Gather, Lane, Layout, Reading};
use super::pass::PassEmit;
use crate::compile::assemble::Assembler;
use crate::compile::schedule::Unit;
use crate::compile::select::Place;
use crate::plan::graph::{Binary, Op, Operand, ValueId};
use crate::plan::program::{At, BundleStep, Code, Export, NO_OUT, NONE, ROWS, Step};
use std::collections::HashMap;

impl PassEmit<'_, '_> {
    /// Emits a bundle and hands over its results.
    pub(super) fn bundle(&mut self, batches: &[Vec<ValueId>]) {
        let mut layout = Layout::default();
        for batch in batches {
            self.sources_of(batch);
            let cell = layout.batch_region(batch.len());
            for (lane, id) in batch.iter().enumerate() {
                layout.cells.insert(*id, cell + lane as u32);
            }
        }
        let mut readings: Vec<Vec<Reading>> = Vec::with_capacity(batches.len());
        for (number, batch) in batches.iter().enumerate() {
            layout.gathers.push(Vec::new());
            readings.push(self.readings(&mut layout, number, batch));
        }
        let takes = self.takes_of(&layout, batches, &readings);
        let stored = self.stored(&layout, batches, &readings, &takes);
        for number in (0..batches.len()).filter(|number| !stored[*number]) {
            layout.leave_out(number, batches[number].len());
        }
        layout.close();
        let history = batches.iter().flatten().map(|id| self.inner_history(&layout, *id)).max().unwrap_or(0);
        let keeps = self.lagged_keeps_of(&layout);
        let history = keeps.iter().map(|(_, lag, _)| *lag).max().unwrap_or(0).max(history);
        let width = layout.bundle.width;
        layout.bundle.history = history as usize;
        layout.bundle.fixed_at = self.slots.rows(layout.bundle.fixed.len());
        let first = self.rows((history as usize + ROWS) * width);
        layout.bundle.rows = first + (history as usize * width) as i32;
        layout.bundle.past =
            if self.many_bundles() { self.slots.rows((history as usize).max(1) * width) } else { NONE };
        // A value that only runs with other series look back on may have a fill and no cells.
        for (batch, _) in batches.iter().zip(&stored).filter(|(_, stored)| **stored) {
            for id in batch {
                let fill = self.emit.graph.value(*id).fill;
                if fill.to_bits() != 0 {
                    layout.bundle.fills.push((layout.address(layout.cells[id]), fill));
                }
            }
        }
        self.row_code(&mut layout, batches, &readings, &takes, &stored);
        self.exports(&mut layout, batches, &keeps);

        let values: Vec<ValueId> = batches.iter().flatten().copied().collect();
        self.pass.steps.push(Step::Bundle(self.emit.program.bundles.len() as u32));
        self.emit.program.bundles.push(layout.bundle);
        for id in &values {
            self.operands_used(*id);
        }
        self.hand_over(&values);
    }

    /// Do several bundles take turns in a tile?
    fn many_bundles(&self) -> bool {
        self.units().iter().filter(|unit| matches!(unit, Unit::Bundle { .. })).nth(1).is_some()
    }

    /// Room for rows of `count` numbers in all. Bundles take turns with the same room: rows that
    /// every one has to itself would have left the cache when its turn comes again.
    fn rows(&mut self, count: usize) -> i32 {
        match self.rows {
            Some((address, room)) if count <= room => address,
            _ => {
                let address = self.slots.rows(count);
                self.rows = Some((address, count));
                address
            }
        }
    }

    /// The longest lag with which members of the bundle read each other.
    fn inner_history(&self, layout: &Layout, id: ValueId) -> u32 {
        let mut longest = 0;
        self.op(id).operands(|operand| {
            if let Operand::Value { id, lag, .. } = operand
                && layout.cells.contains_key(&id)
            {
                longest = longest.max(lag);
            }
        });
        longest
    }

    /// Decides how the operands of a batch are read; makes room for those that are not yet side by side.
    fn readings(&mut self, layout: &mut Layout, number: usize, batch: &[ValueId]) -> Vec<Reading> {
        let mut columns: Vec<Vec<Lane>> = Vec::new();
        for id in batch {
            let mut lanes = Vec::new();
            self.op(*id).operands(|operand| lanes.push(operand));
            let mut lanes: Vec<Lane> = lanes.into_iter().map(|operand| self.lane(layout, operand)).collect();
            if let Op::Binary(op, ..) = self.op(*id)
                && op.commutes()
                && let [left, right] = columns.as_slice()
            {
                layout.like_neighbours(&mut lanes, left[0], right[0]);
            }
            columns.resize(lanes.len(), Vec::new());
            for (column, lane) in columns.iter_mut().zip(lanes) {
                column.push(lane);
            }
        }
        let selects = batch.first().is_some_and(|id| matches!(self.op(*id), Op::Select(..)));
        let of_column = |(n, lanes): (usize, Vec<Lane>)| {
            // The machine has no form with a parameter there, so that it becomes cells.
            let scalar = !(selects && n == 2 && matches!(lanes[0], Lane::Input(_)));
            Self::reading(layout, number, lanes, scalar)
        };
        columns.into_iter().enumerate().map(of_column).collect()
    }

    fn lane(&mut self, layout: &Layout, operand: Operand) -> Lane {
        match operand {
            Operand::Literal(x) => Lane::Literal(x.to_bits()),
            Operand::Value { id, lag, .. } => match layout.cells.get(&id) {
                Some(cell) => Lane::Cell { cell: *cell, lag },
                None => match self.parameter(id) {
                    Some(input) if lag == 0 => Lane::Input(input),
                    _ => Lane::Block(self.operand(operand)),
                },
            },
        }
    }

    /// How `lanes` are read; as one number only where there is a form for a `scalar`.
    fn reading(layout: &mut Layout, number: usize, lanes: Vec<Lane>, scalar: bool) -> Reading {
        let first = lanes[0];
        if scalar && lanes.iter().all(|lane| *lane == first) {
            match first {
                Lane::Literal(bits) => return Reading::Scalar(Place::Literal(f64::from_bits(bits))),
                Lane::Input(input) => return Reading::Scalar(Place::Parameter(input)),
                _ => {}
            }
        }
        if let Lane::Cell { cell, lag } = first {
            let aligned = |(i, lane): (usize, &Lane)| *lane == Lane::Cell { cell: cell + i as u32, lag };
            if lanes.iter().enumerate().all(aligned) {
                return Reading::Cells { cell, lag };
            }
        }
        if let Some(reading) = layout.fixed(&lanes) {
            return reading;
        }
        if let Some(reading) = layout.moved_by_one(&lanes) {
            return reading;
        }
        if let Some(&cell) = layout.regions.get(&lanes) {
            return Reading::Cells { cell, lag: 0 };
        }
        let region = layout.region(lanes.len());
        let mut gathers: Vec<Gather> = Vec::new();
        for (i, lane) in lanes.iter().enumerate() {
            let to = region + i as u32;
            match *lane {
                lane @ (Lane::Literal(_) | Lane::Input(_) | Lane::Block(_)) => layout.fill_cell(to, lane, 0),
                Lane::Cell { cell, lag } => match gathers.last_mut() {
                    Some(last)
                        if last.lag == lag
                            && last.cell + last.count == cell
                            && last.to + last.count == to =>
                    {
                        last.count += 1;
                    }
                    _ => gathers.push(Gather { cell, lag, to, count: 1 }),
                },
            }
        }
        // What looks back can be copied at once, and then serves every batch; the present row has
        // to be computed first, which is so for this batch but perhaps for none before it.
        if gathers.iter().all(|gather| gather.lag > 0) {
            layout.regions.insert(lanes, region);
            layout.gathers[0].extend(gathers);
        } else {
            layout.gathers[number].extend(gathers);
        }
        Reading::Cells { cell: region, lag: 0 }
    }

    fn row_code(
        &mut self,
        layout: &mut Layout,
        batches: &[Vec<ValueId>],
        readings: &[Vec<Reading>],
        takes: &[bool],
        stored: &[bool],
    ) {
        let mut open: Option<(u32, usize)> = None;
        let mut number = 0;
        while let Some(batch) = batches.get(number) {
            if !layout.joined(batches, number) {
                self.close(layout, &mut open);
            }
            for gather in &layout.gathers[number] {
                let (from, to) =
                    (layout.row_address(gather.cell, gather.lag), layout.row_address(gather.to, 0));
                layout.bundle.steps.push(BundleStep::Gather { from, to, count: gather.count });
            }
            open.get_or_insert((self.emit.program.code.len() as u32, batch.len()));
            let held = number.checked_sub(1).filter(|_| layout.joined(batches, number));
            let place = |reading: &Reading| match *reading {
                reading if held.is_some_and(|held| layout.is_batch(reading, held)) => Place::Acc,
                reading => layout.place(reading),
            };
            let places: Vec<Place> = readings[number].iter().map(place).collect();
            match *self.op(batch[0]) {
                Op::Binary(op, ..) if takes[number] => {
                    self.take_of(op, places[0], places[1]);
                    self.store_row(layout, stored, number);
                    number += 1;
                    if stored[number] {
                        // The instruction has stored its other result.
                        self.push(Code::Same, At::NOWHERE, At::NOWHERE, Place::Literal(0.0));
                    }
                }
                _ => self.batch(layout, batch[0], &places, &readings[number]),
            }
            if let Op::Binary(Binary::Div, ..) = self.op(batch[0]) {
                self.divisions(batch);
            }
            self.store_row(layout, stored, number);
            number += 1;
        }
        self.close(layout, &mut open);
    }

    /// Has the last instruction store batch `number`, if that is to be stored.
    fn store_row(&mut self, layout: &Layout, stored: &[bool], number: usize) {
        if stored[number]
            && let Some(instruction) = self.emit.program.code.last_mut()
        {
            instruction.dst = layout.address(layout.starts[number]) as i32;
        }
    }

    /// Is a batch the lower one of what is in the accumulator and something else, and the next batch what that
    /// leaves? They are one instruction.
    fn takes_of(&self, layout: &Layout, batches: &[Vec<ValueId>], readings: &[Vec<Reading>]) -> Vec<bool> {
        let mut takes = vec![false; batches.len()];
        for number in 1..batches.len().saturating_sub(1) {
            let (whole, rest) = (number - 1, number + 1);
            let op = |number: usize| self.op(batches[number][0]);
            let of_whole = readings[number].iter().filter(|r| layout.is_batch(**r, whole)).count() == 1;
            takes[number] = of_whole
                && matches!(op(number), Op::Binary(Binary::Min | Binary::Lower | Binary::AtMost, ..))
                && matches!(op(rest), Op::Binary(Binary::Sub, ..))
                && layout.is_batch(readings[rest][0], whole)
                && layout.is_batch(readings[rest][1], number)
                && layout.joined(batches, number)
                && layout.joined(batches, rest)
                && !takes[whole];
        }
        takes
    }

    /// Which batches are stored: all but those that only the next one reads, from the accumulator.
    fn stored(
        &self,
        layout: &Layout,
        batches: &[Vec<ValueId>],
        readings: &[Vec<Reading>],
        takes: &[bool],
    ) -> Vec<bool> {
        let mut reads = vec![0; batches.len()];
        for reading in readings.iter().flatten() {
            if let Reading::Cells { cell, .. } = reading {
                let cell = if layout.heads.contains_key(cell) { cell + 1 } else { *cell };
                reads[layout.batch_of(cell)] += 1;
            }
        }
        let inner = self.inner_uses(batches);
        let in_register = |number: usize| {
            let next = number + 1;
            if next == batches.len() || !layout.joined(batches, next) {
                return false;
            }
            let is_read = |reading: &Reading| layout.is_batch(*reading, number);
            // Of the operands of a selection only the first can be in the accumulator.
            let taken = match self.op(batches[next][0]) {
                Op::Select(..) => is_read(&readings[next][0]),
                _ => readings[next].iter().any(is_read),
            };
            // What a batch takes and what it leaves are read off the same number.
            taken && reads[number] == if takes[next] { 2 } else { 1 }
        };
        let leaves = |batch: &[ValueId]| {
            batch.iter().any(|id| self.note(*id).out != NO_OUT || self.read_outside(&inner, *id))
        };
        let stored = |(number, batch): (usize, &Vec<ValueId>)| {
            leaves(batch) || layout.is_gathered(number, batch.len()) || !in_register(number)
        };
        batches.iter().enumerate().map(stored).collect()
    }

    fn close(&mut self, layout: &mut Layout, open: &mut Option<(u32, usize)>) {
        if let Some((from, lanes)) = open.take() {
            let to = self.emit.program.code.len() as u32;
            layout.bundle.steps.push(BundleStep::Machine { from, to, lanes: lanes as u32 });
        }
    }

    /// How often members of the bundle read each value.
    fn inner_uses(&self, batches: &[Vec<ValueId>]) -> HashMap<ValueId, u32> {
        let mut uses: HashMap<ValueId, u32> = HashMap::new();
        for reader in batches.iter().flatten() {
            self.op(*reader).reads(|read| *uses.entry(read).or_default() += 1);
        }
        uses
    }

    /// Is `id` read outside the bundle?
    fn read_outside(&self, inner: &HashMap<ValueId, u32>, id: ValueId) -> bool {
        self.note(id).uses > inner.get(&id).copied().unwrap_or(0)
    }

    /// The instructions of a batch whose first member is `id`.
    fn batch(&mut self, layout: &Layout, id: ValueId, places: &[Place], readings: &[Reading]) {
        // Only one operand can come from the accumulator; the other reads its cells.
        let in_memory = |n: usize| match places[n] {
            Place::Acc => layout.place(readings[n]),
            place => place,
        };
        match *self.op(id) {
            Op::Unary(op, _) => self.unary_of(op, places[0]),
            Op::Binary(op, ..) => {
                let left = places[0];
                let right = if left == Place::Acc { in_memory(1) } else { places[1] };
                self.binary_of(op, left, right);
            }
            Op::Select(..) => self.select_of(places[0], in_memory(1), in_memory(2)),
            _ => {}
        }
    }

    /// Numbers the divisions of a batch, one a lane.
    fn divisions(&mut self, batch: &[ValueId]) {
        let first = self.emit.program.division_owners.len() as u32;
        for id in batch {
            self.number_division(*id);
        }
        if let Some(instruction) = self.emit.program.code.last_mut() {
            instruction.division = first;
        }
    }

    /// Earlier bins of members that are kept as series of their own, `(cell, lag, out)`: they can
    /// leave from earlier rows.
    fn lagged_keeps_of(&mut self, layout: &Layout) -> Vec<(u32, u32, u32)> {
        let mut keeps = Vec::new();
        let mut others = Vec::new();
        for (id, lag, out) in std::mem::take(&mut self.lagged_keeps) {
            match layout.cells.get(&id) {
                Some(cell) if lag as usize <= ROWS => {
                    keeps.push((*cell, lag, out));
                    self.used(id);
                }
                _ => others.push((id, lag, out)),
            }
        }
        self.lagged_keeps = others;
        keeps
    }

    /// Results that are read outside, or kept.
    fn exports(&mut self, layout: &mut Layout, batches: &[Vec<ValueId>], keeps: &[(u32, u32, u32)]) {
        let inner = self.inner_uses(batches);
        let mut leaving: Vec<(u32, u32, (i32, u32), bool)> =
            keeps.iter().map(|(cell, lag, out)| (*lag, layout.address(*cell), (NONE, *out), true)).collect();
        for id in batches.iter().flatten() {
            let outside = self.read_outside(&inner, *id);
            let out = self.note(*id).out;
            if outside || out != NO_OUT {
                let stored = outside && !self.read_from_out(*id);
                let address = if stored { self.destination(*id) } else { NONE };
                leaving.push((0, layout.address(layout.cells[id]), (address, out), !outside || stored));
            }
        }
        leaving.sort_unstable();
        for (lag, cell, to, bypasses) in leaving {
            match layout.bundle.exports.last_mut() {
                Some(last)
                    if last.lag == lag && last.cell + last.to.len() as u32 == cell && last.to.len() < 8 =>
                {
                    last.to.push(to);
                    last.bypasses &= bypasses;
                }
                _ => layout.bundle.exports.push(Export { cell, lag, to: vec![to], bypasses }),
            }
        }
    }
}
