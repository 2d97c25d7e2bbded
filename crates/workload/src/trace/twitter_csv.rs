//! `twitter-csv`: libCacheSim's excerpts of Twitter's cache traces.
//!
//! A line holds `time, key, size, next`: seconds, a number, bytes, and an index into a longer trace
//! that is left alone. Lines that begin with `#` are comments.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::{decimal, saturated};
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "twitter-csv",
    aliases: &["twitter"],
    summary: "text, `time, key, size, next`; lines that begin with # are comments",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        if is_comment(line) {
            continue;
        }
        let Some([time_s, key, bytes]) = fields(line) else {
            return Err(input.bad_line("`time, key, size, next`, all numbers"));
        };
        sink.accept(&SourceRequest {
            bytes: Some(saturated(bytes)),
            time_us: time_s.saturating_mul(1_000_000),
            ..SourceRequest::read(SourceKey::Number(key))
        })?;
    }
    Ok(())
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.trim_ascii().is_empty()
}

/// Time, key and size of a line of four numbers.
fn fields(line: &[u8]) -> Option<[u64; 3]> {
    let mut fields = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let mut number = || decimal(fields.next()?);
    let numbers = [number()?, number()?, number()?];
    let next = fields.next()?;
    let next = next.strip_prefix(b"-").unwrap_or(next);
    (decimal(next).is_some() && fields.next().is_none()).then_some(numbers)
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    if !sample.all_lines(|line| is_comment(line) || fields(line).is_some()) {
        return None;
    }
    if sample.lines().iter().all(|line| is_comment(line)) {
        return None;
    }
    Likeness::new(7, "every line is four numbers with commas between")
}
