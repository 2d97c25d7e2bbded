//! `access-log`: Apache and nginx, common and combined.
//!
//! The key is method and target (query included), the size the bytes sent, where they were the whole
//! value: not for HEAD, nor for an answer without content or with a part of it. GET and HEAD read;
//! DELETE deletes; any other method writes. A line whose request is no `METHOD TARGET` (a TLS
//! greeting sent to a plain port, a time-out) is left out and counted; so is a last line that was
//! cut in the middle, as in a log that is being written.

use super::carried::Carried;
use super::clock::LogClock;
use super::guess::{Likeness, Sample};
use super::number::{decimal, saturated};
use super::operation::of_method;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "access-log",
    aliases: &["apache", "nginx", "common", "combined", "clf"],
    summary: "text, access logs of Apache and nginx, common or combined",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

/// What a line says.
struct Entry<'a> {
    time: &'a [u8],
    request: &'a [u8],
    status: u64,
    /// What was sent; `None` for `-`.
    bytes: Option<u64>,
}

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let mut clock = LogClock::default();
    let mut key = Vec::new();
    loop {
        let Some(line) = input.next_line()? else { return Ok(()) };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let parsed = entry(line).and_then(|entry| {
            let time_us = clock.micros(entry.time)?;
            let asked = method_and_target(entry.request).map(|(method, target)| {
                key.clear();
                key.extend_from_slice(method);
                key.push(b' ');
                key.extend_from_slice(target);
                let whole = sends_whole_value(method, entry.status);
                (of_method(method), entry.bytes.filter(|_| whole).map(saturated))
            });
            Some((time_us, asked))
        });
        match parsed {
            Some((time_us, Some((op, bytes)))) => sink.accept(&SourceRequest {
                op,
                bytes,
                time_us,
                ..SourceRequest::read(SourceKey::Text(&key))
            })?,
            Some((_, None)) => input.skip_line(),
            None if input.line_is_cut() => input.skip_line(),
            None => {
                let expected = "a line of a common or combined log: \
                                host - user [time] \"METHOD /path HTTP/1.1\" status bytes";
                return Err(input.bad_line(expected));
            }
        }
    }
}

/// Parts a line; `None` where it is of another form.
fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let open = time_start(line)?;
    let length = line[open..].iter().position(|&byte| byte == b']')?;
    let time = &line[open..open + length];
    let rest = line[open + length + 1..].trim_ascii_start().strip_prefix(b"\"")?;
    let close = closing_quote(rest)?;
    let mut fields =
        rest[close + 1..].split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    let status = decimal(fields.next()?)?;
    let bytes = match fields.next()? {
        b"-" => None,
        digits => Some(decimal(digits)?),
    };
    Some(Entry { time, request: &rest[..close], status, bytes })
}

/// Whether the bytes of an answer are those of the value: answers to HEAD (RFC 9110, 9.3.2), 204
/// (15.3.5) and 304 (15.4.5) have no content, 206 a part of it; with 444 and 499 nginx notes that
/// an answer was not sent, or not to its end.
pub(super) fn sends_whole_value(method: &[u8], status: u64) -> bool {
    method != b"HEAD" && !matches!(status, 100..=199 | 204 | 206 | 304 | 444 | 499)
}

/// Where the time begins: after a bracket with a day and a slash behind it, since brackets may
/// stand in the host (IPv6) and in the name of the user too.
fn time_start(line: &[u8]) -> Option<usize> {
    line.windows(4)
        .position(|at| {
            at[0] == b'[' && at[1].is_ascii_digit() && at[2].is_ascii_digit() && at[3] == b'/'
        })
        .map(|bracket| bracket + 1)
}

/// The quote that ends a text; those behind a backslash belong to it.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Method and target of a request line.
pub(super) fn method_and_target(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut words = request.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let (method, target) = (words.next()?, words.next()?);
    let is_method = method.len() <= 32
        && method.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_'));
    is_method.then_some((method, target))
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let lines = sample.lines();
    let lines = lines.iter().filter(|line| !line.trim_ascii().is_empty());
    let (mut fit, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        fit += usize::from(entry(line).is_some());
    }
    if fit == 0 || fit < all - all.min(1) {
        return None;
    }
    Likeness::new(9, "every line has a bracketed time, a quoted request, a status and a size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_forms_and_of_odd_clients_are_parted() {
        let line = br#"::1 - [x] [10/Oct/2000:13:55:36 -0700] "GET /a\"b?q=1 HTTP/1.1" 200 2326 "-" "curl""#;
        let entry = entry(line).unwrap();
        assert_eq!(entry.time, b"10/Oct/2000:13:55:36 -0700");
        assert_eq!((entry.status, entry.bytes), (200, Some(2326)));
        let (method, target) = method_and_target(entry.request).unwrap();
        assert_eq!((method, target), (&b"GET"[..], &br#"/a\"b?q=1"#[..]));
        assert!(method_and_target(br"\x16\x03\x01").is_none());
        assert!(method_and_target(b"-").is_none());
    }

    #[test]
    fn only_whole_answers_tell_a_size() {
        assert!(sends_whole_value(b"GET", 200) && sends_whole_value(b"POST", 201));
        for (method, status) in [(&b"HEAD"[..], 200), (b"GET", 304), (b"GET", 206), (b"PUT", 204)] {
            assert!(!sends_whole_value(method, status), "{status}");
        }
    }
}
