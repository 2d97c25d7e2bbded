//! `memcached-watch`: output of memcached's command `watch fetchers mutations deletions`.
//!
//! Lines such as `ts=… gid=… type=item_get key=… status=found … size=…`. Keys are percent-encoded.

use bakeoff_compiled::Op;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role, TimeUnit};
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "memcached-watch",
    aliases: &[],
    summary: "text, output of memcached's `watch fetchers mutations deletions`",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "key="),
        (Role::Op, "type=: item_get reads, item_store writes, deleted items are deletes"),
        (Role::Size, "size=; unknown for items that were not found or not stored"),
        (Role::Ttl, "ttl=, in seconds"),
        (Role::Time, "ts="),
    ],
    read,
    detect,
};

const EXPECTED: &str =
    "a line of memcached's watch such as `ts=1.5 gid=1 type=item_get key=a status=found`";

/// Fields of a line.
#[derive(Default)]
struct Entry<'a> {
    time: &'a [u8],
    kind: &'a [u8],
    key: &'a [u8],
    is_found: bool,
    size: Option<u64>,
    ttl_s: Option<u64>,
}

fn parse_entry(line: &[u8]) -> Option<Entry<'_>> {
    let mut entry = Entry { is_found: true, ..Entry::default() };
    let time = line.strip_prefix(b"ts=")?;
    let mut words = time.split(|&byte| byte == b' ');
    entry.time = words.next()?;
    for word in words {
        let Some(equals) = memchr::memchr(b'=', word) else { continue };
        let value = &word[equals + 1..];
        match &word[..equals] {
            b"type" => entry.kind = value,
            b"key" => entry.key = value,
            b"status" => entry.is_found = !matches!(value, b"not_found" | b"not_stored"),
            b"size" => entry.size = parse_decimal(value),
            b"ttl" => entry.ttl_s = parse_decimal(value),
            _ => {}
        }
    }
    (!entry.kind.is_empty()).then_some(entry)
}

fn usual_action(kind: &[u8]) -> Option<OpAction> {
    Some(OpAction::Op(match kind {
        b"item_get" => Op::Read,
        b"item_store" => Op::Write,
        b"deleted" | b"item_delete" => Op::Delete,
        _ => return None,
    }))
}

/// Decodes `%20` and similar sequences; others stay unchanged.
fn decode_percent(text: &[u8], output: &mut Vec<u8>) {
    output.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        output.extend_from_slice(&rest[..at]);
        let digits = rest.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                output.push(byte);
                rest = &rest[at + 3..];
            }
            None => {
                output.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    output.extend_from_slice(rest);
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    state.times.set_unit(Some(TimeUnit::Seconds));
    let ops = input.options().ops.clone();
    let mut key = Vec::new();
    while input.read_line()? {
        let line = input.line();
        if matches!(line, b"" | b"OK") || line.starts_with(b"watch ") {
            continue;
        }
        let entry = parse_entry(line);
        let timed = entry.and_then(|entry| Some((state.times.parse(entry.time)?, entry)));
        let Some((time_us, Entry { kind, key: encoded, is_found, size, ttl_s, .. })) = timed else {
            state.reject(input, EXPECTED)?;
            continue;
        };
        let action = ops.resolve(kind, usual_action);
        let Some(OpAction::Op(op)) = action.filter(|_| !encoded.is_empty()) else {
            state.leave_out_named(input, "event", kind);
            continue;
        };
        decode_percent(encoded, &mut key);
        let bytes = size.filter(|_| is_found && op != Op::Delete).map(|size| state.cap_size(size));
        let ttl_ms = ttl_s.map_or(0, |seconds| state.cap_ttl(seconds.saturating_mul(1_000)));
        let request = SourceRequest::read(SourceKey::Text(&key));
        sink.accept(&SourceRequest { op, bytes, ttl_ms, time_us, ..request })?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if sample.most_lines(|line| parse_entry(line).is_some() || line == b"OK") {
        return FormatMatch::new(9, "the lines have ts=, gid= and type=");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_percent_decoded() {
        let decode = |text: &str| {
            let mut output = Vec::new();
            decode_percent(text.as_bytes(), &mut output);
            String::from_utf8_lossy(&output).into_owned()
        };
        assert_eq!(decode("a%20b%2Fc"), "a b/c");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
