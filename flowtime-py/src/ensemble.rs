//! Ensembles.

use crate::array;
use crate::error::{argument, diagnostics_json};
use crate::limits::{self, Given};
use crate::plan::{Compiled, Plan, SHORT};
use flowtime_core::{EnsembleOptions, Measure, RunWarning, ScenarioInput, Statistic, analysis};
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::sync::Arc;

/// What an ensemble is asked for; `flowtime.request` makes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Request<'py> {
    scenarios: usize,
    /// One by one, instead of so many scenarios.
    seeds: Option<Vec<u64>>,
    seed: Option<u64>,
    /// Name, sort and numbers.
    inputs: Vec<(String, String, Bound<'py, PyAny>)>,
    keep: Option<Vec<String>>,
    statistics: Vec<String>,
    quantiles: Vec<f64>,
    above: Vec<(String, f64)>,
    below: Vec<(String, f64)>,
    histograms: Vec<(String, Vec<f64>)>,
    /// Node, name and threshold.
    measures: Vec<(String, String, Option<f64>)>,
    series: Vec<usize>,
    threads: usize,
    tolerance: f64,
    limits: Option<Given>,
}

/// Names as `plan.function` has them.
const STATISTICS: [(&str, Statistic); 4] = [
    ("mean", Statistic::Mean),
    ("std", Statistic::Deviation),
    ("min", Statistic::Minimum),
    ("max", Statistic::Maximum),
];

/// Those with a number have it as their threshold.
const MEASURES: [(&str, Measure); 7] = [
    ("max", Measure::Maximum),
    ("min", Measure::Minimum),
    ("sum", Measure::Total),
    ("mean", Measure::Mean),
    ("last", Measure::Last),
    ("first_above", Measure::FirstAbove(0.0)),
    ("bins_above", Measure::BinsAbove(0.0)),
];

