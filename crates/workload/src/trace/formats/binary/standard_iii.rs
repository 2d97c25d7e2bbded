//! `standard-iii`: binary format of libCacheSim, `standardBinIII`.
//!
//! Packed little-endian records of 12 bytes: u32 time in seconds, u32 key, u32 size in bytes.

use super::sized_records::{RecordFormat, SizedRecord, detect, read, u32_at};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "standard-iii",
    aliases: &["standardBinIII"],
    summary: "binary, records of 12 bytes: time, key, size (libCacheSim)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bytes 4 to 7 of each record"),
        (Role::Size, "bytes 8 to 11 of each record"),
        (Role::Time, "bytes 0 to 3 of each record, in seconds"),
    ],
    read: read::<StandardIii, 12>,
    detect: detect::<StandardIii, 12>,
};

struct StandardIii;

impl RecordFormat<12> for StandardIii {
    const EXPECTED: &'static str = "binary records of 12 bytes";
    const REASON: &'static str =
        "in records of 12 bytes, times ascend, keys repeat and keep their size";

    fn record(bytes: [u8; 12]) -> SizedRecord {
        SizedRecord::read(u32_at(&bytes, 0), u64::from(u32_at(&bytes, 4)), u32_at(&bytes, 8))
    }
}
