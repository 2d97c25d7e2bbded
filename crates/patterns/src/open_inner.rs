//! Opening the strategy that a layer wraps, and compile-time requirements on it.

pub(crate) use bakeoff_strategy::supports_virtual_clock;
use bakeoff_strategy::{OpenConfig, OpenError, Strategy};

use crate::options;

/// Opens the inner strategy of a layer, without passing on the layer's `own` options.
pub(crate) async fn open_inner<S: Strategy>(
    config: &OpenConfig,
    own: &[&str],
) -> Result<S, OpenError> {
    let inner = OpenConfig { options: options::without(&config.options, own), ..config.clone() };
    S::open(&inner).await.map_err(|error| match error {
        OpenError::UnknownOption { name, known } => {
            let own = own.join(", ");
            let known = if known == "none" { own } else { format!("{own}, {known}") };
            OpenError::UnknownOption { name, known }
        }
        other => other,
    })
}

/// Compile-time check that the inner strategy does not defer writes.
///
/// A layer that loads from the origin directly would read a value that a queued write is about to
/// replace. A layer that renames keys would store all queued writes under the key of the first
/// write.
pub(crate) const fn require_immediate_commits<S: Strategy>() {
    assert!(!S::DEFERS_WRITES, "wrap this layer in WriteBehind; do not wrap WriteBehind in it");
}
