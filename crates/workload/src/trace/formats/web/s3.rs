//! `s3`: server access log of Amazon S3.
//!
//! `owner bucket [time] client requester id operation key "request" status error sent size …`. The
//! size of an object is the column `Object Size`, which partial reads state, too.

use bakeoff_compiled::Op;

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::key::KeyBuffer;
use crate::trace::parse::number::parse_decimal;
use crate::trace::parse::row::{Row, RowSplitter};
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "s3",
    aliases: &["s3-access-log"],
    summary: "text, server access log of Amazon S3",
    kind: TraceKind::KeyValue,
    fields: &[
        (Role::Key, "bucket + key"),
        (
            Role::Op,
            "operation: GET and HEAD of an object read, PUT, POST and COPY write, DELETE deletes",
        ),
        (Role::Size, "object size of successful requests"),
        (Role::Time, "time in brackets"),
        (Role::Tenant, "bucket"),
    ],
    read,
    detect,
};

const EXPECTED: &str = "owner, bucket, [time], client, requester, id, operation, key, \"request\", \
                        status, error, bytes sent and object size";

struct Entry<'a> {
    bucket: &'a [u8],
    time: &'a [u8],
    operation: &'a [u8],
    key: &'a [u8],
    status: Option<u64>,
    size: Option<u64>,
}

fn parse_row(row: Row<'_>) -> Option<Entry<'_>> {
    let number = |column| match row.field(column)? {
        b"-" => Some(None),
        digits => parse_decimal(digits).map(Some),
    };
    let operation = row.field(6).filter(|name| name.contains(&b'.'))?;
    let time = row.field(2).filter(|time| time.len() == 26)?;
    let (status, size) = (number(9)?, number(12)?);
    Some(Entry { bucket: row.field(1)?, time, operation, key: row.field(7)?, status, size })
}

fn usual_action(operation: &[u8]) -> Option<OpAction> {
    let name = operation.strip_suffix(b".OBJECT")?;
    let verb = name.rsplit(|&byte| byte == b'.').next()?;
    Some(OpAction::Op(match verb {
        b"GET" | b"HEAD" => Op::Read,
        b"PUT" | b"POST" | b"COPY" => Op::Write,
        b"DELETE" => Op::Delete,
        _ => return None,
    }))
}

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let ops = input.options().ops.clone();
    let mut splitter = RowSplitter::new(b' ');
    let mut buffer = KeyBuffer::default();
    while input.read_line()? {
        let line = input.line();
        if line.trim_ascii().is_empty() {
            continue;
        }
        let entry = splitter.split(line).and_then(parse_row);
        let timed = entry.and_then(|entry| Some((state.times.parse(entry.time)?, entry)));
        let Some((time_us, entry)) = timed else {
            state.reject(input, EXPECTED)?;
            continue;
        };
        let Entry { bucket, operation, key, status, size, .. } = entry;
        let Some(OpAction::Op(op)) = ops.resolve(operation, usual_action) else {
            state.leave_out_named(input, "operation", operation);
            continue;
        };
        let Some(key) = buffer.join([bucket, key].into_iter()).filter(|_| key != b"-") else {
            state.leave_out(input, "request without a key");
            continue;
        };
        let is_success = matches!(status, None | Some(200..=299));
        let bytes = size.filter(|_| is_success).map(|size| state.cap_size(size));
        let tenant = state.tenants.number(bucket);
        let request = SourceRequest::read(SourceKey::Text(key));
        sink.accept(&SourceRequest { op, bytes, time_us, tenant, ..request })?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let mut splitter = RowSplitter::new(b' ');
    let mut is_entry = |line: &[u8]| splitter.split(line).and_then(parse_row).is_some();
    if sample.options.columns.is_default() && sample.most_lines(&mut is_entry) {
        // An access log can match, too, because a bracketed time precedes a quoted request.
        return FormatMatch::new(10, "the lines have a bucket, a time, an operation and a key");
    }
    None
}
