//! `lirs`: decimal block numbers, as in the traces of Jiang and Zhang (SIGMETRICS 2002).
//!
//! A line contains one block number. Empty lines and lines with a single `*` are ignored.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "lirs",
    aliases: &[],
    summary: "text, one decimal key per line",
    kind: TraceKind::BlockAccess,
    fields: &[(Role::Key, "number of the line")],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    while input.read_line()? {
        let line = input.line().trim_ascii();
        if is_ignored(line) {
            continue;
        }
        match parse_decimal(line) {
            Some(key) => sink.accept(&SourceRequest::read(SourceKey::Number(key)))?,
            None => state.reject(input, "a decimal key below 2^64, `*`, or an empty line")?,
        }
    }
    Ok(())
}

fn is_ignored(line: &[u8]) -> bool {
    line.is_empty() || line == b"*"
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let matches =
        |line: &[u8]| is_ignored(line.trim_ascii()) || parse_decimal(line.trim_ascii()).is_some();
    if sample.all_lines(matches) {
        return FormatMatch::new(6, "every line has one decimal number");
    }
    None
}
