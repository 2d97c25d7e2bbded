//! `memcached`: what `memcached -vv` prints, ASCII protocol.
//!
//! Lines that begin with `<` and the number of a connection hold commands; replies (`>`) and
//! messages are left out. A get of several keys is a group of reads. Times to live are those of
//! the commands, in seconds; a moment instead of a span (above thirty days) is left out.

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

/// A command with its words.
struct Command<'a> {
    op: Op,
    keys: &'a [u8],
    many: bool,
    bytes: Option<u32>,
    ttl_ms: u32,
}

fn read(input: &mut Input, sink: &mut dyn Sink) -> Result<(), TraceError> {
    input.carrying(|input, carried| read_lines(input, carried, sink))
}

fn read_lines(
    input: &mut Input,
    carried: &mut Carried,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let mut known = false;
    while let Some(line) = input.next_line()? {
        known |= connection(line).is_some() || line.trim_ascii().is_empty();
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

fn command(text: &[u8]) -> Option<Command<'_>> {
    let mut parts = text.splitn(2, |&byte| byte == b' ');
    let (name, rest) = (parts.next()?, parts.next()?);
    let number = |place: usize| words(rest).nth(place).and_then(decimal);
    let ttl_ms = |place: usize| {
        let seconds = number(place).filter(|&seconds| seconds <= LONGEST_SPAN_S).unwrap_or(0);
        saturated(seconds * 1_000)
    };
    let plain = |op, many| Command { op, keys: rest, many, bytes: None, ttl_ms: 0 };
    Some(match name {
        b"get" | b"gets" => plain(Op::Read, true),
        b"gat" | b"gats" => {
            // The first word is the new time to live.
            let keys = rest.splitn(2, |&byte| byte == b' ').nth(1)?;
            Command { keys, ..plain(Op::Read, true) }
        }
        b"mg" => plain(Op::Read, false),
        b"set" | b"add" | b"replace" | b"append" | b"prepend" | b"cas" => Command {
            bytes: Some(saturated(number(3)?)),
            ttl_ms: ttl_ms(2),
            ..plain(Op::Write, false)
        },
        b"ms" => Command { bytes: Some(saturated(number(1)?)), ..plain(Op::Write, false) },
        b"incr" | b"decr" | b"touch" | b"ma" => plain(Op::Write, false),
        b"delete" | b"md" => plain(Op::Delete, false),
        _ => return None,
    })
    .filter(|command| words(command.keys).next().is_some())
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let lines = sample.lines();
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
        for other in [&b"stats"[..], b"get", b"get ", b"set k", b"new auto-negotiating client"] {
            assert!(command(other).is_none(), "{}", other.escape_ascii());
        }
    }
}
