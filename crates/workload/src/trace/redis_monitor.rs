//! `redis-monitor`: what `redis-cli monitor` prints.
//!
//! A line holds a time, the database and the client in brackets, and the command with its
//! arguments in quotes, escaped as Redis escapes them. A command of several keys is a request for
//! each; reads of one command are a group. Sizes are those of the values that SET and its like
//! carry; commands that touch no key, and those that only look at one without its value, are left
//! out and counted. Keys of a database other than 0 begin with its number and a colon.

use super::guess::{Likeness, Sample};
use super::number::{decimal, millionths, saturated};
use super::{Format, Input, OpMeaning, TraceError};
use crate::compiled::Op;
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "redis-monitor",
    aliases: &["redis", "monitor"],
    summary: "text, what `redis-cli monitor` prints",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

/// Which arguments of a command are keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// The first.
    First,
    /// All of them.
    All,
    /// Every other one; values stand between them.
    Pairs,
}

/// Reads, writes and deletes by the command's name in lower case.
const COMMANDS: &[(Op, Keys, &[&str])] = &[
    (
        Op::Read,
        Keys::First,
        &[
            "get",
            "getrange",
            "substr",
            "strlen",
            "getbit",
            "bitcount",
            "bitpos",
            "getex",
            "hget",
            "hgetall",
            "hmget",
            "hkeys",
            "hvals",
            "hlen",
            "hexists",
            "hscan",
            "hstrlen",
            "lrange",
            "lindex",
            "llen",
            "lpos",
            "smembers",
            "sismember",
            "smismember",
            "scard",
            "srandmember",
            "sscan",
            "zrange",
            "zrangebyscore",
            "zrangebylex",
            "zrevrange",
            "zrevrangebyscore",
            "zscore",
            "zmscore",
            "zrank",
            "zrevrank",
            "zcard",
            "zcount",
            "zscan",
            "xrange",
            "xrevrange",
            "xlen",
            "geopos",
            "geodist",
            "geosearch",
            "pfcount",
            "json.get",
            "dump",
        ],
    ),
    (Op::Read, Keys::All, &["mget", "sinter", "sunion", "sdiff"]),
    (
        Op::Write,
        Keys::First,
        &[
            "set",
            "setex",
            "psetex",
            "setnx",
            "getset",
            "setrange",
            "setbit",
            "append",
            "incr",
            "incrby",
            "incrbyfloat",
            "decr",
            "decrby",
            "hset",
            "hsetnx",
            "hmset",
            "hincrby",
            "hincrbyfloat",
            "hdel",
            "lpush",
            "rpush",
            "lpushx",
            "rpushx",
            "lpop",
            "rpop",
            "lset",
            "linsert",
            "lrem",
            "ltrim",
            "sadd",
            "srem",
            "spop",
            "zadd",
            "zincrby",
            "zrem",
            "zremrangebyscore",
            "zremrangebyrank",
            "zpopmin",
            "zpopmax",
            "xadd",
            "xtrim",
            "xdel",
            "pfadd",
            "geoadd",
            "restore",
            "json.set",
        ],
    ),
    (Op::Write, Keys::Pairs, &["mset", "msetnx"]),
    (Op::Delete, Keys::First, &["getdel"]),
    (Op::Delete, Keys::All, &["del", "unlink"]),
];

const EXPECTED: &str = "a line of MONITOR: 1339518083.107412 [0 127.0.0.1:60866] \"GET\" \"key\"";

/// A line's head.
struct Head<'a> {
    time_us: u64,
    database: u64,
    rest: &'a [u8],
}

fn read(input: &mut Input, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let mut arguments = Arguments::default();
    let (mut key, mut group) = (Vec::new(), 0_u32);
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() || line == b"OK" {
            continue;
        }
        let head = head(line).filter(|head| arguments.part(head.rest));
        let Some(Head { time_us, database, .. }) = head else {
            if input.line_is_cut() {
                input.skip_line();
                continue;
            }
            return Err(input.bad_line(EXPECTED));
        };
        let Some((op, keys)) = command(arguments.get(0).unwrap_or_default()) else {
            input.skip_line();
            continue;
        };
        let (bytes, ttl_ms) = (arguments.value_bytes(op, keys), arguments.ttl_ms());
        let places = arguments.key_places(keys);
        if places.len() > 1 && op == Op::Read {
            group = group.wrapping_add(1).max(1);
        }
        let group = if places.len() > 1 && op == Op::Read { group } else { 0 };
        for place in places {
            key.clear();
            if database > 0 {
                key.extend_from_slice(format!("{database}:").as_bytes());
            }
            key.extend_from_slice(arguments.get(place).unwrap_or_default());
            let bytes = match keys {
                Keys::Pairs => arguments.get(place + 1).map(|value| saturated(value.len() as u64)),
                _ => bytes,
            };
            let request = SourceRequest::read(SourceKey::Text(&key));
            sink.accept(&SourceRequest { op, bytes, ttl_ms, time_us, group, ..request })?;
        }
    }
    Ok(())
}

fn command(name: &[u8]) -> Option<(Op, Keys)> {
    let named = |names: &&[&str]| names.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(name));
    COMMANDS.iter().find(|(.., names)| named(names)).map(|&(op, keys, _)| (op, keys))
}

