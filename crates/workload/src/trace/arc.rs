//! `arc`: runs of blocks, as in the traces of Megiddo and Modha (FAST 2003).
//!
//! Four integers a line: first block, number of blocks, one that means nothing, and the number of
//! the request. Every block of a run is a request.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::decimal;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "arc",
    aliases: &[],
    summary: "text, four integers a line: first block, number of blocks, ignored, request number",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

/// A run of more blocks than this is no run but a file of another kind.
const LONGEST_RUN: u64 = 1 << 24;

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let run = run(line)
            .filter(|&(first, count)| count <= LONGEST_RUN && first.checked_add(count).is_some());
        let Some((first, count)) = run else {
            return Err(input.bad_line("four integers: first block, blocks, ignored, number"));
        };
        for block in first..first + count {
            sink.accept(&SourceRequest::read(SourceKey::Number(block)))?;
        }
    }
    Ok(())
}

/// First block and number of blocks of a line of four integers.
fn run(line: &[u8]) -> Option<(u64, u64)> {
    let mut fields =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let (first, count) = (decimal(fields.next()?)?, decimal(fields.next()?)?);
    let unsigned = |field: &[u8]| decimal(field.strip_prefix(b"-").unwrap_or(field)).is_some();
    let rest = [fields.next()?, fields.next()?];
    (rest.into_iter().all(unsigned) && fields.next().is_none()).then_some((first, count))
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    if !sample.all_lines(|line| line.trim_ascii().is_empty() || run(line).is_some()) {
        return None;
    }
    if sample.name.contains(".lis") {
        return Likeness::new(8, "every line is four integers, and the file is called .lis");
    }
    Likeness::new(6, "every line is four integers")
}
