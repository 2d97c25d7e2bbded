//! `meta-cdn`: traces of Meta's content delivery network, with a header.
//!
//! The header names `timestamp`, `cacheKey`, `OpType`, `objectSize` and others. The meaning of the
//! numbers of `OpType` is not part of the file, so every row is a read unless the user gives rules.

use bakeoff_compiled::Op;

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::RowReader;
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::columns::ColumnIndexes;
use crate::trace::parse::record::RecordRules;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "meta-cdn",
    aliases: &[],
    summary: "text, a header with timestamp, cacheKey, OpType and objectSize (Meta)",
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
    let options = input.options().clone();
    let mut rows = RowReader::new(b',', ColumnIndexes::default());
    if !input.read_line()? {
        return Ok(());
    }
    let names = rows.names(input.line());
    let columns = ColumnIndexes::from_names(&names, &options.columns)
        .map_err(|expected| input.bad_line(&expected))?;
    for (role, source) in columns.describe(&names) {
        state.describe(role, source);
    }
    state.describe(Role::Op, "every row is a read; --ops gives the numbers of OpType a meaning");
    rows.set_columns(columns);
    let every_row_reads = |_: &[u8]| Some(OpAction::Op(Op::Read));
    let rules = RecordRules { usual_ops: every_row_reads, ..RecordRules::usual(&options.ops) };
    while input.read_line()? {
        rows.deliver(input, &rules, state, sink)?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let lines = sample.lines();
    let header = std::str::from_utf8(lines.first()?).ok()?;
    let has = |name: &str| header.split(',').any(|column| column.trim().eq_ignore_ascii_case(name));
    let is_meta = sample.options.columns.is_default()
        && ["cacheKey", "OpType", "objectSize"].into_iter().all(has);
    if is_meta {
        FormatMatch::new(9, "the header has cacheKey, OpType and objectSize")
    } else {
        None
    }
}
