//! `csv`: a header line, then a request a line; columns are known by their names.
//!
//! `key` is needed (`id`, `object`, `obj_id`, `url`, `path` or `lbn` do as well), and kept as text;
//! `op` (words such as get, set and delete; absent: reads), `size` in bytes, `ttl` and `time` in
//! seconds may stand beside it. Other columns are left alone.

use super::delimited::{Columns, Row};
use super::guess::{Likeness, Sample};
use super::number::{millionths, saturated};
use super::{Format, Input, OpMeaning, TraceError};
use crate::compiled::Op;
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "csv",
    aliases: &[],
    summary: "text, a header with `key` and perhaps op, size, ttl and time, then a line a request",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

const HEADER: &str = "a header that names a column `key` (or id, object, obj_id, url, path, lbn)";

fn read(input: &mut Input, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let Some(columns) = input.next_line()?.map(Columns::of_header) else { return Ok(()) };
    let Some(columns) = columns else { return Err(input.bad_line(HEADER)) };
    let mut row = Row::default();
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        row.part(line);
        match request(&row, &columns) {
            Ok(request) => sink.accept(&request)?,
            Err(expected) => return Err(input.bad_line(expected)),
        }
    }
    Ok(())
}

fn request<'a>(row: &'a Row, columns: &Columns) -> Result<SourceRequest<'a>, &'static str> {
    let key = row.field(columns.key).ok_or("a key in its column")?;
    let optional = |column: Option<usize>| {
        column.and_then(|column| row.field(column)).filter(|field| !field.is_empty())
    };
    let op = optional(columns.op).map_or(Some(Op::Read), op).ok_or(
        "an operation: get, read, set, put, add, write, update, delete, remove or the like",
    )?;
    let whole = |field: &[u8]| super::number::decimal(field).map(saturated);
    let bytes = optional(columns.size).map(|field| whole(field).ok_or("a size in whole bytes"));
    let micros = |column: Option<usize>, expected: &'static str| {
        optional(column).map_or(Ok(0), |field| millionths(field).ok_or(expected))
    };
    let ttl_us = micros(columns.ttl, "a time to live in seconds")?;
    Ok(SourceRequest {
        key: SourceKey::Text(key),
        op,
        bytes: bytes.transpose()?,
        ttl_ms: saturated(ttl_us.div_ceil(1_000)),
        time_us: micros(columns.time, "a time in seconds")?,
    })
}

fn op(word: &[u8]) -> Option<Op> {
    Some(match word.to_ascii_lowercase().as_slice() {
        b"get" | b"gets" | b"read" | b"r" | b"head" | b"load" | b"l" => Op::Read,
        b"set" | b"put" | b"add" | b"write" | b"w" | b"update" | b"replace" | b"post"
        | b"store" | b"cas" | b"append" | b"prepend" | b"incr" | b"decr" | b"s" => Op::Write,
        b"delete" | b"del" | b"remove" | b"unlink" | b"invalidate" | b"d" => Op::Delete,
        _ => return None,
    })
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let lines = sample.lines();
    let columns = Columns::of_header(lines.first()?)?;
    let mut row = Row::default();
    let fits = lines[1..].iter().all(|line| {
        row.part(line);
        line.trim_ascii().is_empty() || request(&row, &columns).is_ok()
    });
    fits.then(|| Likeness::new(5, "its first line names a column of keys"))?
}
