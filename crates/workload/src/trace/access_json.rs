//! `access-log-json`: access logs as JSON objects, one a line, as nginx's `escape=json` makes them.
//!
//! The request stands in `request` (`GET /path HTTP/1.1`), in a method and a target of their own,
//! or in an object of that name; status, size and time are known by the usual names of nginx,
//! Caddy, Traefik and Envoy. A size or a time that cannot be read counts as not told, and is
//! counted. Key, operation and size are those of `access-log`.

use super::access_log::{method_and_target, sends_whole_value};
use super::carried::Carried;
use super::clock::{LogClock, moment};
use super::guess::{Likeness, Sample};
use super::json::Picker;
use super::number::{decimal, saturated};
use super::operation::of_method;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "access-log-json",
    aliases: &["nginx-json"],
    summary: "text, access logs with a JSON object a line",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

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
const LINE: std::ops::Range<usize> = 0..2;
const METHOD: std::ops::Range<usize> = 2..7;
const TARGET: std::ops::Range<usize> = 7..14;
const STATUS: std::ops::Range<usize> = 14..17;
const SIZE: std::ops::Range<usize> = 17..23;
const TIME: std::ops::Range<usize> = 23..33;

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let mut picker = Picker::new(NAMES);
    let mut clock = LogClock::default();
    let mut key = Vec::new();
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let whole = picker.pick(line).is_ok();
        let Some((method, target)) = asked(&picker).filter(|_| whole) else {
            // A cut line, or an object whose request is none: a greeting of TLS, a time-out.
            if whole && picker.first(0..TARGET.end).is_some() || input.line_is_cut() {
                input.skip_line();
                continue;
            }
            return Err(input.bad_line("a JSON object with `request`, or with a method and a path"));
        };
        key.clear();
        key.extend_from_slice(method);
        key.push(b' ');
        key.extend_from_slice(target);
        let status = picker.first(STATUS).and_then(decimal).unwrap_or(0);
        let mut said = |places, what, read: &mut dyn FnMut(&[u8]) -> Option<u64>| {
            let text = picker.first(places).filter(|text| !matches!(*text, b"" | b"-"))?;
            let number = read(text);
            if number.is_none() {
                carried.unread(what, || input.here(text));
            }
            number
        };
        let bytes = said(SIZE, "sizes", &mut |text| decimal(text));
        let time_us = said(TIME, "times", &mut |text| time(&mut clock, text));
        sink.accept(&SourceRequest {
            op: of_method(method),
            bytes: bytes.filter(|_| sends_whole_value(method, status)).map(saturated),
            time_us: time_us.unwrap_or(0),
            ..SourceRequest::read(SourceKey::Text(&key))
        })?;
    }
    Ok(())
}

/// Method and target, from one field or from two.
fn asked(picker: &Picker) -> Option<(&[u8], &[u8])> {
    if let Some(line) = picker.first(LINE) {
        return method_and_target(line);
    }
    let (method, target) = (picker.first(METHOD)?, picker.first(TARGET)?);
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    (is_method && !target.is_empty()).then_some((method, target))
}

fn time(clock: &mut LogClock, text: &[u8]) -> Option<u64> {
    moment(text).or_else(|| clock.micros(text))
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let mut picker = Picker::new(NAMES);
    let (mut fit, mut other) = (0_usize, 0_usize);
    for line in sample.lines().into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        let whole = picker.pick(line).is_ok() && picker.first(0..TARGET.end).is_some();
        fit += usize::from(whole && asked(&picker).is_some());
        other += usize::from(!whole);
    }
    if fit == 0 || other > 1 || !sample.columns.is_default() {
        return None;
    }
    Likeness::new(8, "its lines are JSON objects with a request's method and path")
}
