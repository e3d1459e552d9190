//! Working memory of a run, and the vector machine over it.

use super::machine::{self, OutPointer};
use super::zeros::ZeroLog;
use crate::plan::graph::TILE;
use crate::plan::program::{
    Bundle, BundleStep, Export, Instruction, NO_OUT, NONE, Program, ROWS, Step, Uniform, lane_block,
};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, f64x8};

/// Which instructions the machine uses. The bits of the results are the same with all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Isa {
    /// One number at a time.
    Scalar,
    Simd(Level),
}

impl Isa {
    /// The best that this machine has.
    pub(crate) fn best() -> Self {
        Isa::Simd(Level::new())
    }

    /// Every one that this machine has, for tests.
    pub(crate) fn all() -> Vec<Isa> {
        let mut all = vec![Isa::Scalar];
        let best = Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            all.extend(best.as_sse2().map(|t| Isa::Simd(Level::Sse2(t))));
            all.extend(best.as_sse4_2().map(|t| Isa::Simd(Level::Sse4_2(t))));
            all.extend(best.as_avx2().map(|t| Isa::Simd(Level::Avx2(t))));
        }
        all.push(Isa::Simd(best));
        all
    }
}

/// The blocks of a program and where its outputs of the present tile go.
#[derive(Debug)]
pub(crate) struct Memory {
    numbers: Vec<f64>,
    /// From the allocation to the first cache line.
    offset: usize,
    /// Results of the last tile, when it is not whole.
    tail: Vec<f64>,
    outs: Vec<OutPointer>,
    pub(crate) zeros: ZeroLog,
}

fn line_offset(numbers: &[f64]) -> usize {
    numbers.as_ptr().align_offset(64).min(8)
}

impl Memory {
    /// Memory for `program`.
    ///
    /// # Panics
    ///
    /// If the program mentions an address outside its memory: a mistake of the planner, caught here
    /// once so that the machine can do without checks.
    pub(crate) fn new(program: &Program) -> Self {
        check(program);
        let numbers = vec![0.0; program.arena + 8];
        let offset = line_offset(&numbers);
        Memory {
            numbers,
            offset,
            tail: vec![0.0; program.outs.len() * TILE],
            outs: vec![OutPointer(std::ptr::null_mut()); program.outs.len()],
            zeros: ZeroLog::new(program.division_owners.len()),
        }
    }

    /// The first `count` numbers of the block at `address`.
    pub(crate) fn block(&self, address: i32, count: usize) -> &[f64] {
        &self.numbers[self.offset + address as usize..][..count]
    }

    /// The first `count` numbers of the block at `address`.
    pub(crate) fn block_mut(&mut self, address: i32, count: usize) -> &mut [f64] {
        &mut self.numbers[self.offset + address as usize..][..count]
    }

    /// Moves the last `length` of the first `count` numbers of a block, history included, to
    /// where the history ends.
    pub(crate) fn age(&mut self, address: i32, length: u32, count: usize) {
        let start = self.offset + address as usize - length as usize;
        if length < 8 {
            // Mostly one number: a call to move it would take longer than moving it.
            for i in start..start + length as usize {
                self.numbers[i] = self.numbers[i + count];
            }
        } else {
            self.numbers.copy_within(start + count..start + count + length as usize, start);
        }
    }

    /// Directs the outputs of bins `t..t + TILE` into the caller's series.
    ///
    /// Must be called before each tile, with series that stay borrowed until `flush_outs`.
    pub(crate) fn point_outs(&mut self, series: &mut [&mut [f64]], t: usize, bins: usize) {
        let whole = t + TILE <= bins;
        for (number, out) in self.outs.iter_mut().enumerate() {
            *out = OutPointer(match series.get_mut(number) {
                Some(series) if whole && series.len() == bins => series[t..].as_mut_ptr(),
                _ => self.tail[number * TILE..].as_mut_ptr(),
            });
        }
    }

    /// Copies what the last, incomplete tile computed into the caller's series.
    pub(crate) fn flush_outs(&mut self, series: &mut [&mut [f64]], t: usize, bins: usize) {
        if t + TILE > bins {
            for (number, series) in series.iter_mut().enumerate().filter(|(_, series)| series.len() == bins) {
                series[t..].copy_from_slice(&self.tail[number * TILE..][..bins - t]);
            }
        }
    }

