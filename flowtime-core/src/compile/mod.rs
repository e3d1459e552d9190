//! A model to a plan, one pass a file.

pub(crate) mod check;
pub(crate) mod components;
pub(crate) mod emit;
pub(crate) mod lower;
pub(crate) mod order;
pub(crate) mod references;
pub(crate) mod schedule;
pub(crate) mod select;
pub(crate) mod slots;
