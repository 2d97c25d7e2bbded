//! `twr-ns`: binary format of libCacheSim for traces of Twitter, with namespaces.
//!
//! Packed little-endian records of 22 bytes: those of `twr`, and a u16 namespace.
//!
//! Keys are hashes, so the namespace is not part of them.

use super::sized_records::{SizedRecord, are_plausible, read_records, u16_at};
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "twr-ns",
    aliases: &["twrNS"],
    summary: "binary, records of 22 bytes: time, key, sizes, operation, time to live, namespace (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Op, "byte 19 of each record"),
        (Role::Size, "lower 22 bits of bytes 12 to 15; unknown for a read of size 0, a miss"),
        (Role::Ttl, "lower 24 bits of bytes 16 to 19, in seconds"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
        (Role::Tenant, "bytes 20 and 21; not part of the key, which is a hash"),
    ],
    read,
    detect,
};

const RECORD: usize = 22;

fn record(bytes: [u8; RECORD]) -> SizedRecord {
    SizedRecord { tenant: Some(u16_at(&bytes, 20)), ..SizedRecord::twitter(&bytes) }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let expected = "binary records of 22 bytes with a known operation";
    read_records::<RECORD>(input, state, sink, record, expected)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if are_plausible::<RECORD>(sample, record) {
        return FormatMatch::new(
            7,
            "in records of 22 bytes, times ascend, operations are known, keys repeat and keep their size",
        );
    }
    None
}
