//! Answers a hit with the value of another key.

use bakeoff_strategy::{Key, Origin, Read, ReadError, Source, Strategy};

use crate::fault::{Broken, Refused, cache_aside};
use crate::fault::Fault;

/// Answers a hit with the value of another key.
#[derive(Debug, Default)]
pub struct ReadsAnother;

impl Fault for ReadsAnother {
    const RULE: &'static str = "read-through";

    const ALSO: &'static [&'static str] = &["read-through-awaited"];

    async fn read<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        origin: &O,
    ) -> Result<Read, ReadError<Refused>> {
        let read = cache_aside(cache, key, origin).await?;
        if !matches!(read.source, Source::Hit { .. }) {
            return Ok(read);
        }
        let next = Key::from_id(key.id() + 1);
        let other = cache.get(next).await.map_err(ReadError::Strategy)?;
        Ok(Read { value: other.or(read.value), ..read })
    }
}
