//! The trait.

use std::future::{Future, ready};
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::{
    Key, Mode, OpenConfig, OpenError, Options, Origin, Properties, PutOptions, Read, ReadError,
    Snapshot, Source, Value, poll_once, together,
};

/// A way of caching.
///
/// An in-process strategy declares [`Mode::Immediate`] and answers with [`std::future::ready`]
/// (an `async fn` body costs tens of nanoseconds more); a networked one declares
/// [`Mode::Awaited`] and writes `async fn`. Methods take `&self`: many threads call at once.
///
/// A failed request is an error, never a panic; a panic ends the trial as this variant's failure.
#[expect(clippy::len_without_is_empty, reason = "`len` counts what a server holds, too")]
pub trait Strategy: Sized + Send + Sync + 'static {
    /// The strategy's own error; [`std::convert::Infallible`] where nothing can fail.
    type Error: std::error::Error + Clone + Send + Sync + 'static;

    /// Whether every future of this strategy is ready at its first poll.
    const MODE: Mode;

    /// What it declares about itself.
    const PROPERTIES: Properties;

    /// Whether all times that it keeps are those of [`OpenConfig::clock`], so that it can be
    /// replayed in virtual time. One that keeps no times, and answers at once, need not say so.
    const TAKES_CLOCK: bool = false;

    /// Whether a write returns before the origin has it. It must then be answered from then on,
    /// and be at the origin after [`settle`](Self::settle).
    const DEFERS_WRITES: bool = false;

    /// Whether a read may be answered past the entry's time to live, as [`Source::Stale`].
    const SERVES_STALE: bool = false;

    /// Opens a cache, empty unless it is persistent or shared.
    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// How many entries the service behind this strategy has to hold, if the strategy is to hold
    /// `capacity_entries` in all: the driver sizes a server that counts only bytes by this.
    ///
    /// # Errors
    /// [`OpenError`] if the options are not valid.
    fn service_entries(capacity_entries: u64, options: &Options) -> Result<u64, OpenError> {
        let _ = options;
        Ok(capacity_entries)
    }

    /// What is held for `key`, if anything.
    fn get(&self, key: Key) -> impl Future<Output = Result<Option<Value>, Self::Error>> + Send;

    /// Stores a value in place of any older one. A strategy may refuse to store; it must then
    /// not go on holding the older value.
    fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Forgets a key; no error if it was not held.
    fn remove(&self, key: Key) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Forgets all keys of this namespace.
    fn clear(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Entries held now; exact after [`settle`](Self::settle).
    fn len(&self) -> impl Future<Output = Result<u64, Self::Error>> + Send;

    /// Finishes pending housekeeping, such as a batched eviction, so that sizes are true.
    fn settle(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        ready(Ok(()))
    }

    /// What the strategy knows about its own state.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Self::Error>> + Send {
        ready(Ok(Snapshot::default()))
    }

    /// Ends cleanly: flushes what is queued, and reports what could not be flushed.
    fn close(&self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        ready(Ok(()))
    }

    /// Several keys at once, answers in the same order.
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

    /// Reads through the cache. By default cache-aside: get; on a miss load and put.
    #[inline(always)]
    fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, ReadError<Self::Error>>> + Send {
        if const { ReadNow::<'_, '_, Self, O>::CHOSEN } {
            Either::Now(ReadNow { strategy: self, key, origin })
        } else {
            Either::later(async move {
                if let Some(value) = self.get(key).await.map_err(ReadError::Strategy)? {
                    return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
                }
                together::load(self, key, origin).await
            })
        }
    }

    /// Reads several keys that were asked for together, answers in the same order. By default
    /// each as [`read`](Self::read) does, all under way at once; [`read_together`](crate::read_together)
    /// is for a cache that asks for several keys in one message. Only awaited strategies are asked.
    ///
    /// # Errors
    /// [`ReadError`] if one of the reads failed: who asked for all of them has no answer then.
    fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> impl Future<Output = Result<Vec<Read>, ReadError<Self::Error>>> + Send {
        together::read_each(self, keys, origin)
    }

    /// Writes through the cache. By default: the origin commits, then the cache is updated.
    #[inline(always)]
    fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> impl Future<Output = Result<(), ReadError<Self::Error>>> + Send {
        if const { WriteNow::<'_, '_, Self, O>::CHOSEN } {
            Either::Now(WriteNow { strategy: self, key, value: Some(value), options, origin })
        } else {
            Either::later(async move {
                origin.store(key, value.clone()).await?;
                self.put(key, value, options).await.map_err(ReadError::Strategy)
            })
        }
    }
}

