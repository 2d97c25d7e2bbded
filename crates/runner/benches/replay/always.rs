//! A strategy that always hits, over as many keys as one likes: one version a key, and bodies
//! from the block.
//!
//! A byte a key, so that what it waits for is not memory but the harness: with four bytes, ten
//! million keys are beyond the processor's caches, and the difference between two loops is then
//! how many of the strategy's own misses fit into flight beside the rest of the loop.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::sync::atomic::{AtomicU8, Ordering};

use bakeoff_runner::body;
use bakeoff_strategy::{
    Bound, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use bytes::Bytes;

/// Knows the newest version of every key that there is.
pub(crate) struct Always {
    versions: Box<[AtomicU8]>,
    block: &'static [u8],
}

impl Always {
    pub(crate) fn new(keys: usize) -> Self {
        let versions = (0..keys).map(|_| AtomicU8::new(0)).collect();
        Self { versions, block: body::block() }
    }

    /// What is held for a key.
    #[inline]
    pub(crate) fn held(&self, key: Key) -> Value {
        let version = u64::from(self.versions[key.id() as usize].load(Ordering::Relaxed));
        let body = Bytes::from_static(body::slice(self.block, key, version, 64));
        Value { key, version, body }
    }

    /// Replaces it; no key is written 256 times here.
    #[inline]
    pub(crate) fn hold(&self, value: &Value) {
        self.versions[value.key.id() as usize].store(value.version as u8, Ordering::Relaxed);
    }
}

impl Strategy for Always {
    type Error = Infallible;
    const MODE: Mode = Mode::Immediate;
    const PROPERTIES: Properties = Properties {
        bound: Bound::None,
        shared: false,
        persistent: false,
        ttl: false,
        thread_safe: true,
        fresh: true,
        lossy: false,
        evicts: "nothing",
    };

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
