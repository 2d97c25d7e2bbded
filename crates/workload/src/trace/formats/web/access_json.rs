//! `access-log-json`: access logs with one JSON object per line.
//!
//! The request is in `request` (`GET /path HTTP/1.1`), in fields for method and target, or in an
//! object such as `request` or `httpRequest` with these fields. Fields have the usual names of
//! nginx, Caddy, Traefik, Envoy and the load balancer of Google Cloud. An unreadable size or time
//! is ignored and counted. Key, operation and size are determined as for `access-log`.

use std::ops::Range;

use super::http::{
    HttpReader, HttpRequest, METHODS, WITHOUT_REQUEST, is_method, method_and_target,
};
use super::url_key::UrlParts;
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::json::JsonFields;
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "access-log-json",
    aliases: &["nginx-json", "caddy", "traefik-json", "envoy-json", "gcp-load-balancer"],
    summary: "text, access log with a JSON object per line (nginx, Caddy, Traefik, Envoy, Google Cloud)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "host (if logged) + path + query of the request"),
        (Role::Op, METHODS),
        (Role::Size, "bytes sent of complete responses to GET (status 2xx except 204 to 206)"),
        (Role::Time, "time of the request"),
    ],
    read,
    detect,
};

const EXPECTED: &str = "a JSON object with `request`, or with a method and a path";

/// Usual names of the parts of a request; the first present one is used.
const PARTS: [&[&str]; 8] = [
    &["request", "request_line"],
    &[
        "request_method",
        "method",
        "verb",
        "RequestMethod",
        "request.method",
        "httpRequest.requestMethod",
    ],
    &[
        "request_uri",
        "uri",
        "url",
        "path",
        "RequestPath",
        "target",
        "request.uri",
        "httpRequest.requestUrl",
    ],
    &[
        "status",
        "response_code",
        "DownstreamStatus",
        "response",
        "status_code",
        "statusCode",
        "httpRequest.status",
    ],
    &[
        "body_bytes_sent",
        "bytes_sent",
        "bytes",
        "size",
        "response_size",
        "DownstreamContentSize",
        "httpRequest.responseSize",
    ],
    &[
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
    ],
    &[
        "host",
        "http_host",
        "vhost",
        "RequestHost",
        "request.host",
        "authority",
        ":authority",
        "server_name",
    ],
    &["query_string", "query", "args", "request.query"],
];
// Indexes of the parts in `PARTS`.
const REQUEST_LINE: usize = 0;
const METHOD: usize = 1;
const TARGET: usize = 2;
const STATUS: usize = 3;
const SIZE: usize = 4;
const TIME: usize = 5;
const HOST: usize = 6;
const QUERY: usize = 7;

/// Extracts the parts of requests from JSON objects.
struct RequestFields {
    fields: JsonFields,
    ranges: [Range<usize>; PARTS.len()],
}

impl RequestFields {
    fn new() -> Self {
        let mut start = 0;
        let ranges = PARTS.map(|names| {
            start += names.len();
            start - names.len()..start
        });
        Self {
            fields: JsonFields::new(PARTS.iter().flat_map(|names| names.iter().copied())),
            ranges,
        }
    }

    fn part(&self, part: usize) -> Option<&[u8]> {
        self.fields.first(self.ranges[part].clone())
    }

    /// Returns true if the object has a field of a request, even an empty one.
    fn has_request(&self) -> bool {
        [REQUEST_LINE, METHOD, TARGET].into_iter().any(|part| self.part(part).is_some())
    }

    /// Returns method and target from the request line, or else from separate fields.
    fn method_and_target(&self) -> Option<(&[u8], &[u8])> {
        if let Some(line) = self.part(REQUEST_LINE) {
            return method_and_target(line);
        }
        let (method, target) = (self.part(METHOD)?, self.part(TARGET)?);
        (is_method(method) && !target.is_empty()).then_some((method, target))
    }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut fields = RequestFields::new();
    let mut reader = HttpReader::new(input.options(), state);
    while input.read_line()? {
        if input.line().trim_ascii().is_empty() {
            continue;
        }
        if fields.fields.read_object(input.line()).is_err() || !fields.has_request() {
            state.reject(input, EXPECTED)?;
            continue;
        }
        let Some((method, target)) = fields.method_and_target() else {
            state.leave_out(input, WITHOUT_REQUEST);
            continue;
        };
        let given = |part| fields.part(part).filter(|text| !matches!(*text, b"" | b"-"));
        let bytes = given(SIZE).and_then(|text| {
            let number = parse_decimal(text);
            if number.is_none() {
                state.count_unreadable(input, "sizes", text);
            }
            number
        });
        let time_us = given(TIME).and_then(|text| {
            let time = state.times.parse(text);
            if time.is_none() {
                state.count_unreadable(input, "times", text);
            }
            time
        });
        let http = HttpRequest {
            method,
            target,
            host: given(HOST),
            query: given(QUERY),
            status: given(STATUS).and_then(parse_decimal),
            bytes,
            range: None,
            time_us: time_us.unwrap_or(0),
        };
        reader.deliver(&http, input, state, sink)?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    UrlParts::from_choice(&sample.options.columns)?;
    let mut fields = RequestFields::new();
    let (mut valid, mut other) = (0_usize, 0_usize);
    for line in sample.lines().into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        let has_request = fields.fields.read_object(line).is_ok() && fields.has_request();
        valid += usize::from(has_request && fields.method_and_target().is_some());
        other += usize::from(!has_request);
    }
    if valid == 0 || other > 1 {
        return None;
    }
    // `jsonl` matches the same objects if the user chose parts of the key.
    let score = if sample.options.columns.is_default() { 9 } else { 10 };
    FormatMatch::new(score, "the lines are JSON objects with the method and path of a request")
}
