//! `libcachesim-csv`: libCacheSim's text form of block traces, `version,time,op,size,lbn`.
//!
//! The key is `lbn`, a number; `op` is a SCSI command in hexadecimal.

use super::carried::Carried;
use super::delimited::{Columns, Row};
use super::guess::{Likeness, Sample};
use super::number::{decimal, millionths, saturated};
use super::{Format, Input, OpMeaning, TraceError, scsi};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "libcachesim-csv",
    aliases: &[],
    summary: "text, `version,time,op,size,lbn`: block traces of libCacheSim",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

const HEADER: &[u8] = b"version,time,op,size,lbn";
const EXPECTED: &str = "version, time, hexadecimal command, size and block, as in the header";

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    let Some(header) = input.next_line()? else { return Ok(()) };
    let columns = (header.trim_ascii() == HEADER).then(|| Columns::of_header(header)).flatten();
    let Some(columns) = columns else {
        return Err(input.bad_line("the header `version,time,op,size,lbn`"));
    };
    let mut row = Row::default();
    while let Some(line) = input.next_line()? {
        row.part(line);
        match request(&row, &columns) {
            Some(request) => sink.accept(&request)?,
            None => return Err(input.bad_line(EXPECTED)),
        }
    }
    Ok(())
}

fn request<'a>(row: &'a Row, columns: &Columns) -> Option<SourceRequest<'a>> {
    let command = std::str::from_utf8(row.field(columns.op?)?).ok()?;
    Some(SourceRequest {
        op: scsi::op(u16::from_str_radix(command, 16).ok()?),
        bytes: Some(saturated(decimal(row.field(columns.size?)?)?)),
        time_us: millionths(row.field(columns.time?)?)?,
        ..SourceRequest::read(SourceKey::Number(decimal(row.field(columns.key)?)?))
    })
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    if sample.lines().first()?.trim_ascii() == HEADER {
        return Likeness::new(9, "its first line is `version,time,op,size,lbn`");
    }
    None
}
