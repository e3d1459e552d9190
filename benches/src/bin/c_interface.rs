//! What a call through the C interface costs over the same call in Rust.
//!
//! `flowtime-bench-c-interface libflowtime.so` loads the library as a C program does, runs a model of 10
//! nodes and 24 bins through `flowtime_runner_run_into` and through `Runner::run_into`, and prints both
//! medians and their difference. The two take turns every few microseconds, so that a noisy machine
//! disturbs them alike. It fails when the difference is over 200 ns, or the results differ.

use flowtime_core::{Error, Model, RunOptions};
use std::ffi::{CString, c_char, c_int, c_void};
use std::process::ExitCode;
use std::ptr;
use std::time::Instant;

const MODEL: &str = "schemaVersion: 1
grid: {bins: 24, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, values: [5, 9, 14, 20, 26, 18, 11, 7]}
  - {id: capacity, kind: const, values: 12}
  - {id: noise, kind: pmf, pmf: {values: [0, 1, 2], probabilities: [0.5, 0.25, 0.25]}}
  - {id: load, kind: expr, expr: arrivals + noise}
  - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + load - capacity)'}
  - {id: served, kind: expr, expr: 'load + SHIFT(backlog, 1) - backlog'}
  - {id: use, kind: expr, expr: served / capacity}
  - {id: wait, kind: expr, expr: backlog / capacity}
  - {id: late, kind: expr, expr: 'IF(wait > 1, 1, 0)'}
  - {id: total, kind: expr, expr: served + late}
";
const NODES: usize = 10;
const BINS: usize = 24;
/// Nanoseconds that the C interface may add.
const ALLOWED: f64 = 200.0;
/// Rounds of a measurement, and calls that are timed together in each.
const ROUNDS: usize = 4001;
const CALLS: usize = 32;

#[link(name = "dl")]
unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

type Handle = *mut c_void;
type Parse = unsafe extern "C" fn(*const c_char, *mut Handle, *mut Handle) -> i32;
type Compile = unsafe extern "C" fn(Handle, *mut Handle, *mut Handle) -> i32;
type New = unsafe extern "C" fn(Handle, Handle, *mut Handle, *mut Handle) -> i32;
type Bind = unsafe extern "C" fn(Handle, *const c_char, usize, i32, *mut Handle) -> i32;
type RunInto = unsafe extern "C" fn(Handle, *const f64, usize, *mut f64, usize, *mut Handle) -> i32;

/// A runner of the C interface, with the one function that is timed.
struct Border {
    runner: Handle,
    run_into: RunInto,
}

impl Border {
    /// Loads the library and prepares the model, with these inputs bound: a name, and 1 for a number or 2
    /// for a series.
    fn load(path: &str, bound: &[(&str, i32)]) -> Result<Border, String> {
        let path_text = CString::new(path).map_err(|error| error.to_string())?;
        let now: c_int = 2;
        // SAFETY: the path ends with a NUL.
        let library = unsafe { dlopen(path_text.as_ptr(), now) };
        if library.is_null() {
            return Err(format!("cannot load `{path}`"));
        }
        let find = |name: &str| {
            let text = CString::new(name).map_err(|error| error.to_string())?;
            // SAFETY: the library is loaded, the name ends with a NUL.
            let found = unsafe { dlsym(library, text.as_ptr()) };
            if found.is_null() { Err(format!("`{path}` has no `{name}`")) } else { Ok(found) }
        };
        // SAFETY: the functions have these types in flowtime.h.
        let (parse, compile, new, bind, run_into) = unsafe {
            (
                std::mem::transmute::<Handle, Parse>(find("flowtime_model_parse_cstr")?),
                std::mem::transmute::<Handle, Compile>(find("flowtime_model_compile")?),
                std::mem::transmute::<Handle, New>(find("flowtime_runner_new")?),
                std::mem::transmute::<Handle, Bind>(find("flowtime_runner_bind")?),
                std::mem::transmute::<Handle, RunInto>(find("flowtime_runner_run_into")?),
            )
        };
        let good = |status: i32| if status == 0 { Ok(()) } else { Err(format!("status {status}")) };
        let text = CString::new(MODEL).map_err(|error| error.to_string())?;
        let (mut model, mut plan, mut runner) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: as the header says; handles are used after their calls have succeeded, and stay for as
        // long as the process.
        unsafe {
            good(parse(text.as_ptr(), &mut model, ptr::null_mut()))?;
            good(compile(model, &mut plan, ptr::null_mut()))?;
            good(new(plan, ptr::null_mut(), &mut runner, ptr::null_mut()))?;
            for (node, shape) in bound {
                good(bind(runner, node.as_ptr().cast(), node.len(), *shape, ptr::null_mut()))?;
            }
        }
        Ok(Border { runner, run_into })
    }

