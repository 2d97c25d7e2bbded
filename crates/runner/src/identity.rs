//! What a runner says of itself.

use bakeoff_compiled as compiled;
use bakeoff_protocol::message::{self, Hello};
use bakeoff_protocol::{Meter, PROTOCOL_VERSION};
use bakeoff_strategy::{Bound, Mode, Strategy};

/// The tree that this executable was built from, as the driver said when it built it; empty
/// otherwise. That the variable is read here also makes cargo build anew when it changes.
pub(crate) const TREE: &str = match option_env!("BAKEOFF_TREE") {
    Some(tree) => tree,
    None => "",
};

/// The answer to `hello`.
pub(crate) fn hello<S: Strategy>(strategy: &str) -> Hello {
    Hello {
        strategy: strategy.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: [PROTOCOL_VERSION; 2],
        workload: [compiled::VERSION; 2],
        tree: TREE.to_owned(),
        properties: properties::<S>(),
        meters: vec![
            Meter::HitRatio,
            Meter::Throughput,
            Meter::Latency,
            Meter::Memory,
            Meter::Behaviour,
            Meter::Instructions,
        ],
        workers: S::PROPERTIES.thread_safe,
        in_flight: S::MODE == Mode::Async,
    }
}

fn properties<S: Strategy>() -> message::Properties {
    let declared = S::PROPERTIES;
    message::Properties {
        bound: match declared.bound {
            Bound::None => message::Bound::None,
            Bound::Entries => message::Bound::Entries,
            Bound::Bytes => message::Bound::Bytes,
            Bound::EntriesOrBytes => message::Bound::EntriesOrBytes,
            Bound::ServerMemory => message::Bound::ServerMemory,
        },
        shared: declared.shared,
        persistent: declared.persistent,
        ttl: declared.ttl,
        thread_safe: declared.thread_safe,
        fresh: declared.fresh,
        lossy: declared.lossy,
        evicts: declared.evicts.to_owned(),
    }
}
