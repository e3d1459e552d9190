//! The C ABI of FlowTime: `libflowtime`.
//!
//! Every function is written out plainly, because the header is generated from the source and
//! functions made by macros would be missing from it. Doc comments are for the reader of the header;
//! what Rust readers need to know stands in ordinary comments.
#![allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names are those of the header")]
#![allow(unreachable_pub, reason = "the functions are reached from C")]
#![allow(clippy::missing_safety_doc, reason = "the contract stands once, at the top of the header")]

mod arguments;
mod builder;
mod cancel;
mod diagnostics;
mod document;
mod ensemble;
mod ensemble_options;
mod error;
mod guard;
mod handle;
#[cfg(test)]
mod kept_tests;
mod limits;
mod metadata;
mod model;
mod node;
mod options;
mod plan;
mod progress;
mod run;
mod runner;
mod status;
mod sweep;
mod template;
#[cfg(feature = "test-entries")]
mod test_entries;
#[cfg(test)]
mod tests;
mod text;
mod version;
mod warnings;
mod workspace;
