//! What is written to the disk and read from it, also when the disk is full or the process is killed.

mod atomic;
mod behaviour;
mod concurrent;
mod crowd;
mod csv_source;
mod documents;
mod faults;
mod histories;
mod manage;
mod run_folder;
mod sample;
#[cfg(target_os = "linux")]
mod system;
