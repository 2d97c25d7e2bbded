//! The origin of a replay: it knows the newest version of every key, and costs nothing.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{self, Poll};

use bakeoff_strategy::{Key, Loaded, Mode, Origin, OriginError, PutOptions, Value};
use bytes::Bytes;

use crate::body;
use crate::context::Context;

/// The origin as a request sees it: it loads values of that request's size. Without `OPS` nothing
/// is ever written, and every version is 0. With `FRESH` every body is a heap allocation of its own
/// (the memory meter).
pub(crate) struct RequestOrigin<'a, const OPS: bool, const FRESH: bool> {
    context: &'a Arc<Context>,
    bytes: u32,
    options: PutOptions,
    loads: AtomicU32,
}

impl<'a, const OPS: bool, const FRESH: bool> RequestOrigin<'a, OPS, FRESH> {
    #[inline]
    pub(crate) fn new(context: &'a Arc<Context>, bytes: u32, options: PutOptions) -> Self {
        Self { context, bytes, options, loads: AtomicU32::new(0) }
    }

    /// Turns to the next request.
    #[inline]
    pub(crate) fn turn_to(&mut self, bytes: u32, options: PutOptions) {
        (self.bytes, self.options) = (bytes, options);
    }

    /// Loads that its requests caused so far.
    #[inline]
    pub(crate) fn loads(&self) -> u64 {
        u64::from(self.loads.load(Ordering::Relaxed))
    }
}

impl<const OPS: bool, const FRESH: bool> Origin for RequestOrigin<'_, OPS, FRESH> {
    const MODE: Mode = Mode::Sync;
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
        // Not a locked increment: one request is one task, only clones made by `detach` leave it.
        self.loads.store(self.loads.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        Load { origin: self, key }
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

/// A load that is done when it is polled, so that its value is made where it is needed.
struct Load<'o, 'a, const OPS: bool, const FRESH: bool> {
    origin: &'o RequestOrigin<'a, OPS, FRESH>,
    key: Key,
}

impl<const OPS: bool, const FRESH: bool> Future for Load<'_, '_, OPS, FRESH> {
    type Output = Result<Option<Loaded>, OriginError>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<Self::Output> {
        let RequestOrigin { context, bytes, options, .. } = *self.origin;
        Poll::Ready(Ok(loaded::<OPS, FRESH>(context, self.key, bytes, options)))
    }
}

/// An owned handle to the same origin, for a strategy that spawns tasks.
pub(crate) struct DetachedOrigin<const OPS: bool, const FRESH: bool> {
    context: Arc<Context>,
    bytes: u32,
    options: PutOptions,
}

impl<const OPS: bool, const FRESH: bool> Origin for DetachedOrigin<OPS, FRESH> {
    const MODE: Mode = Mode::Sync;
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

/// The origin as several reads see it that were asked for together: each key has a size of its own.
pub(crate) struct GroupOrigin<const FRESH: bool> {
    context: Arc<Context>,
    /// Keys with the bytes and the options of their values.
    asked: Arc<[(Key, u32, PutOptions)]>,
    loads: AtomicU32,
    /// Whether it was handed to a task that nobody waits for.
    detached: bool,
}

impl<const FRESH: bool> GroupOrigin<FRESH> {
    pub(crate) fn new(context: &Arc<Context>, asked: Arc<[(Key, u32, PutOptions)]>) -> Self {
        let context = Arc::clone(context);
        Self { context, asked, loads: AtomicU32::new(0), detached: false }
    }

    /// Loads that its requests caused so far.
    pub(crate) fn loads(&self) -> u64 {
        u64::from(self.loads.load(Ordering::Relaxed))
    }
}

impl<const FRESH: bool> Origin for GroupOrigin<FRESH> {
    const MODE: Mode = Mode::Sync;
    type Detached = Self;

    fn detach(&self) -> Self {
        Self { detached: true, ..Self::new(&self.context, Arc::clone(&self.asked)) }
    }

    fn load(&self, key: Key) -> impl Future<Output = Result<Option<Loaded>, OriginError>> + Send {
        if self.detached {
            self.context.detached_loads.fetch_add(1, Ordering::Relaxed);
        } else {
            self.loads.fetch_add(1, Ordering::Relaxed);
        }
        // A key that was not asked for has no row here.
        let asked = self.asked.iter().find(|(asked, ..)| *asked == key);
        ready(Ok(asked.and_then(|&(_, bytes, options)| {
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
    context: &Context,
    key: Key,
    bytes: u32,
    options: PutOptions,
) -> Option<Loaded> {
    let version = if OPS {
        let id = key.id();
        if !context.versions.knows(id) {
            return None;
        }
        context.versions.newest(id as usize)
    } else {
        0
    };
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
