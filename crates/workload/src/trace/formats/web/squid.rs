//! `squid`: native access log of the proxy Squid.
//!
//! `time elapsed client code/status bytes method URL user hierarchy/peer type`, padded with spaces.

use super::http::{HttpReader, HttpRequest, METHODS, WITHOUT_REQUEST, is_method};
use super::url_key::UrlParts;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::{parse_decimal, parse_millionths};
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "squid",
    aliases: &[],
    summary: "text, native access log of Squid",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "host + path + query of the URL"),
        (Role::Op, METHODS),
        (Role::Size, "bytes of complete responses to GET, headers included"),
        (Role::Time, "column 1"),
    ],
    read,
    detect,
};

const EXPECTED: &str =
    "time, elapsed, client, code/status, bytes, method and URL, separated by spaces";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut reader = HttpReader::new(input.options(), state);
    let mut splitter = RowSplitter::new(b' ');
    while input.read_line()? {
        let line = input.line();
        if line.trim_ascii().is_empty() {
            continue;
        }
        let entry = splitter.split(line).and_then(parse_row).and_then(|http| {
            let time_us = state.times.parse(http.time)?;
            Some(HttpRequest { time_us, ..http.request })
        });
        match entry {
            Some(http) if http.method == b"NONE" => state.leave_out(input, WITHOUT_REQUEST),
            Some(http) => reader.deliver(&http, input, state, sink)?,
            None => state.reject(input, EXPECTED)?,
        }
    }
    Ok(())
}

struct Entry<'a> {
    time: &'a [u8],
    request: HttpRequest<'a>,
}

fn parse_row(row: Row<'_>) -> Option<Entry<'_>> {
    let code = row.field(3)?;
    let slash = memchr::memchr(b'/', code)?;
    let method = row.field(5).filter(|name| is_method(name))?;
    let request = HttpRequest {
        method,
        target: row.field(6)?,
        status: Some(parse_decimal(&code[slash + 1..])?),
        bytes: Some(parse_decimal(row.field(4)?)?),
        ..Default::default()
    };
    let time = row.field(0).filter(|time| parse_millionths(time).is_some())?;
    Some(Entry { time, request })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    UrlParts::from_choice(&sample.options.columns)?;
    let mut splitter = RowSplitter::new(b' ');
    if sample.most_lines(|line| splitter.split(line).and_then(parse_row).is_some()) {
        return FormatMatch::new(
            9,
            "the lines have a time, code/status, bytes, a method and a URL",
        );
    }
    None
}
