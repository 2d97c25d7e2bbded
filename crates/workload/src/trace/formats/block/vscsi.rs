//! `vscsi`: VMware trace of a virtual disk, version 1, as published by libCacheSim.
//!
//! Packed little-endian records of 32 bytes: u32 number, u32 length in bytes, u32 segments, u16
//! SCSI command, u16 version (1 in the upper byte), u64 block, u64 time in microseconds.

use super::scsi;
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "vscsi",
    aliases: &[],
    summary: "binary, records of 32 bytes (VMware virtual disk, version 1)",
    kind: TraceKind::BlockAccess,
    fields: &[
        (Role::Key, "block number"),
        (Role::Op, "SCSI command"),
        (Role::Size, "length in bytes"),
        (Role::Time, "time in microseconds"),
    ],
    read,
    detect,
};

const RECORD: usize = 32;
const EXPECTED: &str = "a vscsi record of version 1 (with 1 at offset 15)";

fn is_version_1(record: &[u8; RECORD]) -> bool {
    record[15] == 1
}

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while let Some(record) = input.next_record::<RECORD>()? {
        if !is_version_1(&record) {
            return Err(input.bad_record(&record, EXPECTED));
        }
        sink.accept(&SourceRequest {
            op: scsi::op_from_command(u16::from_le_bytes([record[12], record[13]])),
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

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let (records, rest) = sample.bytes.as_chunks::<RECORD>();
    let has_full_records = !sample.is_complete || rest.is_empty();
    if records.is_empty() || !has_full_records || !records.iter().all(is_version_1) {
        return None;
    }
    FormatMatch::new(9, "every record of 32 bytes is of version 1")
}
