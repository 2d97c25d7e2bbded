//! `arc`: runs of blocks, as in the traces of Megiddo and Modha (FAST 2003).
//!
//! A line contains four integers: first block, number of blocks, an ignored number, and the number
//! of the request. Each block of the run becomes a request.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::number::parse_decimal;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "arc",
    aliases: &[],
    summary: "text, four integers per line: first block, number of blocks, ignored, request number",
    kind: TraceKind::BlockAccess,
    read,
    detect,
};

/// Maximum length of a run; a longer one means that the file has another format.
const MAX_RUN: u64 = 1 << 24;

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let run = run(line)
            .filter(|&(first, count)| count <= MAX_RUN && first.checked_add(count).is_some());
        let Some((first, count)) = run else {
            return Err(input.bad_line(
                "four integers: first block, number of blocks, ignored, request number",
            ));
        };
        for block in first..first + count {
            sink.accept(&SourceRequest::read(SourceKey::Number(block)))?;
        }
    }
    Ok(())
}

/// Parses a line of four integers and returns first block and number of blocks.
fn run(line: &[u8]) -> Option<(u64, u64)> {
    let mut fields =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let (first, count) = (parse_decimal(fields.next()?)?, parse_decimal(fields.next()?)?);
    let unsigned =
        |field: &[u8]| parse_decimal(field.strip_prefix(b"-").unwrap_or(field)).is_some();
    let rest = [fields.next()?, fields.next()?];
    (rest.into_iter().all(unsigned) && fields.next().is_none()).then_some((first, count))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if !sample.all_lines(|line| line.trim_ascii().is_empty() || run(line).is_some()) {
        return None;
    }
    if sample.name.contains(".lis") {
        return FormatMatch::new(8, "every line has four integers, and the file name has .lis");
    }
    FormatMatch::new(6, "every line has four integers")
}
