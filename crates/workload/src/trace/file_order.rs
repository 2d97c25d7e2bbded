//! Sorts the files that match a pattern by the time of their first request.
//!
//! File names do not give this order: `logrotate` names the newest log `access.log`, the previous
//! one `access.log.1`, and the tenth `access.log.10`.

use std::path::{Path, PathBuf};

use super::error::TraceError;
use super::guess::format_guess::choose_format;
use super::input::TraceInput;
use super::options::ReadOptions;
use super::state::multi_file::MultiFileState;
use crate::source::{Sink, SinkStop, SourceRequest};

/// Criterion by which files are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrder {
    /// Time of the first request.
    ByTime,
    /// File name, because not all first requests have a time.
    ByName,
}

/// Sorts files by the time of their first request, if all first requests have a time.
///
/// Otherwise keeps the order of `files`, which must be sorted by name. When sorting by time, files
/// without requests come first.
///
/// # Errors
/// [`TraceError`] if the first request of a file cannot be read.
pub fn sort_by_first_request(
    files: Vec<PathBuf>,
    format: Option<&str>,
    options: &ReadOptions,
) -> Result<(Vec<PathBuf>, FileOrder), TraceError> {
    let with_time = |path: PathBuf| Ok((first_time_us(&path, format, options)?, path));
    let mut timed = files.into_iter().map(with_time).collect::<Result<Vec<_>, TraceError>>()?;
    let order = if timed.iter().any(|(time_us, _)| *time_us == Some(0)) {
        FileOrder::ByName
    } else {
        timed.sort_by_key(|(time_us, _)| *time_us);
        FileOrder::ByTime
    };
    Ok((timed.into_iter().map(|(_, path)| path).collect(), order))
}

/// Returns the time of the first request in a file.
///
/// Returns 0 if the request has no time, and `None` if the file has no requests.
fn first_time_us(
    path: &Path,
    format: Option<&str>,
    options: &ReadOptions,
) -> Result<Option<u64>, TraceError> {
    let mut input = TraceInput::open(path)?.with_options(options.clone());
    if input.sample().0.is_empty() {
        return Ok(None);
    }
    let format = choose_format(&input, format)?.format;
    let mut sink = FirstTimeSink(None);
    match format.read(&mut input, &mut MultiFileState::default(), &mut sink) {
        Ok(()) | Err(TraceError::Stopped(_)) => Ok(sink.0),
        Err(error) => Err(error),
    }
}

/// Sink that records the time of the first request and stops.
struct FirstTimeSink(Option<u64>);

impl Sink for FirstTimeSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        self.0 = Some(request.time_us);
        Err(SinkStop::LimitReached)
    }
}
