//! What a read through a cache comes back with.

use crate::{OriginError, Pending, Value};

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The cache had it, in the given tier (0 is the nearest).
    Hit {
        /// The tier.
        tier: u8,
    },
    /// It was loaded from the origin by this request.
    Loaded,
    /// Another request was loading it, and this one took part in the answer.
    Joined,
    /// The cache had it past its time, and said so on purpose.
    Stale {
        /// The tier.
        tier: u8,
    },
    /// Neither the cache nor the origin has it.
    Absent,
}

/// The answer to a read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The value, if there is one.
    pub value: Option<Value>,
    /// Where it came from.
    pub source: Source,
}

/// Why a read or write through a cache failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The cache itself.
    #[error("{0}")]
    Strategy(E),
    /// What lies behind it.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A strategy that declares itself immediate was not.
    #[error(transparent)]
    Pending(#[from] Pending),
}
