//! Ranges of requests, which continue at the start of the workload when they reach its end.

use std::ops::Range;

use bakeoff_protocol::TrialSpec;

use crate::failure::Failure;

/// Range of requests that wraps around the end of the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestRange {
    start: u64,
    length: u64,
    /// Number of requests in the workload.
    requests: u64,
}

impl RequestRange {
    /// Returns the number of requests in the range.
    pub(crate) fn length(self) -> u64 {
        self.length
    }

    /// Returns the index in the workload of the request at a position in the range.
    #[inline]
    pub(crate) fn index(self, position: u64) -> usize {
        let index = self.start + position;
        (if index < self.requests { index } else { index % self.requests }) as usize
    }

    /// Returns `length` requests of the range from a position on.
    pub(crate) fn section(self, position: u64, length: u64) -> Self {
        Self { start: (self.start + position) % self.requests, length, ..self }
    }

    /// Returns the contiguous part of the range that belongs to one worker.
    pub(crate) fn part(self, worker: u64, workers: u64) -> Self {
        let cut =
            |worker| (u128::from(self.length) * u128::from(worker) / u128::from(workers)) as u64;
        let start = (self.start + cut(worker)) % self.requests;
        Self { start, length: cut(worker + 1) - cut(worker), requests: self.requests }
    }

    /// Returns contiguous index ranges of at most `max_length` requests, in order.
    pub(crate) fn chunks(self, max_length: u64) -> impl Iterator<Item = Range<usize>> {
        let mut start = self.start;
        let mut left = self.length;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let length = left.min(max_length).min(self.requests - start);
            let chunk = start as usize..(start + length) as usize;
            left -= length;
            start = (start + length) % self.requests;
            Some(chunk)
        })
    }
}

/// Warm-up and measured requests of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrialRanges {
    /// Requests replayed without being measured.
    pub(crate) warmup: RequestRange,
    /// Requests that are measured.
    pub(crate) measured: RequestRange,
}

impl TrialRanges {
    /// Computes the ranges of a trial on a workload of `requests` requests.
    ///
    /// # Errors
    /// [`Failure::Protocol`] for a window that is empty or starts after the end of the workload.
    pub(crate) fn new(spec: &TrialSpec, requests: u64) -> Result<Self, Failure> {
        let Some(window) = spec.window else {
            return Ok(Self {
                warmup: RequestRange { start: 0, length: 0, requests },
                measured: RequestRange { start: 0, length: requests, requests },
            });
        };
        if window.length == 0 || window.start >= requests {
            return Err(Failure::Protocol(format!(
                "cannot measure a window of {} requests from {}: the workload has {requests} requests",
                window.length, window.start
            )));
        }
        let back = spec.warmup_requests % requests;
        Ok(Self {
            warmup: RequestRange {
                start: (window.start + requests - back) % requests,
                length: spec.warmup_requests,
                requests,
            },
            measured: RequestRange { start: window.start, length: window.length, requests },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, length: u64, requests: u64) -> RequestRange {
        RequestRange { start, length, requests }
    }

    fn indices(range: RequestRange, max_length: u64) -> Vec<usize> {
        range.chunks(max_length).flatten().collect()
    }

    #[test]
    fn chunks_wrap_and_cover_every_position_once() {
        for (start, length) in [(0, 10), (7, 3), (7, 5), (3, 27), (0, 1)] {
            let range = range(start, length, 10);
            let expected: Vec<_> = (0..length).map(|position| range.index(position)).collect();
            for max_length in [1, 3, 100] {
                assert_eq!(indices(range, max_length), expected);
            }
        }
    }

    #[test]
    fn sections_join_to_the_whole() {
        let whole = range(8, 25, 10);
        let sections = [(0, 7), (7, 1), (8, 17)];
        let joined: Vec<_> = sections
            .into_iter()
            .flat_map(|(position, length)| indices(whole.section(position, length), 4))
            .collect();
        assert_eq!(joined, indices(whole, 4));
    }

    #[test]
    fn parts_of_workers_join_to_the_whole() {
        let whole = range(8, 25, 10);
        for workers in 1..30 {
            let joined: Vec<_> =
                (0..workers).flat_map(|worker| indices(whole.part(worker, workers), 4)).collect();
            assert_eq!(joined, indices(whole, 4));
        }
    }
}
