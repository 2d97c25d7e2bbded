//! Errors of caches with tiers or invalidation.

use bakeoff_strategy::Pending;

/// Failure of a request to a cache with tiers or invalidation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TieredError<L2, I> {
    /// The second tier failed.
    #[error("second tier: {0}")]
    L2(L2),
    /// The write was done but not announced; other instances may keep serving the old value.
    #[error("cannot announce a write to other instances: {0}")]
    NotPublished(I),
    /// The first tier declares [`ExecutionMode::Sync`](bakeoff_strategy::ExecutionMode::Sync) but
    /// was pending.
    #[error("first tier: {0}")]
    Pending(#[from] Pending),
}
