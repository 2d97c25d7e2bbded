//! Where generated requests go: with their sizes, times to live and times, up to a number.

use super::arrivals::Clock;
use super::values::{Lifetimes, ValueSizes};
use crate::compiled::Op;
use crate::source::{Sink, SourceKey, SourceRequest, Stop};

/// Completes requests and passes them on.
pub(super) struct Output<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) sizes: ValueSizes,
    pub(super) lifetimes: Lifetimes,
    pub(super) clock: Option<Clock>,
    /// Requests that are still to be made in this visit of a phase; more are dropped.
    pub(super) left: u64,
    pub(super) groups: u32,
}

impl Output<'_> {
    /// A number for requests that belong together; never 0.
    pub(super) fn next_group(&mut self) -> u32 {
        self.groups = self.groups.checked_add(1).unwrap_or(1);
        self.groups
    }

    /// Makes one request, if there is one left to make.
    #[inline]
    pub(super) fn emit(&mut self, key: u64, op: Op, tenant: u16, group: u32) -> Result<(), Stop> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let request = SourceRequest {
            op,
            bytes: Some(self.sizes.of(key)),
            ttl_ms: self.lifetimes.of(key),
            time_us: self.clock.as_mut().map_or(0, Clock::tick),
            tenant,
            group,
            ..SourceRequest::read(SourceKey::Number(key))
        };
        self.sink.accept(&request)
    }
}
