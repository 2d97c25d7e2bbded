//! What is inside every variant's executable: protocol loop, replay loops, meters.
//!
//! A variant's `main.rs` is one call of [`run`]. The protocol is described in `docs/PROTOCOL.md`.

pub mod body;
mod check;
mod context;
mod executor;
mod failure;
mod heartbeat;
mod identity;
mod meters;
mod origin;
mod paced;
mod parent;
mod passes;
mod probe;
mod process;
mod replay;
mod session;
mod span;
mod tally;
pub mod testing;
mod trial;
mod versions;
mod wire;

use std::process::ExitCode;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_strategy::Strategy;
pub use passes::{PassError, Passes};

/// The whole main function of a variant whose folder is called `strategy`: serves a driver on
/// stdin and stdout until it says `bye` or is gone. With `--version` it says what it is instead.
#[must_use]
pub fn run<S: Strategy>(strategy: &str) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => serve::<S>(strategy),
        Some("--version" | "-V") => {
            let tree = if identity::TREE.is_empty() { "unknown" } else { identity::TREE };
            println!("{strategy} (tree {tree}, protocol {PROTOCOL_VERSION})");
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!(
                "unknown argument {other:?}: this is a runner, which speaks docs/PROTOCOL.md on \
                 stdin and stdout; `bakeoff replay {strategy}` drives it"
            );
            ExitCode::from(2)
        }
    }
}

/// What [`run`] does without arguments, for an executable that has arguments of its own.
#[must_use]
pub fn serve<S: Strategy>(strategy: &str) -> ExitCode {
    parent::die_with_parent();
    match wire::Wire::claim_stdout() {
        Ok(wire) => {
            session::Session::<S>::new(strategy, wire, wire::Inbox::open()).run();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("stdout cannot be taken for the protocol: {error}");
            ExitCode::FAILURE
        }
    }
}
