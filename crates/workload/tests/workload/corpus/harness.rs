//! Reads an input as a trace and checks properties of the error, if there is one.
//!
//! The test `fuzz` and the fuzz target in `fuzz/` share this file.

use std::path::Path;

use bakeoff_workload::source::{Sink, SinkStop, SourceRequest};
use bakeoff_workload::trace::{self, MultiFileState, TraceError, TraceInput};

/// Maximum number of requests read from one input; a line of `arc` can contain millions.
const REQUEST_LIMIT: u32 = 20_000;
/// File name under which inputs are read.
const INPUT_NAME: &str = "some.trace";

struct CountingSink(u32);

impl Sink for CountingSink {
    fn accept(&mut self, _: &SourceRequest<'_>) -> Result<(), SinkStop> {
        self.0 += 1;
        if self.0 == REQUEST_LIMIT { Err(SinkStop::LimitReached) } else { Ok(()) }
    }
}

/// Reads an input in the given format; `None` guesses the format.
///
/// # Panics
/// If an error does not name the input, or a malformed input is reported without its position.
pub fn read(bytes: &[u8], format: Option<&str>) {
    if let Err(error) = try_read(bytes.to_vec(), format) {
        let text = error.to_string();
        assert!(text.contains(INPUT_NAME), "{text}");
        let has_position = text.contains("line ") || text.contains("byte ");
        let needs_position = matches!(error, TraceError::Malformed { .. });
        assert!(has_position || !needs_position, "no position: {text}");
    }
}

fn try_read(bytes: Vec<u8>, format: Option<&str>) -> Result<(), TraceError> {
    let mut input = TraceInput::from_bytes(Path::new(INPUT_NAME), bytes)?;
    let guess = trace::choose_format(&input, format)?;
    match guess.format.read(&mut input, &mut MultiFileState::default(), &mut CountingSink(0)) {
        Err(TraceError::Stopped(SinkStop::LimitReached)) => Ok(()),
        result => result,
    }
}
