//! Runners that answer a question about many rows of inputs together.

use crate::error::Failure;
use crate::reduce::Reduction;
use crate::runtime::Watch;
use flowtime_core::{Cancel, Error, Plan, RunOptions, Runner};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Results of single runs that are in memory at a time, or those of one row if these are more.
const MOST_KEPT: usize = 1 << 20;

/// Results that a runner computes before it looks for more.
const MOST_AT_ONCE: usize = 256;

/// What is asked about each row.
#[derive(Debug)]
pub(crate) struct Question {
    /// Of every run; a place is kept for each input.
    pub(crate) options: RunOptions,
    /// Which inputs the numbers of a row are for.
    pub(crate) inputs: Vec<String>,
    pub(crate) output: String,
    /// The bins of the output become one number …
    pub(crate) over_bins: Reduction,
    /// … and these one number of all seeds.
    pub(crate) over_seeds: Reduction,
    /// Every row is run with each of them.
    pub(crate) seeds: Vec<u64>,
}

/// Runners, and how to stop them all.
#[derive(Debug, Default)]
pub(crate) struct Crew {
    pub(crate) cancel: Cancel,
    runners: Vec<Runner>,
}

impl Crew {
    /// Makes sure that there are `threads` runners.
    pub(crate) fn grow(&mut self, threads: usize, plan: &Plan, question: &Question) -> Result<(), Failure> {
        while self.runners.len() < threads {
            self.runners.push(plan.runner(&question.options.clone().cancel(&self.cancel))?);
        }
        Ok(())
    }

    /// A number for each of `count` rows, the same ones however many threads there are.
    pub(crate) fn answer(
        &mut self,
        question: &Question,
        rows: &[f64],
        count: usize,
        threads: usize,
        watch: &Watch,
    ) -> Result<Vec<f64>, Failure> {
        let (width, seeds) = (question.inputs.len(), question.seeds.len());
        let block = (MOST_KEPT / seeds).clamp(1, count.max(1));
        let done = AtomicUsize::new(0);
        let total = (count * seeds).max(1) as f64;
        let mut answers = Vec::with_capacity(count);
        let mut kept = vec![0.0; block * seeds];
        let mut scratch = Vec::new();
        for first in (0..count).step_by(block) {
            let kept = &mut kept[..block.min(count - first) * seeds];
            let at_once = kept.len().div_ceil(threads * 8).min(MOST_AT_ONCE);
            let waiting = Mutex::new(kept.chunks_mut(at_once).enumerate());
            let failed = Mutex::new(None);
            let work = |runner: &mut Runner| {
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((number, results)) = next else { break };
                    let run = first * seeds + number * at_once;
                    if let Err(error) = compute(runner, question, rows, width, run, results) {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        break;
                    }
                    let done = done.fetch_add(results.len(), Ordering::Relaxed) + results.len();
                    watch.advance(done as f64 / total);
                }
            };
            thread::scope(|scope| {
                let (own, others) = self.runners[..threads].split_at_mut(1);
                for other in others {
                    // Where there are no more threads to be had, those that there are do it all.
                    let _ = thread::Builder::new().spawn_scoped(scope, || work(other));
                }
                own.iter_mut().for_each(work);
            });
            if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
                return Err(error.into());
            }
            answers.extend(kept.chunks(seeds).map(|results| question.over_seeds.of(results, &mut scratch)));
        }
        Ok(answers)
    }
}

/// The results of the runs from number `first` on: rows after each other, each with all seeds.
fn compute(
    runner: &mut Runner,
    question: &Question,
    rows: &[f64],
    width: usize,
    first: usize,
    results: &mut [f64],
) -> Result<(), Error> {
    let mut scratch = Vec::new();
    let mut row_before = None;
    for (offset, result) in results.iter_mut().enumerate() {
        let (row, seed) = ((first + offset) / question.seeds.len(), (first + offset) % question.seeds.len());
        if row_before != Some(row) {
            for (name, number) in question.inputs.iter().zip(&rows[row * width..][..width]) {
                runner.set_input(name, *number)?;
            }
            row_before = Some(row);
        }
        runner.set_seed(question.seeds[seed])?;
        runner.run()?;
        let series = runner.series(&question.output);
        let numbers = series.as_ref().and_then(|series| series.as_slice()).unwrap_or_default();
        *result = question.over_bins.of(numbers, &mut scratch);
    }
    Ok(())
}
