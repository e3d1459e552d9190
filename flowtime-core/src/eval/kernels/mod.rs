//! Pure functions over numbers in memory: the only place with `unsafe`, for SIMD.
#![allow(unsafe_code)]

mod bypass;
mod check;
pub(crate) mod environment;
mod lanes;
mod machine;
pub(crate) mod memory;
pub(crate) mod pages;
mod rows;
pub(crate) mod scan;
pub(crate) mod scenarios;
pub(crate) mod zeros;
