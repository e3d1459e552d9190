//! Pure functions over numbers in memory: the only place with `unsafe`, for SIMD.
#![allow(unsafe_code)]

pub(crate) mod environment;
mod lanes;
mod machine;
pub(crate) mod memory;
pub(crate) mod pages;
pub(crate) mod scan;
pub(crate) mod zeros;
