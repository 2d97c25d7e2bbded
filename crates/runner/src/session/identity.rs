//! Message `hello`: identity and abilities of the runner.

use bakeoff_compiled as compiled;
use bakeoff_protocol::message::Hello;
use bakeoff_protocol::{Meter, PROTOCOL_VERSION};
use bakeoff_strategy::{ExecutionMode, Strategy};

/// Git tree id of the source of this executable; empty if the driver did not build it.
///
/// Because of `option_env!`, cargo rebuilds the crate when the variable changes.
pub(crate) const TREE: &str = match option_env!("BAKEOFF_TREE") {
    Some(tree) => tree,
    None => "",
};

/// Creates the answer to the message `hello`.
pub(crate) fn hello<S: Strategy>(strategy: &str) -> Hello {
    Hello {
        strategy: strategy.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: [PROTOCOL_VERSION; 2],
        workload: [compiled::VERSION; 2],
        tree: TREE.to_owned(),
        properties: S::PROPERTIES,
        meters: Meter::ALL.to_vec(),
        workers: S::PROPERTIES.thread_safe,
        in_flight: S::MODE == ExecutionMode::Async,
    }
}
