//! What can go wrong in a request that has more than a cache in this process to ask.

use bakeoff_strategy::Pending;

/// What failed. The near tier cannot, but by breaking its word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TieredError<F, I> {
    /// The tier behind the near one.
    #[error("far tier: {0}")]
    Far(F),
    /// Telling others of a write; it was done, and they may go on answering with what they hold.
    #[error("other instances were not told of a write: {0}")]
    Untold(I),
    /// The near tier declares that it answers at once, and did not.
    #[error("near tier: {0}")]
    Pending(#[from] Pending),
}
