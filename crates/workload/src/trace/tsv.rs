//! `tsv`: as `csv`, with tabs between the columns.

use super::carried::Carried;
use super::csv::{read_separated, recognise_separated};
use super::guess::{Likeness, Sample};
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::Sink;

pub(super) const FORMAT: Format = Format {
    name: "tsv",
    aliases: &[],
    summary: "text, as csv, with tabs between the columns",
    ops: OpMeaning::Requests,
    read,
    recognise,
};

fn read(input: &mut Input, carried: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    read_separated(input, b'\t', carried, sink)
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    // Where the user says what parts columns, it is a csv whatever that is.
    let parted = sample.lines().first()?.contains(&b'\t') && sample.columns.separator.is_none();
    if parted { recognise_separated(sample, b'\t') } else { None }
}
