//! One input through one reader, and what must hold whatever came of it; the harness on stable and
//! the targets in `fuzz/` share it.

use std::path::Path;

use bakeoff_workload::source::{Sink, SourceRequest, Stop};
use bakeoff_workload::trace::{self, Carried, Input, TraceError};

/// Requests that are taken from one input; a line of `arc` may stand for millions.
const REQUEST_LIMIT: u32 = 20_000;
/// The name that inputs go by.
const NAME: &str = "some.trace";

struct Counted(u32);

impl Sink for Counted {
    fn accept(&mut self, _: &SourceRequest<'_>) -> Result<(), Stop> {
        self.0 += 1;
        if self.0 == REQUEST_LIMIT { Err(Stop::Enough) } else { Ok(()) }
    }
}

/// Reads an input as a format, or as what is guessed.
///
/// # Panics
/// If an error does not name the input, or one about its content not the place.
pub fn read(bytes: &[u8], format: Option<&str>) {
    if let Err(error) = outcome(bytes.to_vec(), format) {
        let text = error.to_string();
        assert!(text.contains(NAME), "{text}");
        let placed = text.contains("line ") || text.contains("byte ");
        let needs_place = matches!(error, TraceError::Malformed { .. });
        assert!(placed || !needs_place, "no place: {text}");
    }
}

fn outcome(bytes: Vec<u8>, format: Option<&str>) -> Result<(), TraceError> {
    let mut input = Input::from_bytes(Path::new(NAME), bytes)?;
    let guess = trace::choose(&input, format)?;
    match guess.format.read(&mut input, &mut Carried::default(), &mut Counted(0)) {
        Err(TraceError::Stopped(Stop::Enough)) => Ok(()),
        ended => ended,
    }
}
