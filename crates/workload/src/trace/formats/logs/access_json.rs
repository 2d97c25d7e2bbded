//! `access-log-json`: access logs with one JSON object per line.
//!
//! The request is in `request` (`GET /path HTTP/1.1`), in fields for method and target, or in an
//! object `request` with such fields. Fields have the usual names of nginx, Caddy, Traefik and
//! Envoy. An unreadable size or time is ignored and counted. Key, operation and size are determined
//! as for `access-log`.

use super::access_log::{has_full_content, method_and_target};
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::json::JsonFields;
use crate::trace::parse::number::{parse_decimal, saturating_u32};
use crate::trace::parse::operation::op_from_method;
use crate::trace::parse::timestamp::{ClfTimeParser, parse_timestamp};

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "access-log-json",
    aliases: &["nginx-json"],
    summary: "text, access log with a JSON object per line",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

const EXPECTED: &str = "a JSON object with `request`, or with a method and a path";

/// Field names; the ranges below select the names of one part of a request.
const NAMES: [&str; 33] = [
    "request",
    "request_line",
    "request_method",
    "method",
    "verb",
    "RequestMethod",
    "request.method",
    "request_uri",
    "uri",
    "url",
    "path",
    "RequestPath",
    "target",
    "request.uri",
    "status",
    "response_code",
    "DownstreamStatus",
    "body_bytes_sent",
    "bytes_sent",
    "bytes",
    "size",
    "response_size",
    "DownstreamContentSize",
    "time_iso8601",
    "time_local",
    "msec",
    "start_time",
    "StartUTC",
    "timestamp",
    "@timestamp",
    "ts",
    "time",
    "StartLocal",
];
const REQUEST_LINE: std::ops::Range<usize> = 0..2;
const METHOD: std::ops::Range<usize> = 2..7;
const TARGET: std::ops::Range<usize> = 7..14;
const STATUS: std::ops::Range<usize> = 14..17;
const SIZE: std::ops::Range<usize> = 17..23;
const TIME: std::ops::Range<usize> = 23..33;

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut fields = JsonFields::new(NAMES);
    let mut times = ClfTimeParser::default();
    let mut key = Vec::new();
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let is_object = fields.read_object(line).is_ok();
        let Some((method, target)) = method_and_path(&fields).filter(|_| is_object) else {
            // Servers also log connections without a valid request: TLS on a plain port, a timeout.
            if is_object && fields.first(0..TARGET.end).is_some() {
                input.skip_line();
            } else {
                input.skip_cut_line(EXPECTED)?;
            }
            continue;
        };
        key.clear();
        key.extend_from_slice(method);
        key.push(b' ');
        key.extend_from_slice(target);
        let status = fields.first(STATUS).and_then(parse_decimal).unwrap_or(0);
        let mut optional = |names, kind, parse: &mut dyn FnMut(&[u8]) -> Option<u64>| {
            let text = fields.first(names).filter(|text| !matches!(*text, b"" | b"-"))?;
            let number = parse(text);
            if number.is_none() {
                state.count_unreadable(kind, || input.field_location(text));
            }
            number
        };
        let bytes = optional(SIZE, "sizes", &mut |text| parse_decimal(text));
        let time_us = optional(TIME, "times", &mut |text| parse_time(&mut times, text));
        sink.accept(&SourceRequest {
            op: op_from_method(method),
            bytes: bytes.filter(|_| has_full_content(method, status)).map(saturating_u32),
            time_us: time_us.unwrap_or(0),
            ..SourceRequest::read(SourceKey::Text(&key))
        })?;
    }
    Ok(())
}

/// Returns method and target from the request line, or else from separate fields.
fn method_and_path(fields: &JsonFields) -> Option<(&[u8], &[u8])> {
    if let Some(line) = fields.first(REQUEST_LINE) {
        return method_and_target(line);
    }
    let (method, target) = (fields.first(METHOD)?, fields.first(TARGET)?);
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    (is_method && !target.is_empty()).then_some((method, target))
}

fn parse_time(times: &mut ClfTimeParser, text: &[u8]) -> Option<u64> {
    parse_timestamp(text).or_else(|| times.parse(text))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut fields = JsonFields::new(NAMES);
    let (mut valid, mut other) = (0_usize, 0_usize);
    for line in sample.lines().into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        let has_request = fields.read_object(line).is_ok() && fields.first(0..TARGET.end).is_some();
        valid += usize::from(has_request && method_and_path(&fields).is_some());
        other += usize::from(!has_request);
    }
    if valid == 0 || other > 1 || !sample.columns.is_default() {
        return None;
    }
    FormatMatch::new(8, "the lines are JSON objects with the method and path of a request")
}