    fn run_into(&self, inputs: &[f64], outputs: &mut [f64]) -> i32 {
        // SAFETY: the runner lives, and the pointers have these lengths.
        unsafe {
            (self.run_into)(
                self.runner,
                inputs.as_ptr(),
                inputs.len(),
                outputs.as_mut_ptr(),
                outputs.len(),
                ptr::null_mut(),
            )
        }
    }
}

/// Nanoseconds for one of `CALLS` calls.
fn timed(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / CALLS as f64
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn says(error: Error) -> String {
    error.to_string()
}

/// Measures the call with no bound input, or with a number and a series; gives the difference.
fn measure(library: &str, name: &str, bound: &[(&str, i32)], inputs: &[f64]) -> Result<f64, String> {
    let border = Border::load(library, bound)?;
    let plan = Model::from_yaml(MODEL).and_then(|model| model.compile()).map_err(says)?;
    let mut runner = plan.runner(&RunOptions::new()).map_err(says)?;
    let (mut from_c, mut from_rust) = (vec![0.0; NODES * BINS], vec![1.0; NODES * BINS]);
    let mut failed = 0;
    let (mut c, mut rust) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        rust.push(timed(|| {
            let mut rest = inputs;
            for (node, shape) in bound {
                let (own, after) = rest.split_at(if *shape == 1 { 1 } else { BINS });
                rest = after;
                let set = match (shape, own) {
                    (1, [number]) => runner.set_input(node, *number),
                    _ => runner.set_series(node, own),
                };
                failed += i32::from(set.is_err());
            }
            let mut rows = from_rust.chunks_exact_mut(BINS);
            let mut slots: [&mut [f64]; NODES] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            failed += i32::from(runner.run_into(&mut slots).is_err());
        }));
        c.push(timed(|| failed += border.run_into(inputs, &mut from_c)));
    }
    let same = from_c.iter().zip(&from_rust).all(|(a, b)| a.to_bits() == b.to_bits());
    if failed != 0 || !same {
        return Err(format!("{name}: calls failed ({failed}) or results differ"));
    }
    let (c, rust) = (median(c), median(rust));
    println!("{name:<32} {rust:>8.1} {c:>8.1} {:>8.1}", c - rust);
    Ok(c - rust)
}

fn run() -> Result<(), String> {
    let library = std::env::args().nth(1).ok_or("usage: flowtime-bench-c-interface libflowtime.so")?;
    let inputs: Vec<f64> = (0..=BINS).map(|number| number as f64).collect();
    println!("{:<32} {:>8} {:>8} {:>8}", "run_into, 10 nodes, 24 bins", "Rust ns", "C ns", "over");
    let none = measure(&library, "no input", &[], &[])?;
    let number = measure(&library, "a number", &[("capacity", 1)], &inputs[..1])?;
    let both = measure(&library, "a number and a series", &[("capacity", 1), ("arrivals", 2)], &inputs)?;
    if none.max(number).max(both) > ALLOWED {
        return Err(format!("the C interface adds more than {ALLOWED} ns"));
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