/// Time and database of a line, and what follows the bracket.
fn head(line: &[u8]) -> Option<Head<'_>> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let time_us = millionths(&line[..space])?;
    let rest = line[space + 1..].strip_prefix(b"[")?;
    let database_end = rest.iter().position(|&byte| byte == b' ')?;
    let database = decimal(&rest[..database_end])?;
    // The client may be an address of IPv6, in brackets of its own.
    let close = rest.windows(3).position(|at| at == b"] \"")?;
    Some(Head { time_us, database, rest: &rest[close + 2..] })
}

/// The words of a command without their escapes, in a buffer that is used again.
#[derive(Debug, Default)]
struct Arguments {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Arguments {
    /// Parts quoted words; false where they are not well formed.
    fn part(&mut self, mut rest: &[u8]) -> bool {
        self.text.clear();
        self.ends.clear();
        while !rest.is_empty() {
            let Some(word) = rest.strip_prefix(b"\"") else { return false };
            let Some(used) = self.unescape(word) else { return false };
            self.ends.push(self.text.len());
            rest = &word[used..];
            match rest.strip_prefix(b" ") {
                Some(more) => rest = more,
                None if rest.is_empty() => {}
                None => return false,
            }
        }
        !self.ends.is_empty()
    }

    /// Appends a word up to its closing quote; the bytes that it took, the quote among them.
    fn unescape(&mut self, word: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let byte = *word.get(at)?;
            at += 1;
            if byte == b'"' {
                return Some(at);
            }
            if byte != b'\\' {
                self.text.push(byte);
                continue;
            }
            let escaped = *word.get(at)?;
            at += 1;
            self.text.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                b'x' => {
                    let digits = std::str::from_utf8(word.get(at..at + 2)?).ok()?;
                    at += 2;
                    u8::from_str_radix(digits, 16).ok()?
                }
                other => other,
            });
        }
    }

    fn get(&self, place: usize) -> Option<&[u8]> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(start..*self.ends.get(place)?)
    }

    fn key_places(&self, keys: Keys) -> std::iter::StepBy<std::ops::Range<usize>> {
        match keys {
            Keys::First => (1..self.ends.len().min(2)).step_by(1),
            Keys::All => (1..self.ends.len()).step_by(1),
            Keys::Pairs => (1..self.ends.len()).step_by(2),
        }
    }

    /// Bytes of the value that a command of one key carries whole.
    fn value_bytes(&self, op: Op, keys: Keys) -> Option<u32> {
        let name = self.get(0)?.to_ascii_lowercase();
        let place = match name.as_slice() {
            b"set" | b"setnx" | b"getset" => 2,
            b"setex" | b"psetex" => 3,
            _ => return None,
        };
        let value = self.get(place).filter(|_| op == Op::Write && keys == Keys::First)?;
        Some(saturated(value.len() as u64))
    }

    /// The time to live that a command gives its value; 0 for none.
    fn ttl_ms(&self) -> u32 {
        let number = |place: usize| self.get(place).and_then(decimal).unwrap_or(0);
        let milliseconds = match self.get(0).unwrap_or_default().to_ascii_lowercase().as_slice() {
            b"setex" => number(2).saturating_mul(1_000),
            b"psetex" => number(2),
            b"set" => (3..self.ends.len())
                .find_map(|place| match self.get(place)?.to_ascii_lowercase().as_slice() {
                    b"ex" => Some(number(place + 1).saturating_mul(1_000)),
                    b"px" => Some(number(place + 1)),
                    _ => None,
                })
                .unwrap_or(0),
            _ => 0,
        };
        saturated(milliseconds)
    }
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let mut arguments = Arguments::default();
    let lines = sample.lines();
    let lines = lines.iter().filter(|line| !line.trim_ascii().is_empty() && **line != b"OK");
    let (mut fit, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        fit += usize::from(head(line).is_some_and(|head| arguments.part(head.rest)));
    }
    if fit == 0 || fit + 1 < all {
        return None;
    }
    Likeness::new(9, "every line has a time, a database and client in brackets, a quoted command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_escapes() {
        let mut arguments = Arguments::default();
        assert!(arguments.part(br#""SET" "a\"\\\x00\n" "v v" "PX" "1500""#));
        assert_eq!(arguments.get(1), Some(&b"a\"\\\0\n"[..]));
        assert_eq!(arguments.value_bytes(Op::Write, Keys::First), Some(3));
        assert_eq!(arguments.ttl_ms(), 1_500);
        for wrong in [&br#"GET"#[..], br#""GET"#, br#""GET"x"#, br#""a\x4""#, b""] {
            assert!(!arguments.part(wrong), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn a_head_may_name_any_client() {
        for line in [
            &br#"1.5 [3 127.0.0.1:60866] "GET" "a""#[..],
            br#"1.5 [3 [::1]:60866] "GET" "a""#,
            br#"1.5 [3 unix:/tmp/s] "GET" "a""#,
            br#"1.5 [3 lua] "GET" "a""#,
        ] {
            let head = head(line).unwrap();
            assert_eq!((head.time_us, head.database), (1_500_000, 3));
            assert_eq!(head.rest, br#""GET" "a""#);
        }
    }
}
