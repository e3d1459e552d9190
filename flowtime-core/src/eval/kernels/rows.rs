//! Bundles: rows of a few bins, groups of equal shape side by side.

use super::bypass;
use super::machine::{self, Area};
use super::memory::{Isa, Memory};
use super::zeros::ZeroLog;
use crate::plan::program::{
    Bundle, BundleStep, Export, Instruction, NO_OUT, NONE, ROWS, Uniform, lane_block,
};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// Does the same with each of eight columns, by name.
macro_rules! for_each_column {
    ($columns:expr, $n:ident, $column:ident => $body:block) => {
        let [c0, c1, c2, c3, c4, c5, c6, c7] = $columns;
        for_each_column!(@ $n $column $body 0 c0, 1 c1, 2 c2, 3 c3, 4 c4, 5 c5, 6 c6, 7 c7);
    };
    (@ $n:ident $column:ident $body:block $($i:literal $c:ident),*) => {
        $({ let ($n, $column) = ($i, $c); $body })*
    };
}

impl Memory {
    /// Prepares a bundle for bin 0.
    pub(crate) fn start_bundle(&mut self, bundle: &Bundle, uniform: impl Fn(Uniform) -> f64) {
        let width = bundle.width;
        let (first, rows) = match bundle.past {
            NONE => (bundle.rows - (bundle.history * width) as i32, bundle.history + ROWS),
            past => (past, bundle.history.max(1)),
        };
        let fixed = self.block_mut(bundle.fixed_at, bundle.fixed.len());
        fixed.iter_mut().zip(&bundle.fixed).for_each(|(cell, number)| *cell = uniform(*number));
        let memory = self.block_mut(first, rows * width);
        memory.fill(0.0);
        for (cell, number) in &bundle.uniform {
            let x = uniform(*number);
            memory.chunks_exact_mut(width).for_each(|row| row[*cell as usize] = x);
        }
        for (cell, fill) in &bundle.fills {
            memory.chunks_exact_mut(width).take(bundle.history).for_each(|row| row[*cell as usize] = *fill);
        }
    }

    /// Brings a bundle's history, and what never changes, to rows that others used meanwhile.
    fn resume(&mut self, bundle: &Bundle) {
        let (width, kept) = (bundle.width, bundle.history * bundle.width);
        let (past, rows) = (self.offset + bundle.past as usize, self.offset + bundle.rows as usize);
        self.numbers.copy_within(past..past + kept, rows - kept);
        for (cell, _) in &bundle.uniform {
            let x = self.numbers[past + *cell as usize];
            for row in 0..ROWS {
                self.numbers[rows + row * width + *cell as usize] = x;
            }
        }
    }

    /// Advances a bundle by the first `count` bins of a tile.
    pub(crate) fn bundle(&mut self, isa: Isa, code: &[Instruction], bundle: &Bundle, count: usize) {
        if bundle.past != NONE {
            self.resume(bundle);
        }
        let mut from = 0;
        while from < count {
            let bins = ROWS.min(count - from);
            self.rows(isa, code, bundle, from, bins);
            from += bins;
        }
        if bundle.past != NONE {
            let (kept, rows) = (bundle.history * bundle.width, self.offset + bundle.rows as usize);
            self.numbers.copy_within(rows - kept..rows, self.offset + bundle.past as usize);
        }
        self.zeros.across = None;
        if self.bypasses {
            bypass::end();
        }
    }

    /// Advances a bundle by bins `position..position + bins` of the tile.
    fn rows(&mut self, isa: Isa, code: &[Instruction], bundle: &Bundle, position: usize, bins: usize) {
        let (width, rows) = (bundle.width, self.offset + bundle.rows as usize);
        for import in &bundle.imports {
            let from = self.offset + import.address as usize + position;
            let to = rows + import.cell as usize - import.lag as usize * width;
            for t in 0..bins {
                self.numbers[to + t * width] = self.numbers[from + t];
            }
        }
        let numbers = self.numbers.as_mut_ptr();
        let mut run = Rows {
            code,
            steps: &bundle.steps,
            base: numbers.wrapping_add(rows),
            fixed: numbers.wrapping_add(self.offset + bundle.fixed_at as usize),
            width,
            position,
            zeros: &mut self.zeros,
        };
        match isa {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Simd(fearless_simd::Level::Avx512(token)) => run.bins::<_, 8>(token, bins),
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => run.bins::<_, 4>(token, bins)),
            Isa::Scalar => run.bins_by_number(bins),
        }
        let mut leave = Leave {
            rows: self.numbers.as_ptr().wrapping_add(rows),
            memory: self.numbers[self.offset..].as_mut_ptr(),
            outs: &self.areas[1..],
            width,
            position,
            bypasses: self.bypasses && position.is_multiple_of(8),
        };
        match isa {
            Isa::Simd(level) => {
                fearless_simd::dispatch!(level, token => leave.all(token, &bundle.exports, bins))
            }
            Isa::Scalar => bundle.exports.iter().for_each(|export| leave.cells(export, 0, bins)),
        }
        let kept = bundle.history * width;
        let end = rows + bins * width;
        self.numbers.copy_within(end - kept..end, rows - kept);
    }
}

