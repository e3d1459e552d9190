//! What the scripts in `peers/` call: a model loaded, run into their memory or fresh, and freed.
//!
//! Not a C interface for users: no argument is checked that the one caller gets right, errors go to
//! stderr, and a panic ends the process.

use flowtime_core::expr::builtins::FUNCTIONS;
use flowtime_core::{
    Ensemble, EnsembleOptions, Error, Measure, Model, Plan, Run, RunOptions, Runner, ScenarioInput,
    SourceError, Statistic,
};

/// A loaded model with a runner for the series that were asked for.
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
    options: RunOptions,
    runner: Runner,
    bins: usize,
}

fn compiled(text: &str, series: &[&[f64]]) -> Result<Plan, Error> {
    // A const node's source is `inputs#n`: the n-th series.
    let mut resolve = |source: &str| {
        let number = source.strip_prefix("inputs#").and_then(|n| n.parse::<usize>().ok());
        let values = number.and_then(|n| series.get(n));
        values.map(|values| values.to_vec()).ok_or_else(|| SourceError::new(format!("no series `{source}`")))
    };
    Model::from_yaml(text)?.resolve_sources(&mut resolve)?.model.compile()
}

impl Engine {
    fn load(text: &str, keep: &str, series: &[&[f64]]) -> Result<Engine, Error> {
        let plan = compiled(text, series)?;
        let options = match keep {
            "" => RunOptions::new(),
            ids => RunOptions::new().keep(ids.split(',')),
        };
        let runner = plan.runner(&options)?;
        let bins = plan.grid().bins();
        Ok(Engine { plan, options, runner, bins })
    }
}

/// The value, or `failed` with a message on stderr.
fn or_say<T>(result: Result<T, Error>, failed: T) -> T {
    result.unwrap_or_else(|error| {
        eprintln!("{error}");
        failed
    })
}

/// # Safety
/// `length` bytes must be readable at `text`.
unsafe fn text<'a>(text: *const u8, length: usize) -> &'a str {
    // SAFETY: the caller's promise.
    std::str::from_utf8(unsafe { std::slice::from_raw_parts(text, length) }).unwrap_or("not UTF-8")
}

/// Compiles a model. `keep` names the series to compute, with commas; nothing means every node.
/// Returns null after an error.
///
/// # Safety
/// The texts must be readable, and `count` pointers at `series`, each to `bins` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_load(
    yaml: *const u8,
    yaml_length: usize,
    keep: *const u8,
    keep_length: usize,
    series: *const *const f64,
    count: usize,
    bins: usize,
) -> *mut Engine {
    // SAFETY: the caller's promise, for all three.
    let (yaml, keep, series) = unsafe {
        let pointers = std::slice::from_raw_parts(series, count);
        let series: Vec<&[f64]> = pointers.iter().map(|p| std::slice::from_raw_parts(*p, bins)).collect();
        (text(yaml, yaml_length), text(keep, keep_length), series)
    };
    let engine = Engine::load(yaml, keep, &series).map(|engine| Box::into_raw(Box::new(engine)));
    or_say(engine, std::ptr::null_mut())
}

/// Runs into memory that the caller uses again: `series` rows of as many numbers as there are bins.
/// Returns 0, or 1 after an error.
///
/// # Safety
/// `engine` must come from [`flowtime_bench_load`], and `out` have room for the rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_run_into(engine: *mut Engine, out: *mut f64, series: usize) -> i32 {
    // SAFETY: the caller's promise.
    let (engine, out) = unsafe {
        let engine = &mut *engine;
        let length = series * engine.bins;
        (engine, std::slice::from_raw_parts_mut(out, length))
    };
    let mut rows: Vec<&mut [f64]> = out.chunks_exact_mut(engine.bins).collect();
    or_say(engine.runner.run_into(&mut rows).map(|()| 0), 1)
}

/// Runs the plan into memory of its own. Returns null after an error.
///
/// # Safety
/// `engine` must come from [`flowtime_bench_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_run_fresh(engine: *const Engine) -> *mut Run {
    // SAFETY: the caller's promise.
    let engine = unsafe { &*engine };
    or_say(engine.plan.run(&engine.options).map(|run| Box::into_raw(Box::new(run))), std::ptr::null_mut())
}

/// The numbers of a kept series of a run; null if there are not so many.
///
/// # Safety
/// `run` must come from [`flowtime_bench_run_fresh`]; the numbers live as long as it does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_series(run: *const Run, number: usize) -> *const f64 {
    // SAFETY: the caller's promise.
    let run = unsafe { &*run };
    run.iter().nth(number).map_or(std::ptr::null(), |(_, series)| series.as_ptr())
}

/// Frees a run.
///
/// # Safety
/// `run` must come from [`flowtime_bench_run_fresh`] and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_free_run(run: *mut Run) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(run) });
}

/// Frees an engine.
///
/// # Safety
/// `engine` must come from [`flowtime_bench_load`] and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_free(engine: *mut Engine) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(engine) });
}

