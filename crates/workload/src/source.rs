//! What a generator or a trace reader hands over, one request at a time.

use crate::compiled::{Op, WriteError};

/// A key as its source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKey<'a> {
    /// A number: a block, an address, an object id.
    Number(u64),
    /// Bytes: a path, a key of a key-value store.
    Text(&'a [u8]),
}

/// A request as its source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRequest<'a> {
    /// The key.
    pub key: SourceKey<'a>,
    /// What it does.
    pub op: Op,
    /// Bytes of the value; `None` where the source does not say.
    pub bytes: Option<u32>,
    /// Time to live in milliseconds; 0 for none.
    pub ttl_ms: u32,
    /// Microseconds on the source's own clock; 0 where it has none.
    pub time_us: u64,
    /// Whose request it is, counted from 0; 0 where there is one tenant.
    pub tenant: u16,
    /// Number of the group of reads that were asked for together (a scan, a multi-get), from 1;
    /// 0 for a request of its own.
    pub group: u32,
}

impl<'a> SourceRequest<'a> {
    /// A read of a key, with nothing else known.
    #[inline]
    #[must_use]
    pub const fn read(key: SourceKey<'a>) -> Self {
        Self { key, op: Op::Read, bytes: None, ttl_ms: 0, time_us: 0, tenant: 0, group: 0 }
    }
}

/// Why a sink takes no more requests.
#[derive(Debug)]
pub enum Stop {
    /// It has as many as it was asked for: no failure.
    Enough,
    /// It could not store one.
    Failed(WriteError),
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        Self::Failed(error)
    }
}

/// What takes requests.
pub trait Sink {
    /// Takes the next request.
    ///
    /// # Errors
    /// [`Stop`] when it takes no more; the source then ends at once.
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop>;
}
