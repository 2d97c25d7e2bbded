//! Everything in a variant's executable except the strategy: protocol loop, replay loops and
//! meters.
//!
//! The `main.rs` of a variant only calls [`run`]. `docs/PROTOCOL.md` describes the protocol.

mod data;
mod executor;
mod failure;
mod inprocess;
mod open_config;
mod paced;
mod process;
mod replay;
mod session;
mod stdio;
pub mod testing;
mod timing;
mod trial;

use std::process::ExitCode;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_strategy::Strategy;
pub use data::body;
pub use inprocess::{InProcessError, InProcessReplay};

/// Main function of a variant. `strategy` is the name of its directory.
///
/// Answers a driver on stdin and stdout until `bye` or the end of stdin. With the argument
/// `--version`, prints the identity of the runner instead.
#[must_use]
pub fn run<S: Strategy>(strategy: &str) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => serve::<S>(strategy),
        Some("--version" | "-V") => {
            let tree = session::TREE;
            let tree = if tree.is_empty() { "unknown" } else { tree };
            println!("{strategy} (tree {tree}, protocol {PROTOCOL_VERSION})");
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!(
                "unknown argument {other:?}: this runner expects the protocol of \
                 docs/PROTOCOL.md on stdin; use `bakeoff replay {strategy}` to run it"
            );
            ExitCode::from(2)
        }
    }
}

/// Answers a driver as [`run`] does, but ignores command-line arguments.
///
/// Use it for an executable with its own arguments.
#[must_use]
pub fn serve<S: Strategy>(strategy: &str) -> ExitCode {
    if process::die_with_parent().is_err() {
        return ExitCode::SUCCESS;
    }
    let writer = match stdio::MessageWriter::claim_stdout() {
        Ok(writer) => writer,
        Err(error) => {
            eprintln!("cannot reserve stdout for the protocol: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Exiting is the only way to interrupt a trial in progress.
    let reader = stdio::MessageReader::open(|| std::process::exit(0));
    match session::Session::<S>::new(strategy, writer, reader).run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
