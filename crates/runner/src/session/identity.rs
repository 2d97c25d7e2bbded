//! Identity and abilities of the runner.

use bakeoff_compiled as compiled;
use bakeoff_protocol::message::Hello;
use bakeoff_protocol::{Meter, PROTOCOL_VERSION};
use bakeoff_strategy::{Mode, Strategy};

/// Git tree that this executable was built from, as stated by the driver; empty otherwise.
///
/// Reading the variable also makes cargo rebuild the crate when it changes.
pub(crate) const TREE: &str = match option_env!("BAKEOFF_TREE") {
    Some(tree) => tree,
    None => "",
};

/// Creates the answer to `hello`.
pub(crate) fn hello<S: Strategy>(strategy: &str) -> Hello {
    Hello {
        strategy: strategy.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: [PROTOCOL_VERSION; 2],
        workload: [compiled::VERSION; 2],
        tree: TREE.to_owned(),
        properties: S::PROPERTIES,
        meters: vec![
            Meter::HitRatio,
            Meter::Throughput,
            Meter::Latency,
            Meter::Memory,
            Meter::Paced,
            Meter::Instructions,
        ],
        workers: S::PROPERTIES.thread_safe,
        in_flight: S::MODE == Mode::Async,
    }
}
