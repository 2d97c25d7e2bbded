//! `memcached`: output of `memcached -vv`, ASCII and binary protocol.
//!
//! Lines with `<` and a connection number contain commands. Replies (`>`), messages, and the table
//! of slab classes printed at start are left out. A get of several keys is a multi-get. Commands of
//! the binary protocol are printed in capitals, without their time to live.
//!
//! Times to live are in seconds. An absolute time (above 30 days) is ignored. A write with a
//! negative time is a delete, because the value is "immediately expired" (protocol.txt).

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::number::{parse_decimal, saturating_u32};
use crate::trace::state::multi_file::MultiFileState;
use bakeoff_compiled::Op;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "memcached",
    aliases: &["memcached-vv"],
    summary: "text, output of `memcached -vv`",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "keys of each command"),
        (Role::Op, "command"),
        (Role::Size, "value size of set and similar commands"),
        (Role::Ttl, "relative time to live of the command"),
    ],
    read,
    detect,
};

/// Longest relative time to live in seconds; a larger number is an absolute time since 1970.
const MAX_RELATIVE_S: u64 = 30 * 24 * 3_600;
/// Time to live of a value that expires at once; 0 would mean that it never expires.
const MIN_TTL_MS: u32 = 1;

/// Parsed command.
struct MemcachedCommand<'a> {
    op: Op,
    /// Keys separated by spaces; without `is_multi_key`, only the first word is a key.
    keys: &'a [u8],
    is_multi_key: bool,
    bytes: Option<u32>,
    ttl_ms: u32,
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let ops = input.options().ops.clone();
    let mut is_memcached_log = false;
    while input.read_line()? {
        let line = input.line();
        is_memcached_log |= has_connection(line) || is_message(line);
        let command = command_text(line).and_then(parse_command).or_else(|| parse_deleting(line));
        let Some(MemcachedCommand { op, keys, is_multi_key, bytes, ttl_ms }) = command else {
            if !is_memcached_log {
                return Err(input.bad_line("a line of memcached -vv such as `<28 get key`"));
            }
            state.leave_out(input, "reply or message");
            continue;
        };
        let name = command_text(line).and_then(|text| words(text).next()).unwrap_or(b"delete");
        let op = match ops.action(name) {
            Some(OpAction::Op(op)) => op,
            Some(OpAction::Ignore) => {
                state.leave_out_named(input, "command", name);
                continue;
            }
            None => op,
        };
        let count = if is_multi_key { words(keys).count() } else { 1 };
        let group = state.group_for(count);
        for key in words(keys).take(count) {
            let request = SourceRequest::read(SourceKey::Text(key));
            sink.accept(&SourceRequest { op, bytes, ttl_ms, group, ..request })?;
        }
    }
    Ok(())
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b' ').filter(|word| !word.is_empty())
}

/// Returns the command of a line such as `<28 get key`.
fn command_text(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"<").and_then(strip_connection)
}

/// Removes a connection number and the following space.
fn strip_connection(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    line[digits..].strip_prefix(b" ").filter(|_| digits > 0)
}

/// Returns true for lines with a connection number: `<28 …`, `>28 …` or `28: …`.
fn has_connection(line: &[u8]) -> bool {
    match line.strip_prefix(b"<").or_else(|| line.strip_prefix(b">")) {
        Some(rest) => strip_connection(rest).is_some(),
        None => {
            let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            digits > 0 && line[digits..].starts_with(b":")
        }
    }
}

/// Returns true for lines of memcached without a connection number.
fn is_message(line: &[u8]) -> bool {
    // For example `slab class   1: chunk size …` and `> NOT FOUND key`.
    line.starts_with(b"slab class ")
        || line.starts_with(b"> ")
        || line.starts_with(b"Deleting ")
        || line.trim_ascii().is_empty()
}

/// Parses the line with which memcached reports a delete of the binary protocol.
fn parse_deleting(line: &[u8]) -> Option<MemcachedCommand<'_>> {
    let keys = line.strip_prefix(b"Deleting ")?;
    let command =
        MemcachedCommand { op: Op::Delete, keys, is_multi_key: false, bytes: None, ttl_ms: 0 };
    words(keys).next().map(|_| command)
}

/// Parses a command of the binary protocol such as `SET key Value len is 6`.
fn parse_binary<'a>(name: &[u8], rest: &'a [u8]) -> Option<MemcachedCommand<'a>> {
    let op = match name {
        b"GET" | b"GETQ" | b"GETK" | b"GETKQ" => Op::Read,
        b"SET" | b"ADD" | b"REPLACE" => Op::Write,
        _ => return None,
    };
    let has_length = words(rest).skip(1).take(3).eq([&b"Value"[..], b"len", b"is"]);
    let bytes = words(rest).nth(4).filter(|_| has_length);
    let bytes = bytes.and_then(parse_decimal).map(saturating_u32);
    let is_complete = op == Op::Read || bytes.is_some();
    is_complete.then_some(MemcachedCommand {
        op,
        keys: rest,
        is_multi_key: false,
        bytes,
        ttl_ms: 0,
    })
}

