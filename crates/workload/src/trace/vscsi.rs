//! `vscsi`: VMware's trace of a virtual disk, version 1, as libCacheSim publishes it.
//!
//! Packed little-endian records of 32 bytes: u32 number, u32 length in bytes, u32 segments, u16
//! SCSI command, u16 version (1 in its upper byte), u64 block, u64 time in microseconds.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::scsi;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "vscsi",
    aliases: &[],
    summary: "binary, records of 32 bytes: a virtual disk's requests, version 1",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

const RECORD: usize = 32;
const EXPECTED: &str = "a vscsi record of version 1 (byte 15 from 0 of its 32 is 1)";

fn is_version_1(record: &[u8; RECORD]) -> bool {
    record[15] == 1
}

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    while let Some(record) = input.next_record::<RECORD>()? {
        if !is_version_1(&record) {
            return Err(input.bad_record(&record, EXPECTED));
        }
        sink.accept(&SourceRequest {
            op: scsi::op(u16::from_le_bytes([record[12], record[13]])),
            bytes: Some(u32::from_le_bytes([record[4], record[5], record[6], record[7]])),
            time_us: u64_at(&record, 24),
            ..SourceRequest::read(SourceKey::Number(u64_at(&record, 16)))
        })?;
    }
    Ok(())
}

fn u64_at(record: &[u8; RECORD], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&record[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let (records, rest) = sample.bytes.as_chunks::<RECORD>();
    let whole = !sample.complete || rest.is_empty();
    if records.is_empty() || !whole || !records.iter().all(is_version_1) {
        return None;
    }
    Likeness::new(9, "records of 32 bytes, each marked as version 1")
}
