//! `standard-iqibh`: binary format of libCacheSim, `standardBinIQIBH`.
//!
//! Packed little-endian records of 19 bytes: u32 time in seconds, u64 key, u32 size in bytes, u8
//! operation, u16 namespace.
//!
//! Keys are hashes, so the namespace is not part of them.

use super::sized_records::{SizedRecord, are_plausible, read_records};
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "standard-iqibh",
    aliases: &["standardBinIQIBH"],
    summary: "binary, records of 19 bytes: time, key, size, operation, namespace (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Op, "byte 16 of each record"),
        (Role::Size, "bytes 12 to 15 of each record"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
        (Role::Tenant, "bytes 17 and 18; not part of the key, which is a hash"),
    ],
    read,
    detect,
};

const RECORD: usize = 19;

fn record(bytes: [u8; RECORD]) -> SizedRecord {
    SizedRecord::with_namespace(&bytes)
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let expected = "binary records of 19 bytes with a known operation";
    read_records::<RECORD>(input, state, sink, record, expected)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if are_plausible::<RECORD>(sample, record) {
        return FormatMatch::new(
            7,
            "in records of 19 bytes, times ascend, operations are known, keys repeat and keep their size",
        );
    }
    None
}
