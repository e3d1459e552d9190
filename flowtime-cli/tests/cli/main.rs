//! The command as its users meet it: a process with arguments, streams, files and signals.

mod batch;
mod commands;
mod conformance;
mod harness;
mod hostile;
mod run;
mod store;
mod system;
mod templates;
mod text;
