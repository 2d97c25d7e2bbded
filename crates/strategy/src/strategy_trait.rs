//! Trait [`Strategy`], which every cache strategy implements, and its default methods.

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::join_all;

use crate::static_either::{StaticEither, SyncFuture};
use crate::{
    ExecutionMode, Key, OpenConfig, OpenError, Options, Origin, Properties, PutOptions, Read,
    RequestError, Snapshot, Source, Value, poll_once,
};

/// Cache strategy: a cache, with the pattern by which the cache is read and written.
///
/// An in-process strategy declares [`ExecutionMode::Sync`]. Its methods are marked `#[inline]` and
/// return [`std::future::ready`]; an `async fn` also works but costs tens of nanoseconds more. A
/// networked strategy declares [`ExecutionMode::Async`] and implements the methods as `async fn`.
///
/// Several threads may call the methods concurrently if the strategy declares `thread_safe`. A
/// failed request must return an error: a panic ends the trial and counts as a failure of the
/// strategy.
///
/// # Example
///
/// A hash map behind a lock:
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
/// use std::future::{Future, Ready, ready};
/// use std::sync::{Mutex, MutexGuard, PoisonError};
///
/// use bakeoff_strategy::{
///     Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions,
///     Strategy, Value,
/// };
///
/// struct Map(Mutex<HashMap<Key, Value>>);
///
/// impl Map {
///     fn entries(&self) -> MutexGuard<'_, HashMap<Key, Value>> {
///         self.0.lock().unwrap_or_else(PoisonError::into_inner)
///     }
/// }
///
/// impl Strategy for Map {
///     type Error = Infallible;
///     const MODE: ExecutionMode = ExecutionMode::Sync;
///     const PROPERTIES: Properties =
///         Properties { bound: Bound::None, evicts: Eviction::None, ..Properties::LOCAL };
///
///     fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
///         ready(config.options.reject_unknown(&[]).map(|()| Self(Mutex::default())))
///     }
///
///     fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {
///         ready(Ok(self.entries().get(&key).cloned()))
///     }
///
///     fn put(&self, key: Key, value: Value, _: PutOptions) -> Ready<Result<(), Infallible>> {
///         self.entries().insert(key, value);
///         ready(Ok(()))
///     }
///
///     fn remove(&self, key: Key) -> Ready<Result<(), Infallible>> {
///         self.entries().remove(&key);
///         ready(Ok(()))
///     }
///
///     fn clear(&self) -> Ready<Result<(), Infallible>> {
///         self.entries().clear();
///         ready(Ok(()))
///     }
///
///     fn len(&self) -> Ready<Result<u64, Infallible>> {
///         ready(Ok(self.entries().len() as u64))
///     }
/// }
/// ```
#[expect(clippy::len_without_is_empty, reason = "`len` may be a request to a server")]
pub trait Strategy: Sized + Send + Sync + 'static {
    /// Error of a request; [`std::convert::Infallible`] if requests cannot fail.
    type Error: std::error::Error + Clone + Send + Sync + 'static;

    /// Execution mode of all methods. In [`ExecutionMode::Sync`] every future must be ready at its
    /// first poll.
    const MODE: ExecutionMode;

    /// Declared properties, which the conformance kit tests.
    const PROPERTIES: Properties;

    /// True if expiry follows [`OpenConfig::clock`] only, so that a replay may use a virtual clock.
    ///
    /// A strategy in [`ExecutionMode::Sync`] whose entries do not expire supports a virtual clock
    /// in any case.
    const SUPPORTS_VIRTUAL_CLOCK: bool = false;

    /// True if [`write`](Self::write) may return before the origin has committed the value.
    ///
    /// Reads must return the new value as soon as the write has returned, and
    /// [`settle`](Self::settle) must wait until the origin has committed it.
    const DEFERS_WRITES: bool = false;

    /// True if [`read`](Self::read) may return an expired entry, as [`Source::Stale`].
    const SERVES_STALE: bool = false;

    /// Opens a cache with the given configuration.
    ///
    /// The cache is empty unless it is shared or persistent. Returns an error for unknown options
    /// ([`Options::reject_unknown`]) and for unsupported kinds of capacity
    /// ([`OpenError::UnsupportedCapacity`]).
    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Returns the number of entries that the server must hold for a total of `capacity_entries`.
    ///
    /// From this number the driver computes the memory limit of a server that counts bytes
    /// ([`Bound::ServerMemory`](crate::Bound::ServerMemory)).
    ///
    /// # Errors
    /// [`OpenError`] for invalid options.
    fn server_capacity(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        let _ = options;
        Ok(capacity_entries)
    }

    /// Returns the properties with the given options, which the kit tests.
    ///
    /// Override it only if a property depends on an option. The driver uses
    /// [`PROPERTIES`](Self::PROPERTIES), which must be true with any option.
    fn properties(options: &Options) -> Properties {
        let _ = options;
        Self::PROPERTIES
    }

    /// Returns the cached value of a key; `None` if the key is not cached.
    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, Self::Error>> + Send;

    /// Stores a value and replaces an older value of the key.
    ///
    /// A strategy may refuse to store the value. It must then remove the older value of the key.
    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Removes a key. Removing a key that is not cached is not an error.
    fn remove(&self, key: Key) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Removes all keys of the namespace.
    fn clear(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns the number of entries, which must be exact after [`settle`](Self::settle).
    fn len(&self) -> impl Future<Output = Result<u64, Self::Error>> + Send;

    /// Finishes pending work, such as batched evictions or queued writes, so that sizes are exact.
    ///
    /// Does nothing by default.
    fn settle(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        ready(Ok(()))
    }

    /// Returns statistics about the cache. The default returns none.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Self::Error>> + Send {
        ready(Ok(Snapshot::default()))
    }

    /// Flushes queued work and closes the cache. Fails if not everything could be flushed.
    ///
    /// Does nothing by default.
    fn close(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        ready(Ok(()))
    }

    /// Returns the cached values of several keys, in the order of `keys`.
    ///
    /// The default calls [`get`](Self::get) for each key in turn.
    fn get_many(
        &self,
        keys: &[Key],
    ) -> impl Future<Output = Result<Vec<Option<Value>>, Self::Error>> + Send {
        async move {
            let mut values = Vec::with_capacity(keys.len());
            for &key in keys {
                values.push(self.get(key).await?);
            }
            Ok(values)
        }
    }

    /// Reads a key through the cache and reports the source of the answer.
    ///
    /// The default is cache-aside: it calls `get`; on a miss it loads the key from the origin and
    /// calls `put`. Override the method for other patterns, such as single flight,
    /// stale-while-revalidate or tiers.
    #[inline(always)]
    fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, RequestError<Self::Error>>> + Send {
        if const { ReadSync::<'_, '_, Self, O>::CHOSEN } {
            StaticEither::Sync(ReadSync { strategy: self, key, origin })
        } else {
            StaticEither::new_async(async move {
                if let Some(value) = self.get(key).await.map_err(RequestError::Strategy)? {
                    return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
                }
                load_and_put(self, key, origin).await
            })
        }
    }

    /// Reads several keys through the cache; answers are in the order of `keys`.
    ///
    /// The default runs one [`read`](Self::read) per key, all concurrently. A cache with an
    /// efficient `get_many` can call [`read_with_multi_get`](crate::read_with_multi_get) instead.
    /// The runner calls this method only for strategies in [`ExecutionMode::Async`].
    ///
    /// # Errors
    /// [`RequestError`] if one of the reads failed.
    fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> impl Future<Output = Result<Vec<Read>, RequestError<Self::Error>>> + Send {
        async move {
            let reads = keys.iter().map(|&key| self.read(key, origin));
            join_all(reads).await.into_iter().collect()
        }
    }

    /// Writes a value through the cache.
    ///
    /// By default the origin commits the value, and then `put` updates the cache. Override the
    /// method for other patterns, such as write-behind or invalidation.
    #[inline(always)]
    fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), RequestError<Self::Error>>> + Send {
        if const { WriteSync::<'_, '_, Self, O>::CHOSEN } {
            let value = Some(value);
            StaticEither::Sync(WriteSync { strategy: self, key, value, options, origin })
        } else {
            StaticEither::new_async(async move {
                origin.store(key, value.clone()).await?;
                self.put(key, value, options).await.map_err(RequestError::Strategy)
            })
        }
    }
}

