//! Contents of every variant's executable: protocol loop, replay loops and meters.
//!
//! A variant's `main.rs` is one call of [`run`]. `docs/PROTOCOL.md` describes the protocol.

mod data;
mod executor;
mod failure;
mod inprocess;
mod opening;
mod paced;
mod process;
mod replay;
mod session;
pub mod testing;
mod timing;
mod trial;
mod wire;

use std::process::ExitCode;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_strategy::Strategy;
pub use data::body;
pub use inprocess::{InProcessError, InProcessReplay};

/// Main function of the variant in the directory `strategy`.
///
/// Serves a driver on stdin and stdout until `bye` or the end of stdin. With `--version` it prints
/// its identity instead.
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
                "unknown argument {other:?}: this runner speaks docs/PROTOCOL.md on stdin and \
                 stdout; use `bakeoff replay {strategy}` to run it"
            );
            ExitCode::from(2)
        }
    }
}

/// Main function without command-line arguments, for an executable that has its own.
#[must_use]
pub fn serve<S: Strategy>(strategy: &str) -> ExitCode {
    if process::die_with_parent().is_err() {
        return ExitCode::SUCCESS;
    }
    let wire = match wire::Wire::claim_stdout() {
        Ok(wire) => wire,
        Err(error) => {
            eprintln!("cannot reserve stdout for the protocol: {error}");
            return ExitCode::FAILURE;
        }
    };
    // A trial in progress cannot be interrupted otherwise.
    let inbox = wire::Inbox::open(|| std::process::exit(0));
    match session::Session::<S>::new(strategy, wire, inbox).run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
