//! Takes a failing origin for one that has no such row.

use bakeoff_strategy::{Key, Origin, Read, ReadError, Source};

use crate::fault::{Broken, Refused, cache_aside};
use crate::fault::Fault;

/// Takes a failing origin for one that has no such row.
#[derive(Debug, Default)]
pub struct HidesFailures;

impl Fault for HidesFailures {
    const RULE: &'static str = "failing-origin";

    async fn read<O: Origin>(
        cache: &Broken<Self>,
        key: Key,
        origin: &O,
    ) -> Result<Read, ReadError<Refused>> {
        match cache_aside(cache, key, origin).await {
            Err(ReadError::Origin(_)) => Ok(Read { value: None, source: Source::Absent }),
            other => other,
        }
    }
}