    /// The numbers of output `out` in the present tile.
    pub(crate) fn out_mut(&mut self, out: u32) -> &mut [f64] {
        // SAFETY: `point_outs` made it from `TILE` writable numbers that are still borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.outs[out as usize].0, TILE) }
    }

    /// Writes `numbers`, beginning at bin `position` of the tile, to a block and an output, as far
    /// as there are any.
    pub(crate) fn put(&mut self, dst: i32, out: u32, position: usize, numbers: &[f64]) {
        if dst != NONE {
            self.block_mut(dst + position as i32, numbers.len()).copy_from_slice(numbers);
        }
        if out != NO_OUT {
            self.out_mut(out)[position..position + numbers.len()].copy_from_slice(numbers);
        }
    }

    /// Runs `code` over a whole tile.
    pub(crate) fn tile(&mut self, isa: Isa, code: &[Instruction]) {
        let mut run = self.run(code);
        match isa {
            Isa::Simd(Level::Avx512(token)) => run.blocks::<_, 8>(token, 0, TILE),
            Isa::Simd(Level::Avx2(token)) => run.blocks::<_, 4>(token, 0, TILE),
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => run.blocks::<_, 2>(token, 0, TILE)),
            Isa::Scalar => run.numbers((), 0, TILE),
        }
    }

    /// Runs `code` over the eight bins from `position`.
    pub(crate) fn eight(&mut self, isa: Isa, code: &[Instruction], position: usize) {
        let mut run = self.run(code);
        match isa {
            Isa::Simd(level) => {
                fearless_simd::dispatch!(level, token => run.blocks::<_, 1>(token, position, position + 8))
            }
            Isa::Scalar => run.numbers((), position, position + 8),
        }
    }

    /// Runs `code` over the bins `from..to`, one after the other.
    pub(crate) fn each(&mut self, isa: Isa, code: &[Instruction], from: usize, to: usize) {
        let mut run = self.run(code);
        match isa {
            Isa::Simd(level) => {
                fearless_simd::dispatch!(level, token => token.vectorize(#[inline(always)] || run.numbers((), from, to)))
            }
            Isa::Scalar => run.numbers((), from, to),
        }
    }

    /// Copies a block to an output.
    pub(crate) fn keep(&mut self, src: i32, out: u32, count: usize) {
        let out = self.outs[out as usize].0;
        // SAFETY: as in `out_mut`; outputs and working memory do not overlap.
        let out = unsafe { std::slice::from_raw_parts_mut(out, count) };
        out.copy_from_slice(self.block(src, count));
    }

    /// Prepares a bundle for bin 0.
    pub(crate) fn start_bundle(&mut self, bundle: &Bundle, uniform: impl Fn(Uniform) -> f64) {
        let rows = (bundle.history + ROWS) * bundle.width;
        let first = bundle.rows - (bundle.history * bundle.width) as i32;
        self.block_mut(first, rows).fill(0.0);
        for (cell, number) in &bundle.uniform {
            let x = uniform(*number);
            for row in 0..bundle.history + ROWS {
                self.block_mut(first + (row * bundle.width) as i32 + *cell as i32, 1)[0] = x;
            }
        }
        for (cell, fill) in &bundle.fills {
            for row in 0..bundle.history {
                self.block_mut(first + (row * bundle.width) as i32 + *cell as i32, 1)[0] = *fill;
            }
        }
    }

    /// Advances a bundle by the first `count` bins of a tile.
    pub(crate) fn bundle(&mut self, isa: Isa, code: &[Instruction], bundle: &Bundle, count: usize) {
        let mut from = 0;
        while from < count {
            let bins = ROWS.min(count - from);
            self.rows(isa, code, bundle, from, bins);
            from += bins;
        }
        self.zeros.across = None;
    }

    /// Advances a bundle by bins `position..position + bins` of the tile.
    fn rows(&mut self, isa: Isa, code: &[Instruction], bundle: &Bundle, position: usize, bins: usize) {
        let (width, rows) = (bundle.width, self.offset + bundle.rows as usize);
        for (address, cell) in &bundle.imports {
            let from = self.offset + *address as usize + position;
            for t in 0..bins {
                self.numbers[rows + t * width + *cell as usize] = self.numbers[from + t];
            }
        }
        let mut run = Rows {
            code,
            steps: &bundle.steps,
            base: self.numbers.as_mut_ptr().wrapping_add(rows),
            width,
            position,
            zeros: &mut self.zeros,
        };
        match isa {
            Isa::Simd(Level::Avx512(token)) => run.bins::<_, 8>(token, bins),
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => run.bins::<_, 4>(token, bins)),
            Isa::Scalar => run.bins_by_number(bins),
        }
        let mut leave = Leave {
            rows: self.numbers.as_ptr().wrapping_add(rows),
            memory: self.numbers[self.offset..].as_mut_ptr(),
            outs: &self.outs,
            width,
            position,
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

    fn run<'a>(&'a mut self, code: &'a [Instruction]) -> Run<'a> {
        Run { code, base: self.numbers[self.offset..].as_mut_ptr(), outs: &self.outs, zeros: &mut self.zeros }
    }
}

/// The machine over a part of the memory.
struct Run<'a> {
    code: &'a [Instruction],
    base: *mut f64,
    outs: &'a [OutPointer],
    zeros: &'a mut ZeroLog,
}

impl Run<'_> {
    /// Positions `from..to`, `8·N` at a time. Always inlined into what `vectorize` calls.
    #[inline(always)]
    fn blocks<S: Simd, const N: usize>(&mut self, token: S, from: usize, to: usize) {
        token.vectorize(
            #[inline(always)]
            || {
                let mut position = from;
                while position < to {
                    // SAFETY: `Memory::new` checked that every address has room for a tile, and
                    // the outputs have.
                    unsafe {
                        let base = self.base.add(position);
                        machine::run::<f64x8<S>, N>(token, self.code, base, self.outs, position, self.zeros);
                    }
                    position += 8 * N;
                }
            },
        );
    }

    /// Positions `from..to`, one at a time.
    #[inline(always)]
    fn numbers(&mut self, token: (), from: usize, to: usize) {
        for position in from..to {
            // SAFETY: as in `blocks`.
            unsafe {
                let base = self.base.add(position);
                machine::run::<f64, 1>(token, self.code, base, self.outs, position, self.zeros);
            }
        }
    }
}

