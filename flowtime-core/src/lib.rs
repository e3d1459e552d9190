//! A modelling engine for service flows: a spreadsheet for flows over time.
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
mod names;
mod plan;
mod pmf;
pub mod provenance;
mod rng;
mod schema;

pub use builder::{ModelBuilder, Values};
pub use error::{Error, ErrorKind};
pub use eval::{Cancel, InputValue, Run, RunOptions, RunWarning, Runner};
pub use grid::{BinUnit, Grid};
pub use limits::Limits;
pub use model::{
    Const, ConstPolicy, ExprNode, Model, Node, NodeKind, Output, OutputSeries, Pmf, PmfPolicy, Rng, Value,
};
pub use plan::{NodeInfo, Plan};
pub use rng::scenario_seed;
pub use schema::{Migrated, ParseOptions, Parsed, SourceError, json_schema, migrate};
