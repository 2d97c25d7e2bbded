//! What a replay must answer, computed from the workload alone.
//!
//! With one worker and one request in flight every read is answered with the key's newest version,
//! whatever the cache does; so the driver can hold any runner, in any language, against this.

use crate::{Op, Workload};

/// Spreads versions in the fold; a runner knows the same constant from `docs/PROTOCOL.md`.
const VERSION_SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;

/// Which requests a trial replays before and within its first pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Requests of the workload that take part, from its start (the `limit` of a trial); everything
    /// wraps round at this number. 0 and whatever exceeds the workload mean all.
    pub limit: u64,
    /// Index of the first measured request.
    pub start: u64,
    /// Number of measured requests in one pass.
    pub length: u64,
    /// Requests just before `start`, replayed first and not measured.
    pub warmup: u64,
}

impl Replayed {
    /// The first `limit` requests, once, from the start: what the `hit-ratio` meter replays.
    #[must_use]
    pub const fn once(limit: u64) -> Self {
        Self { limit, start: 0, length: limit, warmup: 0 }
    }
}

/// The sum modulo 2^64 of `(key ^ version · 0xD6E8FEB86659FD93) · (2 · index + 1)` over all reads
/// of the first measured pass, `key` being the mixed key of the id, `version` the number of writes
/// and deletes of that key before it (those of the warm-up included), and `index` the request's
/// place in the workload. A trial without writes or deletes needs no memory for it, others four
/// bytes a key.
#[must_use]
pub fn answers_checksum(workload: &Workload, replayed: Replayed) -> u64 {
    let available = workload.requests() as u64;
    let all = if replayed.limit == 0 { available } else { replayed.limit.min(available) };
    let start = (replayed.start % all + all - replayed.warmup % all) % all;
    let ids = workload.ids();
    let ops = workload.ops();
    let mut versions = vec![0_u32; if ops.is_some() { highest(ids) + 1 } else { 0 }];
    let mut sum = 0_u64;
    let mut index = start as usize;
    for position in 0..replayed.warmup + replayed.length {
        let id = ids[index] as usize;
        match ops.map_or(Op::Read, |ops| Op::from_byte(ops[index])) {
            Op::Read if position >= replayed.warmup => {
                let version = versions.get(id).map_or(0, |&version| u64::from(version));
                let folded = mixed(id as u64) ^ version.wrapping_mul(VERSION_SPREAD);
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

fn highest(ids: &[u32]) -> usize {
    ids.iter().copied().max().unwrap_or(0) as usize
}

/// The key that a strategy is given for a dense id. Written down here a second time on purpose:
/// a check that shares the code of what it checks would share its errors.
const fn mixed(id: u64) -> u64 {
    let spread = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ (spread >> 32)
}
