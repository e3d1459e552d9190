//! The inputs of an ensemble: shared by all scenarios, drawn, or each scenario's own.

use super::layout::Layout;
use super::options::{EnsembleOptions, ScenarioInput};
use super::setup::invalid;
use crate::error::Error;
use crate::eval::kernels::scenarios::{Draws, Row, numbers_mut};
use crate::eval::options::{InputValue, RunOptions};
use crate::eval::prepare;
use crate::names::counted;
use crate::plan::feed::Feed;
use crate::plan::scenarios::{LANES, Varies};
use crate::plan::{Plan, PlanData};
use crate::rng::lane;
use ndarray::Array2;
use std::ops::Range;

/// The inputs of an ensemble, by their numbers.
pub(super) struct Inputs {
    pub(super) varies: Vec<Varies>,
    /// What all scenarios share.
    pub(super) feeds: Vec<Feed>,
    /// A number a scenario, or a point of a sweep.
    pub(super) numbers: Vec<Option<(Vec<f64>, bool)>>,
    pub(super) matrices: Vec<Option<Array2<f64>>>,
}

impl Inputs {
    pub(super) fn new(
        plan: &Plan,
        options: &EnsembleOptions,
        range: Range<usize>,
        swept: &[(String, Vec<f64>)],
    ) -> Result<Self, Error> {
        let scenarios = options.scenarios();
        // A part takes what is its own; it may have been given that alone.
        let own = |given: usize| match given {
            n if n == scenarios => Some(range.clone()),
            n if n == range.len() => Some(0..n),
            _ => None,
        };
        // The checks of single runs, where they are the same.
        let shared: RunOptions =
            options.inputs.iter().fold(RunOptions::new(), |run, (id, value)| match value {
                ScenarioInput::Number(x) => run.input(id, *x),
                ScenarioInput::Series(series) => run.input(id, InputValue::Series(series.clone())),
                ScenarioInput::Numbers(_) | ScenarioInput::SeriesEach(_) => run.input(id, f64::NAN),
            });
        let shared = swept.iter().fold(shared, |run, (id, _)| run.input(id, f64::NAN));
        let feeds = prepare::feeds(plan, &shared)?;
        let count = feeds.len();
        let varies = feeds.iter().map(|feed| match feed {
            Feed::Sample(_) => Varies::Drawn,
            _ => Varies::No,
        });
        let mut inputs = Inputs {
            varies: varies.collect(),
            numbers: vec![None; count],
            matrices: vec![None; count],
            feeds,
        };
        let infinite = |id: &str, k: usize| {
            invalid(format!(
                "the value for `{id}` is infinite in scenario {k}: numbers must be finite, or NaN where one is missing"
            ))
        };
        for (id, value) in &options.inputs {
            let input = plan.input(id)? as usize;
            match value {
                ScenarioInput::Numbers(numbers) => {
                    let Some(own) = own(numbers.len()) else {
                        let found = counted(numbers.len(), "number");
                        return Err(invalid(format!(
                            "`{id}` has {found}, but there are {}: give one number a scenario",
                            counted(scenarios, "scenario")
                        )));
                    };
                    if let Some(k) = numbers.iter().position(|x| x.is_infinite()) {
                        return Err(infinite(id, range.start - own.start + k));
                    }
                    inputs.varies[input] = Varies::Number;
                    inputs.numbers[input] = Some((numbers[own].to_vec(), false));
                }
                ScenarioInput::SeriesEach(series) => {
                    let wanted = (scenarios, plan.0.grid.bins());
                    let Some(own) = own(series.nrows()).filter(|_| series.ncols() == wanted.1) else {
                        return Err(invalid(format!(
                            "the series for `{id}` are {} × {}, but there are {} × {}: the axes are (scenario, bin)",
                            series.nrows(),
                            series.ncols(),
                            counted(wanted.0, "scenario"),
                            counted(wanted.1, "bin")
                        )));
                    };
                    if let Some(((k, _), _)) = series.indexed_iter().find(|(_, x)| x.is_infinite()) {
                        return Err(infinite(id, range.start - own.start + k));
                    }
                    inputs.varies[input] = Varies::Series;
                    inputs.matrices[input] = Some(series.slice(ndarray::s![own, ..]).to_owned());
                }
                _ => {}
            }
        }
        for (id, numbers) in swept {
            let input = plan.input(id)? as usize;
            if let Some(point) = numbers.iter().position(|x| x.is_infinite()) {
                return Err(invalid(format!(
                    "the value for `{id}` is infinite in point {point} of the sweep"
                )));
            }
            inputs.varies[input] = Varies::Number;
            inputs.numbers[input] = Some((numbers.clone(), true));
        }
        Ok(inputs)
    }

    pub(super) fn draws(&self, data: &PlanData) -> Vec<Option<Draws>> {
        let all = self.feeds.iter().zip(&data.inputs);
        all.map(|(feed, input)| match feed {
            // The increment depends on the name alone.
            Feed::Sample(sampler) => {
                Some(Draws::new(sampler.clone(), lane(0, &data.nodes[input.node as usize].id).1))
            }
            _ => None,
        })
        .collect()
    }

    /// Numbers where the blocks of the layout have them.
    pub(super) fn laid_out(&self, layout: &Layout) -> Vec<Option<Vec<Row>>> {
        let lay_out = |(numbers, by_point): &(Vec<f64>, bool)| {
            let mut rows = vec![Row::ZERO; layout.blocks];
            for task in &layout.tasks {
                let blocks = task.scenarios.div_ceil(LANES);
                let lanes = numbers_mut(&mut rows[task.block..task.block + blocks]);
                for (lane, x) in lanes.iter_mut().enumerate() {
                    // Lanes that are no scenario do as the last one.
                    let at = task.first + lane.min(task.scenarios - 1);
                    let scenarios = layout.scenarios;
                    *x = numbers[if *by_point { at / scenarios } else { at % scenarios }];
                }
            }
            rows
        };
        self.numbers.iter().map(|numbers| numbers.as_ref().map(lay_out)).collect()
    }
}
