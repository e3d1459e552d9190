//! Blocks of scenarios, a bin at a time: the vector machine with scenarios as lanes, and what it
//! does not do itself, draws, kernels and windows.

mod draws;
mod rolling;

pub(crate) use draws::Draws;

use super::machine::{self, Area};
use super::memory::Isa;
use super::zeros::ZeroLog;
use crate::plan::program::{At, Code, Instruction, NO_OUT};
use crate::plan::scenarios::{Column, LANES, ScenarioPass, ScenarioProgram, ScenarioStep, Spot};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};
use std::ops::Range;

/// A number for each of [`LANES`] scenarios, on cache lines of its own.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Row(pub(crate) [f64; LANES]);

impl Row {
    pub(crate) const ZERO: Row = Row([0.0; LANES]);
}

/// The numbers of rows that lie side by side.
pub(crate) fn numbers(rows: &[Row]) -> &[f64] {
    // SAFETY: a row is nothing but its numbers.
    unsafe { std::slice::from_raw_parts(rows.as_ptr().cast(), rows.len() * LANES) }
}

/// The numbers of rows that lie side by side.
pub(crate) fn numbers_mut(rows: &mut [Row]) -> &mut [f64] {
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts_mut(rows.as_mut_ptr().cast(), rows.len() * LANES) }
}

/// What blocks are given that no other block has a part in changing.
pub(crate) struct Surroundings<'a> {
    pub(crate) program: &'a ScenarioProgram,
    pub(crate) pass: &'a ScenarioPass,
    /// By column: the numbers that all scenarios share, one or one a bin.
    pub(crate) shared: &'a [Vec<f64>],
    /// By input: how it is drawn, where it is.
    pub(crate) draws: &'a [Option<Draws>],
    pub(crate) isa: Isa,
}

impl Surroundings<'_> {
    /// Parameter `number` in bin `t`.
    fn parameter(&self, number: u32, t: usize) -> f64 {
        let parameter = &self.program.parameters[number as usize];
        let Some(t) = t.checked_sub(parameter.lag as usize) else { return parameter.fill };
        match parameter.column {
            Column::Bin => t as f64,
            Column::Shared(number) => match self.shared[number as usize].as_slice() {
                [x] => *x,
                series => series[t],
            },
        }
    }

    /// Is the parameter the same in every bin?
    fn is_constant(&self, number: u32) -> bool {
        let parameter = &self.program.parameters[number as usize];
        let once = |number: u32| self.shared[number as usize].len() == 1;
        parameter.lag == 0 && matches!(parameter.column, Column::Shared(number) if once(number))
    }
}

/// One block of [`LANES`] scenarios.
pub(crate) struct Block<'a> {
    /// What bins leave to later ones: `program.state` slots.
    pub(crate) state: &'a mut [Row],
    /// By input: a number a lane, where each scenario has one.
    pub(crate) numbers: &'a [Option<&'a Row>],
    /// By input: a row for each of the bins at hand, where each scenario has a series.
    pub(crate) series: &'a [Vec<Row>],
    /// By kept series: the row of the first bin at hand and what follows, and how many rows apart bins are.
    pub(crate) outs: &'a mut [(&'a mut [Row], usize)],
    /// The lanes that are scenarios; the others are there to fill the block.
    pub(crate) scenarios: usize,
}

/// A machine for blocks of scenarios: one a thread.
#[derive(Debug)]
pub(crate) struct ScenarioMachine {
    code: Vec<Instruction>,
    /// The code's parameters that change from bin to bin.
    changing: Vec<(u32, Code, u32)>,
    areas: Vec<Area>,
    /// The spots of the pass that move from bin to bin.
    moving: Vec<usize>,
    temporaries: Vec<Row>,
    /// Parameters once a lane, by spot.
    spread: Vec<Row>,
    zeros: ZeroLog,
    pub(crate) counts: ZeroCounts,
}

impl ScenarioMachine {
    /// A machine for `program` of a plan with `nodes` nodes.
    ///
    /// # Panics
    ///
    /// If the program mentions a place outside its memory: a mistake of the planner, caught here
    /// once so that the machine can do without checks.
    pub(crate) fn new(program: &ScenarioProgram, nodes: usize) -> Self {
        check(program);
        ScenarioMachine {
            code: program.code.clone(),
            changing: Vec::new(),
            moving: Vec::new(),
            areas: vec![Area(std::ptr::null_mut()); program.spots.len() + 1],
            temporaries: vec![Row::ZERO; program.temporaries],
            spread: vec![Row::ZERO; program.spots.len()],
            zeros: ZeroLog::new(program.division_owners.len()),
            counts: ZeroCounts { bins: vec![0; nodes], lanes: vec![0; nodes], nodes: Vec::new() },
        }
    }

