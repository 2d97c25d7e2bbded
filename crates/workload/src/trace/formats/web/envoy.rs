//! `envoy`: access log of Envoy and Istio in the default text format.
//!
//! `[time] "METHOD PATH PROTOCOL" status flags …`. Istio writes three more columns in front of the
//! bytes received and sent. The quoted host is the fourth of the quoted columns behind them.

use super::http::{HttpReader, LogEntry, METHODS};
use super::url_key::UrlParts;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "envoy",
    aliases: &["istio"],
    summary: "text, default access log of Envoy or Istio",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "authority + path + query"),
        (Role::Op, METHODS),
        (Role::Size, "bytes sent of complete responses to GET"),
        (Role::Time, "time in brackets"),
    ],
    read,
    detect,
};

const EXPECTED: &str =
    "[time] \"METHOD PATH PROTOCOL\" status flags, bytes received and bytes sent";

fn parse_row(row: Row<'_>) -> Option<LogEntry<'_>> {
    let time =
        row.field(0).filter(|time| time.len() >= 20 && time[4] == b'-' && time[10] == b'T')?;
    let request = row.field(1)?;
    let status = parse_decimal(row.field(2)?)?;
    // Column 3 contains flags; Istio adds details, termination and failure reason.
    let received =
        [4, 7].into_iter().find(|&column| row.field(column).and_then(parse_decimal).is_some())?;
    let bytes = parse_decimal(row.field(received + 1)?)?;
    Some(LogEntry {
        time,
        request,
        host: row.field(received + 7),
        status: Some(status),
        bytes: Some(bytes),
    })
}

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
        let entry = splitter.split(line).and_then(parse_row);
        reader.deliver_entry(entry, EXPECTED, input, state, sink)?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    UrlParts::from_choice(&sample.options.columns)?;
    let mut splitter = RowSplitter::new(b' ');
    if sample.most_lines(|line| splitter.split(line).and_then(parse_row).is_some()) {
        return FormatMatch::new(9, "the lines have a bracketed time, a request, flags and bytes");
    }
    None
}
