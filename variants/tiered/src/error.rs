//! What can go wrong in a request that has two tiers to ask.

use bakeoff_strategy::Pending;

/// A tier that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TieredError<N, F> {
    /// The tier in this process.
    #[error("near tier: {0}")]
    Near(N),
    /// The tier behind it.
    #[error("far tier: {0}")]
    Far(F),
    /// The near tier declares that it answers at once, and did not.
    #[error("near tier: {0}")]
    Pending(#[from] Pending),
}
