//! `address`: memory accesses, as in the traces of the course CSE 240A at UC San Diego.
//!
//! A line holds `l` or `s` (load or store), a hexadecimal address, and a number that means nothing
//! here. The address is the key as it stands: cache lines are not made of it.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::decimal;
use super::{Format, Input, OpMeaning, TraceError};
use crate::compiled::Op;
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "address",
    aliases: &[],
    summary: "text, `l` or `s`, a hexadecimal address, a number",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Some((op, address)) = access(line) else {
            return Err(input.bad_line("`l` or `s`, a hexadecimal address, and a number"));
        };
        let key = SourceKey::Number(address);
        sink.accept(&SourceRequest { op, ..SourceRequest::read(key) })?;
    }
    Ok(())
}

fn access(line: &[u8]) -> Option<(Op, u64)> {
    let mut fields =
        line.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty());
    let op = match fields.next()? {
        b"l" => Op::Read,
        b"s" => Op::Write,
        _ => return None,
    };
    let digits = fields.next()?;
    let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
    let only_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| only_digits)?;
    let address = u64::from_str_radix(text, 16).ok()?;
    decimal(fields.next()?)?;
    fields.next().is_none().then_some((op, address))
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    if sample.all_lines(|line| line.trim_ascii().is_empty() || access(line).is_some()) {
        return Likeness::new(8, "every line is `l` or `s`, an address and a number");
    }
    None
}
