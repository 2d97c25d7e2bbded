//! `redis-monitor`: what `redis-cli monitor` prints.
//!
//! A line holds a time, the database and the client in brackets, and the command with its
//! arguments in quotes, escaped as Redis escapes them. A command of several keys is a request for
//! each; reads of one command are a group. Sizes are those of the values that SET and its like
//! carry, times to live those that SET and GETEX give. Commands that touch no key, those that only
//! look at one without its value, and those that change only its life, are left out and counted by
//! name. Keys of a database other than 0 begin with its number and a colon. Of a value that takes
//! more than 1 MiB as MONITOR escapes it, the size is estimated.

mod arguments;
mod commands;

use arguments::Arguments;
use commands::{Commands, Keys, has_whole_keys, places, ttl_ms, value_bytes};

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::{decimal, millionths};
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

const EXPECTED: &str = "a line of MONITOR: 1339518083.107412 [0 127.0.0.1:60866] \"GET\" \"key\"";

/// A line's head.
struct Head<'a> {
    time_us: u64,
    database: u64,
    rest: &'a [u8],
}

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let commands = Commands::new();
    let mut arguments = Arguments::default();
    let mut key = Vec::new();
    while let Some(line) = input.next_line_or_part()? {
        if line.start.trim_ascii().is_empty() || line.start == b"OK" {
            continue;
        }
        let is_long = line.beyond > 0;
        let head = head(line.start).filter(|head| arguments.part_of(head.rest, line));
        let Some(Head { time_us, database, .. }) = head else {
            if is_long {
                input.skip_long_line();
                continue;
            }
            if input.line_is_cut() {
                input.skip_line();
                continue;
            }
            return Err(input.bad_line(EXPECTED));
        };
        let Some(effects) = commands.effects(arguments.name()) else {
            carried.leave_out(arguments.name());
            continue;
        };
        if !has_whole_keys(&arguments, effects) {
            input.skip_long_line();
            continue;
        }
        let (whole, ttl_ms) = (value_bytes(&arguments), ttl_ms(&arguments, time_us));
        for &(op, keys) in effects {
            let places = places(&arguments, keys);
            let is_group = op == Op::Read && places.len() > 1;
            let group = if is_group { carried.next_group() } else { 0 };
            for place in places {
                name_key(&mut key, database, arguments.get(place).unwrap_or_default());
                let bytes = match keys {
                    Keys::Pairs => arguments.length(place + 1),
                    _ => whole,
                };
                let request = SourceRequest::read(SourceKey::Text(&key));
                sink.accept(&SourceRequest { op, bytes, ttl_ms, time_us, group, ..request })?;
            }
        }
    }
    Ok(())
}

/// What a key is called: as it is in database 0, behind the number and a colon in others. A key of
/// database 0 that looks like one of another has its number, too.
fn name_key(name: &mut Vec<u8>, database: u64, key: &[u8]) {
    name.clear();
    let digits = key.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if database > 0 || (digits > 0 && key[digits..].starts_with(b":")) {
        name.extend_from_slice(format!("{database}:").as_bytes());
    }
    name.extend_from_slice(key);
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

    #[test]
    fn no_two_keys_of_different_databases_are_called_the_same() {
        let name = |database, key: &str| {
            let mut name = Vec::new();
            name_key(&mut name, database, key.as_bytes());
            String::from_utf8(name).unwrap()
        };
        assert_eq!([name(0, "x"), name(1, "x")], ["x", "1:x"]);
        assert_eq!([name(0, "1:x"), name(0, "0:1:x")], ["0:1:x", "0:0:1:x"]);
        assert_eq!([name(1, "1:x"), name(0, ":x"), name(0, "12")], ["1:1:x", ":x", "12"]);
    }
}