/// Cache-aside where nothing pends: plain calls, so that the compiler sees straight through.
///
/// A future that holds what is to be done, not what came of it: an answer that is stored in a
/// future and taken out again crosses memory twice, which costs more than the rest of a request.
struct ReadNow<'s, 'o, S, O> {
    strategy: &'s S,
    key: Key,
    origin: &'o O,
}

impl<S: Strategy, O: Origin> Future for ReadNow<'_, '_, S, O> {
    type Output = Result<Read, ReadError<S::Error>>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(read_now(self.strategy, self.key, self.origin))
    }
}

#[inline(always)]
fn read_now<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    origin: &O,
) -> Result<Read, ReadError<S::Error>> {
    if let Some(value) = poll_once(strategy.get(key))?.map_err(ReadError::Strategy)? {
        return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
    }
    let Some(loaded) = poll_once(origin.load(key))?? else {
        return Ok(Read { value: None, source: Source::Absent });
    };
    let value = loaded.value.clone();
    poll_once(strategy.put(key, loaded.value, loaded.options))?.map_err(ReadError::Strategy)?;
    Ok(Read { value: Some(value), source: Source::Loaded })
}

/// A write where nothing pends.
struct WriteNow<'s, 'o, S, O> {
    strategy: &'s S,
    key: Key,
    value: Option<Value>,
    options: PutOptions,
    origin: &'o O,
}

impl<S: Strategy, O: Origin> Future for WriteNow<'_, '_, S, O> {
    type Output = Result<(), ReadError<S::Error>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.value.take() {
            Some(value) => {
                Poll::Ready(write_now(self.strategy, self.key, value, self.options, self.origin))
            }
            // A poll after the end is the caller's mistake: it waits for ever.
            None => Poll::Pending,
        }
    }
}

#[inline(always)]
fn write_now<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    value: Value,
    options: PutOptions,
    origin: &O,
) -> Result<(), ReadError<S::Error>> {
    poll_once(origin.store(key, value.clone()))??;
    poll_once(strategy.put(key, value, options))?.map_err(ReadError::Strategy)
}

/// One of two futures, chosen at compile time: nothing of the other one is left in a replay loop,
/// not even the question which of them it was.
enum Either<N: Now, F> {
    Now(N),
    Later(ManuallyDrop<F>),
}

/// The future of what is done at its first poll.
trait Now: Future + Unpin {
    /// Whether it is the one that is chosen.
    const CHOSEN: bool;
}

impl<S: Strategy, O: Origin> Now for ReadNow<'_, '_, S, O> {
    const CHOSEN: bool = S::MODE.join(O::MODE).is_immediate();
}

impl<S: Strategy, O: Origin> Now for WriteNow<'_, '_, S, O> {
    const CHOSEN: bool = S::MODE.join(O::MODE).is_immediate();
}

impl<N: Now, F> Either<N, F> {
    fn later(later: F) -> Self {
        Self::Later(ManuallyDrop::new(later))
    }
}

impl<N: Now, F: Future<Output = N::Output>> Future for Either<N, F> {
    type Output = N::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<N::Output> {
        // SAFETY: a projection. `Later` is pinned with `self` and never moved out of; `Now` is
        // `Unpin`; `drop` does not move either.
        match unsafe { self.get_unchecked_mut() } {
            Self::Now(now) => Pin::new(now).poll(context),
            Self::Later(later) if const { !N::CHOSEN } => {
                unsafe { Pin::new_unchecked(&mut **later) }.poll(context)
            }
            // Never made where `Now` is chosen.
            Self::Later(_) => Poll::Pending,
        }
    }
}

impl<N: Now, F> Drop for Either<N, F> {
    #[inline(always)]
    fn drop(&mut self) {
        if const { !N::CHOSEN }
            && let Self::Later(later) = self
        {
            // SAFETY: dropped here and nowhere else, and in place.
            unsafe { ManuallyDrop::drop(later) }
        }
    }
}
