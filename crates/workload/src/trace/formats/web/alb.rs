//! `alb`: access log of the application and classic load balancers of AWS.
//!
//! The application load balancer writes its protocol in front of the columns of the classic one.

use super::http::{HttpReader, LogEntry, METHODS};
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
    name: "alb",
    aliases: &["elb"],
    summary: "text, access log of an AWS load balancer",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "host + path + query of the URL"),
        (Role::Op, METHODS),
        (Role::Size, "sent bytes of complete responses to GET, headers included"),
        (Role::Time, "time of the response"),
    ],
    read,
    detect,
};

const EXPECTED: &str = "protocol, time, balancer, client, target, three durations, two statuses, bytes and \"request\"";

fn parse_row(row: Row<'_>) -> Option<LogEntry<'_>> {
    let is_time = |text: &[u8]| {
        text.len() >= 20 && text[4] == b'-' && text[10] == b'T' && text.ends_with(b"Z")
    };
    let first = (0..2).find(|&column| row.field(column).is_some_and(is_time))?;
    let field = |column: usize| row.field(first + column);
    // The columns of Envoy's log at these positions are whole numbers.
    let is_duration = |text: &[u8]| {
        let is_decimal = text.contains(&b'.') && parse_millionths(text).is_some();
        text == b"-1" || is_decimal
    };
    let has_durations = (4..7).all(|column| field(column).is_some_and(is_duration));
    // The request line is `- - -` if there was none.
    let request = field(11).filter(|_| has_durations)?;
    Some(LogEntry {
        time: field(0)?,
        request,
        host: None,
        status: parse_decimal(field(7)?),
        bytes: parse_decimal(field(10)?),
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
        return FormatMatch::new(
            9,
            "the lines have a time, three durations, statuses and a request",
        );
    }
    None
}
