//! `ibm-cos`: object store traces of IBM, `time operation object [size [start end]]`.
//!
//! The time is in milliseconds since a start. Operations are named like `REST.GET.OBJECT`.

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::FixedTable;
use crate::trace::input::TraceInput;
use crate::trace::options::{Role, TimeUnit};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "ibm-cos",
    aliases: &["ibm"],
    summary: "text, `time operation object size` (IBM Cloud Object Storage)",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "column 3, object"),
        (Role::Op, "column 2: GET and HEAD of an object read, PUT and POST write, DELETE deletes"),
        (Role::Size, "column 4, object size in bytes"),
        (Role::Time, "column 1"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    separator: b' ',
    columns: &[(Role::Key, &[3]), (Role::Op, &[2]), (Role::Size, &[4]), (Role::Time, &[1])],
    width: (3, 6),
    time_unit: Some(TimeUnit::Milliseconds),
    ..FixedTable::COMMAS
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    TABLE.read(input, state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let is_operation = |name: &[u8]| name.starts_with(b"REST.");
    if TABLE.matches(sample, |row| row.field(1).is_some_and(is_operation)) {
        return FormatMatch::new(9, "time, an operation such as REST.GET.OBJECT, and an object");
    }
    None
}
