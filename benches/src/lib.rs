//! Benches of the engine.
//!
//! [`models`] writes the models that the criterion benches and the scaling table run; [`border`] is
//! what the side-by-side scripts in `peers/` call.

pub mod border;
pub mod models;
