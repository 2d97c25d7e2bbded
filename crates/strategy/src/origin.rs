//! Origin as a strategy sees it: the slow system behind the cache.

use std::future::Future;

use crate::{ExecutionMode, Key, PutOptions, Value};

/// Value loaded from the origin, with the options for caching it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Latest committed value of the key.
    pub value: Value,
    /// Options to pass to [`Strategy::put`](crate::Strategy::put).
    pub options: PutOptions,
}

/// Failure of a request to the origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the origin failed: {0}")]
pub struct OriginError(pub String);

/// Slow system behind the cache: a database, simulated or real.
pub trait Origin: Send + Sync {
    /// Execution mode of `load` and `store`.
    const MODE: ExecutionMode;

    /// Type of the owned handle that [`detach`](Self::detach) returns.
    type Detached: Origin<Detached = Self::Detached> + 'static;

    /// Returns an owned handle to this origin, for a strategy that spawns tasks.
    fn detach(&self) -> Self::Detached;

    /// Reads the latest committed value of a key; `None` if the origin has no row for the key.
    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send;

    /// Commits a value for a key.
    fn store(&self, key: Key, value: Value)
    -> impl Future<Output = Result<(), OriginError>> + Send;
}
