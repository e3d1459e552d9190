//! The work of an ensemble: all scenarios advance a few bins, then their statistics are taken.
//!
//! Each pass goes through the horizon in chunks of bins. In a chunk every thread takes tasks of up to
//! [`LEAF`](super::moments::LEAF) scenarios, advances them block by block, and takes the moments while
//! the results are in the cache. When all are done the threads take kept series and bins, merge the
//! leaves, and look for quantiles.

mod statistics;

use super::barrier::{Barrier, Broken};
use super::collected::{PartBin, PointSeries, Results};
use super::layout::Task;
use super::moments::{Moments, Wanted};
use super::quantile::{Inside, Places, Scratch};
use super::setup::{Counter, Setup};
use crate::error::Error;
use crate::eval::control::{Control, cancelled};
use crate::eval::kernels::environment::DefaultEnvironment;
use crate::eval::kernels::scenarios::{Block, Row, ScenarioMachine, Surroundings, numbers};
use crate::plan::scenarios::{LANES, ScenarioPass};
use crate::rng::lane;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

/// What a task keeps between chunks.
#[derive(Default)]
struct TaskState {
    /// By block: `program.state` rows.
    state: Vec<Row>,
    /// By kept series with quantiles, bin of the chunk and block.
    waiting: Vec<Row>,
    /// By segment, kept series and bin of the chunk.
    moments: Vec<Moments>,
    /// By segment, counter and bin of the chunk.
    counts: Vec<u32>,
    /// By bracket, in the order of kept series, bins of the chunk, and quantiles.
    caught: Vec<Caught>,
    /// Numbers inside brackets.
    inside: Inside,
}

/// What a task has found about a bracket.
#[derive(Clone, Default)]
struct Caught {
    places: Places,
    /// Which numbers are inside.
    inside: Range<usize>,
}

/// What the threads share.
struct Shared<'a> {
    setup: &'a Setup,
    states: Vec<RwLock<TaskState>>,
    results: Vec<Mutex<Vec<PointSeries>>>,
    /// By kept series and bin, where the scenarios are a part of an ensemble.
    parts: Vec<Mutex<Vec<PartBin>>>,
    /// By kept series and chosen scenario, in all points.
    chosen: Mutex<Vec<Vec<f64>>>,
    /// By kept series: was a quantile elsewhere than the sample had it?
    missed: Vec<AtomicBool>,
    zeros: Mutex<Vec<u64>>,
    barrier: Barrier,
    /// Takers of tasks and of series, a pair a chunk and pass.
    takers: Vec<[AtomicUsize; 2]>,
    done: AtomicUsize,
    /// Somebody wants to stop; everybody knows.
    stop: AtomicBool,
    stopped: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Computes everything.
