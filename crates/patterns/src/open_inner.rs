//! Opening the strategy that a layer wraps, and compile-time requirements on it.

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

/// Returns true if a layer over `S` can run on a virtual clock.
///
/// This is the case if `S` supports a virtual clock, or is synchronous and does not expire entries.
pub(crate) const fn supports_virtual_clock<S: Strategy>() -> bool {
    S::SUPPORTS_VIRTUAL_CLOCK || (S::MODE.is_sync() && !S::PROPERTIES.ttl)
}

/// Compile-time check that the inner strategy does not defer writes.
///
/// A layer that loads from the origin directly would read a value that a queued write is about to
/// replace. A layer that renames keys would store all queued writes under the key of the first
/// write.
pub(crate) const fn require_immediate_commits<S: Strategy>() {
    assert!(!S::DEFERS_WRITES, "wrap this layer in WriteBehind; do not wrap WriteBehind in it");
}