fn names<T>(known: &[(&str, T)]) -> String {
    known.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn statistic(name: &str) -> PyResult<Statistic> {
    let known = STATISTICS.iter().find(|(known, _)| *known == name);
    known.map(|(_, statistic)| *statistic).ok_or_else(|| {
        argument(format!(
            "there is no statistic `{name}`: there are {}, and `quantiles=`",
            names(&STATISTICS)
        ))
    })
}

fn measure(name: &str, threshold: Option<f64>) -> PyResult<Measure> {
    let Some((_, known)) = MEASURES.iter().find(|(known, _)| *known == name) else {
        return Err(argument(format!("there is no measure `{name}`: there are {}", names(&MEASURES))));
    };
    match (*known, threshold) {
        (Measure::FirstAbove(_) | Measure::BinsAbove(_), None) => Err(argument(format!(
            "the measure `{name}` needs a threshold: give a pair such as `(\"{name}\", 500)`"
        ))),
        (Measure::FirstAbove(_), Some(x)) => Ok(Measure::FirstAbove(x)),
        (Measure::BinsAbove(_), Some(x)) => Ok(Measure::BinsAbove(x)),
        (measure, None) => Ok(measure),
        (_, Some(_)) => Err(argument(format!("the measure `{name}` has no threshold: give its name alone"))),
    }
}

/// The name and the threshold of a measure.
fn described(measure: Measure) -> (&'static str, Option<f64>) {
    let same = |known: &Measure| std::mem::discriminant(known) == std::mem::discriminant(&measure);
    let name = MEASURES.iter().find(|(_, known)| same(known)).map_or("", |(name, _)| *name);
    match measure {
        Measure::FirstAbove(x) | Measure::BinsAbove(x) => (name, Some(x)),
        _ => (name, None),
    }
}

/// The numbers of an input, as `flowtime.request` sorted them.
fn input(sort: &str, numbers: &Bound<'_, PyAny>) -> PyResult<ScenarioInput> {
    let series = || Ok::<_, PyErr>(numbers.extract::<PyReadonlyArray1<'_, f64>>()?.as_slice()?.to_vec());
    match sort {
        "number" => Ok(ScenarioInput::Number(numbers.extract()?)),
        "per bin" => Ok(ScenarioInput::Series(series()?)),
        "per scenario" => Ok(ScenarioInput::Numbers(series()?)),
        _ => Ok(ScenarioInput::SeriesEach(
            numbers.extract::<PyReadonlyArray2<'_, f64>>()?.as_array().to_owned(),
        )),
    }
}

impl Request<'_> {
    /// May it take long at so many points, and what the engine is asked for.
    pub(crate) fn options(
        self,
        py: Python<'_>,
        plan: &Plan,
        points: usize,
    ) -> PyResult<(bool, EnsembleOptions)> {
        let inputs = self.inputs.iter().map(|(name, ..)| name);
        let thresholds = self.above.iter().chain(&self.below).map(|(name, _)| name);
        let others =
            self.histograms.iter().map(|(name, _)| name).chain(self.measures.iter().map(|(name, ..)| name));
        let mut names = inputs.chain(self.keep.iter().flatten()).chain(thresholds).chain(others);
        names.try_for_each(|name| plan.known(py, name))?;
        let scenarios = self.seeds.as_ref().map_or(self.scenarios, Vec::len);
        let work = plan.compiled().operations * scenarios as f64 * points as f64;
        let mut options = match self.seeds {
            Some(seeds) => EnsembleOptions::with_seeds(seeds),
            None => EnsembleOptions::new(self.scenarios),
        };
        options = options.limits(limits::with(plan.limits(), self.limits.as_deref().unwrap_or_default())?);
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        for (name, sort, numbers) in self.inputs {
            options = options.input(name, input(&sort, &numbers)?);
        }
        if let Some(keep) = self.keep {
            options = options.keep(keep);
        }
        let statistics = self.statistics.iter().map(|name| statistic(name)).collect::<PyResult<Vec<_>>>()?;
        let quantiles = self.quantiles.into_iter().map(Statistic::Quantile);
        options = options.statistics(statistics.into_iter().chain(quantiles));
        options = options.tolerance(self.tolerance);
        for (name, threshold) in self.above {
            options = options.above(name, threshold);
        }
        for (name, threshold) in self.below {
            options = options.below(name, threshold);
        }
        for (name, edges) in self.histograms {
            options = options.histogram(name, edges);
        }
        for (node, name, threshold) in self.measures {
            options = options.measure(node, measure(&name, threshold)?);
        }
        Ok((work > SHORT || plan.compiled().large(), options.series(self.series).threads(self.threads)))
    }
}

/// The statistics of many scenarios.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Ensemble {
    compiled: Arc<Compiled>,
    ensemble: flowtime_core::Ensemble,
}

impl Ensemble {
    pub(crate) fn new(compiled: Arc<Compiled>, ensemble: flowtime_core::Ensemble) -> Self {
        Ensemble { compiled, ensemble }
    }

    /// What the engine found.
    pub(crate) fn found(&self) -> flowtime_core::Ensemble {
        self.ensemble.clone()
    }
}

#[pymethods]
impl Ensemble {
    /// The ids of the nodes that statistics were taken of.
    #[getter]
    fn ids(&self) -> Vec<&str> {
        self.ensemble.ids().collect()
    }

    /// How many scenarios there are.
    #[getter]
    fn scenarios(&self) -> usize {
        self.ensemble.scenarios()
    }

    /// The seed that the scenarios' seeds come from.
    #[getter]
    fn seed(&self) -> u64 {
        self.ensemble.seed()
    }

