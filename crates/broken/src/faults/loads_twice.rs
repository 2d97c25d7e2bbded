//! Loads again what it has just loaded.

use bakeoff_strategy::{Key, Origin, Read, ReadError, Source};

use crate::fault::{Broken, Refused, cache_aside};
use crate::fault::Fault;

/// Loads again what it has just loaded.
#[derive(Debug, Default)]
pub struct LoadsTwice;

impl Fault for LoadsTwice {
    const RULE: &'static str = "read-through";

    const ALSO: &'static [&'static str] = &["read-through-awaited"];

    async fn read<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        origin: &O,
    ) -> Result<Read, ReadError<Refused>> {
        let read = cache_aside(cache, key, origin).await?;
        if read.source == Source::Loaded {
            origin.load(key).await?;
        }
        Ok(read)
    }
}
