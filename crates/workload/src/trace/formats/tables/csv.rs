//! `csv`: one request per line, with columns found by the names in a header or by number.
//!
//! The column `key` is required (other usual names: `url`, `path`, `object`, `id` and similar).
//! Optional columns are `op` (get, set, delete and similar; default: read), `size` in bytes, `ttl`
//! in seconds, `time`, `tenant`, and `op_count`, which repeats the request. Host and query columns
//! next to a path are part of the key, and so is the tenant. Other columns are ignored.
//!
//! Lines that start with `#` are comments; a line `#Fields:` names the columns.

use super::rows::RowReader;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::ColumnChoice;
use crate::trace::parse::columns::ColumnIndexes;
use crate::trace::parse::encoding::UTF8_BOM;
use crate::trace::parse::record::RecordRules;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "csv",
    aliases: &[],
    summary: "text, a header with `key` and optionally op, size, ttl, time, tenant; a request per line",
    kind: TraceKind::KeyValue,
    fields: &[],
    read,
    detect,
};

/// Start of the directive that names the columns of a W3C extended log.
pub(in crate::trace::formats) const FIELDS_DIRECTIVE: &[u8] = b"#Fields:";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    read_separated(input, b',', state, sink)
}

/// Reads rows with the given separator, unless the user chose another.
pub(in crate::trace::formats) fn read_separated(
    input: &mut TraceInput,
    separator: u8,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let options = input.options().clone();
    let mut rules = RecordRules::usual(&options.ops);
    let separator = options.columns.separator.unwrap_or(separator);
    let mut rows = RowReader::new(separator, ColumnIndexes::default());
    let mut has_columns = false;
    while input.read_line()? {
        let line = input.line();
        if has_columns || line.trim_ascii().is_empty() || line.starts_with(b"#") {
            if let Some(names) = line.strip_prefix(FIELDS_DIRECTIVE) {
                let names = words(names);
                set_columns(&mut rows, &names, &options.columns, state)
                    .map_err(|expected| input.bad_line(&expected))?;
                has_columns = true;
            }
            rows.deliver(input, &rules, state, sink)?;
            continue;
        }
        let names = if options.columns.has_header() { rows.names(line) } else { Vec::new() };
        set_columns(&mut rows, &names, &options.columns, state)
            .map_err(|expected| input.bad_line(&expected))?;
        // In tables with repetitions, Meta's traces, a read of size 0 is a miss.
        rules.zero_is_miss = names.iter().any(|name| name.eq_ignore_ascii_case("op_count"));
        has_columns = true;
        if names.is_empty() {
            rows.deliver(input, &rules, state, sink)?;
        }
    }
    Ok(())
}

/// Splits the names in a `#Fields:` directive.
pub(in crate::trace::formats) fn words(text: &[u8]) -> Vec<String> {
    let words = text.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn set_columns(
    rows: &mut RowReader,
    names: &[String],
    choice: &ColumnChoice,
    state: &mut MultiFileState,
) -> Result<(), String> {
    let columns = ColumnIndexes::from_names(names, choice)?;
    for (role, source) in columns.describe(names) {
        state.describe(role, source);
    }
    rows.set_columns(columns);
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    detect_separated(sample, b',')
}

/// Rates how well a file matches as rows with the given separator.
pub(super) fn detect_separated(sample: &FileSample<'_>, separator: u8) -> Option<FormatMatch> {
    let mut lines = sample.lines();
    let choice = &sample.options.columns;
    let directive = lines.iter().find_map(|line| line.strip_prefix(FIELDS_DIRECTIVE));
    let directive = directive.map(words);
    lines.retain(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"));
    let separator = choice.separator.unwrap_or(separator);
    let mut rows = RowReader::new(separator, ColumnIndexes::default());
    let first = lines.first()?;
    let has_header = directive.is_none() && choice.has_header();
    let names = match directive {
        Some(names) => names,
        None if has_header => rows.names(first.strip_prefix(UTF8_BOM).unwrap_or(first)),
        None => Vec::new(),
    };
    let columns = ColumnIndexes::from_names(&names, choice).ok()?;
    rows.set_columns(columns);
    let mut state = MultiFileState::default();
    state.times.set_unit(sample.options.time_unit);
    let rules = RecordRules::usual(&sample.options.ops);
    let data = &lines[usize::from(has_header)..];
    let mut is_valid = |line: &&[u8]| rows.request(line, &rules, &mut state).is_ok();
    let valid = data.iter().filter(|line| is_valid(line)).count();
    if (data.len() - valid) * 100 > data.len().max(100) || (valid == 0 && !data.is_empty()) {
        // With a weak match, the file is still read as CSV, and the reader reports the invalid row.
        let starts_valid = has_header || data.first().is_some_and(is_valid);
        let weak = FormatMatch::new(1, "the file starts like a table with a key column");
        return weak.filter(|_| starts_valid);
    }
    if !choice.is_default() {
        return FormatMatch::new(9, "every line has the chosen columns");
    }
    FormatMatch::new(5, "the header has a key column")
}