/// Results on their way from rows to blocks and outputs.
struct Leave<'a> {
    rows: *const f64,
    memory: *mut f64,
    outs: &'a [OutPointer],
    width: usize,
    /// The tile's bin that the first row is.
    position: usize,
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
                    for row in (0..whole).step_by(8) {
                        self.turn(token, export, row);
                    }
                    if whole < bins {
                        self.cells(export, whole, bins);
                    }
                }
            },
        );
    }

    /// Eight rows of up to eight neighbouring cells.
    #[inline(always)]
    fn turn<S: Simd>(&mut self, token: S, export: &Export, row: usize) {
        // SAFETY: `Memory::new` checked that eight numbers can be read from every cell that leaves.
        let load = |i: usize| unsafe {
            let from = self
                .rows
                .add((row + i) * self.width + export.cell as usize)
                .sub(export.lag as usize * self.width);
            f64x8::from_slice(token, std::slice::from_raw_parts(from, 8))
        };
        let mut square: [f64x8<S>; 8] = std::array::from_fn(load);
        // Three perfect shuffles turn rows into columns.
        for _ in 0..3 {
            let halves: [(f64x8<S>, f64x8<S>); 4] =
                std::array::from_fn(|i| square[i].interleave(square[i + 4]));
            square = std::array::from_fn(|i| if i % 2 == 0 { halves[i / 2].0 } else { halves[i / 2].1 });
        }
        for (column, (address, out)) in square.iter().zip(&export.to) {
            let at = self.position + row;
            // SAFETY: `Memory::new` checked the addresses; outputs have room for a tile.
            unsafe {
                if *address != NONE {
                    column.store_slice(std::slice::from_raw_parts_mut(
                        self.memory.add(*address as usize + at),
                        8,
                    ));
                }
                if *out != NO_OUT {
                    column.store_slice(std::slice::from_raw_parts_mut(self.outs[*out as usize].0.add(at), 8));
                }
            }
        }
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

/// A bundle's steps over its rows.
struct Rows<'a> {
    code: &'a [Instruction],
    steps: &'a [BundleStep],
    /// The row of the tile's first bin.
    base: *mut f64,
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
                                let block = lane_block(*lanes as usize).min(8 * N);
                                let mut lane = 0;
                                // SAFETY: as above; rows have room for whole blocks of lanes.
                                while lane < *lanes as usize {
                                    unsafe {
                                        let base = row.add(lane);
                                        match block {
                                            8 => machine::run::<f64x8<S>, 1>(
                                                token,
                                                code,
                                                base,
                                                &[],
                                                lane,
                                                self.zeros,
                                            ),
                                            16 => machine::run::<f64x8<S>, 2>(
                                                token,
                                                code,
                                                base,
                                                &[],
                                                lane,
                                                self.zeros,
                                            ),
                                            32 => machine::run::<f64x8<S>, 4>(
                                                token,
                                                code,
                                                base,
                                                &[],
                                                lane,
                                                self.zeros,
                                            ),
                                            _ => machine::run::<f64x8<S>, N>(
                                                token,
                                                code,
                                                base,
                                                &[],
                                                lane,
                                                self.zeros,
                                            ),
                                        }
                                    }
                                    lane += block;
                                }
                            }
                        }
                    }
                }
            },
        );
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
                            unsafe { machine::run::<f64, 1>((), code, row.add(lane), &[], lane, self.zeros) };
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

