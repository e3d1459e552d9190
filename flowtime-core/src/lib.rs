//! A modelling engine for service flows: a spreadsheet for flows over time.
#![deny(unsafe_code)]

mod compile;
pub mod diagnostics;
mod error;
pub mod eval;
pub mod expr;
mod grid;
mod limits;
pub mod math;
mod model;
mod plan;
mod rng;

pub use error::{Error, ErrorKind};
pub use grid::{BinUnit, Grid};
pub use limits::Limits;
pub use model::{
    Const, ConstPolicy, ExprNode, Model, Node, NodeKind, Output, OutputSeries, Pmf, PmfPolicy, Rng, Value,
};
pub use rng::scenario_seed;
