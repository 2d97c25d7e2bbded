//! Calls every answer a hit.

use bakeoff_strategy::{Key, Origin, Read, ReadError, Source};

use crate::fault::{Broken, Refused, cache_aside};
use crate::fault::Fault;

/// Calls every answer a hit.
#[derive(Debug, Default)]
pub struct ClaimsHits;

impl Fault for ClaimsHits {
    const RULE: &'static str = "read-through";

    const ALSO: &'static [&'static str] = &["ttl", "read-through-awaited", "failing-origin"];

    async fn read<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        origin: &O,
    ) -> Result<Read, ReadError<Refused>> {
        let read = cache_aside(cache, key, origin).await?;
        Ok(Read { source: Source::Hit { tier: 0 }, ..read })
    }
}
