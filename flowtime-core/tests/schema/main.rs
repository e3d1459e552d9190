//! From text to a model and back, one binary.

mod bundles;
mod documents;
mod hostile;
mod messages;
mod migrated;
mod round_trip;
mod sections;
