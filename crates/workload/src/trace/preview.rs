//! First requests of an input, read from its sample.

use bakeoff_compiled::Op;

use super::error::TraceError;
use super::format::TraceFormat;
use super::input::TraceInput;
use super::options::{BadLineLimit, ReadOptions};
use super::state::multi_file::MultiFileState;
use super::understanding::{RequestPreview, SHOWN_REQUESTS};
use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};

/// Longest key that is shown completely, in bytes.
const SHOWN_KEY_BYTES: usize = 80;

/// Reads the first requests of an input from its sample.
///
/// `map_key` replaces keys, for example by their hashes. Errors end the preview silently, because
/// the reading of the whole file reports them.
#[must_use]
pub fn read_preview(
    input: &TraceInput,
    format: &TraceFormat,
    map_key: &dyn Fn(SourceKey<'_>) -> Option<u64>,
) -> Vec<RequestPreview> {
    let mut sink = PreviewSink { requests: Vec::new(), map_key };
    let _ = read_sample(input, format, &mut sink);
    sink.requests
}

/// Reads the complete lines of an input's sample; any number of lines can be bad.
pub(super) fn read_sample(
    input: &TraceInput,
    format: &TraceFormat,
    sink: &mut dyn Sink,
) -> Result<(), TraceError> {
    let (bytes, is_complete) = input.sample();
    let end = match bytes.iter().rposition(|&byte| byte == b'\n') {
        Some(line_end) if !is_complete && bytes.is_ascii() => line_end + 1,
        _ => bytes.len(),
    };
    let max_bad_lines = BadLineLimit::Lines(u64::MAX);
    let options = ReadOptions { max_bad_lines, ..input.options().clone() };
    let sample = TraceInput::from_plain_bytes(input.path(), bytes[..end].to_vec())?;
    format.read(&mut sample.with_options(options), &mut MultiFileState::default(), sink)
}

/// Sink that keeps the first requests.
struct PreviewSink<'a> {
    requests: Vec<RequestPreview>,
    map_key: &'a dyn Fn(SourceKey<'_>) -> Option<u64>,
}

impl Sink for PreviewSink<'_> {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        let key = match ((self.map_key)(request.key), request.key) {
            (Some(number), _) | (None, SourceKey::Number(number)) => number.to_string(),
            (None, SourceKey::Text(text)) => {
                let shown = &text[..text.len().min(SHOWN_KEY_BYTES)];
                let more = if shown.len() < text.len() { "…" } else { "" };
                format!("{}{more}", String::from_utf8_lossy(shown).escape_debug())
            }
        };
        let op = match request.op {
            Op::Read => "read",
            Op::Write => "write",
            Op::Delete => "delete",
        };
        self.requests.push(RequestPreview {
            op: op.to_owned(),
            key,
            bytes: request.bytes,
            ttl_ms: request.ttl_ms,
            time_us: request.time_us,
        });
        if self.requests.len() == SHOWN_REQUESTS { Err(SinkStop::LimitReached) } else { Ok(()) }
    }
}
