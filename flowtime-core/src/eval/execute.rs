//! Runs a program: pass by pass, tile by tile, step by step.

use super::control::Control;
use super::kernels::memory::{Isa, Memory};
use super::kernels::scan::{self, ScanState};
use crate::error::Error;
use crate::plan::feed::Feed;
use crate::plan::graph::TILE;
use crate::plan::program::{Instruction, NO_OUT, NONE, Out, Pass, Program, Step, Uniform};
use rand_pcg::Lcg64Xsh32;

/// Everything that a run of a program needs and that runs after it can use again.
#[derive(Debug)]
pub(crate) struct Workspace {
    memory: Memory,
    /// The program's code with the literals of this run.
    code: Vec<Instruction>,
    scans: Vec<ScanState>,
    delays: Vec<DelayLine>,
    columns: Vec<Vec<f64>>,
    horizons: Vec<f64>,
    random: Vec<Lcg64Xsh32>,
    /// By node: the bins of this tile that divided by zero.
    zero_bins: Vec<u64>,
    /// The nodes that divided by zero in this tile; its memory is kept between tiles.
    zero_nodes: Vec<u32>,
    /// For nodes that divide in several passes: a bit a bin that has counted.
    counted: Vec<Vec<u64>>,
    /// By node: how many bins divided by zero.
    pub(crate) zero_counts: Vec<u64>,
}

/// What a run is given.
pub(crate) struct Given<'a> {
    pub(crate) bins: usize,
    pub(crate) feeds: &'a [Feed],
    /// The stream of each input at its start.
    pub(crate) random: &'a [Lcg64Xsh32],
    pub(crate) isa: Isa,
}

/// The inputs of a delay of `TILE` bins or more.
#[derive(Debug)]
struct DelayLine {
    numbers: Vec<f64>,
    fill: f64,
    lag: usize,
}

impl DelayLine {
    /// Where bin `t` is kept.
    fn position(&self, t: usize) -> usize {
        t % self.numbers.len()
    }

    fn read(&self, t: usize, out: &mut [f64]) {
        // Before the first bins came by there is only the fill.
        let missing = self.lag.saturating_sub(t).min(out.len());
        let (before, after) = out.split_at_mut(missing);
        before.fill(self.fill);
        if !after.is_empty() {
            let from = self.position(t + missing - self.lag);
            let first = after.len().min(self.numbers.len() - from);
            after[..first].copy_from_slice(&self.numbers[from..from + first]);
            let rest = after.len() - first;
            after[first..].copy_from_slice(&self.numbers[..rest]);
        }
    }

    fn write(&mut self, t: usize, numbers: &[f64]) {
        let from = self.position(t);
        let first = numbers.len().min(self.numbers.len() - from);
        self.numbers[from..from + first].copy_from_slice(&numbers[..first]);
        let rest = numbers.len() - first;
        self.numbers[..rest].copy_from_slice(&numbers[first..]);
    }
}

impl Workspace {
    /// Memory for runs of `program` over `bins` bins of a model with `nodes` nodes and `inputs` inputs.
    pub(crate) fn new(program: &Program, bins: usize, nodes: usize, inputs: usize) -> Self {
        let delays = program.delays.iter().map(|(lag, fill)| DelayLine {
            numbers: vec![*fill; *lag as usize + TILE],
            fill: *fill,
            lag: *lag as usize,
        });
        Workspace {
            memory: Memory::new(program),
            code: program.code.clone(),
            scans: program.scans.iter().map(|scan| ScanState::new(&scan.kind)).collect(),
            delays: delays.collect(),
            columns: vec![vec![0.0; bins]; program.columns],
            horizons: vec![0.0; program.horizons.len()],
            random: Vec::with_capacity(inputs),
            zero_bins: vec![0; nodes],
            zero_nodes: Vec::with_capacity(nodes),
            counted: vec![vec![0; bins.div_ceil(TILE)]; program.divided_nodes.len()],
            zero_counts: vec![0; nodes],
        }
    }

