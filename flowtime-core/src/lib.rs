//! A modelling engine for service flows: a spreadsheet for flows over time.
#![deny(unsafe_code)]

pub mod diagnostics;
mod error;
pub mod expr;
mod grid;
mod limits;
mod model;
pub mod provenance;

pub use error::{Error, ErrorKind};
pub use grid::{BinUnit, Grid};
pub use limits::Limits;
pub use model::{
    Const, ConstPolicy, ExprNode, Model, Node, NodeKind, Output, OutputSeries, Pmf, PmfPolicy, Rng, Value,
};
