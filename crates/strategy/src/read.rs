//! Result of a read through a cache: the value, its source, or an error.

use crate::{OriginError, Pending, Value};

/// Source of the answer to a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The cache held a valid entry.
    Hit {
        /// Tier that held the entry; 0 is the one closest to the caller.
        tier: u8,
    },
    /// The request loaded the value from the origin.
    Loaded,
    /// The request shared the load of a concurrent request.
    Joined,
    /// The cache deliberately returned an expired entry.
    Stale {
        /// Tier that held the entry; 0 is the one closest to the caller.
        tier: u8,
    },
    /// Neither the cache nor the origin has the key.
    Absent,
}

/// Answer to a read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Value of the key; `None` if the key is absent.
    pub value: Option<Value>,
    /// Source of the answer.
    pub source: Source,
}

/// Failure of a read or write through a cache.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError<E> {
    /// The cache failed, with the error of the strategy.
    #[error("{0}")]
    Strategy(E),
    /// The origin failed.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A strategy that declares [`ExecutionMode::Sync`](crate::ExecutionMode::Sync) returned a
    /// pending future.
    #[error(transparent)]
    Pending(#[from] Pending),
}
