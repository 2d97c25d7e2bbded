//! `oracle-general`: libCacheSim's binary form, with the next use of every key.
//!
//! Packed little-endian records of 24 bytes, no header: u32 time in seconds, u64 key, u32 size in
//! bytes, i64 index of the key's next request from 1, or −1. Next uses are computed anew when they
//! are needed, so that a cut file is as good as a whole one.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "oracle-general",
    aliases: &["oraclegeneral", "oracleGeneral"],
    summary: "binary, records of 24 bytes: time, key, size, next use (libCacheSim)",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

const RECORD: usize = 24;

struct Record {
    time_s: u32,
    key: u64,
    bytes: u32,
    next: i64,
}

fn record(bytes: [u8; RECORD]) -> Record {
    let [t0, t1, t2, t3, k0, k1, k2, k3, k4, k5, k6, k7, s0, s1, s2, s3, n @ ..] = bytes;
    Record {
        time_s: u32::from_le_bytes([t0, t1, t2, t3]),
        key: u64::from_le_bytes([k0, k1, k2, k3, k4, k5, k6, k7]),
        bytes: u32::from_le_bytes([s0, s1, s2, s3]),
        next: i64::from_le_bytes(n),
    }
}

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    input.refuse_text("records of 24 bytes, no text")?;
    while let Some(bytes) = input.next_record::<RECORD>()? {
        let Record { time_s, key, bytes, .. } = record(bytes);
        sink.accept(&SourceRequest {
            bytes: Some(bytes),
            time_us: u64::from(time_s) * 1_000_000,
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let (records, rest) = sample.bytes.as_chunks::<RECORD>();
    let whole = !sample.complete || rest.is_empty();
    if records.is_empty() || !whole || sample.is_text() {
        return None;
    }
    let mut last_time = 0;
    for (index, bytes) in records.iter().enumerate() {
        let Record { time_s, next, .. } = record(*bytes);
        // The index of a next use is said to count from 1; some files count from 0.
        let later = next == -1 || next == i64::MAX || next > index as i64;
        if time_s < last_time || !later {
            return None;
        }
        last_time = time_s;
    }
    Likeness::new(8, "records of 24 bytes with rising times and next uses that lie ahead")
}
