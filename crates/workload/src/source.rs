//! Interface between the sources of requests (generators, trace readers) and their consumers.

use std::path::PathBuf;

use bakeoff_compiled::Op;

/// Key of a request as its source represents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKey<'a> {
    /// Numeric key: a block, an address, an object id.
    Number(u64),
    /// Key of any bytes: a path, a key of a key-value store.
    Text(&'a [u8]),
}

/// Request as its source represents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRequest<'a> {
    /// Key, numeric or textual.
    pub key: SourceKey<'a>,
    /// Read, write or delete.
    pub op: Op,
    /// Value size in bytes; `None` if the source does not record it.
    pub bytes: Option<u32>,
    /// Time to live in milliseconds; 0 for none.
    pub ttl_ms: u32,
    /// Microseconds on the source's own clock; 0 if the source has no clock.
    pub time_us: u64,
    /// Tenant number, from 0; 0 if there is only one tenant.
    pub tenant: u16,
    /// Id, from 1, of the multi-get or scan that this read belongs to; 0 for a single request.
    pub group: u32,
}

impl<'a> SourceRequest<'a> {
    /// Creates a read of `key` with all other fields unknown.
    #[inline]
    #[must_use]
    pub const fn read(key: SourceKey<'a>) -> Self {
        Self { key, op: Op::Read, bytes: None, ttl_ms: 0, time_us: 0, tenant: 0, group: 0 }
    }
}

/// Reason that a sink accepts no more requests.
#[derive(Debug)]
pub enum SinkStop {
    /// The requested number of requests is reached; not a failure.
    LimitReached,
    /// A request could not be stored.
    Failed(WriteError),
}

impl From<WriteError> for SinkStop {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

/// Reason that a compiled workload cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output, or a temporary file in its directory, cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// Output file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The source produced no requests.
    #[error("the workload has no requests")]
    Empty,
    /// The keys do not fit 32-bit ids.
    #[error("the workload has more than 4,294,967,294 distinct keys; limit the number of requests")]
    TooManyKeys,
    /// The source produced both numeric and textual keys.
    #[error("some keys are numbers and others are text; read the files with one format")]
    MixedKeys,
}

/// Consumer of requests.
pub trait Sink {
    /// Consumes the next request.
    ///
    /// # Errors
    /// [`SinkStop`] if the sink accepts no more requests; the source must then end at once.
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop>;
}