    /// Runs `program`; output n goes to `series[n]`, which has `bins` numbers.
    pub(crate) fn run(
        &mut self,
        program: &Program,
        given: &Given,
        series: &mut [&mut [f64]],
        control: &mut Control,
    ) -> Result<(), Error> {
        for (number, code, input) in &program.patches {
            let literal = given.feeds[*input as usize].value().unwrap_or(f64::NAN);
            let instruction = &mut self.code[*number as usize];
            instruction.literal = literal;
            instruction.code = code.specialised(literal);
        }
        self.zero_counts.fill(0);
        self.counted.iter_mut().for_each(|bins| bins.fill(0));
        for (scan, state) in program.scans.iter().zip(&mut self.scans) {
            state.reset(&scan.kind);
        }
        for pass in &program.passes {
            self.pass(program, pass, given, series, control)?;
        }
        for (out, series) in program.outs.iter().zip(series.iter_mut()) {
            control.check()?;
            match out {
                Out::Computed => {}
                Out::Literal(x) => series.fill(*x),
                Out::Input(input) => series.fill(given.feeds[*input as usize].value().unwrap_or(f64::NAN)),
                Out::Horizon(number) => {
                    series.fill(mean_or_sum(program, &self.horizons, *number, given.bins))
                }
            }
        }
        for node in &program.always_zero {
            self.zero_counts[*node as usize] = given.bins as u64;
        }
        Ok(())
    }

    fn pass(
        &mut self,
        program: &Program,
        pass: &Pass,
        given: &Given,
        series: &mut [&mut [f64]],
        control: &mut Control,
    ) -> Result<(), Error> {
        for (address, number) in &pass.uniform {
            let x = match number {
                Uniform::Literal(x) => *x,
                Uniform::Input(input) => given.feeds[*input as usize].value().unwrap_or(f64::NAN),
                Uniform::Horizon(horizon) => mean_or_sum(program, &self.horizons, *horizon, given.bins),
            };
            self.memory.block_mut(*address, TILE).fill(x);
        }
        for (address, length, fill) in &pass.histories {
            self.memory.block_mut(*address - *length as i32, *length as usize).fill(*fill);
        }
        for step in &pass.steps {
            if let Step::Bundle(number) = step {
                let Workspace { memory, horizons, .. } = &mut *self;
                memory.start_bundle(&program.bundles[*number as usize], |uniform| match uniform {
                    Uniform::Literal(x) => x,
                    Uniform::Input(input) => given.feeds[input as usize].value().unwrap_or(f64::NAN),
                    Uniform::Horizon(number) => mean_or_sum(program, horizons, number, given.bins),
                });
            }
        }
        self.random.clear();
        self.random.extend_from_slice(given.random);
        let mut t = 0;
        while t < given.bins {
            let count = TILE.min(given.bins - t);
            self.memory.point_outs(series, t, given.bins);
            for step in &pass.steps {
                self.step(program, step, given, t, 0..count);
                // A tile of many long kernels alone can take seconds.
                control.check()?;
            }
            for (address, length, _) in &pass.histories {
                self.memory.age(*address, *length, count);
            }
            self.memory.flush_outs(series, t, given.bins);
            self.count_zeros(program, t, count);
            t += count;
            control.advanced(count)?;
        }
        Ok(())
    }