/// Returns true if a replay of `S` may use a virtual clock.
///
/// This is the case if `S` supports a virtual clock, or is synchronous and does not expire entries.
#[must_use]
pub const fn supports_virtual_clock<S: Strategy>() -> bool {
    S::SUPPORTS_VIRTUAL_CLOCK || (S::MODE.is_sync() && !S::PROPERTIES.ttl)
}

/// Handles a cache miss: loads the key from the origin and puts it into the cache.
pub(crate) async fn load_and_put<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    origin: &O,
) -> Result<Read, RequestError<S::Error>> {
    let Some(loaded) = origin.load(key).await? else {
        return Ok(Read { value: None, source: Source::Absent });
    };
    let value = loaded.value.clone();
    strategy.put(key, loaded.value, loaded.options).await.map_err(RequestError::Strategy)?;
    Ok(Read { value: Some(value), source: Source::Loaded })
}

/// Future of a cache-aside read in [`ExecutionMode::Sync`]. The read happens when the future is
/// polled.
///
/// The future holds the arguments, not the result. Storing a result in a future and moving it out
/// would copy it twice, which costs more than the rest of a request.
struct ReadSync<'s, 'o, S, O> {
    strategy: &'s S,
    key: Key,
    origin: &'o O,
}

impl<S: Strategy, O: Origin> SyncFuture for ReadSync<'_, '_, S, O> {
    const CHOSEN: bool = S::MODE.join(O::MODE).is_sync();
}

