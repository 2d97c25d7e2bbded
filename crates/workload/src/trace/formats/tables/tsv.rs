//! `tsv`: like `csv`, with tabs as separators.

use super::csv::{detect_separated, read_separated};
use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "tsv",
    aliases: &[],
    summary: "text, like csv, with tabs as separators",
    kind: TraceKind::KeyValue,
    fields: &[],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    read_separated(input, b'\t', state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    // If the user chose a separator, only `csv` matches.
    let has_tabs =
        sample.lines().first()?.contains(&b'\t') && sample.options.columns.separator.is_none();
    if has_tabs { detect_separated(sample, b'\t') } else { None }
}
