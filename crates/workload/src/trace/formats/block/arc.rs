//! `arc`: runs of blocks, as in the traces of Megiddo and Modha (FAST 2003).
//!
//! A line contains four integers: first block, number of blocks, an ignored number, and the number
//! of the request. Each block of the run becomes a request.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "arc",
    aliases: &[],
    summary: "text, four integers per line: first block, number of blocks, ignored, request number",
    kind: TraceKind::BlockAccess,
    fields: &[(Role::Key, "blocks from column 1 on, as many as column 2 states")],
    read,
    detect,
};

/// Maximum length of a run; a longer one means that the file has another format.
const MAX_RUN: u64 = 1 << 24;

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while input.read_line()? {
        let line = input.line();
        if line.trim_ascii().is_empty() {
            continue;
        }
        let run = run(line)
            .map(|(first, count, _)| (first, count))
            .filter(|&(first, count)| count <= MAX_RUN && first.checked_add(count).is_some());
        let Some((first, count)) = run else {
            state.reject(
                input,
                "four integers: first block, number of blocks, ignored, request number",
            )?;
            continue;
        };
        for block in first..first + count {
            sink.accept(&SourceRequest::read(SourceKey::Number(block)))?;
        }
    }
    Ok(())
}

/// Parses a line of four integers; returns first block, number of blocks, and the other numbers.
fn run(line: &[u8]) -> Option<(u64, u64, [u64; 2])> {
    let mut fields =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let (first, count) = (parse_decimal(fields.next()?)?, parse_decimal(fields.next()?)?);
    let magnitude = |field: &[u8]| parse_decimal(field.strip_prefix(b"-").unwrap_or(field));
    let rest = [magnitude(fields.next()?)?, magnitude(fields.next()?)?];
    fields.next().is_none().then_some((first, count, rest))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    // The third number of published traces is 0, and the number of the request does not fall.
    let mut last_request = 0;
    let is_run = |line: &[u8]| {
        let Some((_, count, [ignored, request])) = run(line) else {
            return line.trim_ascii().is_empty();
        };
        let is_later = request >= last_request;
        last_request = request;
        count > 0 && ignored == 0 && is_later
    };
    if !sample.all_lines(is_run) {
        return None;
    }
    if sample.name.contains(".lis") {
        return FormatMatch::new(
            8,
            "every line has four integers, the third is 0, and the file name has .lis",
        );
    }
    FormatMatch::new(6, "every line has four integers, and the third is 0")
}
