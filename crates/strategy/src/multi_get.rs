//! Read of several keys with one `get_many`.

use futures_util::future::join_all;

use crate::strategy_trait::load_and_put;
use crate::{Key, Origin, Read, RequestError, Source, Strategy};

/// Reads several keys with one [`Strategy::get_many`]. Loads and puts the missing keys
/// concurrently.
///
/// Caches that fetch several keys in one round trip, and have the default [`Strategy::read`], can
/// implement [`Strategy::read_many`] with it.
///
/// # Errors
/// The first failure in the order of the keys, after all loads have ended.
pub async fn read_with_multi_get<S: Strategy, O: Origin>(
    strategy: &S,
    keys: &[Key],
    origin: &O,
) -> Result<Vec<Read>, RequestError<S::Error>> {
    let cached = strategy.get_many(keys).await.map_err(RequestError::Strategy)?;
    let reads = keys.iter().zip(cached).map(|(&key, cached)| async move {
        match cached {
            Some(value) => Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } }),
            None => load_and_put(strategy, key, origin).await,
        }
    });
    join_all(reads).await.into_iter().collect()
}