    /// The seed of every scenario.
    fn seeds<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        // Seeds are less than 2^53.
        PyArray1::from_iter(py, self.ensemble.seeds().map(|seed| seed as i64))
    }

    /// The nodes that divided by zero.
    #[getter]
    fn divided(&self) -> Vec<&str> {
        let nodes = self.ensemble.warnings().iter().filter_map(|warning| match warning {
            RunWarning::DivisionByZero { node, .. } => Some(node.as_str()),
            _ => None,
        });
        nodes.collect()
    }

    /// What happened, as JSON.
    fn warnings(&self) -> String {
        if self.ensemble.warnings().is_empty() {
            return "[]".to_owned();
        }
        let model = self.compiled.document.written();
        diagnostics_json(&analysis::ensemble_warnings(model, &self.ensemble), model.source_text())
    }

    /// How it was computed, for people.
    fn work(&self) -> String {
        self.ensemble.work().to_string()
    }

    /// A statistic of a series, a number a bin; `None` if it was not asked for.
    fn statistic<'py>(slf: &Bound<'py, Self>, id: &str, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let statistic = statistic(name)?;
        array::view(slf, |own| {
            let found = match statistic {
                Statistic::Mean => own.ensemble.mean(id),
                Statistic::Deviation => own.ensemble.deviation(id),
                Statistic::Minimum => own.ensemble.minimum(id),
                Statistic::Maximum => own.ensemble.maximum(id),
                _ => None,
            };
            found?.to_slice()
        })
    }

    /// The quantiles of a series that were asked for.
    fn quantiles(&self, id: &str) -> Vec<f64> {
        self.ensemble.quantiles(id).to_vec()
    }

    /// A quantile, a number a bin; `None` if it was not asked for.
    fn quantile<'py>(slf: &Bound<'py, Self>, id: &str, q: f64) -> PyResult<Option<Bound<'py, PyAny>>> {
        array::view(slf, |own| own.ensemble.quantile(id, q)?.to_slice())
    }

    /// In how many scenarios a series is missing, a number a bin.
    fn missing<'py>(slf: &Bound<'py, Self>, id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        array::view(slf, |own| own.ensemble.missing(id)?.to_slice())
    }

    /// The thresholds of a series: those above, then those below.
    fn thresholds(&self, id: &str) -> (Vec<f64>, Vec<f64>) {
        self.ensemble.thresholds(id)
    }

    /// The part of the scenarios above a threshold, a number a bin; `None` if it was not asked for.
    fn above<'py>(&self, py: Python<'py>, id: &str, threshold: f64) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(PyArray1::from_vec(py, self.ensemble.above(id, threshold)?))
    }

    /// The part of the scenarios below a threshold, a number a bin; `None` if it was not asked for.
    fn below<'py>(&self, py: Python<'py>, id: &str, threshold: f64) -> Option<Bound<'py, PyArray1<f64>>> {
        Some(PyArray1::from_vec(py, self.ensemble.below(id, threshold)?))
    }

    /// The edges of a histogram and scenarios by bin and bucket; `None` if it was not asked for.
    #[allow(clippy::type_complexity, reason = "two arrays, if there are any")]
    fn histogram<'py>(
        slf: &Bound<'py, Self>,
        id: &str,
    ) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        let edges = array::view(slf, |own| Some(own.ensemble.histogram(id)?.0))?;
        let Some(edges) = edges else { return Ok(None) };
        let width = edges.len()?.saturating_sub(1);
        let counts = array::rows(slf, width, |own| own.ensemble.histogram(id)?.1.to_slice())?;
        Ok(counts.map(|counts| (edges, counts)))
    }

    /// What was measured of each scenario: node, name and threshold.
    #[getter]
    fn measures(&self) -> Vec<(&str, &str, Option<f64>)> {
        let all = self.ensemble.measures();
        all.map(|(id, measure)| {
            let (name, threshold) = described(measure);
            (id, name, threshold)
        })
        .collect()
    }

    /// A measure, a number a scenario; `None` if it was not asked for.
    #[pyo3(signature = (id, name, threshold))]
    fn measure<'py>(
        slf: &Bound<'py, Self>,
        id: &str,
        name: &str,
        threshold: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let measure = measure(name, threshold)?;
        array::view(slf, |own| own.ensemble.measure(id, measure)?.to_slice())
    }

    /// The scenarios whose series were kept.
    #[getter]
    fn chosen(&self) -> Vec<usize> {
        self.ensemble.chosen().to_vec()
    }

    /// A series in the chosen scenarios, a row each; `None` if it was not kept.
    fn series<'py>(slf: &Bound<'py, Self>, id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let bins = slf.get().ensemble.plan().grid().bins();
        array::rows(slf, bins, |own| own.ensemble.series(id)?.to_slice())
    }
}
