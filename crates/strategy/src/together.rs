//! Several keys that are asked for together: a multi-get, a scan.

use futures_util::future::join_all;

use crate::{Key, Origin, Read, ReadError, Source, Strategy};

/// Cache-aside of several keys: one [`Strategy::get_many`] for all of them, then the origin for what
/// was not held, all loads and puts under way at once. For the [`Strategy::read_many`] of a cache
/// whose [`Strategy::read`] is the default one, and whose `get_many` is one message.
///
/// # Errors
/// The first failure in the order of the keys; the other keys are read to their end.
pub async fn read_together<S: Strategy, O: Origin>(
    strategy: &S,
    keys: &[Key],
    origin: &O,
) -> Result<Vec<Read>, ReadError<S::Error>> {
    let held = strategy.get_many(keys).await.map_err(ReadError::Strategy)?;
    let reads = keys.iter().zip(held).map(|(&key, held)| async move {
        match held {
            Some(value) => Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } }),
            None => load(strategy, key, origin).await,
        }
    });
    join_all(reads).await.into_iter().collect()
}

/// Each key by a read of its own, all under way at once.
pub(crate) async fn read_each<S: Strategy, O: Origin>(
    strategy: &S,
    keys: &[Key],
    origin: &O,
) -> Result<Vec<Read>, ReadError<S::Error>> {
    let reads = keys.iter().map(|&key| strategy.read(key, origin));
    join_all(reads).await.into_iter().collect()
}

/// What follows a miss: the origin is asked, and its answer kept.
pub(crate) async fn load<S: Strategy, O: Origin>(
    strategy: &S,
    key: Key,
    origin: &O,
) -> Result<Read, ReadError<S::Error>> {
    let Some(loaded) = origin.load(key).await? else {
        return Ok(Read { value: None, source: Source::Absent });
    };
    let value = loaded.value.clone();
    strategy.put(key, loaded.value, loaded.options).await.map_err(ReadError::Strategy)?;
    Ok(Read { value: Some(value), source: Source::Loaded })
}