    /// Prepares for blocks of `pass`.
    pub(crate) fn begin(&mut self, around: &Surroundings) {
        self.changing.clear();
        self.moving.clear();
        self.moving.extend(
            around.pass.spots.clone().filter(|number| {
                !matches!(around.program.spots[*number], Spot::State { .. } | Spot::Number(_))
            }),
        );
        for &(number, code, parameter) in &around.pass.patches {
            patch(&mut self.code[number as usize], code, around.parameter(parameter, 0));
            if !around.is_constant(parameter) {
                self.changing.push((number, code, parameter));
            }
        }
    }

    /// The state of a block before bin 0; `stream(input, lane)` is where a stream begins.
    pub(crate) fn reset(pass: &ScenarioPass, state: &mut [Row], mut stream: impl FnMut(u32, usize) -> u64) {
        for &(slot, count, x) in &pass.fills {
            state[slot as usize..][..count as usize].fill(Row([x; LANES]));
        }
        for &(slot, input) in &pass.streams {
            for (lane, x) in state[slot as usize].0.iter_mut().enumerate() {
                *x = f64::from_bits(stream(input, lane));
            }
        }
    }

    /// Advances a block over `bins`.
    pub(crate) fn advance(&mut self, around: &Surroundings, block: &mut Block, bins: Range<usize>) {
        match around.isa {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Simd(fearless_simd::Level::Avx512(token)) => {
                self.advance_with(Vectors::<_, 8>(token), around, block, bins);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Simd(fearless_simd::Level::Avx2(token)) => {
                self.advance_with(Vectors::<_, 4>(token), around, block, bins)
            }
            Isa::Simd(level) => fearless_simd::dispatch!(level, token => {
                self.advance_with(Vectors::<_, 2>(token), around, block, bins)
            }),
            Isa::Scalar => self.advance_with(Numbers, around, block, bins),
        }
    }

    #[inline(always)]
    fn advance_with<W: Width>(
        &mut self,
        width: W,
        around: &Surroundings,
        block: &mut Block,
        bins: Range<usize>,
    ) {
        width.vectorize(
            #[inline(always)]
            || self.bins(width, around, block, bins),
        );
    }

    #[inline(always)]
    fn bins<W: Width>(&mut self, width: W, around: &Surroundings, block: &mut Block, bins: Range<usize>) {
        let ScenarioMachine { code, changing, areas, moving, temporaries, spread, zeros, counts } = self;
        let (program, pass) = (around.program, around.pass);
        assert!(block.state.len() >= program.state && block.outs.len() == program.outs);
        areas[0] = Area(temporaries.as_mut_ptr().cast());
        let state = block.state.as_mut_ptr().cast::<f64>();
        // SAFETY: `check` saw that slots of the program are inside its state, which is as long as it says.
        let slot = |slot: u32| unsafe { state.add(slot as usize * LANES) };
        let spread = spread.as_mut_ptr();
        for number in pass.spots.clone() {
            areas[number + 1] = Area(match program.spots[number] {
                Spot::State { slot: at } => slot(at),
                // Read, never written.
                Spot::Number(input) => match block.numbers[input as usize] {
                    Some(row) => row.0.as_ptr().cast_mut(),
                    None => panic!("an input without its numbers"),
                },
                Spot::Spread(parameter) => {
                    // SAFETY: `spread` has room for all spots.
                    unsafe { *spread.add(number) = Row([around.parameter(parameter, bins.start); LANES]) };
                    spread.wrapping_add(number).cast()
                }
                _ => std::ptr::null_mut(),
            });
        }
        if bins.start == 0 {
            let (from, to) = pass.prologue;
            // SAFETY: the prologue mentions nothing that moves.
            unsafe { width.run(&code[from as usize..to as usize], areas, zeros) };
        }
        for (k, t) in bins.enumerate() {
            for &(number, code_of, parameter) in changing.iter() {
                patch(&mut code[number as usize], code_of, around.parameter(parameter, t));
            }
            for &number in moving.iter() {
                areas[number + 1] = Area(match program.spots[number] {
                    Spot::State { .. } | Spot::Number(_) => continue,
                    Spot::Ring { slot: first, length, lag } => {
                        let (length, lag) = (length as usize, lag as usize);
                        slot(first + ((t + length - lag) % length) as u32)
                    }
                    Spot::Out(out) => {
                        let (rows, stride) = &mut block.outs[out as usize];
                        rows[k * *stride].0.as_mut_ptr()
                    }
                    Spot::Series(input) => block.series[input as usize][k].0.as_ptr().cast_mut(),
                    Spot::Spread(parameter) => {
                        let x = around.parameter(parameter, t);
                        // SAFETY: `spread` has room for all spots.
                        unsafe { std::slice::from_raw_parts_mut(areas[number + 1].0, LANES) }.fill(x);
                        continue;
                    }
                });
            }
            // SAFETY: every area that the pass mentions was just pointed to LANES numbers that are borrowed here;
            // `check` saw to the working memory and the slots.
            unsafe {
                for step in &pass.steps {
                    match step {
                        ScenarioStep::Machine { from, to } => {
                            width.run(&code[*from as usize..*to as usize], areas, zeros);
                        }
                        ScenarioStep::Draw { input, stream, to } => {
                            if let Some(draws) = &around.draws[*input as usize] {
                                let states = &mut *slot(*stream).cast::<[u64; LANES]>();
                                draws.draw(width, states, lanes_at(areas, *to));
                            }
                        }
                        ScenarioStep::Conv { kernel, slot: first, length, lag, to } => {
                            let (length, lag) = (*length as usize, *lag as usize);
                            let mut sum = [0.0; LANES];
                            for (j, weight) in kernel.iter().enumerate() {
                                let at = (t + 2 * length - (lag + j) % length) % length;
                                let x = &*slot(first + at as u32).cast::<[f64; LANES]>();
                                for (sum, x) in sum.iter_mut().zip(x) {
                                    *sum += weight * x;
                                }
                            }
                            *lanes_at(areas, *to) = sum;
                        }
                        ScenarioStep::Rolling { kind, window, slot: first, x, to } => {
                            let window = *window as usize;
                            let memory = std::slice::from_raw_parts_mut(
                                slot(*first).cast::<[f64; LANES]>(),
                                2 * window + 1,
                            );
                            let x = *lanes_at(areas, *x);
                            *lanes_at(areas, *to) = rolling::roll(*kind, memory, window, t, x);
                        }
                    }
                }
            }
            if !zeros.is_empty() {
                counts.count(zeros, &program.division_owners, block.scenarios);
            }
        }
    }
}

/// The numbers of a place.
///
/// # Safety
/// The place must be valid for [`LANES`] numbers that nothing else refers to.
unsafe fn lanes_at<'a>(areas: &[Area], at: At) -> &'a mut [f64; LANES] {
    // SAFETY: the caller's promise.
    unsafe { &mut *areas[at.area as usize].0.offset(at.offset as isize).cast::<[f64; LANES]>() }
}

fn patch(instruction: &mut Instruction, code: Code, x: f64) {
    instruction.literal = x;
    instruction.code = code.specialised(x);
}

/// How many lanes go through the machine at a time.
trait Width: Copy {
    /// Runs `f`, which must be marked for inlining, with the instructions switched on.
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R;