/// Does every address of the program have room for a tile, or a row, inside the memory?
fn check(program: &Program) {
    let fits = |address: i32, count: usize| {
        assert!(
            address == NONE || address >= 0 && address as usize + count <= program.arena,
            "address {address} is outside the memory of {} numbers",
            program.arena
        );
    };
    for pass in &program.passes {
        for step in &pass.steps {
            check_step(program, step, &fits);
        }
    }
}

fn check_step(program: &Program, step: &Step, fits: &impl Fn(i32, usize)) {
    let out_fits =
        |out: u32| assert!(out == NO_OUT || (out as usize) < program.outs.len(), "no output {out}");
    match step {
        Step::Machine { from, to } => {
            for instruction in &program.code[*from as usize..*to as usize] {
                for address in instruction.addresses() {
                    fits(address, TILE);
                }
                out_fits(instruction.out);
            }
        }
        Step::Feedback { steps, .. } => steps.iter().for_each(|step| check_step(program, step, fits)),
        Step::Bundle(number) => check_bundle(program, &program.bundles[*number as usize], fits),
        _ => {}
    }
}

fn check_bundle(program: &Program, bundle: &Bundle, fits: &impl Fn(i32, usize)) {
    let first = bundle.rows - (bundle.history * bundle.width) as i32;
    let last = bundle.rows + ((ROWS - 1) * bundle.width) as i32;
    fits(first, bundle.width);
    fits(last, bundle.width);
    // Of every row, the first and the last decide.
    let row_fits = |address: i32, count: usize| {
        if address != NONE {
            fits(bundle.rows + address, count);
            fits(last + address, count);
        }
    };
    for export in &bundle.exports {
        row_fits(export.cell as i32 - (export.lag as usize * bundle.width) as i32, 8);
        export.to.iter().for_each(|(address, _)| fits(*address, TILE));
    }
    for (address, cell) in &bundle.imports {
        fits(*address, TILE);
        row_fits(*cell as i32, 1);
    }
    for step in &bundle.steps {
        match step {
            BundleStep::Gather { from, to, count } => {
                row_fits(*from, *count as usize);
                row_fits(*to, *count as usize);
            }
            BundleStep::Machine { from, to, lanes } => {
                for instruction in &program.code[*from as usize..*to as usize] {
                    for address in instruction.addresses() {
                        row_fits(address, (*lanes as usize).next_multiple_of(lane_block(*lanes as usize)));
                    }
                }
            }
        }
    }
}
