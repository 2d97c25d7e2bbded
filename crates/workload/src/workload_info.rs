//! Summary of a compiled workload: counts, sizes and duration.

use serde::Serialize;

use crate::compiled::Workload;

/// Counts, sizes and duration of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkloadInfo {
    /// BLAKE3 digest of the compiled file, in hexadecimal.
    pub digest: String,
    /// Number of requests.
    pub requests: u64,
    /// Number of reads.
    pub reads: u64,
    /// Number of writes.
    pub writes: u64,
    /// Number of deletes.
    pub deletes: u64,
    /// Number of distinct keys.
    pub unique_keys: u64,
    /// Number of keys that are requested exactly once.
    pub one_hit_keys: u64,
    /// Sum of the value sizes of all requests.
    pub bytes: u64,
    /// Sum of the last value size of each distinct key.
    pub unique_bytes: u64,
    /// Number of requests of unknown value size, which count as `assumed_bytes` each.
    pub unsized_requests: u64,
    /// Value size assumed for requests of unknown size, in bytes; `None` if all sizes are known.
    pub assumed_bytes: Option<u64>,
    /// Seconds from the first request to the last; `None` if the source has no times.
    pub duration_seconds: Option<f64>,
    /// Format of the trace; `None` for a generated workload.
    pub format: Option<String>,
    /// Reason for choosing the trace format; `None` for a generated workload.
    pub format_reason: Option<String>,
}

/// Summarizes a workload in one pass over its ids; `format` and `format_reason` stay `None`.
#[must_use]
pub fn summarize(workload: &Workload) -> WorkloadInfo {
    let header = workload.header();
    let mut seen = vec![0_u8; header.unique_keys as usize];
    for &id in workload.ids() {
        if let Some(count) = seen.get_mut(id as usize) {
            *count = count.saturating_add(1);
        }
    }
    WorkloadInfo {
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
