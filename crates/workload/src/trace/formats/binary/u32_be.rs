//! `u32-be`: big-endian 32-bit keys, as published by cache2k and CloudPhysics.

use super::key_width::{self, KeyWidth};
use crate::source::{Sink, SourceKey, SourceRequest};
use crate::trace::error::TraceError;
use crate::trace::file_sample::{FileSample, FormatMatch};
use crate::trace::format::{TraceFormat, TraceKind};
use crate::trace::input::TraceInput;
use crate::trace::options::Role;
use crate::trace::state::multi_file::MultiFileState;

pub(in crate::trace) const FORMAT: TraceFormat = TraceFormat {
    name: "u32-be",
    aliases: &["cache2k", "cloud-physics"],
    summary: "binary, big-endian 32-bit keys only",
    kind: TraceKind::BlockAccess,
    fields: &[(Role::Key, "big-endian 32-bit number")],
    read,
    detect,
};

fn read(
    input: &mut TraceInput,
    _: &mut MultiFileState,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    input.refuse_text("binary 32-bit keys")?;
    while let Some(record) = input.next_record::<4>()? {
        let key = u64::from(u32::from_be_bytes(record));
        sink.accept(&SourceRequest::read(SourceKey::Number(key)))?;
    }
    Ok(())
}

fn detect(sample: &FileSample<'_>) -> Option<FormatMatch> {
    key_width::detect(sample, KeyWidth::Bits32)
}
