//! `standard-iqibh`: binary format of libCacheSim, `standardBinIQIBH`.
//!
//! Packed little-endian records of 19 bytes: u32 time in seconds, u64 key, u32 size in bytes, u8
//! operation, u16 namespace.
//!
//! Keys are hashes, so the namespace is not part of them.

use super::sized_records::{RecordFormat, SizedRecord, detect, read};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

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
    read: read::<StandardIqibh, 19>,
    detect: detect::<StandardIqibh, 19>,
};

struct StandardIqibh;

impl RecordFormat<19> for StandardIqibh {
    const EXPECTED: &'static str = "binary records of 19 bytes with a known operation";
    const REASON: &'static str = "in records of 19 bytes, times ascend, operations are known, keys repeat and keep their size";

    fn record(bytes: [u8; 19]) -> SizedRecord {
        SizedRecord::with_namespace(&bytes)
    }
}
