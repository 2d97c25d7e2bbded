//! Writes into the cache, and never tells the origin.

use bakeoff_strategy::{Key, Origin, PutOptions, ReadError, Value, Strategy};

use crate::fault::{Broken, Refused};
use crate::fault::Fault;

/// Writes into the cache, and never tells the origin.
#[derive(Debug, Default)]
pub struct NeverCommits;

impl Fault for NeverCommits {
    const RULE: &'static str = "write-through";

    const ALSO: &'static [&'static str] = &["write-through-awaited", "failing-origin"];

    async fn write<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        value: Value,
        options: PutOptions,
        _origin: &O,
    ) -> Result<(), ReadError<Refused>> {
        cache.put(key, value, options).await.map_err(ReadError::Strategy)
    }
}
