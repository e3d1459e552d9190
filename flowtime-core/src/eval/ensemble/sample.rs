//! Some scenarios that say where the quantiles of all of them are, most probably.

use super::options::{EnsembleOptions, ScenarioInput, Seeds, Statistic};
use super::quantile::Bracket;
use super::result::Ensemble;
use super::setup::seed_of;
use crate::error::Error;
use crate::limits::Limits;
use crate::plan::Plan;

/// Standard deviations of a rank in the sample that a bracket reaches to either side.
const MARGIN: f64 = 4.5;

/// An ensemble of some of the scenarios, spread evenly, with quantiles about those that are wanted.
pub(super) struct Sample {
    ensemble: Ensemble,
    scenarios: usize,
}

impl Sample {
    pub(super) fn new(
        plan: &Plan,
        options: &EnsembleOptions,
        quantiles: &[f64],
        scenarios: usize,
    ) -> Result<Sample, Error> {
        let all = options.scenarios();
        // The model's own seed has to be known to those that are given one by one.
        let seed = crate::eval::prepare::seed(&plan.0, options.seed)?;
        let chosen: Vec<usize> =
            (0..scenarios).map(|n| (n as f64 * all as f64 / scenarios as f64) as usize).collect();
        let mut few = subset(options, seed, &chosen);
        let about = quantiles.iter().flat_map(|q| about(*q, scenarios)).filter(|q| (0.0..=1.0).contains(q));
        few = few.statistics(about.map(Statistic::Quantile)).series([]);
        (few.above, few.below, few.histograms, few.measures) = Default::default();
        (few.progress, few.sampled_from) = (None, usize::MAX);
        // The whole was found to be within the limits.
        few.limits = Limits { result_bytes: u64::MAX, ..few.limits };
        Ok(Sample { ensemble: plan.ensemble(&few)?, scenarios })
    }

    /// Where the `q`-quantile of node `id` in bin `t` probably is; `None` where the sample has no number at all.
    pub(super) fn bracket(&self, id: &str, q: f64, t: usize) -> Option<Bracket> {
        let [low, middle, high] = about(q, self.scenarios);
        let found = |q: f64, otherwise: f64| match (0.0..=1.0).contains(&q) {
            true => self.ensemble.quantile(id, q).map(|series| series[t]).filter(|x| !x.is_nan()),
            false => Some(otherwise),
        };
        Some(Bracket {
            low: found(low, f64::NEG_INFINITY)?,
            middle: found(middle, f64::NAN)?,
            high: found(high, f64::INFINITY)?,
        })
    }
}

/// The quantiles of a sample between which that of the whole is, and itself.
fn about(q: f64, scenarios: usize) -> [f64; 3] {
    let scenarios = scenarios as f64;
    let margin = (MARGIN * (q * (1.0 - q) * scenarios).sqrt() + 2.0) / scenarios;
    [q - margin, q, q + margin]
}

/// The options for some of their scenarios. Inputs may be large: no more of them is copied than is needed.
pub(super) fn subset(options: &EnsembleOptions, seed: u64, scenarios: &[usize]) -> EnsembleOptions {
    let some = |input: &ScenarioInput| match input {
        ScenarioInput::Numbers(numbers) if scenarios.iter().all(|k| *k < numbers.len()) => {
            ScenarioInput::Numbers(scenarios.iter().map(|k| numbers[*k]).collect())
        }
        ScenarioInput::SeriesEach(series) if scenarios.iter().all(|k| *k < series.nrows()) => {
            ScenarioInput::SeriesEach(series.select(ndarray::Axis(0), scenarios))
        }
        input => input.clone(),
    };
    EnsembleOptions {
        seed: Some(seed),
        seeds: Seeds::List(scenarios.iter().map(|k| seed_of(&options.seeds, seed, *k)).collect()),
        inputs: options.inputs.iter().map(|(id, input)| (id.clone(), some(input))).collect(),
        ..options.without_inputs()
    }
}
