//! Adds value sizes, times to live and arrival times to generated requests.

use bakeoff_compiled::Op;

use super::arrival_clock::ArrivalClock;
use super::value_samplers::{SizeSampler, TtlSampler};
use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};

/// Completes requests and forwards them to a sink.
pub(super) struct RequestOutput<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) sizes: SizeSampler,
    pub(super) ttls: TtlSampler,
    pub(super) clock: Option<ArrivalClock>,
    /// Number of requests left in this repetition of the phase; later requests are dropped.
    pub(super) remaining: u64,
    pub(super) groups: u32,
}

impl RequestOutput<'_> {
    /// Returns a new group id for the reads of one scan; never 0.
    pub(super) fn next_group(&mut self) -> u32 {
        self.groups = self.groups.checked_add(1).unwrap_or(1);
        self.groups
    }

    /// Forwards one request, unless the phase is complete.
    #[inline]
    pub(super) fn emit(
        &mut self,
        key: u64,
        op: Op,
        tenant: u16,
        group: u32,
    ) -> Result<(), SinkStop> {
        if self.remaining == 0 {
            return Ok(());
        }
        self.remaining -= 1;
        let request = SourceRequest {
            op,
            bytes: Some(self.sizes.bytes(key)),
            ttl_ms: self.ttls.ttl_ms(key),
            time_us: self.clock.as_mut().map_or(0, ArrivalClock::advance),
            tenant,
            group,
            ..SourceRequest::read(SourceKey::Number(key))
        };
        self.sink.accept(&request)
    }
}
