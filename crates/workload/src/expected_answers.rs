//! Computes the checksum of a replay's correct answers from the workload alone.
//!
//! With one worker and one request in flight, the correct answer to a read is the newest version
//! of its key, regardless of what the cache holds. The driver compares the checksum of every
//! runner, in any language, with this one.

use crate::{Op, Workload};

/// Factor that spreads versions over 64 bits; also given in `docs/PROTOCOL.md`.
const VERSION_SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;

/// Requests that a trial replays up to the end of its first measured pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayRange {
    /// Index of the first measured request.
    pub start: u64,
    /// Number of measured requests in one pass.
    pub length: u64,
    /// Number of requests before `start` that are replayed first and not measured.
    pub warmup: u64,
}

impl ReplayRange {
    /// Creates the range of the hit-ratio meter: all requests of a workload, without warm-up.
    #[must_use]
    pub const fn whole(requests: u64) -> Self {
        Self { start: 0, length: requests, warmup: 0 }
    }
}

/// Computes the checksum of the correct answers in the first measured pass.
///
/// The checksum is the sum modulo 2^64, over all measured reads, of
/// `(key ^ version · 0xD6E8FEB86659FD93) · (2 · index + 1)`, where
/// - `key` is the key that strategies receive for the id;
/// - `version` is the number of earlier writes and deletes of the key, including the warm-up;
/// - `index` is the position of the request in the workload.
///
/// Uses 4 bytes of memory per key if the workload has writes or deletes, otherwise none.
#[must_use]
pub fn answers_checksum(workload: &Workload, range: ReplayRange) -> u64 {
    let all = workload.requests() as u64;
    let start = (range.start % all + all - range.warmup % all) % all;
    let ids = workload.ids();
    let ops = workload.ops();
    let mut versions = vec![0_u32; if ops.is_some() { highest_id(ids) + 1 } else { 0 }];
    let mut sum = 0_u64;
    let mut index = start as usize;
    for position in 0..range.warmup + range.length {
        let id = ids[index] as usize;
        match ops.map_or(Op::Read, |ops| Op::from_byte(ops[index])) {
            Op::Read if position >= range.warmup => {
                let version = versions.get(id).map_or(0, |&version| u64::from(version));
                let folded = mixed_key(id as u64) ^ version.wrapping_mul(VERSION_SPREAD);
                sum = sum.wrapping_add(folded.wrapping_mul(2 * index as u64 + 1));
            }
            Op::Read => {}
            Op::Write | Op::Delete => versions[id] += 1,
        }
        index += 1;
        if index as u64 == all {
            index = 0;
        }
    }
    sum
}

fn highest_id(ids: &[u32]) -> usize {
    ids.iter().copied().max().unwrap_or(0) as usize
}

/// Maps a dense id to the key that strategies receive.
///
/// This repeats the runner's code, because a check must not share code with what it checks.
const fn mixed_key(id: u64) -> u64 {
    let spread = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ (spread >> 32)
}
