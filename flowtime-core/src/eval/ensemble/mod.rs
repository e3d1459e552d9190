//! Ensembles: one plan, many scenarios, statistics over them.
//!
//! Time is the outer loop and scenarios are the inner one: all scenarios advance a few bins as lanes of the
//! vector machine, with nothing kept but what later bins read, and statistics are taken as bins
//! complete.

mod barrier;
mod collected;
mod counts;
mod inputs;
mod job;
mod layout;
mod moments;
mod options;
mod part;
mod quantile;
mod result;
mod sample;
mod search;
mod setup;
mod simulate;
mod sweep;
mod tally;

pub use job::EnsembleJob;
pub use options::{EnsembleOptions, Measure, ScenarioInput, Statistic};
pub use part::{EnsemblePart, EnsembleRound};
pub use result::{Ensemble, EnsembleWork};
pub use sweep::{Sweep, SweepPoints};
