//! Evaluation.

#[doc(hidden)]
pub mod reference;
