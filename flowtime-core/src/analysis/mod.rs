//! What can be told of a model by looking at its results.

mod quality;

pub use quality::{SCORE_METHOD, ensemble_warnings, findings, run_warnings, score};
