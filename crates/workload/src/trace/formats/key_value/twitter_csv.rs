//! `twitter-csv`: excerpts of Twitter's cache traces, as published by libCacheSim.
//!
//! A line contains `time, key, size, next`: seconds, a number, bytes, and an ignored index of the
//! next use. Lines that start with `#` are comments.

use std::collections::HashMap;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "twitter-csv",
    aliases: &["twitter"],
    summary: "text, `time, key, size, next`; lines that start with # are comments",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "column 2"),
        (Role::Size, "column 3, in bytes"),
        (Role::Time, "column 1, in seconds"),
    ],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while input.read_line()? {
        let line = input.line();
        if is_comment(line) {
            continue;
        }
        let Some(Fields { time_s, key, bytes, .. }) = fields(line) else {
            state.reject(input, "four numbers: `time, key, size, next`")?;
            continue;
        };
        sink.accept(&SourceRequest {
            bytes: Some(state.cap_size(bytes)),
            time_us: time_s.saturating_mul(1_000_000),
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.trim_ascii().is_empty()
}

/// Numeric fields of a line.
struct Fields {
    time_s: u64,
    key: u64,
    bytes: u64,
    /// Index of the next request of the key; `None` for the last one.
    next: Option<u64>,
}

/// Parses a line of four numbers.
fn fields(line: &[u8]) -> Option<Fields> {
    let mut fields = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut number = || parse_decimal(fields.next()?);
    let (time_s, key, bytes) = (number()?, number()?, number()?);
    let next = match fields.next()? {
        b"-1" => None,
        next => Some(parse_decimal(next)?),
    };
    fields.next().is_none().then_some(Fields { time_s, key, bytes, next })
}

/// Returns true if the next uses of every key ascend, as they do in a whole trace and in an
/// excerpt.
fn next_uses_ascend(lines: &[&[u8]]) -> bool {
    let mut next_uses = HashMap::new();
    lines.iter().filter_map(|line| fields(line)).all(|Fields { key, next, .. }| {
        match next_uses.insert(key, next) {
            None => true,
            Some(previous) => previous.is_some() && next.is_none_or(|next| Some(next) > previous),
        }
    })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if !sample.all_lines(|line| is_comment(line) || fields(line).is_some()) {
        return None;
    }
    let lines = sample.lines();
    if lines.iter().all(|line| is_comment(line)) || !next_uses_ascend(&lines) {
        return None;
    }
    FormatMatch::new(7, "every line has four numbers, and the last ascends for each key")
}