pub(crate) fn simulate(setup: &Setup, control: &mut Control) -> Result<Results, Error> {
    let bins = setup.plan.0.grid.bins();
    let layout = &setup.layout;
    let passes = setup.program.passes.len();
    let chunks = bins.div_ceil(layout.bins);
    let counters = setup.wishes.iter().flat_map(|wish| &wish.counters).map(Counter::len).sum::<usize>();
    let waiting = setup.wishes.iter().filter(|wish| setup.waits(wish)).count();
    let state_of = |task: &Task| TaskState {
        state: vec![Row::ZERO; task.blocks() * setup.program.state],
        waiting: vec![Row::ZERO; task.blocks() * waiting * layout.bins],
        moments: vec![Moments::EMPTY; task.segments.len() * setup.wishes.len() * layout.bins],
        counts: vec![0; task.segments.len() * counters * layout.bins],
        ..TaskState::default()
    };
    let shared = Shared {
        setup,
        states: layout.tasks.iter().map(|task| RwLock::new(state_of(task))).collect(),
        results: setup
            .wishes
            .iter()
            .map(|wish| Mutex::new((0..layout.points).map(|_| PointSeries::new(wish, bins)).collect()))
            .collect(),
        parts: match setup.intervals {
            Some(_) => setup.wishes.iter().map(|_| Mutex::new(vec![PartBin::default(); bins])).collect(),
            None => Vec::new(),
        },
        chosen: Mutex::new(Results::room_for_series(setup, bins)),
        missed: setup.wishes.iter().map(|_| AtomicBool::new(false)).collect(),
        zeros: Mutex::new(
            setup.shared_zeros.iter().map(|n| n * (layout.points * layout.scenarios) as u64).collect(),
        ),
        barrier: Barrier::default(),
        takers: (0..passes * chunks).map(|_| [AtomicUsize::new(0), AtomicUsize::new(0)]).collect(),
        done: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        stopped: AtomicBool::new(false),
    };
    let all_begun = OnceLock::<std::sync::Barrier>::new();
    std::thread::scope(|scope| {
        let mut others = Vec::new();
        for _ in 1..setup.threads {
            let begin = || {
                let threads = shared.barrier.threads();
                all_begun.get_or_init(|| std::sync::Barrier::new(threads)).wait();
                let _guard = shared.barrier.guard();
                // A thread that stops early was told to, or another one has panicked.
                let _ = Worker::new(&shared).work(None);
            };
            match std::thread::Builder::new().spawn_scoped(scope, begin) {
                Ok(other) => others.push(other),
                // Fewer threads do it too.
                Err(_) => break,
            }
        }
        shared.barrier.open(others.len() + 1);
        others.iter().for_each(|other| other.thread().unpark());
        // Threads that begin on one processor would wait for each other there. Who sleeps until all have begun wakes up
        // on one that is free.
        all_begun.get_or_init(|| std::sync::Barrier::new(others.len() + 1)).wait();
        let _guard = shared.barrier.guard();
        let _ = Worker::new(&shared).work(Some(control));
    });
    if shared.stopped.load(Ordering::Relaxed) {
        return Err(cancelled());
    }
    // Other threads may have done the last tasks.
    control.reached(shared.done.load(Ordering::Relaxed))?;
    let mut results = Results {
        series: shared
            .results
            .into_iter()
            .map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect(),
        parts: shared
            .parts
            .into_iter()
            .map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect(),
        chosen: shared.chosen.into_inner().unwrap_or_else(PoisonError::into_inner),
        measures: Vec::new(),
        missed: shared.missed.iter().map(|missed| missed.load(Ordering::Relaxed)).collect(),
        zeros: shared.zeros.into_inner().unwrap_or_else(PoisonError::into_inner),
    };
    let all = layout.points * layout.scenarios;
    for (slot, (_, measure)) in setup.program.measures.iter().zip(&setup.measures) {
        let mut values = Vec::with_capacity(all);
        for (task, state) in layout.tasks.iter().zip(&shared.states) {
            let state = state.read().unwrap_or_else(PoisonError::into_inner);
            for block in 0..task.blocks() {
                let Row(lanes) = state.state[block * setup.program.state + *slot as usize];
                let scenarios = LANES.min(task.scenarios - block * LANES);
                values.extend(lanes[..scenarios].iter().map(|x| measure.finish(*x, bins)));
            }
        }
        results.measures.push(values);
    }
    for node in &setup.program.always_zero {
        results.zeros[*node as usize] = (all * bins) as u64;
    }
    Ok(results)
}

/// One thread of an ensemble.
struct Worker<'a> {
    shared: &'a Shared<'a>,
    setup: &'a Setup,
    machine: ScenarioMachine,
    /// By kept series without quantiles, bin of the chunk and block.
    passing: Vec<Row>,
    /// By input: rows of the series that each scenario has of its own.
    series: Vec<Vec<Row>>,
    scratch: Scratch,
    values: Vec<f64>,
}

/// Why a thread has nothing more to do.
struct Over;

