//! `twr`: binary format of libCacheSim for traces of Twitter.
//!
//! Packed little-endian records of 20 bytes: u32 time in seconds, u64 key, u32 sizes (upper 10 bits:
//! key; lower 22 bits: value), u32 operation (upper 8 bits) and time to live in seconds (lower 24
//! bits).

use super::sized_records::{RecordFormat, SizedRecord, detect, read};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "twr",
    aliases: &["twrBin"],
    summary: "binary, records of 20 bytes: time, key, sizes, operation, time to live (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Op, "byte 19 of each record"),
        (Role::Size, "lower 22 bits of bytes 12 to 15; unknown for a read of size 0, a miss"),
        (Role::Ttl, "lower 24 bits of bytes 16 to 19, in seconds"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
    ],
    read: read::<Twr, 20>,
    detect: detect::<Twr, 20>,
};

struct Twr;

impl RecordFormat<20> for Twr {
    const EXPECTED: &'static str = "binary records of 20 bytes with a known operation";
    const REASON: &'static str = "in records of 20 bytes, times ascend, operations are known, keys repeat and keep their size";

    fn record(bytes: [u8; 20]) -> SizedRecord {
        SizedRecord::twitter(&bytes)
    }
}
