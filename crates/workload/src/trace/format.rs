//! Description of a trace format.

use super::error::TraceError;
use super::input::TraceInput;
use super::multi_file::MultiFileState;
use super::parse::encoding;
use super::sample::{FileSample, FormatMatch};
use crate::source::Sink;

/// Meaning of the operations in a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpMeaning {
    /// Reads, writes and deletes of a key-value store or web server; always kept.
    Requests,
    /// Loads and stores of blocks or addresses; all become reads unless the user keeps them.
    Accesses,
}

/// Trace format.
#[derive(Clone, Copy, Debug)]
pub struct TraceFormat {
    /// Name, as in `NAME:PATH`.
    pub name: &'static str,
    /// Alternative names.
    pub aliases: &'static [&'static str],
    /// Description in one line.
    pub summary: &'static str,
    /// Meaning of the operations.
    pub ops: OpMeaning,
    /// Sends all requests of an input to a sink.
    pub(super) read:
        fn(&mut TraceInput, &mut MultiFileState, &mut dyn Sink) -> Result<(), TraceError>,
    /// Rates how well the beginning of a file matches.
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
        (self.read)(input, state, sink)
    }
}
