//! The engine against the reference and against the conformance cases, bit for bit.

mod chains;
mod conformance;
mod determinism;
mod ensemble_rounds;
mod ensembles;
mod equality;
#[path = "../generator/mod.rs"]
mod generator;
