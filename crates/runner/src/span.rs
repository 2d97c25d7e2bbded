//! Which requests of a workload are replayed, and in which pieces.

use std::ops::Range;
use std::time::Duration;

use bakeoff_protocol::TrialRequest;

use crate::failure::Failure;

/// A run of requests that wraps round the end of the (possibly limited) workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u64,
    length: u64,
    /// Requests of the workload that take part.
    requests: u64,
}

impl Span {
    /// Number of requests.
    pub(crate) fn length(self) -> u64 {
        self.length
    }

    /// The request at a position below the length.
    #[inline]
    pub(crate) fn index(self, position: u64) -> usize {
        let index = self.start + position;
        (if index < self.requests { index } else { index % self.requests }) as usize
    }

    /// The contiguous part that one of several workers replays.
    pub(crate) fn part(self, worker: u64, workers: u64) -> Self {
        let cut =
            |worker| (u128::from(self.length) * u128::from(worker) / u128::from(workers)) as u64;
        let start = (self.start + cut(worker)) % self.requests;
        Self { start, length: cut(worker + 1) - cut(worker), requests: self.requests }
    }

    /// Contiguous ranges of indices of at most `longest` requests, in order.
    pub(crate) fn pieces(self, longest: u64) -> impl Iterator<Item = Range<usize>> {
        let mut start = self.start;
        let mut left = self.length;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let length = left.min(longest).min(self.requests - start);
            let piece = start as usize..(start + length) as usize;
            left -= length;
            start = (start + length) % self.requests;
            Some(piece)
        })
    }
}

/// What a trial replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Untimed, before.
    pub(crate) warmup: Span,
    /// Measured.
    pub(crate) measured: Span,
    /// Repeated until this much time was measured.
    pub(crate) minimum: Duration,
    /// Measured requests below this index are left out of `after_warmup`.
    pub(crate) after: u64,
}

impl Plan {
    /// What a request asks of a workload of `available` requests.
    ///
    /// # Errors
    /// [`Failure::Protocol`] for a section that is empty or begins beyond the workload's end.
    pub(crate) fn new(request: &TrialRequest, available: u64) -> Result<Self, Failure> {
        let requests = request.limit.map_or(available, |limit| limit.clamp(1, available));
        let Some(section) = request.section else {
            return Ok(Self {
                warmup: Span { start: 0, length: 0, requests },
                measured: Span { start: 0, length: requests, requests },
                minimum: Duration::ZERO,
                after: request.warmup,
            });
        };
        if section.length == 0 || section.start >= requests {
            return Err(Failure::Protocol(format!(
                "section: start {} and length {} lie outside a workload of {requests} requests",
                section.start, section.length
            )));
        }
        let back = section.warmup % requests;
        Ok(Self {
            warmup: Span {
                start: (section.start + requests - back) % requests,
                length: section.warmup,
                requests,
            },
            measured: Span { start: section.start, length: section.length, requests },
            minimum: Duration::from_nanos(section.minimum_ns),
            after: request.warmup,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u64, length: u64, requests: u64) -> Span {
        Span { start, length, requests }
    }

    fn indices(span: Span, longest: u64) -> Vec<usize> {
        span.pieces(longest).flatten().collect()
    }

    #[test]
    fn pieces_wrap_and_cover_every_position_once() {
        for (start, length) in [(0, 10), (7, 3), (7, 5), (3, 27), (0, 1)] {
            let span = span(start, length, 10);
            let expected: Vec<_> = (0..length).map(|position| span.index(position)).collect();
            for longest in [1, 3, 100] {
                assert_eq!(indices(span, longest), expected);
            }
        }
    }

    #[test]
    fn parts_of_workers_join_to_the_whole() {
        let whole = span(8, 25, 10);
        for workers in 1..30 {
            let joined: Vec<_> =
                (0..workers).flat_map(|worker| indices(whole.part(worker, workers), 4)).collect();
            assert_eq!(joined, indices(whole, 4));
        }
    }
}
