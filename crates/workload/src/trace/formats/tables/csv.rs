//! `csv`: one request per line, with columns found by the names in a header or by number.
//!
//! The column `key` is required (also `id`, `object`, `obj_id`, `object_id`, `url`, `path`, `lbn`);
//! keys are text. Optional columns are `op` (get, set, delete and similar; default: read), `size`
//! in bytes, `ttl` in seconds, `time` and `tenant`. Other columns are ignored. Line ends in quoted
//! fields are not supported. The user can choose other columns, see
//! [`crate::trace::ColumnChoice`].

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::delimited::{ColumnIndexes, Row};
use crate::trace::parse::record::Record;
use crate::trace::tenant_numbers::TenantNumbers;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "csv",
    aliases: &[],
    summary: "text, a header with `key` and optionally op, size, ttl, time, tenant; a request per line",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

const CLOSED_QUOTES: &str =
    "one row per line with closed quotes; remove line ends and unmatched quotes from fields";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    read_separated(input, b',', state, sink)
}

/// Reads rows with the given separator, unless the user chose another.
pub(super) fn read_separated(
    input: &mut TraceInput,
    separator: u8,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut choice = input.columns().clone();
    let separator = *choice.separator.get_or_insert(separator);
    let (sample, _) = input.sample();
    let first = sample.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
    let columns = ColumnIndexes::from_choice(first.trim_ascii_end(), &choice);
    if choice.has_header() && input.next_line()?.is_none() {
        return Ok(());
    }
    let columns = columns.map_err(|expected| input.bad_line(&expected))?;
    let mut row = Row::new(separator);
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if !row.split(line) {
            return Err(input.bad_line(CLOSED_QUOTES));
        }
        match state.request(record(&row, &columns)) {
            Ok(request) => sink.accept(&request)?,
            Err(expected) => return Err(input.bad_line(expected)),
        }
    }
    Ok(())
}

fn record<'a>(row: &'a Row, columns: &ColumnIndexes) -> Record<'a> {
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

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    detect_separated(sample, b',')
}

/// Rates how well a file matches as rows with the given separator.
pub(super) fn detect_separated(sample: &FileSample<'_>, separator: u8) -> Option<FormatMatch> {
    let lines = sample.lines();
    let mut choice = sample.columns.clone();
    choice.separator.get_or_insert(separator);
    let columns = ColumnIndexes::from_choice(lines.first()?, &choice).ok()?;
    let mut row = Row::new(choice.separator.unwrap_or(separator));
    let mut is_valid = |line: &&[u8]| {
        line.trim_ascii().is_empty()
            || (row.split(line)
                && record(&row, &columns).request(&mut TenantNumbers::default()).is_ok())
    };
    let rows = &lines[usize::from(choice.has_header())..];
    if !rows.iter().all(&mut is_valid) {
        // With a weak match, the file is still read as CSV, and the reader reports the invalid row.
        let starts_valid = choice.has_header() || rows.first().is_some_and(is_valid);
        let weak = FormatMatch::new(1, "the file starts like a table with a key column");
        return weak.filter(|_| starts_valid);
    }
    if !sample.columns.is_default() {
        return FormatMatch::new(9, "every line has the chosen columns");
    }
    FormatMatch::new(5, "the header has a key column")
}