/// Results on their way from rows to blocks and outputs.
struct Leave<'a> {
    rows: *const f64,
    memory: *mut f64,
    outs: &'a [Area],
    width: usize,
    /// The tile's bin that the first row is.
    position: usize,
    /// Do outputs bypass the caches, where nobody reads them?
    bypasses: bool,
}

impl Leave<'_> {
    /// Eight cells of eight rows are turned at a time, what is left over cell by cell.
    #[inline(always)]
    fn all<S: Simd>(&mut self, token: S, exports: &[Export], bins: usize) {
        token.vectorize(
            #[inline(always)]
            || {
                let whole = bins - bins % 8;
                for export in exports {
                    let columns = self.columns(export);
                    // SAFETY: `Memory::new` checked that eight numbers can be read from every cell that leaves.
                    let from =
                        unsafe { self.rows.add(export.cell as usize).sub(export.lag as usize * self.width) };
                    for row in (0..whole).step_by(8) {
                        // SAFETY: as above, and outputs have room for a tile.
                        unsafe {
                            let from = from.add(row * self.width);
                            match self.bypasses && export.bypasses {
                                true => self.turn::<_, true>(token, from, &columns, row),
                                false => self.turn::<_, false>(token, from, &columns, row),
                            }
                        }
                    }
                    if whole < bins {
                        self.cells(export, whole, bins);
                    }
                }
            },
        );
    }

    /// Where up to eight neighbouring cells go from the first row on: to blocks and to outputs, null where a cell does not.
    fn columns(&self, export: &Export) -> [(*mut f64, *mut f64); 8] {
        let mut columns = [(std::ptr::null_mut(), std::ptr::null_mut()); 8];
        for (column, (address, out)) in columns.iter_mut().zip(&export.to) {
            if *address != NONE {
                column.0 = self.memory.wrapping_add(*address as usize + self.position);
            }
            if *out != NO_OUT {
                column.1 = self.outs[*out as usize].0.wrapping_add(self.position);
            }
        }
        columns
    }

    /// Eight rows, the first of them number `row`, of eight neighbouring cells.
    ///
    /// # Safety
    /// Rows must be readable from `from` on, and columns that are not null writable.
    #[inline(always)]
    unsafe fn turn<S: Simd, const BYPASS: bool>(
        &self,
        token: S,
        from: *const f64,
        columns: &[(*mut f64, *mut f64); 8],
        row: usize,
    ) {
        // SAFETY: the caller's promise.
        let load = |i: usize| unsafe {
            f64x8::from_slice(token, std::slice::from_raw_parts(from.add(i * self.width), 8))
        };
        // Written out, as a list that is walked would leave the registers. Three perfect shuffles
        // turn rows into columns.
        let square = [load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7)];
        for_each_column!(shuffled(shuffled(shuffled(square))), n, numbers => {
            let (block, out) = columns[n];
            // SAFETY: the caller's promise.
            unsafe {
                if !block.is_null() {
                    numbers.store_slice(std::slice::from_raw_parts_mut(block.add(row), 8));
                }
                if !out.is_null() {
                    match BYPASS {
                        true => bypass::store(numbers, out.add(row)),
                        false => numbers.store_slice(std::slice::from_raw_parts_mut(out.add(row), 8)),
                    }
                }
            }
        });
    }

    /// Rows `from..to` of some neighbouring cells, one number at a time.
    fn cells(&mut self, export: &Export, from: usize, to: usize) {
        for (cell, (address, out)) in (export.cell as usize..).zip(&export.to) {
            for row in from..to {
                let at = self.position + row;
                // SAFETY: as in `turn`.
                unsafe {
                    let x = *self.rows.add(row * self.width + cell).sub(export.lag as usize * self.width);
                    if *address != NONE {
                        *self.memory.add(*address as usize + at) = x;
                    }
                    if *out != NO_OUT {
                        *self.outs[*out as usize].0.add(at) = x;
                    }
                }
            }
        }
    }
}

