//! `standard-iqi`: binary format of libCacheSim, `standardBinIQI`.
//!
//! Packed little-endian records of 16 bytes: u32 time in seconds, u64 key, u32 size in bytes.

use super::sized_records::{SizedRecord, are_plausible, read_records, u32_at, u64_at};
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "standard-iqi",
    aliases: &["standardBinIQI"],
    summary: "binary, records of 16 bytes: time, key, size (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Size, "bytes 12 to 15 of each record"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
    ],
    read,
    detect,
};

const RECORD: usize = 16;

fn record(bytes: [u8; RECORD]) -> SizedRecord {
    SizedRecord::read(u32_at(&bytes, 0), u64_at(&bytes, 4), u32_at(&bytes, 12))
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    read_records::<RECORD>(input, state, sink, record, "binary records of 16 bytes")
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if are_plausible::<RECORD>(sample, record) {
        return FormatMatch::new(
            7,
            "in records of 16 bytes, times ascend, keys repeat and keep their size",
        );
    }
    None
}
