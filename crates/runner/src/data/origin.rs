//! Origin of a replay, which returns the newest version of every key without delay.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{self, Poll};

use bakeoff_strategy::{ExecutionMode, Key, Loaded, Origin, OriginError, PutOptions, Value};
use bytes::Bytes;

use super::body;
use super::trial_context::TrialContext;

/// Origin of a single request. Every loaded value has the size given in the request.
///
/// If `OPS` is false, the workload has only reads and every version is 0. If `FRESH` is true, every
/// body is a separate heap allocation, as the memory meter requires.
pub(crate) struct RequestOrigin<'a, const OPS: bool, const FRESH: bool> {
    context: &'a Arc<TrialContext>,
    bytes: u32,
    options: PutOptions,
    loads: AtomicU32,
}

impl<'a, const OPS: bool, const FRESH: bool> RequestOrigin<'a, OPS, FRESH> {
    #[inline]
    pub(crate) fn new(context: &'a Arc<TrialContext>, bytes: u32, options: PutOptions) -> Self {
        Self { context, bytes, options, loads: AtomicU32::new(0) }
    }

    /// Sets the value size and options of the next request.
    #[inline]
    pub(crate) fn set_request(&mut self, bytes: u32, options: PutOptions) {
        (self.bytes, self.options) = (bytes, options);
    }

    /// Returns the number of loads so far.
    #[inline]
    pub(crate) fn loads(&self) -> u64 {
        u64::from(self.loads.load(Ordering::Relaxed))
    }
}

impl<const OPS: bool, const FRESH: bool> Origin for RequestOrigin<'_, OPS, FRESH> {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = DetachedOrigin<OPS, FRESH>;

    fn detach(&self) -> Self::Detached {
        DetachedOrigin {
            context: Arc::clone(self.context),
            bytes: self.bytes,
            options: self.options,
        }
    }

    #[inline(always)]
    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        // No atomic increment is needed: a request is one task, and other tasks use only handles
        // created by `detach`.
        self.loads.store(self.loads.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        LoadFuture { origin: self, key }
    }

    #[inline]
    fn store(
        &self,
        key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        ready(commit(self.context, key, &value))
    }
}

/// Future that loads a value when it is polled, so that the value is created where it is used.
struct LoadFuture<'o, 'a, const OPS: bool, const FRESH: bool> {
    origin: &'o RequestOrigin<'a, OPS, FRESH>,
    key: Key,
}

impl<const OPS: bool, const FRESH: bool> Future for LoadFuture<'_, '_, OPS, FRESH> {
    type Output = Result<Option<Loaded>, OriginError>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Self::Output> {
        let RequestOrigin { context, bytes, options, .. } = *self.origin;
        Poll::Ready(Ok(loaded::<OPS, FRESH>(context, self.key, bytes, options)))
    }
}

/// Owned handle to the origin of a request, for tasks that a strategy spawns.
pub(crate) struct DetachedOrigin<const OPS: bool, const FRESH: bool> {
    context: Arc<TrialContext>,
    bytes: u32,
    options: PutOptions,
}

impl<const OPS: bool, const FRESH: bool> Origin for DetachedOrigin<OPS, FRESH> {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self { context: Arc::clone(&self.context), bytes: self.bytes, options: self.options }
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        self.context.detached_loads.fetch_add(1, Ordering::Relaxed);
        ready(Ok(loaded::<OPS, FRESH>(&self.context, key, self.bytes, self.options)))
    }

    fn store(
        &self,
        key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        ready(commit(&self.context, key, &value))
    }
}

/// Origin of a multi-get, in which each key has its own size.
pub(crate) struct MultiGetOrigin<const FRESH: bool> {
    context: Arc<TrialContext>,
    /// Requested keys, each with the size and options of its value.
    requested: Arc<[(Key, u32, PutOptions)]>,
    loads: AtomicU32,
    /// True for a handle that belongs to a task spawned by the strategy.
    detached: bool,
}

impl<const FRESH: bool> MultiGetOrigin<FRESH> {
    pub(crate) fn new(
        context: &Arc<TrialContext>,
        requested: Arc<[(Key, u32, PutOptions)]>,
    ) -> Self {
        let context = Arc::clone(context);
        Self { context, requested, loads: AtomicU32::new(0), detached: false }
    }

    /// Returns the number of loads so far.
    pub(crate) fn loads(&self) -> u64 {
        u64::from(self.loads.load(Ordering::Relaxed))
    }
}

impl<const FRESH: bool> Origin for MultiGetOrigin<FRESH> {
    const MODE: ExecutionMode = ExecutionMode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self { detached: true, ..Self::new(&self.context, Arc::clone(&self.requested)) }
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        if self.detached {
            self.context.detached_loads.fetch_add(1, Ordering::Relaxed);
        } else {
            self.loads.fetch_add(1, Ordering::Relaxed);
        }
        // A key that the multi-get did not request has no row.
        let requested = self.requested.iter().find(|(requested, ..)| *requested == key);
        ready(Ok(requested.and_then(|&(_, bytes, options)| {
            loaded::<true, FRESH>(&self.context, key, bytes, options)
        })))
    }

    fn store(
        &self,
        key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        ready(commit(&self.context, key, &value))
    }
}

#[inline]
fn loaded<const OPS: bool, const FRESH: bool>(
    context: &TrialContext,
    key: Key,
    bytes: u32,
    options: PutOptions,
) -> Option<Loaded> {
    let version = if OPS {
        let id = key.id();
        if !context.versions.contains(id) {
            return None;
        }
        context.versions.newest(id as usize)
    } else {
        0
    };
    Some(Loaded { value: value::<FRESH>(context, key, version, bytes), options })
}

fn commit(context: &TrialContext, key: Key, value: &Value) -> Result<(), OriginError> {
    if value.key != key {
        return Err(OriginError(format!(
            "cannot store the value of key {} under key {}",
            value.key.id(),
            key.id()
        )));
    }
    context.versions.commit(key.id() as usize, value.version);
    Ok(())
}

/// Creates the value with the given key and version.
#[inline]
pub(crate) fn value<const FRESH: bool>(
    context: &TrialContext,
    key: Key,
    version: u64,
    bytes: u32,
) -> Value {
    let slice = body::slice(context.block, key, version, bytes as usize);
    let body = if FRESH { Bytes::copy_from_slice(slice) } else { Bytes::from_static(slice) };
    Value { key, version, body }
}
