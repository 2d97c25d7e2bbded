//! Answers a hit with the value of another key.

use bakeoff_strategy::{Key, Read, Source};

use crate::fault::Fault;
use crate::store::Store;

/// Answers a hit with the value of another key.
#[derive(Debug, Default)]
pub struct ReadsAnother;

impl Fault for ReadsAnother {
    fn rule(&self) -> &'static str {
        "read-through"
    }

    fn also(&self) -> &'static [&'static str] {
        &["read-through-awaited", "read-many"]
    }

    fn answer(&self, store: &Store, key: Key, read: Read) -> Read {
        if !matches!(read.source, Source::Hit { .. }) {
            return read;
        }
        let other = store.get(Key::from_id(key.id().wrapping_add(1)));
        Read { value: other.or(read.value), ..read }
    }
}