fn parse_command(text: &[u8]) -> Option<MemcachedCommand<'_>> {
    let mut parts = text.splitn(2, |&byte| byte == b' ');
    let (name, rest) = (parts.next()?, parts.next()?);
    let argument = |index: usize| words(rest).nth(index);
    let bytes = |index: usize| argument(index).and_then(parse_decimal).map(saturating_u32);
    let plain = |op, is_multi_key| MemcachedCommand {
        op,
        keys: rest,
        is_multi_key,
        bytes: None,
        ttl_ms: 0,
    };
    let write = |bytes, time: Option<&[u8]>| match parse_ttl_ms(time) {
        Some(ttl_ms) => MemcachedCommand { bytes, ttl_ms, ..plain(Op::Write, false) },
        None => plain(Op::Delete, false),
    };
    // A read with a negative time still returns the value.
    let read = |keys, is_multi_key, time: Option<&[u8]>| {
        let ttl_ms = parse_ttl_ms(time).unwrap_or(MIN_TTL_MS);
        MemcachedCommand { keys, ttl_ms, ..plain(Op::Read, is_multi_key) }
    };
    Some(match name {
        b"get" | b"gets" => plain(Op::Read, true),
        // The first argument is the new time to live.
        b"gat" | b"gats" => read(rest.splitn(2, |&byte| byte == b' ').nth(1)?, true, argument(0)),
        b"mg" => read(rest, false, meta_flag(rest, b'T')),
        b"set" | b"add" | b"replace" | b"cas" => write(Some(bytes(3)?), argument(2)),
        // The appended part is not the complete value, and the time to live does not change.
        b"append" | b"prepend" => bytes(3).map(|_| plain(Op::Write, false))?,
        b"ms" => {
            let appends = matches!(meta_flag(rest, b'M'), Some(b"A" | b"a" | b"P" | b"p"));
            let bytes = bytes(1)?;
            write((!appends).then_some(bytes), meta_flag(rest, b'T').filter(|_| !appends))
        }
        b"touch" => write(None, argument(1)),
        b"ma" => write(None, meta_flag(rest, b'T')),
        b"incr" | b"decr" => plain(Op::Write, false),
        b"delete" | b"md" => plain(Op::Delete, false),
        _ => parse_binary(name, rest)?,
    })
    .filter(|command| words(command.keys).next().is_some())
}

/// Returns the token of a flag of a meta command, for example `60` of `T60`.
fn meta_flag(rest: &[u8], letter: u8) -> Option<&[u8]> {
    words(rest).skip(1).find_map(|word| word.strip_prefix(&[letter]))
}

/// Parses a time to live in seconds and returns milliseconds.
///
/// Returns 0 if it is missing, absolute or 0 (no expiry), and `None` if it is negative.
fn parse_ttl_ms(text: Option<&[u8]>) -> Option<u32> {
    let text = text.unwrap_or_default();
    if text.strip_prefix(b"-").and_then(parse_decimal).is_some_and(|seconds| seconds > 0) {
        return None;
    }
    let seconds = parse_decimal(text).filter(|&seconds| seconds <= MAX_RELATIVE_S).unwrap_or(0);
    Some(saturating_u32(seconds * 1_000))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut lines = sample.lines();
    lines.retain(|line| !is_message(line));
    let with_connection = lines.iter().filter(|line| has_connection(line)).count();
    let has_command = lines.iter().any(|line| command_text(line).and_then(parse_command).is_some());
    if !has_command || with_connection * 10 < lines.len() * 8 {
        return None;
    }
    FormatMatch::new(8, "the lines start with < or > and a connection number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_parsed_and_other_lines_ignored() {
        assert!(parse_command(b"get a b").is_some_and(|command| command.is_multi_key));
        let set = parse_command(b"set k 0 60 300 noreply").unwrap();
        assert_eq!((set.op, set.bytes, set.ttl_ms), (Op::Write, Some(300), 60_000));
        let absolute = parse_command(b"set k 0 1700000000 3").unwrap();
        assert_eq!(absolute.ttl_ms, 0);
        assert_eq!(words(parse_command(b"gat 60 a b").unwrap().keys).count(), 2);
        // Classic and meta commands.
        for (text, op, bytes, ttl_ms) in [
            (&b"set k 0 0 3"[..], Op::Write, Some(3), 0),
            (b"set k 0 -1 3", Op::Delete, None, 0),
            (b"ms k 5 T60 q", Op::Write, Some(5), 60_000),
            (b"ms k 5 T-1", Op::Delete, None, 0),
            (b"ms k 5 MA", Op::Write, None, 0),
            (b"append k 0 60 3", Op::Write, None, 0),
            (b"touch k 9", Op::Write, None, 9_000),
            (b"touch k -1", Op::Delete, None, 0),
            (b"gat 60 k", Op::Read, None, 60_000),
            (b"gat -1 k", Op::Read, None, MIN_TTL_MS),
            (b"mg k v T30", Op::Read, None, 30_000),
        ] {
            let command = parse_command(text).unwrap();
            let fields = (command.op, command.bytes, command.ttl_ms);
            assert_eq!(fields, (op, bytes, ttl_ms), "{}", text.escape_ascii());
        }
        let set = parse_command(b"SET views/show Value len is 6").unwrap();
        assert_eq!((set.op, set.bytes), (Op::Write, Some(6)));
        assert!(parse_deleting(b"Deleting views/show").is_some_and(|c| c.op == Op::Delete));
        for other in
            [&b"stats"[..], b"SET k", b"get", b"get ", b"set k", b"new auto-negotiating client"]
        {
            assert!(parse_command(other).is_none(), "{}", other.escape_ascii());
        }
    }
}
