//! Requests that are held back for a moment, because EXPIRE can follow SET.

use std::collections::VecDeque;

use bakeoff_compiled::Op;

use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};

/// Number of requests that are held back; commands of other clients can lie in between.
const MAX_HELD: usize = 64;

/// Queue of the latest requests.
#[derive(Debug, Default)]
pub(super) struct DelayedRequests {
    queue: VecDeque<HeldRequest>,
    /// Buffers for further keys.
    buffers: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct HeldRequest {
    key: Vec<u8>,
    request: SourceRequest<'static>,
}

impl DelayedRequests {
    /// Adds a request with a textual key and, if the queue is full, sends the oldest one to a sink.
    pub(super) fn push(
        &mut self,
        key: &[u8],
        request: SourceRequest<'static>,
        sink: &mut dyn Sink,
    ) -> Result<(), SinkStop> {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(key);
        self.queue.push_back(HeldRequest { key: buffer, request });
        if self.queue.len() > MAX_HELD { self.send_oldest(sink) } else { Ok(()) }
    }

    /// Sets the time to live of the latest write of a key; returns false if none is held.
    pub(super) fn set_ttl(&mut self, key: &[u8], ttl_ms: u32) -> bool {
        let is_write = |held: &&mut HeldRequest| held.request.op == Op::Write && held.key == key;
        let found = self.queue.iter_mut().rev().find(is_write);
        found.map(|held| held.request.ttl_ms = ttl_ms).is_some()
    }

    /// Sends all held requests to a sink.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), SinkStop> {
        while !self.queue.is_empty() {
            self.send_oldest(sink)?;
        }
        Ok(())
    }

    fn send_oldest(&mut self, sink: &mut dyn Sink) -> Result<(), SinkStop> {
        let Some(HeldRequest { key, request }) = self.queue.pop_front() else { return Ok(()) };
        let sent = sink.accept(&SourceRequest { key: SourceKey::Text(&key), ..request });
        self.buffers.push(key);
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct CollectingSink(Vec<(Vec<u8>, u32)>);

    impl Sink for CollectingSink {
        fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
            let SourceKey::Text(key) = request.key else { panic!("a number") };
            self.0.push((key.to_vec(), request.ttl_ms));
            Ok(())
        }
    }

    #[test]
    fn the_latest_write_of_a_key_gets_the_time_to_live() {
        let mut delayed = DelayedRequests::default();
        let mut sink = CollectingSink::default();
        let write = SourceRequest { op: Op::Write, ..SourceRequest::read(SourceKey::Number(0)) };
        for key in [&b"a"[..], b"b", b"a"] {
            delayed.push(key, write, &mut sink).unwrap();
        }
        assert!(delayed.set_ttl(b"a", 7) && !delayed.set_ttl(b"c", 7));
        for _ in 0..MAX_HELD {
            delayed.push(b"x", write, &mut sink).unwrap();
        }
        assert_eq!(sink.0.len(), 3, "the queue is bounded");
        assert!(!delayed.set_ttl(b"b", 9));
        delayed.flush(&mut sink).unwrap();
        assert_eq!(sink.0[..3], [(b"a".to_vec(), 0), (b"b".to_vec(), 0), (b"a".to_vec(), 7)]);
        assert_eq!(sink.0.len(), 3 + MAX_HELD);
    }
}
