//! `w3c`: W3C extended log, as written by IIS and Amazon CloudFront.
//!
//! Directives start with `#`; `#Fields:` names the columns, which are separated by tabs or spaces.

use super::http::{HttpReader, HttpRequest, WITHOUT_REQUEST, is_method};
use super::url_key::UrlParts;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::csv::{FIELDS_DIRECTIVE, words};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "w3c",
    aliases: &["iis", "cloudfront"],
    summary: "text, W3C extended log with #Fields (IIS, CloudFront)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "x-host-header, cs-host or cs(Host) + cs-uri-stem + cs-uri-query"),
        (Role::Op, "cs-method: GET and HEAD read; PUT, POST, PATCH and DELETE invalidate"),
        (Role::Size, "sc-bytes of complete responses to GET, headers included"),
        (Role::Time, "date + time"),
    ],
    read,
    detect,
};

const EXPECTED: &str = "a row with the columns of #Fields, including cs-method and cs-uri-stem";

/// Indexes of the columns that a request needs.
#[derive(Debug, Default)]
struct Columns {
    method: Option<usize>,
    stem: Option<usize>,
    query: Option<usize>,
    host: Option<usize>,
    status: Option<usize>,
    bytes: Option<usize>,
    range: Option<usize>,
    date: Option<usize>,
    time: Option<usize>,
}

impl Columns {
    fn new(names: &[String]) -> Self {
        let find = |wanted: &[&str]| {
            let position = |name: &&str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
            wanted.iter().find_map(position)
        };
        Self {
            method: find(&["cs-method"]),
            stem: find(&["cs-uri-stem", "cs-uri"]),
            query: find(&["cs-uri-query"]),
            host: find(&["x-host-header", "cs-host", "cs(Host)"]),
            status: find(&["sc-status"]),
            bytes: find(&["sc-bytes"]),
            range: find(&["sc-range-start", "cs(Range)"]),
            date: find(&["date"]),
            time: find(&["time"]),
        }
    }

    fn request<'a>(&self, row: Row<'a>) -> Option<HttpRequest<'a>> {
        let field = |column: Option<usize>| row.field(column?);
        Some(HttpRequest {
            method: field(self.method).filter(|name| is_method(name) || *name == b"-")?,
            host: field(self.host),
            target: field(self.stem)?,
            query: field(self.query),
            status: field(self.status).and_then(parse_decimal),
            bytes: field(self.bytes).and_then(parse_decimal),
            range: field(self.range),
            time_us: 0,
        })
    }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut reader = HttpReader::new(input.options(), state);
    let mut columns = Columns::default();
    let mut splitter = None;
    let mut time = Vec::new();
    while input.read_line()? {
        let line = input.line();
        if let Some(names) = line.strip_prefix(FIELDS_DIRECTIVE) {
            columns = Columns::new(&words(names));
        }
        if line.starts_with(b"#") || line.trim_ascii().is_empty() {
            state.leave_out(input, "comment or directive");
            continue;
        }
        let splitter = splitter.get_or_insert_with(|| RowSplitter::new(separator(line)));
        let request = splitter.split(line).and_then(|row| {
            let request = columns.request(row)?;
            time.clear();
            time.extend_from_slice(row.field(columns.date?)?);
            time.push(b' ');
            time.extend_from_slice(row.field(columns.time?)?);
            Some(HttpRequest { time_us: state.times.parse(&time)?, ..request })
        });
        match request {
            Some(http) if http.method == b"-" => state.leave_out(input, WITHOUT_REQUEST),
            Some(http) => reader.deliver(&http, input, state, sink)?,
            None => state.reject(input, EXPECTED)?,
        }
    }
    Ok(())
}

fn separator(line: &[u8]) -> u8 {
    if line.contains(&b'\t') { b'\t' } else { b' ' }
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    UrlParts::from_choice(&sample.options.columns)?;
    let lines = sample.lines();
    let names = lines.iter().find_map(|line| line.strip_prefix(FIELDS_DIRECTIVE))?;
    let columns = Columns::new(&words(names));
    let is_complete = columns.method.is_some() && columns.stem.is_some() && columns.date.is_some();
    if !is_complete {
        return None;
    }
    FormatMatch::new(9, "the directive #Fields names cs-method and cs-uri-stem")
}
