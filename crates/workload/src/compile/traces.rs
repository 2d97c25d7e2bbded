//! Reading the files of a trace, one after the other, and what is to be said of it.

use std::path::{Path, PathBuf};

use super::arrivals::Arrivals;
use super::files_of;
use crate::anonymize::Anonymized;
use crate::compiled::{Op, Writer};
use crate::scenario::TraceSource;
use crate::source::{Sink, SourceRequest, Stop};
use crate::trace::{self, Carried, Format, Input, OpMeaning, Order, TraceError};

/// What came of reading the files of a trace.
pub(super) struct TracesRead {
    pub(super) ended: Result<(), Stop>,
    pub(super) format: String,
    pub(super) reason: String,
    pub(super) skipped_lines: u64,
    pub(super) notes: Vec<String>,
}

/// Reads all files of a trace to their end, or until the writer has enough.
///
/// # Errors
/// [`TraceError`] if a file cannot be read, or is of no known format.
pub(super) fn read(
    source: &TraceSource,
    root: &Path,
    writer: &mut Writer,
) -> Result<TracesRead, TraceError> {
    let mut read = TracesRead {
        ended: Ok(()),
        format: String::new(),
        reason: String::new(),
        skipped_lines: 0,
        notes: Vec::new(),
    };
    let files = ordered(source, root, &mut read.notes)?;
    let mut arrivals = Arrivals::new(writer);
    let mut carried = Carried::default();
    for path in &files {
        let mut input = Input::open(path)?.with_columns(source.columns.clone());
        if files.len() > 1 && input.sample().0.is_empty() {
            read.notes.push(format!("{} is empty and was left out", path.display()));
            continue;
        }
        let guess = trace::choose(&input, source.format.as_deref())?;
        input = input.with_carried(carried);
        let ended = read_file(&mut input, source, guess.format, &mut arrivals);
        read.ended = match &source.format {
            Some(_) => ended?,
            None => ended.map_err(|error| error.of_guess(&guess))?,
        };
        if read.format.is_empty() {
            (read.format, read.reason) = (guess.format.name.to_owned(), guess.reason);
        } else if read.format != guess.format.name {
            read.format = format!("{}, {}", read.format, guess.format.name);
        }
        read.skipped_lines += input.skipped_lines();
        read.notes.extend(input.long_lines_note());
        carried = input.into_carried();
        if read.ended.is_err() {
            break;
        }
    }
    if let Some(column) = carried.missing(&source.columns) {
        let error =
            TraceError::NoColumn { name: source.name(), format: read.format.clone(), column };
        // What was not read may have it.
        if read.ended.is_ok() {
            return Err(error);
        }
        read.notes.push(error.to_string());
    }
    read.notes.extend(carried.notes());
    read.notes.extend(arrivals.note());
    Ok(read)
}

/// The files of a source in the order in which they are read: paths as they were given, the files
/// of one pattern by their times.
fn ordered(
    source: &TraceSource,
    root: &Path,
    notes: &mut Vec<String>,
) -> Result<Vec<PathBuf>, TraceError> {
    let mut all = Vec::new();
    for path in &source.paths {
        let mut files = files_of(path, root)?;
        if files.len() > 1 {
            let order;
            (files, order) =
                trace::chronological(files, source.format.as_deref(), &source.columns)?;
            let of = match order {
                Order::Times => "their first requests",
                Order::Names => "their names",
            };
            notes.push(format!(
                "{}: {} files are read in the order of {of}: {}",
                path.display(),
                files.len(),
                names(&files)
            ));
        }
        all.extend(files);
    }
    Ok(all)
}

/// The names of files, those in the middle left out where there are many.
fn names(files: &[PathBuf]) -> String {
    const SHOWN: usize = 3;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = files.iter().map(name).collect();
    if names.len() <= 2 * SHOWN {
        return names.join(", ");
    }
    let (first, last) = (&names[..SHOWN], &names[names.len() - SHOWN..]);
    format!("{}, …, {}", first.join(", "), last.join(", "))
}

/// Reads one file; how it ended.
fn read_file(
    input: &mut Input,
    source: &TraceSource,
    format: &Format,
    sink: &mut Arrivals<'_>,
) -> Result<Result<(), Stop>, TraceError> {
    let reads = format.ops == OpMeaning::Accesses && !source.honour_ops;
    let read = match (&source.anonymize, reads) {
        (None, true) => format.read(input, &mut AllReads(sink)),
        (None, false) => format.read(input, sink),
        (Some(secret), true) => {
            format.read(input, &mut Anonymized { secret, sink: &mut AllReads(sink) })
        }
        (Some(secret), false) => format.read(input, &mut Anonymized { secret, sink }),
    };
    match read {
        Ok(()) => Ok(Ok(())),
        Err(TraceError::Stopped(stop)) => Ok(Err(stop)),
        Err(error) => Err(error),
    }
}

/// Passes everything on as a read.
struct AllReads<'a, 'w>(&'a mut Arrivals<'w>);

impl Sink for AllReads<'_, '_> {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        self.0.accept(&SourceRequest { op: Op::Read, ..*request })
    }
}
