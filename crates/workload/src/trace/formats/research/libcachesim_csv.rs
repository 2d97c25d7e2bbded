//! `libcachesim-csv`: text format of libCacheSim for block traces, `version,time,op,size,lbn`.
//!
//! The key is the number `lbn`; `op` is a SCSI command in hexadecimal.

use super::scsi;
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::multi_file::MultiFileState;
use crate::trace::parse::delimited::{ColumnIndexes, Row};
use crate::trace::parse::number::{parse_decimal, parse_millionths, saturating_u32};

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "libcachesim-csv",
    aliases: &[],
    summary: "text, `version,time,op,size,lbn` (libCacheSim block traces)",
    kind: TraceKind::BlockAccess,
    read,
    detect,
};

const HEADER: &[u8] = b"version,time,op,size,lbn";
const EXPECTED: &str = "version, time, hexadecimal SCSI command, size and block number";

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let Some(header) = input.next_line()? else { return Ok(()) };
    let columns =
        (header.trim_ascii() == HEADER).then(|| ColumnIndexes::from_header(header)).flatten();
    let Some(columns) = columns else {
        return Err(input.bad_line("the header `version,time,op,size,lbn`"));
    };
    let mut row = Row::default();
    while let Some(line) = input.next_line()? {
        row.split(line);
        match request(&row, &columns) {
            Some(request) => sink.accept(&request)?,
            None => return Err(input.bad_line(EXPECTED)),
        }
    }
    Ok(())
}

fn request<'a>(row: &'a Row, columns: &ColumnIndexes) -> Option<SourceRequest<'a>> {
    let command = std::str::from_utf8(row.field(columns.op?)?).ok()?;
    Some(SourceRequest {
        op: scsi::op_from_command(u16::from_str_radix(command, 16).ok()?),
        bytes: Some(saturating_u32(parse_decimal(row.field(columns.size?)?)?)),
        time_us: parse_millionths(row.field(columns.time?)?)?,
        ..SourceRequest::read(SourceKey::Number(parse_decimal(row.field(columns.key)?)?))
    })
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    if sample.lines().first()?.trim_ascii() == HEADER {
        return FormatMatch::new(9, "the first line is `version,time,op,size,lbn`");
    }
    None
}
