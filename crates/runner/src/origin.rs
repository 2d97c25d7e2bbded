//! The origin of a replay: it knows the newest version of every key, and costs nothing.

use std::future::{Future, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bakeoff_strategy::{Key, Loaded, Mode, Origin, OriginError, PutOptions, Value};
use bytes::Bytes;

use crate::body;
use crate::context::Context;

/// The origin as one request sees it: it loads values of that request's size. With `FRESH`, every
/// body is a heap allocation of its own (the memory meter).
pub(crate) struct RequestOrigin<'a, const FRESH: bool> {
    context: &'a Arc<Context>,
    bytes: u32,
    options: PutOptions,
    loads: AtomicU32,
}

impl<'a, const FRESH: bool> RequestOrigin<'a, FRESH> {
    #[inline]
    pub(crate) fn new(context: &'a Arc<Context>, bytes: u32, options: PutOptions) -> Self {
        Self { context, bytes, options, loads: AtomicU32::new(0) }
    }

    /// Loads that this request caused so far.
    #[inline]
    pub(crate) fn loads(&self) -> u64 {
        u64::from(self.loads.load(Ordering::Relaxed))
    }
}

impl<const FRESH: bool> Origin for RequestOrigin<'_, FRESH> {
    const MODE: Mode = Mode::Immediate;
    type Detached = DetachedOrigin<FRESH>;

    fn detach(&self) -> Self::Detached {
        DetachedOrigin {
            context: Arc::clone(self.context),
            bytes: self.bytes,
            options: self.options,
        }
    }

    #[inline]
    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        // Not a locked increment: one request is one task, only clones made by `detach` leave it.
        self.loads.store(self.loads.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        ready(Ok(loaded::<FRESH>(self.context, key, self.bytes, self.options)))
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

/// An owned handle to the same origin, for a strategy that spawns tasks.
pub(crate) struct DetachedOrigin<const FRESH: bool> {
    context: Arc<Context>,
    bytes: u32,
    options: PutOptions,
}

impl<const FRESH: bool> Origin for DetachedOrigin<FRESH> {
    const MODE: Mode = Mode::Immediate;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self { context: Arc::clone(&self.context), bytes: self.bytes, options: self.options }
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        self.context.detached_loads.fetch_add(1, Ordering::Relaxed);
        ready(Ok(loaded::<FRESH>(&self.context, key, self.bytes, self.options)))
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
fn loaded<const FRESH: bool>(
    context: &Context,
    key: Key,
    bytes: u32,
    options: PutOptions,
) -> Option<Loaded> {
    let id = key.id();
    if !context.versions.knows(id) {
        return None;
    }
    let version = context.versions.newest(id as usize);
    Some(Loaded { value: value::<FRESH>(context, key, version, bytes), options })
}

fn commit(context: &Context, key: Key, value: &Value) -> Result<(), OriginError> {
    if value.key != key {
        return Err(OriginError(format!(
            "asked to store the value of key {} under key {}",
            value.key.id(),
            key.id()
        )));
    }
    context.versions.commit(key.id() as usize, value.version);
    Ok(())
}

/// The value of a key at a version.
#[inline]
pub(crate) fn value<const FRESH: bool>(
    context: &Context,
    key: Key,
    version: u64,
    bytes: u32,
) -> Value {
    let slice = body::slice(context.block, key, version, bytes as usize);
    let body = if FRESH { Bytes::copy_from_slice(slice) } else { Bytes::from_static(slice) };
    Value { key, version, body }
}
