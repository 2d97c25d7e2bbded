//! `redis-monitor`: output of `redis-cli monitor`.
//!
//! A line contains a time, database and client in brackets, and the command with its arguments in
//! quotes, escaped by Redis.
//!
//! - A command with several keys yields one request per key; the reads of a command form a group.
//! - Sizes are taken from SET and similar commands, times to live from SET and GETEX.
//! - Commands without a key, and those that do not access the value (EXISTS, EXPIRE), are skipped
//!   and counted by name.
//! - Keys of databases other than 0 are prefixed with the database number and a colon.
//! - The size of a value is estimated if its escaped form is longer than 1 MiB.

mod arguments;
mod commands;

use arguments::Arguments;
use commands::{CommandTable, KeyPositions, has_complete_keys, key_indexes, ttl_ms, value_bytes};

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::number::{parse_decimal, parse_millionths};
use bakeoff_compiled::Op;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "redis-monitor",
    aliases: &["redis", "monitor"],
    summary: "text, output of `redis-cli monitor`",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

const EXPECTED: &str =
    "a line of MONITOR such as `1339518083.107412 [0 127.0.0.1:60866] \"GET\" \"key\"`";

/// Time, database and command of a line.
struct LineHead<'a> {
    time_us: u64,
    database: u64,
    command: &'a [u8],
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let commands = CommandTable::new();
    let mut arguments = Arguments::default();
    let mut key = Vec::new();
    while let Some(line) = input.next_bounded_line()? {
        if line.start.trim_ascii().is_empty() || line.start == b"OK" {
            continue;
        }
        let is_long = line.omitted_bytes > 0;
        let head = parse_head(line.start).filter(|head| arguments.split_line(head.command, line));
        let Some(LineHead { time_us, database, .. }) = head else {
            if is_long {
                input.skip_long_line();
            } else {
                input.skip_cut_line(EXPECTED)?;
            }
            continue;
        };
        let Some(effects) = commands.effects(arguments.name()) else {
            state.skip_command(arguments.name());
            continue;
        };
        if !has_complete_keys(&arguments, effects) {
            input.skip_long_line();
            continue;
        }
        let (value_bytes, ttl_ms) = (value_bytes(&arguments), ttl_ms(&arguments, time_us));
        for &(op, positions) in effects {
            let indexes = key_indexes(&arguments, positions);
            let group = if op == Op::Read { state.group_for(indexes.len()) } else { 0 };
            for index in indexes {
                write_key(&mut key, database, arguments.get(index).unwrap_or_default());
                let bytes = match positions {
                    KeyPositions::Pairs => arguments.byte_len(index + 1),
                    _ => value_bytes,
                };
                let request = SourceRequest::read(SourceKey::Text(&key));
                sink.accept(&SourceRequest { op, bytes, ttl_ms, time_us, group, ..request })?;
            }
        }
    }
    Ok(())
}

/// Writes a key to `output`, prefixed with its database unless that is 0.
///
/// A key of database 0 that looks like a prefixed key is prefixed, too, to keep them distinct.
fn write_key(output: &mut Vec<u8>, database: u64, key: &[u8]) {
    output.clear();
    let digits = key.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if database > 0 || (digits > 0 && key[digits..].starts_with(b":")) {
        output.extend_from_slice(format!("{database}:").as_bytes());
    }
    output.extend_from_slice(key);
}

fn parse_head(line: &[u8]) -> Option<LineHead<'_>> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let time_us = parse_millionths(&line[..space])?;
    let rest = line[space + 1..].strip_prefix(b"[")?;
    let database_end = rest.iter().position(|&byte| byte == b' ')?;
    let database = parse_decimal(&rest[..database_end])?;
    // An IPv6 address of the client contains brackets, too.
    let close = rest.windows(3).position(|at| at == b"] \"")?;
    Some(LineHead { time_us, database, command: &rest[close + 2..] })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut arguments = Arguments::default();
    let lines = sample.lines();
    let lines = lines.iter().filter(|line| !line.trim_ascii().is_empty() && **line != b"OK");
    let (mut valid, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        valid += usize::from(parse_head(line).is_some_and(|head| arguments.split(head.command)));
    }
    // Tolerates one line in another format.
    if valid == 0 || valid + 1 < all {
        return None;
    }
    FormatMatch::new(9, "every line has a time, database and client in brackets, and a command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_types_of_clients_are_accepted() {
        for line in [
            &br#"1.5 [3 127.0.0.1:60866] "GET" "a""#[..],
            br#"1.5 [3 [::1]:60866] "GET" "a""#,
            br#"1.5 [3 unix:/tmp/s] "GET" "a""#,
            br#"1.5 [3 lua] "GET" "a""#,
        ] {
            let head = parse_head(line).unwrap();
            assert_eq!((head.time_us, head.database), (1_500_000, 3));
            assert_eq!(head.command, br#""GET" "a""#);
        }
    }

    #[test]
    fn keys_of_different_databases_are_distinct() {
        let name = |database, key: &str| {
            let mut name = Vec::new();
            write_key(&mut name, database, key.as_bytes());
            String::from_utf8(name).unwrap()
        };
        assert_eq!([name(0, "x"), name(1, "x")], ["x", "1:x"]);
        assert_eq!([name(0, "1:x"), name(0, "0:1:x")], ["0:1:x", "0:0:1:x"]);
        assert_eq!([name(1, "1:x"), name(0, ":x"), name(0, "12")], ["1:1:x", ":x", "12"]);
    }
}
