//! `csv`: a request a line; columns are known by their names in a header, or by their numbers.
//!
//! `key` is needed (`id`, `object`, `obj_id`, `url`, `path` or `lbn` do as well), and kept as text;
//! `op` (words such as get, set and delete; absent: reads), `size` in bytes, `ttl` in seconds,
//! `time` and `tenant` may stand beside it. Other columns are left alone. The user may name the
//! columns: see [`super::ColumnChoice`].

use super::carried::Carried;
use super::delimited::{Columns, Row};
use super::guess::{Likeness, Sample};
use super::record::Record;
use super::tenants::Tenants;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::Sink;

pub(super) const FORMAT: Format = Format {
    name: "csv",
    aliases: &["tsv"],
    summary: "text, a header with `key` and perhaps op, size, ttl, time, tenant; a line a request",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

fn read(input: &mut Input, sink: &mut dyn Sink) -> Result<(), TraceError> {
    input.carrying(|input, carried| read_rows(input, carried, sink))
}

fn read_rows(
    input: &mut Input,
    carried: &mut Carried,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let choice = input.columns().clone();
    let (sample, _) = input.sample();
    let first = sample.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
    let columns = Columns::chosen(first.trim_ascii_end(), &choice);
    if choice.has_header() && input.next_line()?.is_none() {
        return Ok(());
    }
    let columns = columns.map_err(|expected| input.bad_line(&expected))?;
    let mut row = Row::new(choice.separator.unwrap_or(b','));
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        row.part(line);
        match record(&row, &columns).request(&mut carried.tenants) {
            Ok(request) => sink.accept(&request)?,
            Err(expected) => return Err(input.bad_line(expected)),
        }
    }
    Ok(())
}

fn record<'a>(row: &'a Row, columns: &Columns) -> Record<'a> {
    let field = |column: Option<usize>| column.and_then(|column| row.field(column));
    Record {
        key: row.field(columns.key),
        op: field(columns.op),
        size: field(columns.size),
        ttl: field(columns.ttl),
        time: field(columns.time),
        tenant: field(columns.tenant),
    }
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let lines = sample.lines();
    let choice = sample.columns;
    let columns = Columns::chosen(lines.first()?, choice).ok()?;
    let mut row = Row::new(choice.separator.unwrap_or(b','));
    let fits = lines[usize::from(choice.has_header())..].iter().all(|line| {
        row.part(line);
        line.trim_ascii().is_empty()
            || record(&row, &columns).request(&mut Tenants::default()).is_ok()
    });
    if !fits {
        return None;
    }
    if !choice.is_default() {
        return Likeness::new(9, "its lines have the columns that were named");
    }
    Likeness::new(5, "its first line names a column of keys")
}
