//! `address`: memory accesses, as in the traces of the course CSE 240A at UC San Diego.
//!
//! A line contains `l` or `s` (load or store), a hexadecimal address, and an ignored number. The
//! key is the address itself, not its cache line.

use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::{OpAction, Role};
use crate::trace::parse::number::parse_decimal;
use crate::trace::state::multi_file::MultiFileState;
use bakeoff_compiled::Op;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "address",
    aliases: &[],
    summary: "text, `l` or `s`, a hexadecimal address, a number",
    kind: TraceKind::BlockAccess,
    fields: &[(Role::Key, "address"), (Role::Op, "column 1: l reads, s writes")],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    state: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let ops = input.options().ops.clone();
    while input.read_line()? {
        let line = input.line();
        if line.trim_ascii().is_empty() {
            continue;
        }
        let named = access(line)
            .and_then(|(name, address)| Some((name, ops.resolve(name, usual_action)?, address)));
        match named {
            Some((_, OpAction::Op(op), address)) => {
                let request = SourceRequest::read(SourceKey::Number(address));
                sink.accept(&SourceRequest { op, ..request })?;
            }
            Some((name, OpAction::Ignore, _)) => state.leave_out_named(input, "operation", name),
            None => state.reject(input, "`l` or `s`, a hexadecimal address, and a number")?,
        }
    }
    Ok(())
}

fn usual_action(name: &[u8]) -> Option<OpAction> {
    match name {
        b"l" => Some(OpAction::Op(Op::Read)),
        b"s" => Some(OpAction::Op(Op::Write)),
        _ => None,
    }
}

/// Parses a line; returns the name of the operation and the address.
fn access(line: &[u8]) -> Option<(&[u8], u64)> {
    let mut fields =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let name = fields.next()?;
    let digits = fields.next()?;
    let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
    let only_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| only_digits)?;
    let address = u64::from_str_radix(text, 16).ok()?;
    parse_decimal(fields.next()?)?;
    fields.next().is_none().then_some((name, address))
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    let is_access =
        |line: &[u8]| access(line).is_some_and(|(name, _)| usual_action(name).is_some());
    if sample.all_lines(|line| line.trim_ascii().is_empty() || is_access(line)) {
        return FormatMatch::new(8, "every line is `l` or `s`, an address and a number");
    }
    None
}
