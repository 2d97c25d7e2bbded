//! Values that count how many of them exist, so that a leak is found without an allocator.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::values::value;
use crate::{Key, Value};

/// Counter of the bodies that exist. Clones of a body share it and count once.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveValues(Arc<AtomicU64>);

impl LiveValues {
    /// Creates a value that is counted until its last clone is dropped.
    pub(crate) fn value(&self, key: Key, version: u64, length: usize) -> Value {
        self.0.fetch_add(1, Ordering::Relaxed);
        let uncounted = value(key, version, length);
        let body = CountedBody { body: uncounted.body, live: Arc::clone(&self.0) };
        Value { body: Bytes::from_owner(body), ..uncounted }
    }

    /// Returns the number of bodies that exist.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct CountedBody {
    body: Bytes,
    live: Arc<AtomicU64>,
}

impl AsRef<[u8]> for CountedBody {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        self.live.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_once_until_the_last_is_dropped() {
        let live = LiveValues::default();
        let first = live.value(Key(1), 1, 20);
        let clone = first.body.slice(5..10);
        drop(first);
        assert_eq!(live.count(), 1);
        drop(clone);
        assert_eq!(live.count(), 0);
    }
}
