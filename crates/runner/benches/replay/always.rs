//! Strategy that always hits: it creates bodies from the block and stores only versions of written
//! keys.
//!
//! Only few keys are written, so that the harness dominates the time. If all keys were written, the
//! table of versions would not fit into the processor's caches. A comparison of two loops would
//! then measure how many processor cache misses overlap.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::atomic::{AtomicU32, Ordering};

use bakeoff_runner::body;
use bakeoff_strategy::{
    Bound, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use bytes::Bytes;

/// Strategy that always hits. It stores the newest version of every written key.
pub(crate) struct Always {
    versions: Box<[AtomicU32]>,
    block: &'static [u8],
}

impl Always {
    /// Creates the strategy, which accepts writes of keys with an id below `written`.
    pub(crate) fn new(written: usize) -> Self {
        let versions = (0..written).map(|_| AtomicU32::new(0)).collect();
        Self { versions, block: body::block() }
    }

    /// Returns the value of a key, which may never have been written.
    #[inline]
    pub(crate) fn held(&self, key: Key) -> Value {
        let written = self.versions.get(key.id() as usize);
        let version = written.map_or(0, |version| u64::from(version.load(Ordering::Relaxed)));
        let body = Bytes::from_static(body::slice(self.block, key, version, 64));
        Value { key, version, body }
    }

    /// Replaces the value of a key.
    #[inline]
    pub(crate) fn hold(&self, value: &Value) {
        self.versions[value.key.id() as usize].store(value.version as u32, Ordering::Relaxed);
    }
}

impl Strategy for Always {
    type Error = Infallible;
    const MODE: ExecutionMode = ExecutionMode::Sync;
    const PROPERTIES: Properties = Properties { bound: Bound::None, ..Properties::LOCAL };

    fn open(_: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(Ok(Self::new(0)))
    }

    #[inline]
    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, Infallible>> + Send {
        ready(Ok(Some(self.held(key))))
    }

    #[inline]
    fn put(
        &self,
        _: Key,
        value: Value,
        _: PutOptions,
    ) -> impl Future<Output = Result<(), Infallible>> + Send {
        self.hold(&value);
        ready(Ok(()))
    }

    fn remove(&self, _: Key) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    fn clear(&self) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    fn len(&self) -> impl Future<Output = Result<u64, Infallible>> + Send {
        ready(Ok(self.versions.len() as u64))
    }
}
