//! `twr-ns`: binary format of libCacheSim for traces of Twitter, with namespaces.
//!
//! Packed little-endian records of 22 bytes: those of `twr`, and a u16 namespace.
//!
//! Keys are hashes, so the namespace is not part of them.

use super::sized_records::{RecordFormat, SizedRecord, detect, read, u16_at};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

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
    read: read::<TwrNs, 22>,
    detect: detect::<TwrNs, 22>,
};

struct TwrNs;

impl RecordFormat<22> for TwrNs {
    const EXPECTED: &'static str = "binary records of 22 bytes with a known operation";
    const REASON: &'static str = "in records of 22 bytes, times ascend, operations are known, keys repeat and keep their size";

    fn record(bytes: [u8; 22]) -> SizedRecord {
        SizedRecord { tenant: Some(u16_at(&bytes, 20)), ..SizedRecord::twitter(&bytes) }
    }
}
