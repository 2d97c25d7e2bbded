//! Checks that the requests that a reader finds in a file's sample are plausible.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};
use crate::trace::format::TraceFormat;
use crate::trace::input::TraceInput;
use crate::trace::preview::read_sample;

/// Maximum number of requests examined.
const MAX_REQUESTS: u64 = 20_000;
/// Minimum number of requests of a sample in which at least one key must repeat.
const REPEATING_REQUESTS: u64 = 1_000;
/// Tolerated step back in time, because several threads write a log at the end of their requests.
const TOLERATED_US: u64 = 60_000_000;
/// Number of bytes from which a size is implausible.
const LARGE_BYTES: u32 = 1 << 30;

/// Statistics of the requests in a sample.
#[derive(Default)]
struct SampleStatistics {
    hasher: RandomState,
    keys: HashSet<u64>,
    requests: u64,
    last_time_us: u64,
    /// Number of timestamps that are more than a minute earlier than the previous one.
    falling_times: u64,
    large_sizes: u64,
}

impl Sink for SampleStatistics {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        self.requests += 1;
        self.keys.insert(match request.key {
            SourceKey::Number(number) => number,
            SourceKey::Text(text) => self.hasher.hash_one(text),
        });
        let is_earlier = request.time_us.saturating_add(TOLERATED_US) < self.last_time_us;
        self.falling_times += u64::from(is_earlier);
        self.last_time_us = request.time_us;
        self.large_sizes += u64::from(request.bytes.is_some_and(|bytes| bytes >= LARGE_BYTES));
        if self.requests == MAX_REQUESTS { Err(SinkStop::LimitReached) } else { Ok(()) }
    }
}

/// Returns the reason that a file cannot have this format; `None` if it can.
///
/// The reader reads the sample: times must rarely fall, most sizes must be below 1 GiB, and a long
/// sample must repeat a key. An exceeded limit of bad lines is left to the reader, which reports
/// the line.
pub(in crate::trace) fn find_contradiction(
    input: &TraceInput,
    format: &TraceFormat,
) -> Option<String> {
    let mut statistics = SampleStatistics::default();
    // The requests before an error count, because the sample can end within a record.
    let _ = read_sample(input, format, &mut statistics);
    let SampleStatistics { keys, requests, falling_times, large_sizes, .. } = statistics;
    if requests == 0 {
        return None;
    }
    if falling_times * 20 > requests {
        return Some(format!(
            "{falling_times} of {requests} timestamps are a minute or more before the previous one"
        ));
    }
    if large_sizes * 2 > requests {
        return Some(format!("{large_sizes} of {requests} sizes are above 1 GiB"));
    }
    if requests >= REPEATING_REQUESTS && keys.len() as u64 == requests {
        return Some(format!("none of {requests} keys repeats"));
    }
    None
}
