//! What can be told of a model by looking at its results.

mod quality;

pub use quality::{SCORE_METHOD, findings, run_warnings, score};
