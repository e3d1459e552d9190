//! The workspace: what authoring, the engine and the registry do together.

mod bundles;
mod models;
mod place;
mod runs;
mod walk;
