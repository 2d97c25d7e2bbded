//! `access-log`: Apache and nginx logs in common or combined format, with or without virtual host.
//!
//! The key is host, path and query. Operation and size follow from method and status, as
//! `http` describes. Lines without `METHOD TARGET` (a TLS handshake on a plain port, a timeout)
//! are left out.

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
    name: "access-log",
    aliases: &["apache", "nginx", "common", "combined", "vhost-combined", "clf"],
    summary: "text, access log of Apache or nginx: common, combined or vhost_combined format",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "host (if logged) + path + query of the request"),
        (Role::Op, METHODS),
        (Role::Size, "bytes sent of complete responses to GET (status 2xx except 204 to 206)"),
        (Role::Time, "time in brackets"),
    ],
    read,
    detect,
};

const EXPECTED: &str = "a line in common or combined log format: \
                        host - user [time] \"METHOD /path HTTP/1.1\" status bytes";

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

/// Parses a line; `None` if it has another format.
fn parse_entry(line: &[u8]) -> Option<LogEntry<'_>> {
    let open = time_start(line)?;
    let length = memchr::memchr(b']', &line[open..])?;
    let time = &line[open..open + length];
    let rest = line[open + length + 1..].trim_ascii_start().strip_prefix(b"\"")?;
    let close = closing_quote(rest)?;
    let mut fields =
        rest[close + 1..].split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    let number = |field: &[u8]| match field {
        b"-" => Some(None),
        digits => parse_decimal(digits).map(Some),
    };
    let (status, bytes) = (number(fields.next()?)?, number(fields.next()?)?);
    let host = virtual_host(&line[..open - 1]);
    Some(LogEntry { host, time, request: &rest[..close], status, bytes })
}

/// Returns the virtual host in front of client, identity and user.
///
/// `vhost_combined` writes host and port, which the name of a client does not contain. A name
/// without a port needs an address behind it.
fn virtual_host(head: &[u8]) -> Option<&[u8]> {
    let mut words = head.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next()?);
    let has_more = words.nth(1).is_some();
    if !has_more {
        return None;
    }
    let colon = memchr::memchr(b':', first);
    let has_port = colon.is_some_and(|colon| parse_decimal(&first[colon + 1..]).is_some());
    let is_address = || {
        let text = std::str::from_utf8(second).ok()?;
        text.parse::<std::net::IpAddr>().ok()
    };
    let is_host = (has_port && second != b"-") || (colon.is_none() && is_address().is_some());
    is_host.then_some(first)
}

/// Finds the start of the time: a bracket followed by a day and a slash.
///
/// Host (IPv6) and user name can contain brackets, too.
fn time_start(line: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'[', line)
        .find(|&at| {
            matches!(line.get(at + 1..at + 4), Some([first, second, b'/'])
                if first.is_ascii_digit() && second.is_ascii_digit())
        })
        .map(|bracket| bracket + 1)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if sample.options.columns.separator.is_some() {
        return None;
    }
    let lines = sample.lines();
    let lines = lines.iter().filter(|line| !line.trim_ascii().is_empty());
    let (mut valid, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        valid += usize::from(parse_entry(line).is_some());
    }
    // Tolerates a tenth of the lines in other formats; the reader counts them.
    if valid == 0 || (all - valid) * 10 > all.max(10) {
        return None;
    }
    let has_parts = UrlParts::from_choice(&sample.options.columns).is_some();
    let score = if has_parts { 9 } else { 8 };
    FormatMatch::new(
        score,
        "the lines have a bracketed time, a quoted request, a status and a size",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_brackets_and_escaped_quotes_are_parsed() {
        let line = br#"::1 - [x] [10/Oct/2000:13:55:36 -0700] "GET /a\"b?q=1 HTTP/1.1" 200 2326 "-" "curl""#;
        let entry = parse_entry(line).unwrap();
        assert_eq!(entry.time, b"10/Oct/2000:13:55:36 -0700");
        assert_eq!((entry.status, entry.bytes), (Some(200), Some(2326)));
        assert_eq!(entry.request, br#"GET /a\"b?q=1 HTTP/1.1"#);
    }

    #[test]
    fn virtual_hosts_are_distinguished_from_clients() {
        let host = |head: &'static str| virtual_host(head.as_bytes()).map(<[u8]>::to_vec);
        assert_eq!(host("a.example:80 192.0.2.1 - - ").unwrap(), b"a.example:80");
        assert_eq!(host("a.example 2001:db8::1 - joe ").unwrap(), b"a.example");
        for client in ["192.0.2.1 - - ", "2001:db8::1 - joe bloggs ", "192.0.2.1 - joe bloggs "] {
            assert_eq!(host(client), None, "{client}");
        }
    }
}
