//! The `flowtime` program: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(flowtime_cli::main(std::env::args_os()))
}