/// The upper half dealt into the lower one, as two halves of a pack of cards.
#[inline(always)]
fn shuffled<S: Simd>([a, b, c, d, e, f, g, h]: [f64x8<S>; 8]) -> [f64x8<S>; 8] {
    let ((a, b), (c, d), (e, f), (g, h)) =
        (a.interleave(e), b.interleave(f), c.interleave(g), d.interleave(h));
    [a, b, c, d, e, f, g, h]
}

/// A bundle's steps over its rows.
struct Rows<'a> {
    code: &'a [Instruction],
    steps: &'a [BundleStep],
    /// The row of the tile's first bin.
    base: *mut f64,
    /// The numbers that never change.
    fixed: *mut f64,
    width: usize,
    /// The tile's bin that the first row is.
    position: usize,
    zeros: &'a mut ZeroLog,
}

impl Rows<'_> {
    /// All bins; lanes go eight, and `8·N`, at a time. Always inlined into what `vectorize` calls.
    #[inline(always)]
    fn bins<S: Simd, const N: usize>(&mut self, token: S, count: usize) {
        token.vectorize(
            #[inline(always)]
            || {
                for t in 0..count {
                    // SAFETY: `Memory::new` checked the rows and every address in them.
                    let row = unsafe { self.base.add(t * self.width) };
                    for step in self.steps {
                        match step {
                            BundleStep::Gather { from, to, count } => gather(row, *from, *to, *count),
                            BundleStep::Machine { from, to, lanes } => {
                                let code = &self.code[*from as usize..*to as usize];
                                self.zeros.across = Some(((self.position + t) as u32, *lanes));
                                let lanes = *lanes as usize;
                                match lane_block(lanes).min(8 * N) {
                                    8 => self.lanes::<S, 1>(token, code, row, lanes),
                                    16 => self.lanes::<S, 2>(token, code, row, lanes),
                                    32 => self.lanes::<S, 4>(token, code, row, lanes),
                                    _ => self.lanes::<S, N>(token, code, row, lanes),
                                }
                            }
                        }
                    }
                }
            },
        );
    }

    /// Runs `code` over the lanes of a row, `8·K` at a time.
    #[inline(always)]
    fn lanes<S: Simd, const K: usize>(
        &mut self,
        token: S,
        code: &[Instruction],
        row: *mut f64,
        lanes: usize,
    ) {
        let mut lane = 0;
        while lane < lanes {
            // SAFETY: `Memory::new` checked every address; rows have room for whole blocks of lanes.
            unsafe {
                machine::run::<f64x8<S>, K>(token, code, &[Area(row), Area(self.fixed)], lane, self.zeros)
            };
            lane += 8 * K;
        }
    }

    /// The same, lane by lane.
    fn bins_by_number(&mut self, count: usize) {
        for t in 0..count {
            // SAFETY: as in `bins`.
            let row = unsafe { self.base.add(t * self.width) };
            for step in self.steps {
                match step {
                    BundleStep::Gather { from, to, count } => gather(row, *from, *to, *count),
                    BundleStep::Machine { from, to, lanes } => {
                        let code = &self.code[*from as usize..*to as usize];
                        self.zeros.across = Some(((self.position + t) as u32, *lanes));
                        for lane in 0..*lanes as usize {
                            // SAFETY: as in `bins`.
                            unsafe {
                                machine::run::<f64, 1>(
                                    (),
                                    code,
                                    &[Area(row), Area(self.fixed)],
                                    lane,
                                    self.zeros,
                                )
                            };
                        }
                    }
                }
            }
        }
    }
}

/// Copies `count` cells of a row, or an earlier one, to others.
#[inline(always)]
fn gather(row: *mut f64, from: i32, to: i32, count: u32) {
    let mut rest = count as usize;
    // SAFETY: `Memory::new` checked both addresses for every row; the cells do not overlap.
    unsafe {
        let (mut from, mut to) = (row.offset(from as isize).cast_const(), row.offset(to as isize));
        while rest >= 8 {
            to.cast::<[f64; 8]>().write_unaligned(from.cast::<[f64; 8]>().read_unaligned());
            (from, to, rest) = (from.add(8), to.add(8), rest - 8);
        }
        while rest > 0 {
            *to = *from;
            (from, to, rest) = (from.add(1), to.add(1), rest - 1);
        }
    }
}
