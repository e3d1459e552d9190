//! A modelling engine for service flows: a spreadsheet for flows over time.
//!
//! A model is a YAML document: a time grid, nodes (constants, probability mass functions,
//! expressions with memory such as backlogs) and outputs. It is compiled once into a [`Plan`], which
//! is run as often as wanted: same model, same seed, same bits.
//!
//! ```
//! use flowtime_core::{Model, RunOptions};
//!
//! let model = Model::from_yaml("
//! schemaVersion: 1
//! grid: {bins: 6, binSize: 1, binUnit: hours}
//! nodes:
//!   - {id: arrivals, kind: const, values: [20, 60, 90, 40, 10, 0]}
//!   - {id: capacity, kind: const, values: 50}
//!   - {id: served, kind: expr, expr: 'MIN(capacity, arrivals + SHIFT(backlog, 1))'}
//!   - {id: backlog, kind: expr, expr: 'SHIFT(backlog, 1) + arrivals - served'}
//! ")?;
//! let plan = model.compile()?;
//! let run = plan.run(&RunOptions::new())?;
//! assert_eq!(run.series("backlog").unwrap().to_vec(), [0.0, 10.0, 50.0, 40.0, 0.0, 0.0]);
//!
//! // What if arrivals in the third hour are served faster?
//! let faster = plan.run(&RunOptions::new().input("capacity", 80.0))?;
//! assert_eq!(faster.series("backlog").unwrap().to_vec(), [0.0, 0.0, 10.0, 0.0, 0.0, 0.0]);
//! # Ok::<(), flowtime_core::Error>(())
//! ```
//!
//! # The way through the crate
//!
//! | from | to | with |
//! |---|---|---|
//! | YAML text | [`Model`] | [`Model::from_yaml`], [`Model::parse`]; in code: [`ModelBuilder`] |
//! | [`Model`] | [`Plan`] | [`Model::compile`] |
//! | [`Plan`] | [`Run`] | [`Plan::run`]; again and again without allocating: [`Runner`] |
//! | problems in a model | text, JSON | [`diagnostics`] |
//!
//! The crate is pure: it opens no file, reads no clock and no environment. What a model's `source`
//! entries name is read by the host, see [`Model::resolve_sources`].
//!
//! # Threads, features, versions
//!
//! [`Model`], [`Plan`], [`Run`], [`Runner`] and [`Error`] are `Send` and `Sync`. There are no cargo
//! features. The minimum supported Rust version is 1.89; raising it is a minor release. Versions follow
//! semver: what is documented here stays until the next major version (before 1.0: the next minor
//! one). `ndarray` is the only crate whose types appear in signatures, and it is exported as
//! [`ndarray`] so that versions agree. A change that could alter the bits of any legal model's
//! result raises [`provenance::SEMANTICS_VERSION`].
#![deny(unsafe_code)]

pub mod analysis;
mod builder;
mod compile;
pub mod diagnostics;
mod error;
pub mod eval;
pub mod expr;
mod files;
mod grid;
mod limits;
pub mod math;
mod model;
mod model_bundle;
mod names;
mod plan;
mod pmf;
pub mod provenance;
mod rng;
mod rules;
mod schema;
pub mod template;

pub use ndarray;

pub use builder::{ModelBuilder, Values};
pub use error::{Error, ErrorKind};
pub use eval::{
    Cancel, Ensemble, EnsembleJob, EnsembleOptions, EnsemblePart, EnsembleRound, EnsembleWork, InputValue,
    Measure, Run, RunOptions, RunWarning, Runner, ScenarioInput, Statistic, Sweep, SweepPoints,
};
pub use grid::{BinUnit, Grid};
pub use limits::Limits;
pub use model::{
    Const, ConstPolicy, ExprNode, Model, Node, NodeKind, Output, OutputSeries, Pmf, PmfPolicy, Rng, Value,
};
pub use model_bundle::{Asset, AssetKind, ModelBundle};
pub use plan::{NodeInfo, Plan};
pub use rng::scenario_seed;
pub use schema::{
    Migrated, ParseOptions, Parsed, SourceError, bundle_json_schema, json_schema, migrate,
    template_json_schema,
};
pub use template::{GenerateOptions, Generated, Template};

/// What every public type promises about threads.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Model>();
    is_send_and_sync::<Plan>();
    is_send_and_sync::<Run>();
    is_send_and_sync::<Runner>();
    is_send_and_sync::<EnsembleOptions>();
    is_send_and_sync::<Ensemble>();
    is_send_and_sync::<Sweep>();
    is_send_and_sync::<Error>();
    is_send_and_sync::<Template>();
    is_send_and_sync::<Generated>();
};