impl From<Broken> for Over {
    fn from(_: Broken) -> Self {
        Over
    }
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>) -> Self {
        let setup = shared.setup;
        let passing = setup.wishes.iter().filter(|wish| !setup.waits(wish)).count();
        let blocks = setup.layout.tasks.iter().map(Task::blocks).max().unwrap_or(0);
        let rows =
            |matrix: &Option<_>| matrix.as_ref().map_or(Vec::new(), |_| vec![Row::ZERO; setup.layout.bins]);
        Worker {
            shared,
            setup,
            machine: ScenarioMachine::new(&setup.program, setup.plan.0.nodes.len()),
            passing: vec![Row::ZERO; passing * blocks * setup.layout.bins],
            series: setup.matrices.iter().map(rows).collect(),
            scratch: Scratch::default(),
            values: Vec::new(),
        }
    }

    fn work(&mut self, mut control: Option<&mut Control>) -> Result<(), Over> {
        let _environment = DefaultEnvironment::enter();
        let (setup, shared) = (self.setup, self.shared);
        let bins = setup.plan.0.grid.bins();
        let last = setup.program.passes.len() - 1;
        let mut takers = shared.takers.iter();
        for (number, pass) in setup.program.passes.iter().enumerate() {
            let around = Surroundings {
                program: &setup.program,
                pass,
                shared: &setup.shared,
                draws: &setup.draws,
                isa: setup.isa,
            };
            self.machine.begin(&around);
            let mut from = 0;
            while from < bins {
                let chunk = from..(from + setup.layout.bins).min(bins);
                let Some([tasks, series]) = takers.next() else { return Err(Over) };
                while let Some(task) = take(tasks, setup.layout.tasks.len()) {
                    if shared.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    self.task(&around, task, chunk.clone(), number == last);
                    shared.done.fetch_add(1, Ordering::Relaxed);
                    self.report(&mut control);
                }
                shared.barrier.wait()?;
                if number == last {
                    while let Some(item) = take(series, setup.wishes.len() * chunk.len()) {
                        if shared.stop.load(Ordering::Relaxed) {
                            break;
                        }
                        self.statistics(item / chunk.len(), item % chunk.len(), chunk.start);
                        self.report(&mut control);
                    }
                }
                if control.is_some() {
                    shared.stopped.store(shared.stop.load(Ordering::Relaxed), Ordering::Relaxed);
                }
                shared.barrier.wait()?;
                // Everybody reads this before the calling thread can come here again.
                if shared.stopped.load(Ordering::Relaxed) {
                    return Err(Over);
                }
                from = chunk.end;
            }
        }
        let mut zeros = locked(&shared.zeros);
        zeros.iter_mut().zip(&self.machine.counts.bins).for_each(|(all, mine)| *all += mine);
        Ok(())
    }

    /// The calling thread says how far the work is, and hears whether to stop.
    fn report(&self, control: &mut Option<&mut Control>) {
        if let Some(control) = control
            && control.reached(self.shared.done.load(Ordering::Relaxed)).is_err()
        {
            self.shared.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Advances the scenarios of a task over `chunk`, and takes what can be taken at once.
    fn task(&mut self, around: &Surroundings, number: usize, chunk: Range<usize>, is_last: bool) {
        let setup = self.setup;
        let task = &setup.layout.tasks[number];
        let mut guard = self.shared.states[number].write().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let blocks = task.blocks();
        let slots = setup.program.state;
        for block in 0..blocks {
            if self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
            let first = task.first + block * LANES;
            let scenarios = LANES.min(task.scenarios - block * LANES);
            let of_block = &mut state.state[block * slots..(block + 1) * slots];
            if chunk.start == 0 {
                start(setup, around.pass, of_block, first, scenarios);
            }
            self.gather_series(first, scenarios, &chunk);
            let given: Vec<Option<&Row>> = setup
                .numbers
                .iter()
                .map(|rows| rows.as_ref().map(|rows| &rows[task.block + block]))
                .collect();
            let mut outs = outs(setup, &mut state.waiting, &mut self.passing, blocks, block);
            let mut of_block =
                Block { state: of_block, numbers: &given, series: &self.series, outs: &mut outs, scenarios };
            self.machine.advance(around, &mut of_block, chunk.clone());
        }
        if is_last {
            self.leaves(task, state, &chunk);
        }
    }

    /// Turns the series that scenarios have of their own into rows.
    fn gather_series(&mut self, first: usize, scenarios: usize, chunk: &Range<usize>) {
        let count = self.setup.layout.scenarios;
        for (rows, matrix) in self.series.iter_mut().zip(&self.setup.matrices) {
            let Some(matrix) = matrix else { continue };
            for lane in 0..LANES {
                let k = (first + lane.min(scenarios - 1)) % count;
                for (row, t) in rows.iter_mut().zip(chunk.clone()) {
                    row.0[lane] = matrix[(k, t)];
                }
            }
        }
    }

    /// Moments, counts, measures and chosen series of a task's chunk.
    fn leaves(&self, task: &Task, state: &mut TaskState, chunk: &Range<usize>) {
        let setup = self.setup;
        let (blocks, room) = (task.blocks(), setup.layout.bins);
        let counters: usize = setup.wishes.iter().flat_map(|wish| &wish.counters).map(Counter::len).sum();
        let (mut waiting, mut passing) = (0, 0);
        let mut counter = 0;
        state.caught.clear();
        state.inside.clear();
        for (out, wish) in setup.wishes.iter().enumerate() {
            let rows = if !setup.waits(wish) {
                passing += 1;
                &self.passing[(passing - 1) * blocks * room..][..blocks * room]
            } else {
                waiting += 1;
                &state.waiting[(waiting - 1) * blocks * room..][..blocks * room]
            };
            let wanted = Wanted::by(wish);
            for k in 0..chunk.len() {
                let lanes = numbers(&rows[k * blocks..(k + 1) * blocks]);
                if setup.sample > 0 {
                    let lanes = &lanes[..task.scenarios];
                    for bracket in &setup.brackets[out][chunk.start + k] {
                        let (mut places, from) = (Places::default(), state.inside.len());
                        if let Some(bracket) = bracket {
                            bracket.take(setup.isa, lanes, &mut places, &mut state.inside);
                        }
                        state.caught.push(Caught { places, inside: from..state.inside.len() });
                    }
                }
                for (segment, part) in task.segments.iter().enumerate().filter(|_| !setup.layout.split) {
                    let lanes = &lanes[part.from..part.from + part.count];
                    state.moments[(segment * setup.wishes.len() + out) * room + k] =
                        Moments::of(setup.isa, lanes, wanted);
                    let mut at = counter;
                    for wanted in &wish.counters {
                        let counts =
                            &mut state.counts[(segment * room + k) * counters + at..][..wanted.len()];
                        counts.fill(0);
                        wanted.count(setup.isa, lanes, counts);
                        at += wanted.len();
                    }
                }
            }
            counter += wish.counters.iter().map(Counter::len).sum::<usize>();
            if wish.series && !setup.series.is_empty() {
                self.choose(task, out, rows, chunk);
            }
        }
    }

    /// Copies the chunk of those scenarios of a task whose series are kept.
    fn choose(&self, task: &Task, out: usize, rows: &[Row], chunk: &Range<usize>) {
        let (count, chosen) = (self.setup.layout.scenarios, self.setup.series.len());
        let (blocks, bins) = (task.blocks(), self.setup.plan.0.grid.bins());
        let place = Results::place_of_series(self.setup, out);
        let mut all = locked(&self.shared.chosen);
        for point in task.first / count..=(task.first + task.scenarios - 1) / count {
            for (number, k) in self.setup.series.iter().enumerate() {
                let Some(lane) = (point * count + k).checked_sub(task.first).filter(|l| *l < task.scenarios)
                else {
                    continue;
                };
                let from = (point * chosen + number) * bins + chunk.start;
                for (x, row) in all[place][from..from + chunk.len()].iter_mut().zip(rows.chunks(blocks)) {
                    *x = row[lane / LANES].0[lane % LANES];
                }
            }
        }
    }
}

/// The next of `count` things, if one is left.
fn take(taker: &AtomicUsize, count: usize) -> Option<usize> {
    let taken = taker.fetch_add(1, Ordering::Relaxed);
    (taken < count).then_some(taken)
}

/// A block before bin 0.
fn start(setup: &Setup, pass: &ScenarioPass, state: &mut [Row], first: usize, scenarios: usize) {
    let data = &*setup.plan.0;
    let seeds: [u64; LANES] =
        std::array::from_fn(|lane| setup.seed_of((first + lane.min(scenarios - 1)) % setup.layout.scenarios));
    ScenarioMachine::reset(pass, state, |input, at| {
        lane(seeds[at], &data.nodes[data.inputs[input as usize].node as usize].id).0
    });
}

/// Where the kept series of a block go: to rows that wait for quantiles, or to those of the thread.
fn outs<'a>(
    setup: &Setup,
    waiting: &'a mut [Row],
    passing: &'a mut [Row],
    blocks: usize,
    block: usize,
) -> Vec<(&'a mut [Row], usize)> {
    let size = blocks * setup.layout.bins;
    let (mut waiting, mut passing) = (waiting.chunks_exact_mut(size), passing.chunks_exact_mut(size));
    let rows = setup.wishes.iter().filter_map(|wish| {
        let rows = if setup.waits(wish) { waiting.next() } else { passing.next() };
        rows.map(|rows| (&mut rows[block..], blocks))
    });
    rows.collect()
}
