//! Converts web requests to requests to a cache.
//!
//! GET and HEAD read; PUT, POST, PATCH and DELETE invalidate the URL (RFC 9111, section 4.4). Other
//! methods are left out. Only a complete response to GET states the size of the value: not one to
//! HEAD (RFC 9110, section 9.3.2), not 204, 205 and 304, not a part (206), and not an error page.

use bakeoff_compiled::Op;

use super::url_key::{UrlKey, UrlParts};
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, OpRules, ReadOptions, Role};
use crate::trace::state::multi_file::MultiFileState;

/// Reason for leaving out a line without a valid request, such as a TLS handshake on a plain port.
pub(super) const WITHOUT_REQUEST: &str = "line without a method and target";

/// Source of the operation of a web request, for the description of a format.
pub(super) const METHODS: &str =
    "method: GET and HEAD read; PUT, POST, PATCH and DELETE invalidate";

/// Web request as logged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HttpRequest<'a> {
    pub(super) method: &'a [u8],
    pub(super) host: Option<&'a [u8]>,
    /// Target of the request: path and query, or an absolute URL.
    pub(super) target: &'a [u8],
    /// Query, if it is separate from the target.
    pub(super) query: Option<&'a [u8]>,
    /// Status of the response, if known.
    pub(super) status: Option<u64>,
    /// Bytes sent, if known.
    pub(super) bytes: Option<u64>,
    /// Requested range, if known.
    pub(super) range: Option<&'a [u8]>,
    pub(super) time_us: u64,
}

/// Line of a log, before its request is split into method and target.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogEntry<'a> {
    pub(super) time: &'a [u8],
    /// Request line; without method and target for a connection that sent no request.
    pub(super) request: &'a [u8],
    pub(super) host: Option<&'a [u8]>,
    /// Status of the response, if known.
    pub(super) status: Option<u64>,
    /// Bytes sent, if known.
    pub(super) bytes: Option<u64>,
}

/// Converts web requests to requests to a cache.
#[derive(Debug)]
pub(super) struct HttpReader {
    ops: OpRules,
    url: UrlKey,
}

impl HttpReader {
    /// Creates a reader with the user's operations and key parts, and describes the fields.
    pub(super) fn new(options: &ReadOptions, state: &mut MultiFileState) -> Self {
        let parts = UrlParts::from_choice(&options.columns);
        if let Some(parts) = parts.filter(|_| !options.columns.is_default()) {
            state.describe(Role::Key, parts.describe());
            let mut present = [false; 7];
            present[Role::Key as usize] = true;
            state.record_columns(present);
        }
        Self { ops: options.ops.clone(), url: UrlKey::new(parts.unwrap_or(UrlParts::ALL)) }
    }

    /// Sends the request of a line to a sink, or leaves the line out.
    ///
    /// `None` is a line that is not in the expected format.
    #[inline]
    pub(super) fn deliver_entry(
        &mut self,
        entry: Option<LogEntry<'_>>,
        expected: &str,
        input: &TraceInput,
        state: &mut MultiFileState,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        let timed = entry.and_then(|entry| Some((state.times.parse(entry.time)?, entry)));
        let Some((time_us, LogEntry { request, host, status, bytes, .. })) = timed else {
            return state.reject(input, expected);
        };
        let Some((method, target)) = method_and_target(request) else {
            state.leave_out(input, WITHOUT_REQUEST);
            return Ok(());
        };
        let http =
            HttpRequest { method, host, target, status, bytes, time_us, ..Default::default() };
        self.deliver(&http, input, state, sink)
    }

    /// Sends a request to a sink, or leaves it out because of its method.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        http: &HttpRequest<'_>,
        input: &TraceInput,
        state: &mut MultiFileState,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        let Some(OpAction::Op(op)) = self.ops.resolve(http.method, usual_action) else {
            state.leave_out_named(input, "method", http.method);
            return Ok(());
        };
        let bytes = http.bytes.filter(|_| has_full_content(http)).map(|size| state.cap_size(size));
        let key = SourceKey::Text(self.url.compose(http.host, http.target, http.query));
        let request = SourceRequest::read(key);
        sink.accept(&SourceRequest { op, bytes, time_us: http.time_us, ..request })?;
        Ok(())
    }
}

fn usual_action(method: &[u8]) -> Option<OpAction> {
    const READS: [&[u8]; 2] = [b"GET", b"HEAD"];
    const INVALIDATES: [&[u8]; 4] = [b"PUT", b"POST", b"PATCH", b"DELETE"];
    let is_same = |known: &&[u8]| known.eq_ignore_ascii_case(method);
    if READS.iter().any(is_same) {
        return Some(OpAction::Op(Op::Read));
    }
    INVALIDATES.iter().any(is_same).then_some(OpAction::Op(Op::Delete))
}

/// Returns true if the bytes sent are those of the complete value.
fn has_full_content(http: &HttpRequest<'_>) -> bool {
    let is_complete = match http.status {
        None => true,
        Some(status) => matches!(status, 200..=299) && !matches!(status, 204..=206),
    };
    let has_range = http.range.is_some_and(|range| !matches!(range, b"" | b"-"));
    is_complete && !has_range && http.method.eq_ignore_ascii_case(b"GET")
}

/// Splits a request line such as `GET /path HTTP/1.1` into method and target.
///
/// A target can contain spaces, which some servers log as received.
#[inline]
pub(super) fn method_and_target(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memchr(b' ', request)?;
    let (method, rest) = (&request[..space], request[space..].trim_ascii());
    let target = match memchr::memrchr(b' ', rest) {
        Some(last) if rest[last + 1..].starts_with(b"HTTP/") => rest[..last].trim_ascii_end(),
        _ => rest,
    };
    let is_request = is_method(method) && !target.is_empty() && !target.starts_with(b"HTTP/");
    is_request.then_some((method, target))
}

/// Returns true for a name of at most 32 letters, as all methods are.
pub(super) fn is_method(name: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    (1..=32).contains(&name.len()) && name.iter().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_split_at_the_first_and_last_space() {
        let split = |line: &'static str| {
            let (method, target) = method_and_target(line.as_bytes())?;
            Some((std::str::from_utf8(method).unwrap(), std::str::from_utf8(target).unwrap()))
        };
        assert_eq!(split("GET /my file.txt HTTP/1.1"), Some(("GET", "/my file.txt")));
        assert_eq!(split("GET /a"), Some(("GET", "/a")));
        for other in ["\\x16\\x03\\x01", "-", "GET HTTP/1.1", "GET ", "t3 12.2.1"] {
            assert_eq!(split(other), None, "{other}");
        }
    }

    #[test]
    fn only_complete_responses_to_get_have_a_size() {
        let has_size = |method: &str, status: u64, range: &str| {
            let (method, range) = (method.as_bytes(), Some(range.as_bytes()));
            has_full_content(&HttpRequest {
                method,
                status: Some(status),
                range,
                ..Default::default()
            })
        };
        assert!(has_size("GET", 200, "-") && has_size("GET", 203, ""));
        for (method, status) in
            [("HEAD", 200), ("GET", 304), ("GET", 206), ("GET", 404), ("PUT", 200), ("GET", 503)]
        {
            assert!(!has_size(method, status, "-"), "{method} {status}");
        }
        assert!(!has_size("GET", 200, "bytes=0-9"));
    }
}
