//! In which order the files of one pattern are read: that of their first requests.
//!
//! Names do not tell it: `logrotate` calls the newest log `access.log`, the one before `.1`, and the
//! tenth before `.10`.

use std::path::{Path, PathBuf};

use super::carried::Carried;
use super::columns::ColumnChoice;
use super::error::TraceError;
use super::{Input, choose};
use crate::source::{Sink, SourceRequest, Stop};

/// What the order of files was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The times of their first requests.
    Times,
    /// Their names, since there are requests without a time.
    Names,
}

/// Puts files that stand in the order of their names in that of their first requests, if all of
/// those have a time. Files without a request come first.
///
/// # Errors
/// [`TraceError`] if the first request of one cannot be read.
pub fn chronological(
    files: Vec<PathBuf>,
    format: Option<&str>,
    columns: &ColumnChoice,
) -> Result<(Vec<PathBuf>, Order), TraceError> {
    let first = |path: PathBuf| Ok((first_time_us(&path, format, columns)?, path));
    let mut timed = files.into_iter().map(first).collect::<Result<Vec<_>, TraceError>>()?;
    let order = if timed.iter().any(|(time_us, _)| *time_us == Some(0)) {
        Order::Names
    } else {
        timed.sort_by_key(|(time_us, _)| *time_us);
        Order::Times
    };
    Ok((timed.into_iter().map(|(_, path)| path).collect(), order))
}

/// The time of a file's first request, 0 if it has none; `None` without requests.
fn first_time_us(
    path: &Path,
    format: Option<&str>,
    columns: &ColumnChoice,
) -> Result<Option<u64>, TraceError> {
    let mut input = Input::open(path)?.with_columns(columns.clone());
    if input.sample().0.is_empty() {
        return Ok(None);
    }
    let format = choose(&input, format)?.format;
    let mut first = First(None);
    match format.read(&mut input, &mut Carried::default(), &mut first) {
        Ok(()) | Err(TraceError::Stopped(_)) => Ok(first.0),
        Err(error) => Err(error),
    }
}

/// Takes one request, for its time.
struct First(Option<u64>);

impl Sink for First {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        self.0 = Some(request.time_us);
        Err(Stop::Enough)
    }
}
