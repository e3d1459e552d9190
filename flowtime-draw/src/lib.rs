//! Pictures of models and their results, as SVG text.
//!
//! Everything is a pure function of slices and strings: no files, no clock, no fonts are read, and equal input gives equal bytes on every
//! machine. Pictures hold no script; names are escaped, and shortened where they are long, with the full name on hover.
//!
//! * [`LineChart`]: series over bins or time, in one or more panels
//! * [`FanChart`]: quantiles of an ensemble
//! * [`Dag`]: the graph of a model
//! * [`sparkline`] and [`sparkline_svg`]: a series in a word's space
//! * [`compact`], [`readable`] and [`significant`]: numbers for people
#![deny(unsafe_code)]

mod calendar;
mod chart;
mod dag;
mod fan;
mod layout;
mod marks;
mod number;
mod palette;
mod plot;
mod ranks;
mod reduce;
mod scale;
mod spark;
mod svg;

pub use chart::{LineChart, Series};
pub use dag::{Dag, NodeKind};
pub use fan::FanChart;
pub use number::{compact, readable, significant};
pub use spark::{sparkline, sparkline_svg};
