//! Little-endian records with time, key and size, as libCacheSim writes them without next uses.

use std::collections::HashMap;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::FileSample;
use crate::trace::input::TraceInput;

/// Largest plausible size, 1 GiB.
const MAX_BYTES: u32 = 1 << 30;
/// Minimum number of records for detection.
const MIN_RECORDS: usize = 16;

/// Time in seconds, key and size of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct SizedRecord {
    pub(super) time_s: u32,
    pub(super) key: u64,
    pub(super) bytes: u32,
}

/// Sends all records of an input to a sink; `expected` describes them in an error about text.
pub(super) fn read_records<const N: usize>(
    input: &mut TraceInput,
    sink: &mut dyn Sink,
    record: fn([u8; N]) -> SizedRecord,
    expected: &str,
) -> Result<(), TraceError> {
    input.refuse_text(expected)?;
    while let Some(bytes) = input.next_record::<N>()? {
        let SizedRecord { time_s, key, bytes } = record(bytes);
        sink.accept(&SourceRequest {
            bytes: Some(bytes),
            time_us: u64::from(time_s) * 1_000_000,
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

/// Returns true if all records of a sample are plausible.
///
/// Times ascend, sizes are below 1 GiB, keys repeat, and most keys keep their size.
pub(super) fn are_plausible<const N: usize>(
    sample: &FileSample<'_>,
    record: fn([u8; N]) -> SizedRecord,
) -> bool {
    let (records, rest) = sample.bytes.as_chunks::<N>();
    let has_full_records = !sample.is_complete || rest.is_empty();
    if records.len() < MIN_RECORDS || !has_full_records || sample.is_text() {
        return false;
    }
    let mut last_time = 0;
    let mut sizes = HashMap::new();
    let (mut repeats, mut equal) = (0_usize, 0_usize);
    for bytes in records {
        let SizedRecord { time_s, key, bytes } = record(*bytes);
        if time_s < last_time || bytes >= MAX_BYTES {
            return false;
        }
        last_time = time_s;
        if let Some(size) = sizes.insert(key, bytes) {
            repeats += 1;
            equal += usize::from(size == bytes);
        }
    }
    repeats * 100 >= records.len() && equal * 10 >= repeats * 8
}

/// Reads a little-endian number of four bytes; missing bytes count as 0.
pub(super) fn u32_at(record: &[u8], offset: usize) -> u32 {
    u64_at(record.get(..offset + 4).unwrap_or_default(), offset) as u32
}

/// Reads a little-endian number of eight bytes; missing bytes count as 0.
pub(super) fn u64_at(record: &[u8], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    let part = record.get(offset..).unwrap_or_default();
    let length = part.len().min(8);
    bytes[..length].copy_from_slice(&part[..length]);
    u64::from_le_bytes(bytes)
}