/// An ensemble that is run again and again.
#[derive(Debug)]
pub struct Scenarios {
    plan: Plan,
    options: EnsembleOptions,
}

/// What an ensemble is to be: as [`flowtime_bench_load`] has it, and more.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    yaml: *const u8,
    yaml_length: usize,
    /// Means and a quantile are taken of these, if there is a quantile, or all their series are kept.
    keep: *const u8,
    keep_length: usize,
    /// The maxima of these are measured.
    peaks: *const u8,
    peaks_length: usize,
    series: *const *const f64,
    count: usize,
    bins: usize,
    scenarios: usize,
    threads: usize,
    /// A number a scenario for the node `scale`, or null.
    scale: *const f64,
    /// NaN for none.
    quantile: f64,
}

/// Compiles a model for an ensemble. Returns null after an error.
///
/// # Safety
/// What `asked` points to must be readable: texts, `count` series of `bins` numbers, one number a scenario.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_scenarios(asked: *const Asked) -> *mut Scenarios {
    // SAFETY: the caller's promise, for all of them.
    let (asked, yaml, keep, peaks, series, scale) = unsafe {
        let asked = *asked;
        let pointers = std::slice::from_raw_parts(asked.series, asked.count);
        let series: Vec<&[f64]> =
            pointers.iter().map(|p| std::slice::from_raw_parts(*p, asked.bins)).collect();
        let scale = (!asked.scale.is_null())
            .then(|| std::slice::from_raw_parts(asked.scale, asked.scenarios).to_vec());
        (
            asked,
            text(asked.yaml, asked.yaml_length),
            text(asked.keep, asked.keep_length),
            text(asked.peaks, asked.peaks_length),
            series,
            scale,
        )
    };
    let mut options = EnsembleOptions::new(asked.scenarios).keep(keep.split(',')).threads(asked.threads);
    options = match asked.quantile.is_nan() {
        true => options.statistics([]).series(0..asked.scenarios),
        false => options.statistics([Statistic::Mean, Statistic::Quantile(asked.quantile)]),
    };
    if let Some(scale) = scale {
        options = options.input("scale", ScenarioInput::Numbers(scale));
    }
    for id in peaks.split(',').filter(|id| !id.is_empty()) {
        options = options.measure(id, Measure::Maximum);
    }
    let loaded = compiled(yaml, &series).map(|plan| Box::into_raw(Box::new(Scenarios { plan, options })));
    or_say(loaded, std::ptr::null_mut())
}

/// Runs an ensemble. Returns null after an error.
///
/// # Safety
/// `scenarios` must come from [`flowtime_bench_scenarios`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_ensemble(scenarios: *const Scenarios) -> *mut Ensemble {
    // SAFETY: the caller's promise.
    let scenarios = unsafe { &*scenarios };
    let ensemble = scenarios.plan.ensemble(&scenarios.options).map(|found| Box::into_raw(Box::new(found)));
    or_say(ensemble, std::ptr::null_mut())
}

/// The numbers of an ensemble: `m` means or `q` quantiles of kept series `number`, `s` its series, one scenario
/// after the other, `p` the maximum of measure `number` in each scenario. Null if there are none.
///
/// # Safety
/// `ensemble` must come from [`flowtime_bench_ensemble`]; the numbers live as long as it does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_numbers(
    ensemble: *const Ensemble,
    sort: u8,
    number: usize,
) -> *const f64 {
    // SAFETY: the caller's promise.
    let ensemble = unsafe { &*ensemble };
    let id = ensemble.ids().nth(number).unwrap_or_default();
    let found = match sort {
        b'm' => ensemble.mean(id).map(|series| series.as_ptr()),
        b'q' => ensemble
            .quantiles(id)
            .first()
            .and_then(|q| ensemble.quantile(id, *q))
            .map(|series| series.as_ptr()),
        b's' => ensemble.series(id).map(|series| series.as_ptr()),
        _ => ensemble
            .measures()
            .nth(number)
            .and_then(|(id, measure)| ensemble.measure(id, measure))
            .map(|numbers| numbers.as_ptr()),
    };
    found.unwrap_or(std::ptr::null())
}

/// Frees an ensemble.
///
/// # Safety
/// `ensemble` must come from [`flowtime_bench_ensemble`] and not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_free_ensemble(ensemble: *mut Ensemble) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(ensemble) });
}

/// Writes the names of the language's functions, with commas, and after a semicolon the instruction
/// set that runs use. Returns the length, at most `room`.
///
/// # Safety
/// `room` bytes must be writable at `to`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_bench_about(to: *mut u8, room: usize) -> usize {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    let sets = RunOptions::instruction_sets();
    // The last one is the best, and used; its text is like `Simd(Avx2(…))`.
    let best = sets.last().and_then(|set| set.split(['(', ')', ' ']).nth(1)).unwrap_or("scalar");
    let about = format!("{};{best}", names.join(","));
    let length = about.len().min(room);
    // SAFETY: the caller's promise; the text is not part of it.
    unsafe { std::ptr::copy_nonoverlapping(about.as_ptr(), to, length) };
    length
}
