//! The slow system behind the cache, as a strategy sees it.

use std::future::Future;

use crate::{Key, Mode, PutOptions, Value};

/// What the origin answered, and how the cache is to keep it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The newest committed value.
    pub value: Value,
    /// Time to live and weight to store it with.
    pub options: PutOptions,
}

/// An origin that failed to answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the origin failed: {0}")]
pub struct OriginError(pub String);

/// The system behind the cache: a database, simulated or real.
pub trait Origin: Send + Sync {
    /// Whether its futures are ready at once.
    const MODE: Mode;

    /// An owned handle to the same origin, for a layer that spawns tasks.
    type Detached: Origin<Detached = Self::Detached> + 'static;

    /// Makes that handle.
    fn detach(&self) -> Self::Detached;

    /// Reads the newest committed value; `None` if there is no such row.
    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send;

    /// Commits a value.
    fn store(&self, key: Key, value: Value)
    -> impl Future<Output = Result<(), OriginError>> + Send;
}
