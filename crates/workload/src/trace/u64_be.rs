//! `u64-be`: big-endian 64-bit keys and nothing else, as Corda and Scarab published.

use super::carried::Carried;
use super::guess::{Likeness, Sample};
use super::keys_only::{self, Width};
use super::{Format, Input, OpMeaning, TraceError};
use crate::source::{Sink, SourceKey, SourceRequest};

pub(super) const FORMAT: Format = Format {
    name: "u64-be",
    aliases: &["corda", "scarab"],
    summary: "binary, big-endian 64-bit keys and nothing else",
    ops: OpMeaning::Accesses,
    read,
    recognise,
};

fn read(input: &mut Input, _: &mut Carried, sink: &mut dyn Sink) -> Result<(), TraceError> {
    input.refuse_text("big-endian 64-bit keys, no text")?;
    while let Some(record) = input.next_record::<8>()? {
        let key = u64::from_be_bytes(record);
        sink.accept(&SourceRequest::read(SourceKey::Number(key)))?;
    }
    Ok(())
}

fn recognise(sample: &Sample<'_>) -> Option<Likeness> {
    keys_only::recognise(sample, Width::Eight)
}
