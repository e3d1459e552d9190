//! Probability mass functions: what makes one valid, and how it lies on a grid.

pub(crate) mod align;
pub(crate) mod validate;
