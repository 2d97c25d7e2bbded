//! `redis-monitor`: output of `redis-cli monitor`.
//!
//! A line contains a time, database and client in brackets, and the command with its arguments in
//! quotes, escaped by Redis.
//!
//! - A command with several keys yields one request per key; the reads of a command form a group.
//! - Sizes are taken from SET and similar commands, times to live from SET and GETEX.
//! - A write followed by EXPIRE has that time to live.
//! - Commands without a key, and those that do not access the value (EXISTS), are left out and
//!   counted by name, like messages of telnet and a prompt.
//! - Keys of databases other than 0 are prefixed with the database number and a colon, keys of a
//!   namespace of Kvrocks with `@`, its name and a colon.
//! - The size of a value is estimated if its escaped form is longer than 1 MiB.

mod arguments;
mod commands;
mod delayed;

use arguments::Arguments;
use commands::{
    CommandTable, KeyPositions, expire_ms, has_complete_keys, key_indexes, ttl_ms, value_bytes,
};
use delayed::DelayedRequests;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::number::parse_millionths;
use crate::trace::state::multi_file::MultiFileState;
use bakeoff_compiled::Op;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "redis-monitor",
    aliases: &["redis", "monitor"],
    summary: "text, output of `redis-cli monitor`",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "keys of each command, with the database unless it is 0"),
        (Role::Op, "command"),
        (Role::Size, "length of the value of SET and similar commands"),
        (Role::Ttl, "options of SET and GETEX, or EXPIRE after a write"),
        (Role::Time, "time in front of the brackets, in seconds"),
    ],
    read,
    detect,
};

const EXPECTED: &str =
    "a line of MONITOR such as `1339518083.107412 [0 127.0.0.1:60866] \"GET\" \"key\"`";

/// Time, database and command of a line.
struct LineHead<'a> {
    time_us: u64,
    database: &'a [u8],
    command: &'a [u8],
}

/// Name of the default namespace of Kvrocks.
const DEFAULT_NAMESPACE: &[u8] = b"__namespace";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let commands = CommandTable::new();
    let ops = input.options().ops.clone();
    let mut arguments = Arguments::default();
    let mut delayed = DelayedRequests::default();
    let mut key = Vec::new();
    while input.read_bounded_line()? {
        let line = input.bounded_line();
        if line.start.trim_ascii().is_empty() {
            continue;
        }
        if is_interactive_session_line(line.start) {
            state.leave_out(input, "line of the interactive session");
            continue;
        }
        let head = parse_head(line.start).filter(|head| arguments.split_line(head.command, line));
        let Some(LineHead { time_us, database, .. }) = head else {
            if line.omitted_bytes > 0 {
                input.skip_long_line();
            } else {
                state.reject(input, EXPECTED)?;
            }
            continue;
        };
        let name = arguments.name();
        let Some(effects) = commands.effects(name) else {
            let is_applied = expire_ms(&arguments, time_us).is_some_and(|ttl_ms| {
                write_key(&mut key, database, arguments.get(1).unwrap_or_default());
                delayed.set_ttl(&key, ttl_ms)
            });
            if !is_applied {
                state.leave_out_named(input, "command", name);
            }
            continue;
        };
        let action = ops.action(name);
        if action == Some(OpAction::Ignore) {
            state.leave_out_named(input, "command", name);
            continue;
        }
        if !has_complete_keys(&arguments, effects) {
            input.skip_long_line();
            continue;
        }
        let (value_bytes, ttl_ms) = (value_bytes(&arguments), ttl_ms(&arguments, time_us));
        for &(usual, positions) in effects {
            let indexes = key_indexes(&arguments, positions);
            let op = match action {
                Some(OpAction::Op(op)) => op,
                _ => usual,
            };
            let group = if op == Op::Read { state.group_for(indexes.len()) } else { 0 };
            for index in indexes {
                write_key(&mut key, database, arguments.get(index).unwrap_or_default());
                let bytes = match positions {
                    KeyPositions::Pairs => arguments.byte_len(index + 1),
                    _ => value_bytes,
                };
                // The queue replaces this key by the text.
                let request = SourceRequest::read(SourceKey::Number(0));
                let request = SourceRequest { op, bytes, ttl_ms, time_us, group, ..request };
                delayed.push(&key, request, sink)?;
            }
        }
    }
    delayed.flush(sink)?;
    Ok(())
}

