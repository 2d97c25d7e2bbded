//! What can go wrong in a request that has two tiers to ask.

use bakeoff_strategy::Pending;

/// A tier that failed. The near one cannot, but by breaking its word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TieredError<F> {
    /// The tier behind the near one, or telling others of a write through it.
    #[error("far tier: {0}")]
    Far(F),
    /// The near tier declares that it answers at once, and did not.
    #[error("near tier: {0}")]
    Pending(#[from] Pending),
}
