//! Calls every answer a hit.

use bakeoff_strategy::{Key, Read, Source};

use crate::fault::Fault;
use crate::store::Store;

/// Calls every answer a hit.
#[derive(Debug, Default)]
pub struct ClaimsHits;

impl Fault for ClaimsHits {
    fn rule(&self) -> &'static str {
        "read-through"
    }

    fn also(&self) -> &'static [&'static str] {
        &["ttl", "read-through-awaited", "failing-origin", "read-many"]
    }

    fn answer(&self, _store: &Store, _key: Key, read: Read) -> Read {
        Read { source: Source::Hit { tier: 0 }, ..read }
    }
}
