//! Evaluation: plans to series.

mod buffer;
mod control;
mod describe;
mod ensemble;
mod execute;
pub(crate) mod kernels;
mod options;
mod prepare;
#[doc(hidden)]
pub mod reference;
mod run;

pub use control::Cancel;
pub use ensemble::{
    Ensemble, EnsembleJob, EnsembleOptions, EnsemblePart, EnsembleRound, EnsembleWork, Measure,
    ScenarioInput, Statistic, Sweep, SweepPoints,
};
pub use options::{InputValue, RunOptions};
pub use run::{Run, RunWarning, Runner, evaluations};
