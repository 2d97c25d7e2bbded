//! What there is to say of a compiled workload.

use serde::Serialize;

use crate::compiled::Workload;

/// The figures of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Info {
    /// BLAKE3 of the compiled file, in hexadecimal.
    pub digest: String,
    /// Requests.
    pub requests: u64,
    /// Reads among them.
    pub reads: u64,
    /// Writes among them.
    pub writes: u64,
    /// Deletes among them.
    pub deletes: u64,
    /// Distinct keys.
    pub unique_keys: u64,
    /// Keys that are requested once only.
    pub one_hit_keys: u64,
    /// Sum of the value sizes over all requests.
    pub bytes: u64,
    /// Sum of the value sizes over distinct keys, each at its last size.
    pub unique_bytes: u64,
    /// Requests of whose value the source tells no size; they count as `assumed_bytes`.
    pub unsized_requests: u64,
    /// Bytes that are assumed for those; `None` where there are none.
    pub assumed_bytes: Option<u64>,
    /// Seconds from the first request to the last; `None` where the source has no times.
    pub duration_seconds: Option<f64>,
    /// Format of the trace, if it was one.
    pub format: Option<String>,
    /// Why this format was taken.
    pub format_reason: Option<String>,
}

/// The figures of a workload; one pass over its ids.
#[must_use]
pub fn info(workload: &Workload) -> Info {
    let header = workload.header();
    let mut seen = vec![0_u8; header.unique_keys as usize];
    for &id in workload.ids() {
        if let Some(count) = seen.get_mut(id as usize) {
            *count = count.saturating_add(1);
        }
    }
    Info {
        digest: workload.digest(),
        requests: header.requests,
        reads: header.reads,
        writes: header.writes,
        deletes: header.deletes,
        unique_keys: header.unique_keys,
        one_hit_keys: seen.iter().filter(|&&count| count == 1).count() as u64,
        bytes: header.request_bytes,
        unique_bytes: header.unique_bytes,
        unsized_requests: header.unsized_requests,
        assumed_bytes: (header.unsized_requests > 0).then_some(header.assumed_bytes),
        duration_seconds: workload
            .times_us()
            .and_then(|times| times.last())
            .map(|&last| last as f64 / 1e6),
        format: None,
        format_reason: None,
    }
}
