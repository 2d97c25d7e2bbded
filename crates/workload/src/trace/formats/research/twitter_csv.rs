//! `twitter-csv`: excerpts of Twitter's cache traces, as published by libCacheSim.
//!
//! A line contains `time, key, size, next`: seconds, a number, bytes, and an ignored index of the
//! next use. Lines that start with `#` are comments.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::number::{parse_decimal, saturating_u32};

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "twitter-csv",
    aliases: &["twitter"],
    summary: "text, `time, key, size, next`; lines that start with # are comments",
    kind: TraceKind::KeyValue,
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        if is_comment(line) {
            continue;
        }
        let Some([time_s, key, bytes]) = fields(line) else {
            return Err(input.bad_line("four numbers: `time, key, size, next`"));
        };
        sink.accept(&SourceRequest {
            bytes: Some(saturating_u32(bytes)),
            time_us: time_s.saturating_mul(1_000_000),
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.trim_ascii().is_empty()
}

/// Parses a line of four numbers and returns time, key and size.
fn fields(line: &[u8]) -> Option<[u64; 3]> {
    let mut fields = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut number = || parse_decimal(fields.next()?);
    let numbers = [number()?, number()?, number()?];
    let next = fields.next()?;
    let next = next.strip_prefix(b"-").unwrap_or(next);
    (parse_decimal(next).is_some() && fields.next().is_none()).then_some(numbers)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if !sample.all_lines(|line| is_comment(line) || fields(line).is_some()) {
        return None;
    }
    if sample.lines().iter().all(|line| is_comment(line)) {
        return None;
    }
    FormatMatch::new(7, "every line has four numbers separated by commas")
}
