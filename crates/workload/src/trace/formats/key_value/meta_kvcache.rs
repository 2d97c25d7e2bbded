//! `meta-kvcache`: traces of Meta's key-value cache, with a header and repeated requests.
//!
//! The header names `key`, `op`, `size`, `op_count` and, depending on the year, `op_time` and
//! `ttl`. A row is repeated `op_count` times. A read of size 0 is a miss. Lease operations are
//! the reads and writes of clients that found nothing.

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::csv::read_separated;
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "meta-kvcache",
    aliases: &["meta"],
    summary: "text, a header with key, op, size and op_count (Meta)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Op, "column op; GET_LEASE reads, SET_LEASE writes"),
        (Role::Size, "column size; unknown for reads of size 0, which are misses"),
        (Role::Count, "column op_count repeats the request"),
    ],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    read_separated(input, b',', state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let lines = sample.lines();
    let header = std::str::from_utf8(lines.first()?).ok()?;
    let has = |name: &str| header.split(',').any(|column| column.trim() == name);
    let is_meta = sample.options.columns.is_default()
        && ["key", "op", "size", "op_count"].into_iter().all(has);
    if is_meta { FormatMatch::new(9, "the header has key, op, size and op_count") } else { None }
}
