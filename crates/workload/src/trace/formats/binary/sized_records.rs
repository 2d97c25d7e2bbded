//! Little-endian records with time, key and size, as libCacheSim writes them without a header.

use std::collections::HashMap;

use bakeoff_compiled::Op;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::input::TraceInput;
use crate::trace::state::multi_file::MultiFileState;

/// Largest plausible size, 1 GiB.
const MAX_BYTES: u32 = 1 << 30;
/// Minimum number of records for detection.
const MIN_RECORDS: usize = 16;
/// Number of the operation `get` in libCacheSim.
const GET: u8 = 1;

/// Fields of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct SizedRecord {
    pub(super) time_s: u32,
    pub(super) key: u64,
    /// Size in bytes, if known.
    pub(super) bytes: Option<u32>,
    /// Number of the operation in libCacheSim.
    pub(super) op: u8,
    /// Time to live in seconds; 0 for none.
    pub(super) ttl_s: u32,
    pub(super) tenant: Option<u16>,
}

impl SizedRecord {
    /// Creates a read without time to live and tenant.
    pub(super) fn read(time_s: u32, key: u64, bytes: u32) -> Self {
        Self { time_s, key, bytes: Some(bytes), op: GET, ttl_s: 0, tenant: None }
    }

    /// Creates the record that `standard-iqibh` and `oracle-general-op-ns` have in common.
    pub(super) fn with_namespace(record: &[u8]) -> Self {
        Self {
            op: record.get(16).copied().unwrap_or_default(),
            tenant: Some(u16_at(record, 17)),
            ..Self::read(u32_at(record, 0), u64_at(record, 4), u32_at(record, 12))
        }
    }

    /// Creates the record that `twr` and `twr-ns` have in common.
    ///
    /// The size is that of the value. A read of an empty value is a miss, whose size is unknown.
    pub(super) fn twitter(record: &[u8]) -> Self {
        let (sizes, op_and_ttl) = (u32_at(record, 12), u32_at(record, 16));
        let value_bytes = sizes & 0x003f_ffff;
        let op = (op_and_ttl >> 24) as u8;
        let is_miss = value_bytes == 0 && operation(op) == Some(Op::Read);
        Self {
            bytes: (!is_miss).then_some(value_bytes),
            op,
            ttl_s: op_and_ttl & 0x00ff_ffff,
            ..Self::read(u32_at(record, 0), u64_at(record, 4), 0)
        }
    }
}

/// Returns the meaning of an operation's number in libCacheSim; 0 (none) reads.
fn operation(number: u8) -> Option<Op> {
    match number {
        0..=2 | 12 => Some(Op::Read),
        3..=8 | 10 | 11 | 13 | 14 => Some(Op::Write),
        9 => Some(Op::Delete),
        _ => None,
    }
}

/// Format whose files are a sequence of records of `N` bytes.
pub(super) trait RecordFormat<const N: usize> {
    /// Description of the records, for errors.
    const EXPECTED: &'static str;
    /// Reason for choosing the format: the properties that its sample has.
    const REASON: &'static str;

    /// Decodes a record.
    fn record(bytes: [u8; N]) -> SizedRecord;
}

/// Sends all records of an input to a sink.
pub(super) fn read<F: RecordFormat<N>, const N: usize>(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    input.refuse_text(F::EXPECTED)?;
    while let Some(content) = input.next_record::<N>()? {
        let SizedRecord { time_s, key, bytes, op, ttl_s, tenant } = F::record(content);
        let Some(op) = operation(op) else {
            return Err(input.bad_record(&content, F::EXPECTED));
        };
        sink.accept(&SourceRequest {
            op,
            bytes,
            ttl_ms: state.cap_ttl(u64::from(ttl_s) * 1_000),
            time_us: u64::from(time_s) * 1_000_000,
            tenant: tenant.map_or(0, |tenant| state.tenants.number(&tenant.to_le_bytes())),
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

/// Chooses the format if all records of a sample are plausible.
pub(super) fn detect<F: RecordFormat<N>, const N: usize>(
    sample: &FileSample<'_>,
) -> Option<FormatMatch> {
    if are_plausible(sample, F::record) { FormatMatch::new(7, F::REASON) } else { None }
}

/// Returns true if all records of a sample are plausible.
///
/// Times ascend, sizes are below 1 GiB, operations have a meaning, keys repeat, and most keys keep
/// their size.
fn are_plausible<const N: usize>(
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
    for content in records {
        let SizedRecord { time_s, key, bytes, op, .. } = record(*content);
        let has_operation = op != 0 && operation(op).is_some();
        if time_s < last_time || bytes.is_some_and(|bytes| bytes >= MAX_BYTES) || !has_operation {
            return false;
        }
        last_time = time_s;
        if let Some(size) = sizes.insert(key, bytes) {
            repeats += 1;
            equal += usize::from(size.is_none() || bytes.is_none() || size == bytes);
        }
    }
    repeats * 100 >= records.len() && equal * 10 >= repeats * 8
}

/// Reads a little-endian number of two bytes; missing bytes count as 0.
pub(super) fn u16_at(record: &[u8], offset: usize) -> u16 {
    u64_at(record.get(..offset + 2).unwrap_or_default(), offset) as u16
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_fields_are_split() {
        let mut record = vec![7, 0, 0, 0];
        record.extend(0xfedc_ba98_7654_3210_u64.to_le_bytes());
        record.extend((12_u32 << 22 | 0x3f_fffe).to_le_bytes());
        record.extend((3_u32 << 24 | 0xff_fffe).to_le_bytes());
        let SizedRecord { time_s, key, bytes, op, ttl_s, tenant } = SizedRecord::twitter(&record);
        assert_eq!((time_s, key, bytes), (7, 0xfedc_ba98_7654_3210, Some(4_194_302)));
        assert_eq!((op, ttl_s, tenant), (3, 16_777_214, None));
        record.truncate(16);
        record.extend([9, 0x34, 0x12]);
        let SizedRecord { bytes, op, tenant, .. } = SizedRecord::with_namespace(&record);
        assert_eq!((bytes, op, tenant), (Some(12 << 22 | 0x3f_fffe), 9, Some(0x1234)));
    }

    #[test]
    fn operations_have_the_numbers_of_libcachesim() {
        let (read, write) = (Some(Op::Read), Some(Op::Write));
        for (numbers, expected) in [
            (&[0, 1, 2, 12][..], read),
            (&[3, 4, 5, 6, 7, 8, 10, 11, 13, 14][..], write),
            (&[9][..], Some(Op::Delete)),
            (&[15, 255][..], None),
        ] {
            assert!(numbers.iter().all(|&number| operation(number) == expected), "{numbers:?}");
        }
    }
}
