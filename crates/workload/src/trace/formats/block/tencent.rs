//! `tencent-block`: block traces of Tencent Cloud, `timestamp,offset,size,type,volume`.
//!
//! The time is in seconds, offset and size are in sectors of 512 bytes, and the type is 0 (read) or
//! 1 (write). The offsets of different volumes are different keys.

use bakeoff_compiled::Op;

use crate::source::Sink;
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::formats::tables::rows::FixedTable;
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role, TimeUnit};
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "tencent-block",
    aliases: &["tencent"],
    summary: "text, `timestamp,offset,size,type,volume` (Tencent Cloud)",
    kind: TraceKind::BlockAccess,
    fields: &[
        (Role::Key, "volume + offset (columns 5 and 2)"),
        (Role::Op, "column 4: 0 reads, 1 writes"),
        (Role::Size, "column 3, in sectors of 512 bytes"),
        (Role::Time, "column 1"),
        (Role::Tenant, "column 5, volume"),
    ],
    read,
    detect,
};

const TABLE: FixedTable = FixedTable {
    columns: &[
        (Role::Key, &[2]),
        (Role::Op, &[4]),
        (Role::Size, &[3]),
        (Role::Time, &[1]),
        (Role::Tenant, &[5]),
    ],
    width: (5, 5),
    time_unit: Some(TimeUnit::Seconds),
    size_unit: 512,
    usual_ops,
    ..FixedTable::COMMAS
};
/// First plausible time, in 2001; a column with smaller numbers does not contain times.
const FIRST_TIME: u64 = 1_000_000_000;

fn usual_ops(name: &[u8]) -> Option<OpAction> {
    match name {
        b"0" => Some(OpAction::Op(Op::Read)),
        b"1" => Some(OpAction::Op(Op::Write)),
        _ => None,
    }
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    TABLE.read(input, state, sink)
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let is_time = |number: u64| (FIRST_TIME..10 * FIRST_TIME).contains(&number);
    let matches = TABLE.matches(sample, |row| {
        row.field(0).and_then(parse_decimal).is_some_and(is_time)
            && [1, 2, 4].into_iter().all(|at| row.field(at).and_then(parse_decimal).is_some())
    });
    if matches {
        FormatMatch::new(8, "time in seconds, offset, size, 0 or 1, and volume")
    } else {
        None
    }
}