/// Returns true for lines that telnet, a prompt or the server prints before MONITOR starts or after
/// it ends.
fn is_interactive_session_line(line: &[u8]) -> bool {
    const MESSAGES: [&[u8]; 4] =
        [b"Trying ", b"Connected to ", b"Escape character is", b"Connection closed"];
    let line = line.trim_ascii();
    let command = line.rsplit(|&byte| byte == b'>').next().unwrap_or_default().trim_ascii();
    matches!(line, b"OK" | b"+OK" | b"^C")
        || command.eq_ignore_ascii_case(b"monitor")
        || MESSAGES.iter().any(|message| line.starts_with(message))
}

/// Writes a key to `output`, prefixed with its database unless that is 0.
///
/// A key of database 0 that looks like a prefixed key is prefixed, too, to keep them distinct.
fn write_key(output: &mut Vec<u8>, database: &[u8], key: &[u8]) {
    output.clear();
    let digits = key.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let looks_prefixed =
        (digits > 0 && key[digits..].starts_with(b":")) || key.first() == Some(&b'@');
    let is_default = database == b"0" || database == DEFAULT_NAMESPACE;
    if !is_default || looks_prefixed {
        if is_default {
            output.push(b'0');
        } else {
            output.extend((!database.iter().all(u8::is_ascii_digit)).then_some(b'@'));
            output.extend_from_slice(database);
        }
        output.push(b':');
    }
    output.extend_from_slice(key);
}

fn parse_head(line: &[u8]) -> Option<LineHead<'_>> {
    // telnet shows the `+` that starts a line of the protocol.
    let line = line.strip_prefix(b"+").unwrap_or(line);
    let space = line.iter().position(|&byte| byte == b' ')?;
    let time_us = parse_millionths(&line[..space])?;
    let rest = line[space + 1..].strip_prefix(b"[")?;
    let database_end = rest.iter().position(|&byte| byte == b' ')?;
    let database = &rest[..database_end];
    // An IPv6 address of the client contains brackets, too.
    let close = rest.windows(3).position(|at| at == b"] \"")?;
    (database_end > 0).then_some(LineHead { time_us, database, command: &rest[close + 2..] })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut arguments = Arguments::default();
    let lines = sample.lines();
    let is_content =
        |line: &&&[u8]| !line.trim_ascii().is_empty() && !is_interactive_session_line(line);
    let lines = lines.iter().filter(is_content);
    let (mut valid, mut all) = (0_usize, 0_usize);
    for line in lines {
        all += 1;
        valid += usize::from(parse_head(line).is_some_and(|head| arguments.split(head.command)));
    }
    // Tolerates a tenth of the lines in other formats; the reader counts them.
    if valid == 0 || (all - valid) * 10 > all.max(10) {
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
            br#"+1.5 [3 lua] "GET" "a""#,
        ] {
            let head = parse_head(line).unwrap();
            assert_eq!((head.time_us, head.database), (1_500_000, &b"3"[..]));
            assert_eq!(head.command, br#""GET" "a""#);
        }
    }

    #[test]
    fn keys_of_different_databases_are_distinct() {
        let name = |database: u32, key: &str| {
            let mut name = Vec::new();
            write_key(&mut name, database.to_string().as_bytes(), key.as_bytes());
            String::from_utf8(name).unwrap()
        };
        let mut namespaced = Vec::new();
        write_key(&mut namespaced, b"shop", b"x");
        assert_eq!(namespaced, b"@shop:x");
        write_key(&mut namespaced, DEFAULT_NAMESPACE, b"x");
        assert_eq!(namespaced, b"x");
        assert_eq!([name(0, "x"), name(1, "x")], ["x", "1:x"]);
        assert_eq!([name(0, "1:x"), name(0, "0:1:x")], ["0:1:x", "0:0:1:x"]);
        assert_eq!([name(1, "1:x"), name(0, ":x"), name(0, "12")], ["1:1:x", ":x", "12"]);
    }
}
