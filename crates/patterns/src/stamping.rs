//! An origin whose loads begin an entry's life.

use std::time::Duration;

use bakeoff_strategy::{Key, Loaded, Mode, Origin, OriginError, Value};

use crate::lifetimes::Lifetimes;

/// Passes everything on; what it loads is stamped, and kept for `longer` beyond its time.
pub(crate) struct Stamping<'a, O> {
    pub(crate) origin: &'a O,
    pub(crate) lifetimes: &'a Lifetimes,
    pub(crate) longer: Duration,
}

impl<O: Origin> Origin for Stamping<'_, O> {
    const MODE: Mode = O::MODE;
    type Detached = O::Detached;

    /// Whoever takes an owned handle stamps for itself.
    fn detach(&self) -> O::Detached {
        self.origin.detach()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let Some(mut loaded) = self.origin.load(key).await? else { return Ok(None) };
        let ttl = self.lifetimes.of(loaded.options.ttl);
        loaded.options.ttl = ttl.map(|ttl| ttl + self.longer);
        self.lifetimes.stamp(key, ttl);
        Ok(Some(loaded))
    }

    fn store(
        &self,
        key: Key,
        value: Value,
    ) -> impl Future<Output = Result<(), OriginError>> + Send {
        self.origin.store(key, value)
    }
}
