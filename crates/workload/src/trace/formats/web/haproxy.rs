//! `haproxy`: HTTP log of HAProxy, with or without the prefix of syslog.
//!
//! `client [time] frontend backend/server timers status bytes … "METHOD TARGET PROTOCOL"`. The host
//! is known if the target is absolute, as with HTTP/2.

use super::http::{HttpReader, LogEntry, METHODS};
use super::url_key::UrlParts;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::parse::row::closing_quote;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "haproxy",
    aliases: &[],
    summary: "text, HTTP log of HAProxy",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "host (of absolute targets) + path + query"),
        (Role::Op, METHODS),
        (Role::Size, "bytes of complete responses to GET, headers included"),
        (Role::Time, "time in brackets, taken as UTC"),
    ],
    read,
    detect,
};

const EXPECTED: &str =
    "client [time] frontend backend/server timers status bytes and a quoted request";

fn parse_entry(line: &[u8]) -> Option<LogEntry<'_>> {
    // The prefix of syslog can contain a process id in brackets.
    let open = memchr::memchr_iter(b'[', line).find(|&at| line.get(at + 3) == Some(&b'/'))? + 1;
    let close = open + memchr::memchr(b']', &line[open..])?;
    let mut fields =
        line[close + 1..].split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    let (_frontend, server, timers) = (fields.next()?, fields.next()?, fields.next()?);
    let has_timers = timers.iter().filter(|&&byte| byte == b'/').count() == 4;
    if !server.contains(&b'/') || !has_timers {
        return None;
    }
    let status =
        fields.next().filter(|status| *status == b"-1" || parse_decimal(status).is_some())?;
    // A leading + means that the log was written before the end of the response.
    let bytes = fields.next()?;
    let bytes = bytes.strip_prefix(b"+").unwrap_or(bytes);
    let quote = memchr::memchr(b'"', &line[close..])? + close + 1;
    let end = closing_quote(&line[quote..]).map_or(line.len(), |end| quote + end);
    Some(LogEntry {
        time: &line[open..close],
        request: &line[quote..end],
        host: None,
        status: parse_decimal(status),
        bytes: Some(parse_decimal(bytes)?),
    })
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut reader = HttpReader::new(input.options(), state);
    while input.read_line()? {
        let line = input.line();
        if line.trim_ascii().is_empty() {
            continue;
        }
        reader.deliver_entry(parse_entry(line), EXPECTED, input, state, sink)?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    UrlParts::from_choice(&sample.options.columns)?;
    if sample.most_lines(|line| parse_entry(line).is_some()) {
        return FormatMatch::new(
            9,
            "the lines have a bracketed time, a server, timers and a request",
        );
    }
    None
}
