//! Understood the files of a trace, one after the other, and what is to be said of it.

use std::path::{Path, PathBuf};

use super::files_of;
use crate::anonymize::Anonymized;
use crate::compiled::{Op, Writer};
use crate::scenario::TraceSource;
use crate::source::{Sink, SourceRequest, Stop};
use crate::trace::{self, Carried, Format, Input, OpMeaning, Order, TraceError, Understood};

/// Reads all files of a trace to their end, or until the writer has enough; how that ended.
///
/// # Errors
/// [`TraceError`] if a file cannot be read, or is of no known format.
pub(super) fn read(
    source: &TraceSource,
    root: &Path,
    writer: &mut Writer,
    understood: &mut Understood,
) -> Result<Result<(), Stop>, TraceError> {
    let mut ended = Ok(());
    let mut formats: Vec<&str> = Vec::new();
    let files = ordered(source, root, &mut understood.notes)?;
    let mut carried = Carried::default();
    for path in &files {
        let mut input = Input::open(path)?.with_columns(source.columns.clone());
        if files.len() > 1 && input.sample().0.is_empty() {
            understood.notes.push(format!("{} is empty and was left out", path.display()));
            continue;
        }
        let guess = trace::choose(&input, source.format.as_deref())?;
        let read = read_file(&mut input, source, guess.format, &mut carried, writer);
        ended = match &source.format {
            Some(_) => read?,
            None => read.map_err(|error| error.of_guess(&guess))?,
        };
        understood.format_reason.get_or_insert(guess.reason);
        if formats.last() != Some(&guess.format.name) {
            formats.push(guess.format.name);
        }
        understood.skipped_lines += input.skipped_lines();
        understood.notes.extend(input.long_lines_note());
        if ended.is_err() {
            break;
        }
    }
    let format = formats.join(", ");
    if let Some(column) = carried.missing(&source.columns) {
        let name = source.name();
        let error = TraceError::NoColumn { name, format: format.clone(), column };
        // What was not read may have it.
        if ended.is_ok() {
            return Err(error);
        }
        understood.notes.push(error.to_string());
    }
    understood.format = Some(format);
    understood.notes.extend(carried.notes());
    understood.notes.extend(writer.early_note());
    Ok(ended)
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
    carried: &mut Carried,
    sink: &mut Writer,
) -> Result<Result<(), Stop>, TraceError> {
    let reads = format.ops == OpMeaning::Accesses && !source.honour_ops;
    let read = match (&source.anonymize, reads) {
        (None, true) => format.read(input, carried, &mut AllReads(sink)),
        (None, false) => format.read(input, carried, sink),
        (Some(secret), true) => {
            let sink = &mut AllReads(sink);
            format.read(input, carried, &mut Anonymized { secret, sink })
        }
        (Some(secret), false) => format.read(input, carried, &mut Anonymized { secret, sink }),
    };
    match read {
        Ok(()) => Ok(Ok(())),
        Err(TraceError::Stopped(stop)) => Ok(Err(stop)),
        Err(error) => Err(error),
    }
}

/// Passes everything on as a read.
struct AllReads<'a>(&'a mut Writer);

impl Sink for AllReads<'_> {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        self.0.accept(&SourceRequest { op: Op::Read, ..*request })
    }
}
