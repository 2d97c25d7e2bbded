//! An origin whose loads begin an entry's life.

use std::time::Duration;

use bakeoff_strategy::{Key, Loaded, Origin, OriginError};

use crate::lifetimes::Lifetimes;

/// Passes everything on; what it loads is stamped, and kept for `longer` beyond its time. For loads
/// of what the cache does not hold: where there is an older value, it would begin to live anew if
/// the new one then could not be put.
pub(crate) struct Stamping<'a, O> {
    pub(crate) origin: &'a O,
    pub(crate) lifetimes: &'a Lifetimes,
    pub(crate) longer: Duration,
}

impl<O: Origin> Origin for Stamping<'_, O> {
    // Whoever takes an owned handle stamps for itself.
    forward_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        let ttl = self.lifetimes.of(loaded.options.ttl);
        loaded.options.ttl = ttl.map(|ttl| ttl + self.longer);
        self.lifetimes.stamp(key, ttl);
        Ok(Some(loaded))
    }
}
