//! `csv`: a request a line; columns are known by their names in a header, or by their numbers.
//!
//! `key` is needed (`id`, `object`, `obj_id`, `url`, `path` or `lbn` do as well), and kept as text;
//! `op` (words such as get, set and delete; absent: reads), `size` in bytes, `ttl` in seconds,
//! `time` and `tenant` may stand beside it. Other columns are left alone. A row is a line: quoted
//! fields with line ends in them are refused. The user may name the columns: see
//! [`super::ColumnChoice`].

use super::carried::Carried;
use super::delimited::{Columns, Row};
use super::guess::{Likeness, Sample};
use super::record::Record;
use super::tenants::Tenants;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::Sink;

pub(super) const FORMAT: Format = Format {
    name: "csv",
    aliases: &[],
    summary: "text, a header with `key` and perhaps op, size, ttl, time, tenant; a line a request",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

const WHOLE_ROWS: &str = "a row a line: its last field in quotes has no end; take line ends out of \
                          fields, or quotes that begin one without enclosing it";

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    read_separated(input, b',', carried, sink)
}

/// Reads rows with this byte between their columns, unless the user says another one.
pub(super) fn read_separated(
    input: &mut Input,
    separator: u8,
    carried: &mut Carried,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut choice = input.columns().clone();
    let separator = *choice.separator.get_or_insert(separator);
    let (sample, _) = input.sample();
    let first = sample.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
    let columns = Columns::chosen(first.trim_ascii_end(), &choice);
    if choice.has_header() && input.next_line()?.is_none() {
        return Ok(());
    }
    let columns = columns.map_err(|expected| input.bad_line(&expected))?;
    let mut row = Row::new(separator);
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if !row.part(line) {
            return Err(input.bad_line(WHOLE_ROWS));
        }
        match carried.request(record(&row, &columns)) {
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
    recognise_separated(sample, b',')
}

/// How well rows with this byte between their columns fit.
pub(super) fn recognise_separated(sample: &Sample<'_>, separator: u8) -> Option<Likeness> {
    let lines = sample.lines();
    let mut choice = sample.columns.clone();
    choice.separator.get_or_insert(separator);
    let columns = Columns::chosen(lines.first()?, &choice).ok()?;
    let mut row = Row::new(choice.separator.unwrap_or(separator));
    let mut fits = |line: &&[u8]| {
        line.trim_ascii().is_empty()
            || (row.part(line) && record(&row, &columns).request(&mut Tenants::default()).is_ok())
    };
    let rows = &lines[usize::from(choice.has_header())..];
    if !rows.iter().all(&mut fits) {
        // A header is enough to tell which row is wrong.
        let begins = choice.has_header() || rows.first().is_some_and(fits);
        let low = Likeness::new(1, "its beginning is a table with a column of keys");
        return low.filter(|_| begins);
    }
    if !sample.columns.is_default() {
        return Likeness::new(9, "its lines have the columns that were named");
    }
    Likeness::new(5, "its first line names a column of keys")
}
