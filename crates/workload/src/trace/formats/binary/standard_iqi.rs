//! `standard-iqi`: binary format of libCacheSim, `standardBinIQI`.
//!
//! Packed little-endian records of 16 bytes: u32 time in seconds, u64 key, u32 size in bytes.

use super::sized_records::{RecordFormat, SizedRecord, detect, read, u32_at, u64_at};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::options::Role;

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
    read: read::<StandardIqi, 16>,
    detect: detect::<StandardIqi, 16>,
};

struct StandardIqi;

impl RecordFormat<16> for StandardIqi {
    const EXPECTED: &'static str = "binary records of 16 bytes";
    const REASON: &'static str =
        "in records of 16 bytes, times ascend, keys repeat and keep their size";

    fn record(bytes: [u8; 16]) -> SizedRecord {
        SizedRecord::read(u32_at(&bytes, 0), u64_at(&bytes, 4), u32_at(&bytes, 12))
    }
}
