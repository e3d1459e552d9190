//! `flowtime ensemble`

mod answer;
mod output;
mod picture;
mod report;
mod table;

use crate::args::EnsembleArguments;
use crate::exit::{Exit, Failure};
use crate::input::{self, Loaded};
use crate::interrupt;
use crate::limits;
use crate::overrides;
use crate::progress::Progress;
use crate::terminal::Terminal;
use answer::Answer;
use flowtime_core::{
    EnsembleOptions, InputValue, NodeKind, Plan, PmfPolicy, ScenarioInput, Statistic, SweepPoints,
};
use flowtime_registry::Override;
use output::Target;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// An ensemble that is done, with all that is said of it.
pub(crate) struct Finished<'a> {
    pub(crate) arguments: &'a EnsembleArguments,
    pub(crate) loaded: &'a Loaded,
    pub(crate) plan: &'a Plan,
    pub(crate) answer: Answer,
    pub(crate) overrides: &'a [Override],
    /// What may surprise, in sentences.
    pub(crate) remarks: Vec<String>,
    /// How long reading, compiling and computing took.
    pub(crate) took: Duration,
}

pub(crate) fn perform(arguments: &EnsembleArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let target = Target::of(arguments)?;
    let started = Instant::now();
    let overrides = arguments.set.iter().map(|text| overrides::read(text)).collect::<Result<Vec<_>, _>>()?;
    let (loaded, plan) = input::compile(&arguments.model, &arguments.reading)?;
    let name = input::name_of(&arguments.model);
    let progress = Progress::new(name, terminal.err_is_terminal && !arguments.quiet);
    let answer = compute(arguments, &plan, &overrides, &progress);
    progress.clear();
    let answer = answer?;
    let took = started.elapsed();
    let remarks = remarks(&loaded, &answer, &overrides, arguments);
    let finished =
        Finished { arguments, loaded: &loaded, plan: &plan, answer, overrides: &overrides, remarks, took };
    let written = target.write(&finished)?;
    if !arguments.quiet && !arguments.json {
        terminal.note(&terminal.diagnostics_for_err(&loaded.warnings, loaded.model.source_text()));
        finished.remarks.iter().for_each(|remark| terminal.warning(remark));
    }
    if arguments.json {
        terminal.result(&crate::report::pretty(&report::json(&finished, written.as_deref())))?;
    } else if !arguments.quiet && !target.is_standard_output() {
        terminal.result(&report::text(&finished, written.as_deref(), terminal))?;
    }
    Ok(Exit::Fine)
}

/// Runs the scenarios, at every point of a sweep if there is one.
fn compute(
    arguments: &EnsembleArguments,
    plan: &Plan,
    overrides: &[Override],
    progress: &Progress,
) -> Result<Answer, Failure> {
    let bar = progress.clone();
    let watched = move |done| {
        bar.show("running", done);
        ControlFlow::Continue(())
    };
    let options = options(arguments, overrides)?.cancel(interrupt::cancel()).watch(watched);
    if arguments.sweep.is_empty() {
        return Ok(Answer { first: plan.ensemble(&options)?, sweep: None });
    }
    let points = SweepPoints::grid(arguments.sweep.iter().cloned())?;
    let sweep = plan.sweep(&points, &options)?;
    // A sweep has a point.
    let first = sweep.get(0).cloned().ok_or_else(Failure::internal)?;
    Ok(Answer { first, sweep: Some(sweep) })
}

/// What the arguments ask for.
fn options(arguments: &EnsembleArguments, overrides: &[Override]) -> Result<EnsembleOptions, Failure> {
    let mut options = EnsembleOptions::new(arguments.scenarios)
        .threads(arguments.threads)
        .limits(limits::all(&arguments.reading.limits));
    if let Some(seed) = arguments.seed {
        options = options.seed(seed);
    }
    if let Some(keep) = &arguments.keep {
        options = options.keep(keep.iter().map(|id| id.trim()));
    }
    let mut quantiles = arguments.quantiles.clone();
    quantiles.sort_by(f64::total_cmp);
    quantiles.dedup();
    let usual = [Statistic::Mean, Statistic::Deviation, Statistic::Minimum, Statistic::Maximum];
    options = options.statistics(usual.into_iter().chain(quantiles.into_iter().map(Statistic::Quantile)));
    for (node, threshold) in &arguments.above {
        options = options.above(node, *threshold);
    }
    for (node, threshold) in &arguments.below {
        options = options.below(node, *threshold);
    }
    for (node, measure) in &arguments.measure {
        options = options.measure(node, *measure);
    }
    for given in overrides {
        let value = match given.value.clone() {
            InputValue::Number(number) => ScenarioInput::Number(number),
            InputValue::Series(series) => ScenarioInput::Series(series),
            _ => return Err(Failure::internal()),
        };
        options = options.input(&given.node, value);
    }
    Ok(options)
}

/// What the numbers do not say by themselves.
fn remarks(
    loaded: &Loaded,
    answer: &Answer,
    overrides: &[Override],
    arguments: &EnsembleArguments,
) -> Vec<String> {
    let replaced = |id: &str| {
        overrides.iter().any(|o| o.node == id) || arguments.sweep.iter().any(|(node, _)| node == id)
    };
    let random = loaded.model.nodes().iter().any(|node| match node.kind() {
        NodeKind::Pmf(pmf) => pmf.policy() == PmfPolicy::Sample && !replaced(node.id()),
        _ => false,
    });
    let mut remarks = Vec::new();
    if !random {
        remarks.push(
            "nothing in the model is random, so all scenarios are the same: a `pmf` node draws its values"
                .to_owned(),
        );
    }
    remarks.extend(answer.first.warnings().iter().map(|warning| format!("{warning}, over all scenarios")));
    remarks
}
