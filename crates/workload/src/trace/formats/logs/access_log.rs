//! `access-log`: Apache and nginx logs in common or combined format.
//!
//! The key is method and target, including the query. The size is the number of bytes sent, unless
//! the response has no or only partial content. GET and HEAD read, DELETE deletes, other methods
//! write.
//!
//! Lines without `METHOD TARGET` (a TLS handshake on a plain port, a timeout) are skipped and
//! counted, as is an incomplete last line of a growing log.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::number::{parse_decimal, saturating_u32};
use crate::trace::parse::operation::op_from_method;
use crate::trace::parse::timestamp::ClfTimeParser;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "access-log",
    aliases: &["apache", "nginx", "common", "combined", "clf"],
    summary: "text, access log of Apache or nginx, common or combined format",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

const EXPECTED: &str = "a line in common or combined log format: \
                        host - user [time] \"METHOD /path HTTP/1.1\" status bytes";

/// Fields of a log line that a request needs.
struct LogEntry<'a> {
    time: &'a [u8],
    request: &'a [u8],
    status: u64,
    /// Bytes sent; `None` for `-`.
    bytes: Option<u64>,
}

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut times = ClfTimeParser::default();
    let mut key = Vec::new();
    loop {
        let Some(line) = input.next_line()? else { return Ok(()) };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let parsed = parse_entry(line).and_then(|entry| {
            let time_us = times.parse(entry.time)?;
            let request = method_and_target(entry.request).map(|(method, target)| {
                key.clear();
                key.extend_from_slice(method);
                key.push(b' ');
                key.extend_from_slice(target);
                let has_size = has_full_content(method, entry.status);
                (op_from_method(method), entry.bytes.filter(|_| has_size).map(saturating_u32))
            });
            Some((time_us, request))
        });
        match parsed {
            Some((time_us, Some((op, bytes)))) => sink.accept(&SourceRequest {
                op,
                bytes,
                time_us,
                ..SourceRequest::read(SourceKey::Text(&key))
            })?,
            Some((_, None)) => input.skip_line(),
            None => input.skip_cut_line(EXPECTED)?,
        }
    }
}

/// Parses a line; `None` if it has another format.
fn parse_entry(line: &[u8]) -> Option<LogEntry<'_>> {
    let open = time_start(line)?;
    let length = line[open..].iter().position(|&byte| byte == b']')?;
    let time = &line[open..open + length];
    let rest = line[open + length + 1..].trim_ascii_start().strip_prefix(b"\"")?;
    let close = closing_quote(rest)?;
    let mut fields =
        rest[close + 1..].split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    let status = parse_decimal(fields.next()?)?;
    let bytes = match fields.next()? {
        b"-" => None,
        digits => Some(parse_decimal(digits)?),
    };
    Some(LogEntry { time, request: &rest[..close], status, bytes })
}

/// Returns true if the response contains the complete value.
///
/// Responses to HEAD (RFC 9110, 9.3.2) and those with 1xx, 204 (15.3.5) or 304 (15.4.5) have no
/// content; 206 has a part. nginx logs 444 and 499 for responses that were not sent completely.
pub(super) fn has_full_content(method: &[u8], status: u64) -> bool {
    method != b"HEAD" && !matches!(status, 100..=199 | 204 | 206 | 304 | 444 | 499)
}

/// Finds the start of the time: a bracket followed by a day and a slash.
///
/// Host (IPv6) and user name can contain brackets, too.
fn time_start(line: &[u8]) -> Option<usize> {
    line.windows(4)
        .position(|at| {
            at[0] == b'[' && at[1].is_ascii_digit() && at[2].is_ascii_digit() && at[3] == b'/'
        })
        .map(|bracket| bracket + 1)
}

/// Finds the closing quote; quotes after a backslash are part of the text.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Splits a request line such as `GET /path HTTP/1.1` into method and target.
pub(super) fn method_and_target(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = request.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let (method, target) = (words.next()?, words.next()?);
    let is_method = method.len() <= 32
        && method.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'));
    is_method.then_some((method, target))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let lines = sample.lines();
    let lines = lines.iter().filter(|line| !line.trim_ascii().is_empty());
    let (mut valid, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        valid += usize::from(parse_entry(line).is_some());
    }
    // Tolerates one line in another format.
    if valid == 0 || valid < all - all.min(1) {
        return None;
    }
    FormatMatch::new(9, "every line has a bracketed time, a quoted request, a status and a size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_brackets_and_escaped_quotes_are_parsed() {
        let line = br#"::1 - [x] [10/Oct/2000:13:55:36 -0700] "GET /a\"b?q=1 HTTP/1.1" 200 2326 "-" "curl""#;
        let entry = parse_entry(line).unwrap();
        assert_eq!(entry.time, b"10/Oct/2000:13:55:36 -0700");
        assert_eq!((entry.status, entry.bytes), (200, Some(2326)));
        let (method, target) = method_and_target(entry.request).unwrap();
        assert_eq!((method, target), (&b"GET"[..], &br#"/a\"b?q=1"#[..]));
        assert!(method_and_target(br"\x16\x03\x01").is_none());
        assert!(method_and_target(b"-").is_none());
    }

    #[test]
    fn only_complete_responses_have_a_size() {
        assert!(has_full_content(b"GET", 200) && has_full_content(b"POST", 201));
        for (method, status) in [(&b"HEAD"[..], 200), (b"GET", 304), (b"GET", 206), (b"PUT", 204)] {
            assert!(!has_full_content(method, status), "{status}");
        }
    }
}
