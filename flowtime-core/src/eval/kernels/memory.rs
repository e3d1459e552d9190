//! Working memory of a run, and the vector machine over it.

use super::bypass;
use super::check::check;
use super::machine::{self, Area};
use super::zeros::ZeroLog;
use crate::plan::graph::TILE;
use crate::plan::program::{Instruction, NO_OUT, NONE, Program};
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
    pub(super) numbers: Vec<f64>,
    /// From the allocation to the first cache line.
    pub(super) offset: usize,
    /// Results of the last tile, when it is not whole.
    pub(super) tail: Vec<f64>,
    /// The first is the working memory, those after it are the outputs.
    pub(super) areas: Vec<Area>,
    pub(crate) zeros: ZeroLog,
    /// Are the outputs so large in all, and begin at lines in the present tile, that they had better bypass the caches?
    pub(super) bypasses: bool,
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
            tail: vec![0.0; program.outs.len() * TILE + 8],
            areas: vec![Area(std::ptr::null_mut()); program.outs.len() + 1],
            zeros: ZeroLog::new(program.division_owners.len()),
            bypasses: false,
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
        // Borrowed once: a second borrow would end the pointers that came from the first.
        let offset = line_offset(&self.tail);
        let tail = self.tail.as_mut_ptr().wrapping_add(offset);
        let mut ends = 0;
        for (number, out) in self.areas[1..].iter_mut().enumerate() {
            *out = Area(match series.get_mut(number) {
                Some(series) if whole && series.len() == bins => series[t..].as_mut_ptr(),
                _ => tail.wrapping_add(number * TILE),
            });
            ends |= out.0 as usize;
        }
        self.bypasses = whole && ends.is_multiple_of(64) && series.len() * bins >= bypass::LEAST;
    }

    /// Copies what the last, incomplete tile computed into the caller's series.
    pub(crate) fn flush_outs(&mut self, series: &mut [&mut [f64]], t: usize, bins: usize) {
        if t + TILE > bins {
            let tail = &self.tail[line_offset(&self.tail)..];
            for (number, series) in series.iter_mut().enumerate().filter(|(_, series)| series.len() == bins) {
                series[t..].copy_from_slice(&tail[number * TILE..][..bins - t]);
            }
        }
    }

    /// The numbers of output `out` in the present tile.
    pub(crate) fn out_mut(&mut self, out: u32) -> &mut [f64] {
        // SAFETY: `point_outs` made it from `TILE` writable numbers that are still borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.areas[out as usize + 1].0, TILE) }
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
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Simd(Level::Avx512(token)) => run.blocks::<_, 8>(token, 0, TILE),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
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
        let out = self.areas[out as usize + 1].0;
        // SAFETY: as in `out_mut`; outputs and working memory do not overlap.
        let out = unsafe { std::slice::from_raw_parts_mut(out, count) };
        out.copy_from_slice(self.block(src, count));
    }

    fn run<'a>(&'a mut self, code: &'a [Instruction]) -> Run<'a> {
        self.areas[0] = Area(self.numbers[self.offset..].as_mut_ptr());
        Run { code, areas: &self.areas, zeros: &mut self.zeros }
    }
}

/// The machine over a part of the memory.
struct Run<'a> {
    code: &'a [Instruction],
    areas: &'a [Area],
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
                        machine::run::<f64x8<S>, N>(token, self.code, self.areas, position, self.zeros);
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
            unsafe { machine::run::<f64, 1>(token, self.code, self.areas, position, self.zeros) };
        }
    }
}
