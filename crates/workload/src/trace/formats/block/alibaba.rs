//! `alibaba-block`: block traces of Alibaba Cloud, `device,opcode,offset,length,timestamp`.
//!
//! The opcode is R or W, offset and length are in bytes, the time in microseconds. The offsets of
//! different devices are different keys.

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::FixedTable;
use crate::trace::input::TraceInput;
use crate::trace::options::{Role, TimeUnit};
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "alibaba-block",
    aliases: &["alibaba"],
    summary: "text, `device,opcode,offset,length,timestamp` (Alibaba Cloud)",
    kind: TraceKind::BlockAccess,
    fields: &[
        (Role::Key, "device + offset (columns 1 and 3)"),
        (Role::Op, "column 2: R reads, W writes"),
        (Role::Size, "column 4, length in bytes"),
        (Role::Time, "column 5"),
        (Role::Tenant, "column 1, device"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    columns: &[
        (Role::Key, &[3]),
        (Role::Op, &[2]),
        (Role::Size, &[4]),
        (Role::Time, &[5]),
        (Role::Tenant, &[1]),
    ],
    width: (5, 5),
    time_unit: Some(TimeUnit::Microseconds),
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
    let is_number = |field: Option<&[u8]>| field.and_then(parse_decimal).is_some();
    let matches = TABLE.matches(sample, |row| {
        matches!(row.field(1), Some(b"R" | b"W"))
            && [0, 2, 3, 4].into_iter().all(|column| is_number(row.field(column)))
    });
    if matches { FormatMatch::new(10, "device, R or W, offset, length and time") } else { None }
}