    /// The value for each lane's bits: thresholds never fall, so the last one that is reached decides.
    fn choose(self, bits: &[f64; LANES], thresholds: &[f64], values: &[f64], out: &mut [f64; LANES]);

    /// Runs `code` over [`LANES`] numbers.
    ///
    /// # Safety
    /// As for [`machine::run`].
    unsafe fn run(self, code: &[Instruction], areas: &[Area], zeros: &mut ZeroLog);
}

/// `8·N` lanes at a time.
#[derive(Clone, Copy)]
struct Vectors<S, const N: usize>(S);

impl<S: Simd, const N: usize> Width for Vectors<S, N> {
    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        self.0.vectorize(f)
    }

    #[inline(always)]
    fn choose(self, bits: &[f64; LANES], thresholds: &[f64], values: &[f64], out: &mut [f64; LANES]) {
        let token = self.0;
        for (bits, out) in bits.as_chunks::<8>().0.iter().zip(out.as_chunks_mut::<8>().0) {
            let bits: f64x8<S> = SimdBase::from_slice(token, bits);
            let mut chosen = token.splat_f64x8(values[0]);
            for (threshold, value) in thresholds.iter().zip(&values[1..]) {
                let reached = bits.simd_ge(token.splat_f64x8(*threshold));
                chosen = token.select_f64x8(reached, token.splat_f64x8(*value), chosen);
            }
            chosen.store_slice(out);
        }
    }

    #[inline(always)]
    unsafe fn run(self, code: &[Instruction], areas: &[Area], zeros: &mut ZeroLog) {
        let mut position = 0;
        while position < LANES {
            // SAFETY: the caller's promise.
            unsafe { machine::run::<f64x8<S>, N>(self.0, code, areas, position, zeros) };
            position += 8 * N;
        }
    }
}

