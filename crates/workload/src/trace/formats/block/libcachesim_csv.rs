//! `libcachesim-csv`: text format of libCacheSim for block traces, `version,time,op,size,lbn`.
//!
//! The key is the number `lbn`; `op` is a SCSI command in hexadecimal.

use super::scsi;
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::number::{parse_decimal, parse_millionths};
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "libcachesim-csv",
    aliases: &[],
    summary: "text, `version,time,op,size,lbn` (libCacheSim block traces)",
    kind: TraceKind::BlockAccess,
    fields: &[
        (Role::Key, "column lbn"),
        (Role::Op, "column op, a SCSI command in hexadecimal"),
        (Role::Size, "column size, in bytes"),
        (Role::Time, "column time, in seconds"),
    ],
    read,
    detect,
};

const HEADER: &[u8] = b"version,time,op,size,lbn";
const EXPECTED: &str = "version, time, hexadecimal SCSI command, size and block number";

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    if !input.read_line()? {
        return Ok(());
    }
    if input.line().trim_ascii() != HEADER {
        return Err(input.bad_line("the header `version,time,op,size,lbn`"));
    }
    let ops = input.options().ops.clone();
    let mut rows = RowSplitter::new(b',');
    while input.read_line()? {
        let row = rows.split(input.line());
        let named = row.and_then(|row| Some((row.field(2)?, request(row, state)?)));
        let Some((command, request)) = named else {
            state.reject(input, EXPECTED)?;
            continue;
        };
        match ops.action(command) {
            None => sink.accept(&request)?,
            Some(OpAction::Op(op)) => sink.accept(&SourceRequest { op, ..request })?,
            Some(OpAction::Ignore) => state.leave_out_named(input, "operation", command),
        }
    }
    Ok(())
}

fn request(row: Row<'_>, state: &mut MultiFileState) -> Option<SourceRequest<'static>> {
    let command = std::str::from_utf8(row.field(2)?).ok()?;
    Some(SourceRequest {
        op: scsi::op_from_command(u16::from_str_radix(command, 16).ok()?),
        bytes: Some(state.cap_size(parse_decimal(row.field(3)?)?)),
        time_us: parse_millionths(row.field(1)?)?,
        ..SourceRequest::read(SourceKey::Number(parse_decimal(row.field(4)?)?))
    })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if sample.lines().first()?.trim_ascii() == HEADER {
        return FormatMatch::new(9, "the first line is `version,time,op,size,lbn`");
    }
    None
}
