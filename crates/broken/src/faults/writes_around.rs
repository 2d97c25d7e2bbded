//! Writes past the cache, which goes on with the old value.

use bakeoff_strategy::{Key, Origin, PutOptions, ReadError, Value};

use crate::fault::{Broken, Refused};
use crate::fault::Fault;

/// Writes past the cache, which goes on with the old value.
#[derive(Debug, Default)]
pub struct WritesAround;

impl Fault for WritesAround {
    const RULE: &'static str = "write-through";

    const ALSO: &'static [&'static str] = &["write-through-awaited"];

    async fn write<O: Origin>(
        _cache: &Broken<Self>,
        key: Key,
        value: Value,
        _options: PutOptions,
        origin: &O,
    ) -> Result<(), ReadError<Refused>> {
        Ok(origin.store(key, value).await?)
    }
}
