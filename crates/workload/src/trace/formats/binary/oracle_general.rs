//! `oracle-general`: binary format of libCacheSim with the next use of every key.
//!
//! Packed little-endian records of 24 bytes without a header: u32 time in seconds, u64 key, u32
//! size in bytes, i64 index of the key's next request from 1, or −1. The index is not used, so a
//! truncated trace is valid, too.

use std::collections::HashMap;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "oracle-general",
    aliases: &["oraclegeneral", "oracleGeneral"],
    summary: "binary, records of 24 bytes: time, key, size, next use (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Size, "bytes 12 to 15 of each record"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
    ],
    read,
    detect,
};

const RECORD: usize = 24;

struct Record {
    time_s: u32,
    key: u64,
    bytes: u32,
    next: i64,
}

fn record(bytes: [u8; RECORD]) -> Record {
    let [t0, t1, t2, t3, k0, k1, k2, k3, k4, k5, k6, k7, s0, s1, s2, s3, n @ ..] = bytes;
    Record {
        time_s: u32::from_le_bytes([t0, t1, t2, t3]),
        key: u64::from_le_bytes([k0, k1, k2, k3, k4, k5, k6, k7]),
        bytes: u32::from_le_bytes([s0, s1, s2, s3]),
        next: i64::from_le_bytes(n),
    }
}

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    input.refuse_text("binary records of 24 bytes")?;
    while let Some(bytes) = input.next_record::<RECORD>()? {
        let Record { time_s, key, bytes, .. } = record(bytes);
        sink.accept(&SourceRequest {
            bytes: Some(bytes),
            time_us: u64::from(time_s) * 1_000_000,
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let (records, rest) = sample.bytes.as_chunks::<RECORD>();
    let has_full_records = !sample.is_complete || rest.is_empty();
    if records.is_empty() || !has_full_records || sample.is_text() {
        return None;
    }
    let mut last_time = 0;
    let mut next_uses = HashMap::new();
    for (index, bytes) in records.iter().enumerate() {
        let Record { time_s, key, next, .. } = record(*bytes);
        // libCacheSim documents indexes from 1, but some files count from 0.
        let is_later = next == -1 || next == i64::MAX || next > index as i64;
        // The next uses of a key ascend, also in an excerpt of a longer trace.
        let previous = next_uses.insert(key, next);
        let rises = previous.is_none_or(|previous| next < 0 || next > previous);
        if time_s < last_time || !is_later || !rises {
            return None;
        }
        last_time = time_s;
    }
    FormatMatch::new(8, "the times of the records of 24 bytes ascend, and every next use is later")
}
