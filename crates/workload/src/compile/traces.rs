//! Reads the files of a trace one after the other.

use std::path::{Path, PathBuf};

use bakeoff_compiled::Op;

use super::trace_inputs::expand_input;
use crate::anonymize::AnonymizingSink;
use crate::compiled::WorkloadWriter;
use crate::scenario::TraceSource;
use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};
use crate::trace::{
    self, FileOrder, MultiFileState, ReadSummary, TraceError, TraceFormat, TraceInput, TraceKind,
};

/// Reads all files of a trace.
///
/// Returns `Ok(Err(_))` if the writer stopped before the end, for example at its request limit.
///
/// # Errors
/// [`TraceError`] if a file cannot be read, or its format is unknown.
pub(super) fn read(
    source: &TraceSource,
    root: &Path,
    writer: &mut WorkloadWriter,
    summary: &mut ReadSummary,
) -> Result<Result<(), SinkStop>, TraceError> {
    let mut end = Ok(());
    let mut formats: Vec<&str> = Vec::new();
    let files = ordered_files(source, root, &mut summary.notes)?;
    let mut state = MultiFileState::default();
    let mut first_requests = Vec::new();
    for path in &files {
        let mut input = TraceInput::open(path)?.with_options(source.options.clone());
        if files.len() > 1 && input.sample().0.is_empty() {
            summary.notes.push(format!("{} is empty and was skipped", path.display()));
            continue;
        }
        let guess = trace::choose_format(&input, source.format.as_deref())?;
        if first_requests.is_empty() {
            let hash = |key: SourceKey<'_>| Some(source.anonymize.as_ref()?.hash_key(key));
            first_requests = trace::read_preview(&input, guess.format, &hash);
        }
        let result = read_file(&mut input, source, guess.format, &mut state, writer);
        end = match &source.format {
            Some(_) => result?,
            None => result.map_err(|error| guess.explain(error))?,
        };
        summary.format_reason.get_or_insert(guess.reason);
        if formats.last() != Some(&guess.format.name) {
            formats.push(guess.format.name);
        }
        summary.notes.extend(input.long_lines_note());
        summary.notes.extend(input.trailing_garbage_note());
        if end.is_err() {
            break;
        }
    }
    let format = formats.join(", ");
    if let Some(column) = state.missing_column(&source.options.columns) {
        let name = source.display_name();
        let error = TraceError::NoColumn { name, format: format.clone(), column };
        // If the reading ended at a limit, the unread requests may have the column.
        if end.is_ok() {
            return Err(error);
        }
        summary.notes.push(error.to_string());
    }
    summary.format = Some(format);
    summary.skipped_lines = state.left_out_lines();
    summary.understanding = state.understanding(first_requests);
    summary.notes.extend(state.notes());
    summary.notes.extend(writer.order_note());
    Ok(end)
}

/// Lists the files of a source in the order in which they are read.
///
/// Paths keep their order; the files of a pattern are sorted by [`trace::sort_by_first_request`].
fn ordered_files(
    source: &TraceSource,
    root: &Path,
    notes: &mut Vec<String>,
) -> Result<Vec<PathBuf>, TraceError> {
    let mut all = Vec::new();
    for path in &source.paths {
        let mut files = expand_input(path, root)?;
        if files.len() > 1 {
            let order;
            (files, order) =
                trace::sort_by_first_request(files, source.format.as_deref(), &source.options)?;
            let criterion = match order {
                FileOrder::ByTime => "first request",
                FileOrder::ByName => "name",
            };
            notes.push(format!(
                "{}: {} files, read in the order of their {criterion}: {}",
                path.display(),
                files.len(),
                abbreviated_names(&files)
            ));
        }
        all.extend(files);
    }
    Ok(all)
}

/// Joins file names; a list of more than six is shortened to the first and last three.
fn abbreviated_names(files: &[PathBuf]) -> String {
    const SHOWN_FILES: usize = 3;
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = files.iter().map(name).collect();
    if names.len() <= 2 * SHOWN_FILES {
        return names.join(", ");
    }
    let (first, last) = (&names[..SHOWN_FILES], &names[names.len() - SHOWN_FILES..]);
    format!("{}, …, {}", first.join(", "), last.join(", "))
}

/// Reads one file; returns `Ok(Err(_))` if the writer stopped before the end.
fn read_file(
    input: &mut TraceInput,
    source: &TraceSource,
    format: &TraceFormat,
    state: &mut MultiFileState,
    sink: &mut WorkloadWriter,
) -> Result<Result<(), SinkStop>, TraceError> {
    let reads_only = format.kind == TraceKind::BlockAccess && !source.keep_ops;
    let result = match (&source.anonymize, reads_only) {
        (None, true) => format.read(input, state, &mut ReadsOnlySink(sink)),
        (None, false) => format.read(input, state, sink),
        (Some(secret), true) => {
            let sink = &mut ReadsOnlySink(sink);
            format.read(input, state, &mut AnonymizingSink { secret, sink })
        }
        (Some(secret), false) => format.read(input, state, &mut AnonymizingSink { secret, sink }),
    };
    match result {
        Ok(()) => Ok(Ok(())),
        Err(TraceError::Stopped(stop)) => Ok(Err(stop)),
        Err(error) => Err(error),
    }
}

/// Sink that turns every request into a read.
struct ReadsOnlySink<'a>(&'a mut WorkloadWriter);

impl Sink for ReadsOnlySink<'_> {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        self.0.accept(&SourceRequest { op: Op::Read, ..*request })
    }
}
