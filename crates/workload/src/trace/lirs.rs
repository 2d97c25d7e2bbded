//! `lirs`: a decimal block number a line, as in the traces of Jiang and Zhang (SIGMETRICS 2002).
//!
//! An empty line and a line with a single `*` are no requests.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::number::decimal;
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "lirs",
    aliases: &[],
    summary: "text, one decimal key a line",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    while let Some(line) = input.next_line()? {
        let line = line.trim_ascii();
        if is_pause(line) {
            continue;
        }
        match decimal(line) {
            Some(key) => sink.accept(&SourceRequest::read(SourceKey::Number(key)))?,
            None => return Err(input.bad_line("a decimal key below 2^64, `*`, or an empty line")),
        }
    }
    Ok(())
}

fn is_pause(line: &[u8]) -> bool {
    line.is_empty() || line == b"*"
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    let fits = |line: &[u8]| is_pause(line.trim_ascii()) || decimal(line.trim_ascii()).is_some();
    if sample.all_lines(fits) {
        return Likeness::new(6, "every line is one decimal number");
    }
    None
}
