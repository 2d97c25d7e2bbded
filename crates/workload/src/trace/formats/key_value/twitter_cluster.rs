//! `twitter-cluster`: cache traces of Twitter, seven columns.
//!
//! `timestamp,key,key size,value size,client,operation,TTL`, times in seconds. A read of size 0 is
//! a miss. The client is not part of the key.

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::FixedTable;
use crate::trace::input::TraceInput;
use crate::trace::options::{Role, TimeUnit};
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "twitter-cluster",
    aliases: &["twemcache"],
    summary: "text, `time,key,key size,value size,client,operation,TTL` (Twitter)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "column 2"),
        (Role::Op, "column 6"),
        (
            Role::Size,
            "column 4, value size in bytes; unknown for reads of size 0, which are misses",
        ),
        (Role::Ttl, "column 7, in seconds"),
        (Role::Time, "column 1"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    columns: &[
        (Role::Key, &[2]),
        (Role::Op, &[6]),
        (Role::Size, &[4]),
        (Role::Ttl, &[7]),
        (Role::Time, &[1]),
    ],
    width: (7, 7),
    time_unit: Some(TimeUnit::Seconds),
    zero_is_miss: true,
    ..FixedTable::COMMAS
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    TABLE.read(input, state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let is_number = |field: Option<&[u8]>| field.and_then(parse_decimal).is_some();
    let matches = TABLE.matches(sample, |row| {
        let is_word = |op: &[u8]| op.iter().all(u8::is_ascii_alphabetic);
        row.field(5).is_some_and(is_word)
            && [0, 2, 3, 4, 6].into_iter().all(|column| is_number(row.field(column)))
    });
    if matches {
        FormatMatch::new(9, "time, key, two sizes, client, operation and time to live")
    } else {
        None
    }
}