impl<S: Strategy, O: Origin> Future for ReadSync<'_, '_, S, O> {
    type Output = Result<Read, RequestError<S::Error>>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(read_sync(self.strategy, self.key, self.origin))
    }
}

#[inline(always)]
fn read_sync<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    origin: &O,
) -> Result<Read, RequestError<S::Error>> {
    if let Some(value) = poll_once(strategy.get(key))?.map_err(RequestError::Strategy)? {
        return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
    }
    let Some(loaded) = poll_once(origin.load(key))?? else {
        return Ok(Read { value: None, source: Source::Absent });
    };
    let value = loaded.value.clone();
    poll_once(strategy.put(key, loaded.value, loaded.options))?.map_err(RequestError::Strategy)?;
    Ok(Read { value: Some(value), source: Source::Loaded })
}

/// Future of a write in [`ExecutionMode::Sync`]. The write happens when the future is polled.
struct WriteSync<'s, 'o, S, O> {
    strategy: &'s S,
    key: Key,
    /// `None` after the first poll.
    value: Option<Value>,
    options: PutOptions,
    origin: &'o O,
}

impl<S: Strategy, O: Origin> SyncFuture for WriteSync<'_, '_, S, O> {
    const CHOSEN: bool = S::MODE.join(O::MODE).is_sync();
}

impl<S: Strategy, O: Origin> Future for WriteSync<'_, '_, S, O> {
    type Output = Result<(), RequestError<S::Error>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(value) = self.value.take() else {
            unreachable!("a future must not be polled after it was ready")
        };
        Poll::Ready(write_sync(self.strategy, self.key, value, self.options, self.origin))
    }
}

#[inline(always)]
fn write_sync<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    value: Value,
    options: PutOptions,
    origin: &O,
) -> Result<(), RequestError<S::Error>> {
    poll_once(origin.store(key, value.clone()))??;
    poll_once(strategy.put(key, value, options))?.map_err(RequestError::Strategy)
}
