//! `memcached`: what `memcached -vv` prints, ASCII protocol.
//!
//! Lines that begin with `<` and the number of a connection hold commands; replies (`>`) and
//! messages are left out, as is the table of slab classes that a server prints when it starts. A
//! get of several keys is a group of reads. Times to live are those of the commands, in seconds; a
//! moment instead of a span (above thirty days) is left out. After a negative one nothing is there
//! any more (protocol.txt: "immediately expired"): such a write is a delete.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::{decimal, saturated};
use super::{Format, Input, OpMeaning, TraceError};
use crate::compiled::Op;
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "memcached",
    aliases: &["memcached-vv"],
    summary: "text, what `memcached -vv` prints",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

/// The longest span of time that a command can give; above, it is a moment since 1970.
const LONGEST_SPAN_S: u64 = 30 * 24 * 3_600;
/// A life that is as good as none; 0 would be for ever.
const SHORTEST_MS: u32 = 1;

/// A command with its words.
struct Command<'a> {
    op: Op,
    keys: &'a [u8],
    many: bool,
    bytes: Option<u32>,
    ttl_ms: u32,
}

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let mut known = false;
    while let Some(line) = input.next_line()? {
        known |= connection(line).is_some() || is_message(line);
        let asked = line.strip_prefix(b"<").and_then(connection_and_rest).and_then(command);
        let Some(Command { op, keys, many, bytes, ttl_ms }) = asked else {
            if !known {
                return Err(input.bad_line("a line of memcached -vv: <28 get key"));
            }
            input.skip_line();
            continue;
        };
        let several = many && words(keys).count() > 1;
        let group = if several { carried.next_group() } else { 0 };
        for key in words(keys).take(if many { usize::MAX } else { 1 }) {
            let request = SourceRequest::read(SourceKey::Text(key));
            sink.accept(&SourceRequest { op, bytes, ttl_ms, group, ..request })?;
        }
    }
    Ok(())
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b' ').filter(|word| !word.is_empty())
}

/// The number of the connection that a line is about, and what follows.
fn connection_and_rest(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    line[digits..].strip_prefix(b" ").filter(|_| digits > 0)
}

/// Whether a line is one of memcached's: `<28 …`, `>28 …` or `28: …`.
fn connection(line: &[u8]) -> Option<()> {
    let marked = line.strip_prefix(b"<").or_else(|| line.strip_prefix(b">"));
    match marked {
        Some(rest) => connection_and_rest(rest).map(|_| ()),
        None => {
            let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0 && line[digits..].starts_with(b":")).then_some(())
        }
    }
}

/// Whether a line is one that memcached prints without the number of a connection.
fn is_message(line: &[u8]) -> bool {
    // As in `slab class   1: chunk size …` and `> NOT FOUND key`.
    line.starts_with(b"slab class ") || line.starts_with(b"> ") || line.trim_ascii().is_empty()
}

fn command(text: &[u8]) -> Option<Command<'_>> {
    let mut parts = text.splitn(2, |&byte| byte == b' ');
    let (name, rest) = (parts.next()?, parts.next()?);
    let word = |place: usize| words(rest).nth(place);
    let bytes = |place: usize| word(place).and_then(decimal).map(saturated);
    let plain = |op, many| Command { op, keys: rest, many, bytes: None, ttl_ms: 0 };
    let write = |bytes, time: Option<&[u8]>| match ttl_ms(time) {
        Some(ttl_ms) => Command { bytes, ttl_ms, ..plain(Op::Write, false) },
        None => plain(Op::Delete, false),
    };
    // A reader that ends the life of what it reads still reads it.
    let read = |keys, many, time: Option<&[u8]>| {
        let ttl_ms = ttl_ms(time).unwrap_or(SHORTEST_MS);
        Command { keys, ttl_ms, ..plain(Op::Read, many) }
    };
    Some(match name {
        b"get" | b"gets" => plain(Op::Read, true),
        // The first word is the new time to live.
        b"gat" | b"gats" => read(rest.splitn(2, |&byte| byte == b' ').nth(1)?, true, word(0)),
        b"mg" => read(rest, false, flag(rest, b'T')),
        b"set" | b"add" | b"replace" | b"cas" => write(Some(bytes(3)?), word(2)),
        // What is appended is not the whole value, and leaves the time as it is.
        b"append" | b"prepend" => bytes(3).map(|_| plain(Op::Write, false))?,
        b"ms" => {
            let appends = matches!(flag(rest, b'M'), Some(b"A" | b"a" | b"P" | b"p"));
            let bytes = bytes(1)?;
            write((!appends).then_some(bytes), flag(rest, b'T').filter(|_| !appends))
        }
        b"touch" => write(None, word(1)),
        b"ma" => write(None, flag(rest, b'T')),
        b"incr" | b"decr" => plain(Op::Write, false),
        b"delete" | b"md" => plain(Op::Delete, false),
        _ => return None,
    })
    .filter(|command| words(command.keys).next().is_some())
}

/// The token of a flag of a meta command, as `60` in `T60`.
fn flag(rest: &[u8], letter: u8) -> Option<&[u8]> {
    words(rest).skip(1).find_map(|word| word.strip_prefix(&[letter]))
}

/// Milliseconds of a time to live; 0 for ever, or where it is not known; `None` where it is over.
fn ttl_ms(text: Option<&[u8]>) -> Option<u32> {
    let text = text.unwrap_or_default();
    if text.strip_prefix(b"-").and_then(decimal).is_some_and(|seconds| seconds > 0) {
        return None;
    }
    let seconds = decimal(text).filter(|&seconds| seconds <= LONGEST_SPAN_S).unwrap_or(0);
    Some(saturated(seconds * 1_000))
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let mut lines = sample.lines();
    lines.retain(|line| !is_message(line));
    let ours = lines.iter().filter(|line| connection(line).is_some()).count();
    let commands = lines.iter().filter(|line| {
        line.strip_prefix(b"<").and_then(connection_and_rest).and_then(command).is_some()
    });
    if commands.count() == 0 || ours * 10 < lines.len() * 8 {
        return None;
    }
    Likeness::new(8, "its lines are marked < and > with the numbers of connections")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_replies_and_messages() {
        assert!(command(b"get a b").is_some_and(|command| command.many));
        let set = command(b"set k 0 60 300 noreply").unwrap();
        assert_eq!((set.op, set.bytes, set.ttl_ms), (Op::Write, Some(300), 60_000));
        let moment = command(b"set k 0 1700000000 3").unwrap();
        assert_eq!(moment.ttl_ms, 0);
        assert_eq!(words(command(b"gat 60 a b").unwrap().keys).count(), 2);
        // Both kinds of commands that write, and what they leave there.
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
            (b"gat -1 k", Op::Read, None, SHORTEST_MS),
            (b"mg k v T30", Op::Read, None, 30_000),
        ] {
            let found = command(text).unwrap();
            let found = (found.op, found.bytes, found.ttl_ms);
            assert_eq!(found, (op, bytes, ttl_ms), "{}", text.escape_ascii());
        }
        for other in [&b"stats"[..], b"get", b"get ", b"set k", b"new auto-negotiating client"] {
            assert!(command(other).is_none(), "{}", other.escape_ascii());
        }
    }
}
