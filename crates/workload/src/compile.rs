//! From a scenario or a trace to a compiled workload.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::compiled::{Header, Op, WriteError, Writer};
use crate::generate;
use crate::scenario::{Scenario, TraceSource, Values, WorkloadPlan};
use crate::source::{Sink, SourceRequest, Stop};
use crate::trace::{self, Format, Input, OpMeaning, TraceError};

/// Why there is no compiled workload.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The workload cannot be written, or has no requests.
    #[error("{source_name}: {error}")]
    Write {
        /// The scenario or trace.
        source_name: String,
        /// Why.
        error: WriteError,
    },
}

/// What was compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compiled {
    /// The file.
    pub path: PathBuf,
    /// BLAKE3 of the file, in hexadecimal.
    pub digest: String,
    /// Requests.
    pub requests: u64,
    /// Distinct keys.
    pub unique_keys: u64,
    /// Format of the trace, if it was one.
    pub format: Option<String>,
    /// Why this format was taken.
    pub format_reason: Option<String>,
    /// Lines of a log that hold no request and were left out.
    pub skipped_lines: u64,
}

/// Compiles the workload of a scenario into `output`. Relative trace paths count from `root`.
///
/// # Errors
/// [`CompileError`] if the trace cannot be read, or the output cannot be written.
pub fn compile(scenario: &Scenario, root: &Path, output: &Path) -> Result<Compiled, CompileError> {
    let name = source_name(scenario);
    let fail = |error| CompileError::Write { source_name: name.clone(), error };
    let writer = Writer::create(output, default_bytes(scenario.values)).map_err(fail)?;
    let (done, file) = fill(scenario, root, writer)?;
    crate::compiled::persist(file, output)
        .map_err(|source| fail(WriteError::Io { path: output.to_owned(), source }))?;
    Ok(done.at(output))
}

/// What is known of a workload before it has a place.
pub(crate) struct Done {
    pub(crate) header: Header,
    pub(crate) format: Option<String>,
    pub(crate) format_reason: Option<String>,
    pub(crate) skipped_lines: u64,
}

impl Done {
    /// The workload at its place.
    pub(crate) fn at(self, path: &Path) -> Compiled {
        Compiled {
            path: path.to_owned(),
            digest: self.digest(),
            requests: self.header.requests,
            unique_keys: self.header.unique_keys,
            format: self.format,
            format_reason: self.format_reason,
            skipped_lines: self.skipped_lines,
        }
    }

    /// The digest in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        blake3::Hash::from_bytes(self.header.digest).to_hex().to_string()
    }
}

/// Makes every request of a scenario and leaves the file under its temporary name.
pub(crate) fn fill(
    scenario: &Scenario,
    root: &Path,
    mut writer: Writer,
) -> Result<(Done, NamedTempFile), CompileError> {
    let (mut format, mut format_reason, mut skipped_lines) = (None, None, 0);
    let ended = match &scenario.workload {
        WorkloadPlan::Generated { phases, repeat } => {
            writer = writer.keys_below(generate::key_limit(phases));
            generate::generate(phases, *repeat, scenario.values, scenario.seed, &mut writer)
        }
        WorkloadPlan::Trace(source) => {
            let path = root.join(&source.path);
            let guess = trace::choose(&path, source.format.as_deref())?;
            format = Some(guess.format.name.to_owned());
            format_reason = Some(guess.reason);
            writer = writer.limit(source.limit.unwrap_or(u64::MAX));
            let (ended, skipped) = read_trace(&path, source, guess.format, &mut writer)?;
            skipped_lines = skipped;
            ended
        }
    };
    let fail = |error| CompileError::Write { source_name: source_name(scenario), error };
    match ended {
        Ok(()) | Err(Stop::Enough) => {}
        Err(Stop::Failed(error)) => return Err(fail(error)),
    }
    let (header, file) = writer.finish_temporary().map_err(fail)?;
    Ok((Done { header, format, format_reason, skipped_lines }, file))
}

/// Reads a trace to its end or until the writer has enough: how it ended, and the lines left out.
fn read_trace(
    path: &Path,
    source: &TraceSource,
    format: &Format,
    writer: &mut Writer,
) -> Result<(Result<(), Stop>, u64), TraceError> {
    let mut input = Input::open(path)?;
    let read = if format.ops == OpMeaning::Accesses && !source.honour_ops {
        format.read(&mut input, &mut AllReads(writer))
    } else {
        format.read(&mut input, writer)
    };
    let skipped = input.skipped_lines();
    match read {
        Ok(()) => Ok((Ok(()), skipped)),
        Err(TraceError::Stopped(stop)) => Ok((Err(stop), skipped)),
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

/// Bytes of a value of which a trace says nothing.
pub(crate) fn default_bytes(values: Values) -> u32 {
    match values {
        Values::Fixed { bytes } => bytes,
        Values::Uniform { min, .. } => min,
        Values::LogNormal { median, .. } => median,
    }
}

fn source_name(scenario: &Scenario) -> String {
    match &scenario.workload {
        WorkloadPlan::Generated { .. } => format!("scenario {}", scenario.name),
        WorkloadPlan::Trace(source) => source.path.display().to_string(),
    }
}