    /// Runs one step for the bins `t + bins` of the tile that begins at bin `t`.
    fn step(
        &mut self,
        program: &Program,
        step: &Step,
        given: &Given,
        t: usize,
        bins: std::ops::Range<usize>,
    ) {
        let (from, count) = (bins.start, bins.len());
        match step {
            Step::Machine { from: first, to } => {
                let code = &self.code[*first as usize..*to as usize];
                self.memory.tile(given.isa, code);
            }
            Step::Scan { scan, dst, out } => {
                let mut numbers = [0.0; TILE];
                let scan_data = &program.scans[*scan as usize];
                let a = self.memory.block(scan_data.a + from as i32, count);
                let b = if scan_data.b == NONE {
                    &[][..]
                } else {
                    self.memory.block(scan_data.b + from as i32, count)
                };
                scan::advance(&scan_data.kind, &mut self.scans[*scan as usize], a, b, &mut numbers[..count]);
                self.memory.put(*dst, *out, from, &numbers[..count]);
            }
            Step::Input { input, dst, out } => {
                let (feed, random) = (&given.feeds[*input as usize], &mut self.random[*input as usize]);
                if *dst != NONE {
                    feed.fill(t, self.memory.block_mut(*dst, count), random);
                    if *out != NO_OUT {
                        self.memory.keep(*dst, *out, count);
                    }
                } else if *out != NO_OUT {
                    feed.fill(t, &mut self.memory.out_mut(*out)[..count], random);
                }
            }
            Step::Bin { dst, out } => {
                let mut numbers = [0.0; TILE];
                for (i, x) in numbers[..count].iter_mut().enumerate() {
                    *x = (t + i) as f64;
                }
                self.memory.put(*dst, *out, 0, &numbers[..count]);
            }
            Step::Pulse { period, phase, dst, out } => {
                let mut numbers = [0.0; TILE];
                // From the first pulse at or after bin t on, one every period.
                let (start, end) = (t as u64, (t + count) as u64);
                let passed = start.saturating_sub(*phase).div_ceil(*period);
                let mut bin = phase.saturating_add(passed.saturating_mul(*period));
                while bin < end {
                    numbers[(bin - start) as usize] = 1.0;
                    bin = bin.saturating_add(*period);
                }
                self.memory.put(*dst, *out, 0, &numbers[..count]);
            }
            Step::Feedback { chunk, steps } => {
                self.feedback(program, *chunk as usize, steps, given, t, count)
            }
            Step::Bundle(number) => {
                let Workspace { memory, code, .. } = self;
                memory.bundle(given.isa, code, &program.bundles[*number as usize], count);
            }
            Step::DelayRead { delay, dst, out } => {
                let delay = &self.delays[*delay as usize];
                if *dst != NONE {
                    delay.read(t, self.memory.block_mut(*dst, count));
                    if *out != NO_OUT {
                        self.memory.keep(*dst, *out, count);
                    }
                } else if *out != NO_OUT {
                    delay.read(t, &mut self.memory.out_mut(*out)[..count]);
                }
            }
            Step::DelayWrite { delay, src } => {
                self.delays[*delay as usize].write(t, self.memory.block(*src, count));
            }
            Step::ColumnLoad { column, dst } => {
                self.memory
                    .block_mut(*dst, count)
                    .copy_from_slice(&self.columns[*column as usize][t..t + count]);
            }
            Step::ColumnStore { column, src } => {
                self.columns[*column as usize][t..t + count].copy_from_slice(self.memory.block(*src, count));
            }
            Step::HorizonAdd { horizon, src } => {
                let sum = &mut self.horizons[*horizon as usize];
                if t == 0 {
                    *sum = 0.0;
                }
                for x in self.memory.block(*src, count) {
                    *sum += x;
                }
            }
            Step::Keep { src, out } => self.memory.keep(*src, *out, count),
        }
    }

    fn feedback(
        &mut self,
        program: &Program,
        chunk: usize,
        steps: &[Step],
        given: &Given,
        t: usize,
        count: usize,
    ) {
        if let ([Step::Machine { from, to }], 1) = (steps, chunk) {
            let code = &self.code[*from as usize..*to as usize];
            self.memory.each(given.isa, code, 0, count);
            return;
        }
        let mut from = 0;
        while from < count {
            let to = (from + chunk).min(count);
            for step in steps {
                match step {
                    Step::Machine { from: first, to: last } => {
                        let code = &self.code[*first as usize..*last as usize];
                        if chunk == 1 {
                            self.memory.each(given.isa, code, from, to);
                        } else {
                            self.memory.eight(given.isa, code, from);
                        }
                    }
                    step => self.step(program, step, given, t, from..to),
                }
            }
            from = to;
        }
    }

    /// Counts the bins of this tile in which each node divided by zero, each bin once.
    fn count_zeros(&mut self, program: &Program, t: usize, count: usize) {
        let Workspace { memory, zero_bins, zero_nodes, zero_counts, counted, .. } = self;
        if memory.zeros.is_empty() {
            return;
        }
        let valid = u64::MAX >> (TILE - count);
        memory.zeros.drain(|division, bins| {
            for &node in &program.division_owners[division as usize] {
                if zero_bins[node as usize] == 0 {
                    zero_nodes.push(node);
                }
                zero_bins[node as usize] |= bins & valid;
            }
        });
        for node in zero_nodes.drain(..) {
            let mut bins = std::mem::take(&mut zero_bins[node as usize]);
            if let Ok(number) = program.divided_nodes.binary_search(&node) {
                let counted = &mut counted[number][t / TILE];
                bins &= !*counted;
                *counted |= bins;
            }
            zero_counts[node as usize] += u64::from(bins.count_ones());
        }
    }
}

/// What a finished SUM or MEAN is.
fn mean_or_sum(program: &Program, sums: &[f64], number: u32, bins: usize) -> f64 {
    let sum = sums[number as usize];
    if program.horizons[number as usize].mean { sum / bins as f64 } else { sum }
}
