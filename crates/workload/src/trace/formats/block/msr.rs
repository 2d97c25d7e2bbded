//! `msr`: block traces of Microsoft Research Cambridge.
//!
//! `timestamp,host,disk,type,offset,size,response`: Windows ticks of 100 ns, Read or Write, bytes.
//! The offsets of different disks are different keys.

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
    name: "msr",
    aliases: &["msr-cambridge"],
    summary: "text, `timestamp,host,disk,type,offset,size,response` (MSR Cambridge)",
    kind: TraceKind::BlockAccess,
    fields: &[
        (Role::Key, "host + disk + offset (columns 2, 3 and 5)"),
        (Role::Op, "column 4: Read or Write"),
        (Role::Size, "column 6, in bytes"),
        (Role::Time, "column 1"),
        (Role::Tenant, "column 2, host"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    columns: &[
        (Role::Key, &[5]),
        (Role::Op, &[4]),
        (Role::Size, &[6]),
        (Role::Time, &[1]),
        (Role::Tenant, &[2, 3]),
    ],
    width: (7, 7),
    time_unit: Some(TimeUnit::WindowsTicks),
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
        let is_op = matches!(row.field(3), Some(b"Read" | b"Write"));
        is_op && [0, 2, 4, 5, 6].into_iter().all(|column| is_number(row.field(column)))
    });
    if matches {
        FormatMatch::new(10, "time, host, disk, Read or Write, offset, size and response time")
    } else {
        None
    }
}
