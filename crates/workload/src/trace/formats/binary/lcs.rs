//! `lcs`: binary format of libCacheSim with a header of 8 KiB, versions 1 to 3.
//!
//! The header starts with a magic number and the version. Packed little-endian records follow:
//!
//! - version 1: u32 time in seconds, u64 key, u32 size, i64 next use;
//! - version 2: u32 time, u64 key, u32 size, u8 operation, u24 tenant, i64 next use;
//! - version 3: u32 time, u64 key, i64 size, u8 operation, u24 tenant, u32 time to live, i64 next use.
//!
//! Keys are hashes, so the tenant is not part of them. Operations are not distinguished: all
//! requests read.

use super::sized_records::{u32_at, u64_at};
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "lcs",
    aliases: &["libcachesim"],
    summary: "binary, header of 8 KiB and records with time, key, size (libCacheSim, versions 1 to 3)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "object id"),
        (Role::Op, "every request reads"),
        (Role::Size, "object size"),
        (Role::Time, "clock time in seconds"),
        (Role::Tenant, "tenant of versions 2 and 3; not part of the key, which is a hash"),
    ],
    read,
    detect,
};

const MAGIC: u64 = 0x1234_5678_9abc_def0;
const HEADER: usize = 8_192;
const EXPECTED: &str = "a header of libCacheSim, version 1, 2 or 3";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let header = input.next_record::<HEADER>()?;
    let header = header.filter(|header| u64_at(header, 0) == MAGIC);
    let Some(header) = header else {
        return Err(input.bad_record(&[], EXPECTED));
    };
    match u64_at(&header, 8) {
        1 => read_records::<24>(input, state, sink, |_| Fields { tenant: None, is_wide: false }),
        2 => {
            let fields =
                |record: &[u8]| Fields { tenant: Some(u32_at(record, 16) >> 8), is_wide: false };
            read_records::<28>(input, state, sink, fields)
        }
        3 => {
            let fields =
                |record: &[u8]| Fields { tenant: Some(u32_at(record, 20) >> 8), is_wide: true };
            read_records::<36>(input, state, sink, fields)
        }
        _ => Err(input.bad_record(&header[..16], EXPECTED)),
    }
}

/// Fields that differ between versions.
struct Fields {
    tenant: Option<u32>,
    /// True if the size has 64 bits and a time to live follows the tenant.
    is_wide: bool,
}

fn read_records<const N: usize>(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
    fields: fn(&[u8]) -> Fields,
) -> Result<(), TraceError> {
    while let Some(record) = input.next_record::<N>()? {
        let Fields { tenant, is_wide } = fields(&record);
        let size = if is_wide { u64_at(&record, 12) } else { u64::from(u32_at(&record, 12)) };
        let ttl_s = if is_wide { u64::from(u32_at(&record, 24)) } else { 0 };
        let request = SourceRequest::read(SourceKey::Number(u64_at(&record, 4)));
        sink.accept(&SourceRequest {
            bytes: Some(state.cap_size(size)),
            ttl_ms: state.cap_ttl(ttl_s.saturating_mul(1_000)),
            time_us: u64::from(u32_at(&record, 0)) * 1_000_000,
            tenant: tenant.map_or(0, |tenant| state.tenants.number(&tenant.to_le_bytes())),
            ..request
        })?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if sample.bytes.len() >= 16 && u64_at(sample.bytes, 0) == MAGIC {
        return FormatMatch::new(10, "the file starts with the magic number of libCacheSim");
    }
    None
}
