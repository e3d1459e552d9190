//! What can be told of a model beyond its being valid: by reading it, and by looking at its results.

mod lint;
mod quality;
mod report;

pub use lint::{lint, lint_template};
pub use quality::{SCORE_METHOD, ensemble_warnings, findings, run_warnings, score};
pub use report::{Report, examine};
