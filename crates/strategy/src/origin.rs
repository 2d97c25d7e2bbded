//! The slow system behind a cache, as a strategy sees it.

use std::future::Future;

use crate::{Key, Mode, PutOptions, Value};

/// A value loaded from the origin, with the options for caching it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Latest committed value.
    pub value: Value,
    /// Options to pass to [`Strategy::put`](crate::Strategy::put).
    pub options: PutOptions,
}

/// Failure of a request to the origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the origin failed: {0}")]
pub struct OriginError(pub String);

/// The system behind the cache: a database, simulated or real.
pub trait Origin: Send + Sync {
    /// Execution mode of `load` and `store`.
    const MODE: Mode;

    /// Owned handle to the same origin.
    type Detached: Origin<Detached = Self::Detached> + 'static;

    /// Returns an owned handle to this origin, for a layer that spawns tasks.
    fn detach(&self) -> Self::Detached;

    /// Reads the latest committed value; `None` if there is no such row.
    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send;

    /// Commits a value.
    fn store(&self, key: Key, value: Value)
    -> impl Future<Output = Result<(), OriginError>> + Send;
}
