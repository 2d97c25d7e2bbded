//! `oracle-general-op-ns`: binary format of libCacheSim with operations and next uses.
//!
//! Packed little-endian records of 27 bytes: u32 time in seconds, u64 key, u32 size in bytes, u8
//! operation, u16 namespace, i64 index of the key's next request, which is not used.
//!
//! Keys are hashes, so the namespace is not part of them.

use super::sized_records::{RecordFormat, SizedRecord, detect, read};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "oracle-general-op-ns",
    aliases: &["oracleGeneralOpNS"],
    summary: "binary, records of 27 bytes: time, key, size, operation, namespace, next use (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 11 of each record"),
        (Role::Op, "byte 16 of each record"),
        (Role::Size, "bytes 12 to 15 of each record"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
        (Role::Tenant, "bytes 17 and 18; not part of the key, which is a hash"),
    ],
    read: read::<OracleGeneralOpNs, 27>,
    detect: detect::<OracleGeneralOpNs, 27>,
};

struct OracleGeneralOpNs;

impl RecordFormat<27> for OracleGeneralOpNs {
    const EXPECTED: &'static str = "binary records of 27 bytes with a known operation";
    const REASON: &'static str = "in records of 27 bytes, times ascend, operations are known, keys repeat and keep their size";

    fn record(bytes: [u8; 27]) -> SizedRecord {
        SizedRecord::with_namespace(&bytes)
    }
}
