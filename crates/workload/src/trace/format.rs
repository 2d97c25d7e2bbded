//! Trace format: name, reader and detection.

use super::error::TraceError;
use super::file_sample::{FileSample, FormatMatch};
use super::input::TraceInput;
use super::non_traces::refuse_parquet;
use super::options::Role;
use super::parse::encoding;
use super::state::multi_file::MultiFileState;
use crate::source::Sink;

/// Kind of accesses that the traces of a format record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// Requests to a key-value store or web server; their operations are always kept.
    KeyValue,
    /// Accesses to blocks or memory addresses; writes become reads unless the user keeps them.
    BlockAccess,
}

/// Trace format with its reader and its detection.
#[derive(Clone, Copy, Debug)]
pub struct TraceFormat {
    /// Name, as in `NAME:PATH`.
    pub name: &'static str,
    /// Alternative names.
    pub aliases: &'static [&'static str],
    /// Description in one line.
    pub summary: &'static str,
    /// Kind of accesses, which decides whether operations are kept.
    pub kind: TraceKind,
    /// Sources of the parts of a request, for the description of the format; a reader can replace
    /// them.
    pub(super) fields: &'static [(Role, &'static str)],
    /// Sends all requests of an input to a sink.
    pub(super) read:
        fn(&mut TraceInput, &mut MultiFileState, &mut dyn Sink) -> Result<(), TraceError>,
    /// Rates how well the beginning of a file matches the format.
    pub(super) detect: fn(&FileSample<'_>) -> Option<FormatMatch>,
}

impl TraceFormat {
    /// Sends all requests of an input to a sink; `state` is shared by the files of one trace.
    ///
    /// # Errors
    /// [`TraceError`] if the input is not in this format or unreadable, or if the sink stops.
    pub fn read(
        &self,
        input: &mut TraceInput,
        state: &mut MultiFileState,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        if encoding::is_utf16(input.sample().0) {
            return Err(TraceError::Utf16 { path: input.path().to_owned() });
        }
        refuse_parquet(input.path(), input.sample().0)?;
        state.begin_file(input, self.fields);
        (self.read)(input, state, sink)?;
        state.finish_file(input)
    }
}