/// One lane at a time.
#[derive(Clone, Copy)]
struct Numbers;

impl Width for Numbers {
    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn choose(self, bits: &[f64; LANES], thresholds: &[f64], values: &[f64], out: &mut [f64; LANES]) {
        for (bits, out) in bits.iter().zip(out) {
            *out = values[thresholds.iter().take_while(|threshold| *bits >= **threshold).count()];
        }
    }

    #[inline(always)]
    unsafe fn run(self, code: &[Instruction], areas: &[Area], zeros: &mut ZeroLog) {
        for position in 0..LANES {
            // SAFETY: the caller's promise.
            unsafe { machine::run::<f64, 1>((), code, areas, position, zeros) };
        }
    }
}

/// Counts bins in which nodes divided by zero.
#[derive(Debug)]
pub(crate) struct ZeroCounts {
    /// By node, over all scenarios.
    pub(crate) bins: Vec<u64>,
    /// By node: the lanes of the present bin.
    lanes: Vec<u64>,
    nodes: Vec<u32>,
}

impl ZeroCounts {
    /// Counts what was noted in one bin of a block; of the lanes the first `scenarios` count.
    #[cold]
    #[inline(never)]
    fn count(&mut self, zeros: &mut ZeroLog, owners: &[Vec<u32>], scenarios: usize) {
        let valid = u64::MAX >> (LANES - scenarios);
        zeros.drain(|division, lanes| {
            for &node in &owners[division as usize] {
                if self.lanes[node as usize] == 0 {
                    self.nodes.push(node);
                }
                self.lanes[node as usize] |= lanes & valid;
            }
        });
        for node in self.nodes.drain(..) {
            self.bins[node as usize] +=
                u64::from(std::mem::take(&mut self.lanes[node as usize]).count_ones());
        }
    }
}

/// Are all places of a program inside its memory? Asked once, so that the machine need not.
fn check(program: &ScenarioProgram) {
    let fits = |at: At| match at.area {
        0 => assert!(
            at == At::NOWHERE || at.offset >= 0 && at.offset as usize + LANES <= program.temporaries * LANES,
            "address {} is outside the working memory",
            at.offset
        ),
        area => assert!(at.offset == 0 && area as usize <= program.spots.len(), "no spot {area}"),
    };
    let slots = |slot: u32, count: u32| {
        assert!(slot as usize + count as usize <= program.state, "slot {slot} is outside the state");
    };
    for spot in &program.spots {
        match *spot {
            Spot::State { slot } => slots(slot, 1),
            Spot::Ring { slot, length, lag } => {
                slots(slot, length);
                assert!(lag < length);
            }
            Spot::Out(out) => assert!((out as usize) < program.outs),
            Spot::Number(_) | Spot::Series(_) | Spot::Spread(_) => {}
        }
    }
    for pass in &program.passes {
        let (from, to) = pass.prologue;
        for instruction in &program.code[from as usize..to as usize] {
            let stays = |at: At| {
                fits(at);
                let spot = at.area.checked_sub(1).map(|n| program.spots[n as usize]);
                assert!(
                    !matches!(spot, Some(Spot::Ring { .. } | Spot::Out(_) | Spot::Series(_))),
                    "it moves"
                );
            };
            instruction.places().for_each(stays);
            if instruction.out != NO_OUT {
                stays(At::out(instruction.out));
            }
        }
        let uses = |at: At| {
            fits(at);
            assert!(at.area == 0 || pass.spots.contains(&(at.area as usize - 1)), "a spot of another pass");
        };
        pass.fills.iter().for_each(|(slot, count, _)| slots(*slot, *count));
        pass.streams.iter().for_each(|(slot, _)| slots(*slot, 1));
        for step in &pass.steps {
            match step {
                ScenarioStep::Machine { from, to } => {
                    for instruction in &program.code[*from as usize..*to as usize] {
                        instruction.places().for_each(uses);
                        if instruction.out != NO_OUT {
                            uses(At::out(instruction.out));
                        }
                        assert!((instruction.division as usize) < program.division_owners.len().max(1));
                    }
                }
                ScenarioStep::Draw { stream, to, .. } => {
                    slots(*stream, 1);
                    uses(*to);
                }
                ScenarioStep::Conv { slot, length, to, .. } => {
                    slots(*slot, *length);
                    uses(*to);
                }
                ScenarioStep::Rolling { window, slot, x, to, .. } => {
                    slots(*slot, 2 * window + 1);
                    assert!(*x != At::NOWHERE && *to != At::NOWHERE);
                    uses(*x);
                    uses(*to);
                }
            }
        }
    }
}
