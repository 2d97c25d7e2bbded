//! From a scenario or a trace to a compiled workload.

mod traces;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::compiled::{Header, WriteError, Writer};
use crate::generate;
use crate::output::{self, OutputError};
use crate::scenario::{Scenario, TraceSource, Values, WorkloadPlan};
use crate::source::Stop;
use crate::trace::{self, TraceError, Understood};

/// Why there is no compiled workload.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A compiled workload is a workload by itself.
    #[error(
        "{} is compiled already: it is replayed as it is, without other files, format, limit, columns or operations; say those when it is compiled", .0.display()
    )]
    AlreadyCompiled(PathBuf),
    /// The workload would replace something that is no workload, or what it is made of.
    #[error(transparent)]
    Output(#[from] OutputError),
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
    /// How its trace was read.
    #[serde(flatten)]
    pub understood: Understood,
}

/// Compiles the workload of a scenario into `output`. Relative trace paths count from `root`.
///
/// # Errors
/// [`CompileError`] if the trace cannot be read, or the output cannot be written or would replace
/// anything but a workload.
pub fn compile(scenario: &Scenario, root: &Path, output: &Path) -> Result<Compiled, CompileError> {
    output::refuse_inputs(output, scenario, root)?;
    output::refuse_others(output)?;
    let name = source_name(scenario);
    let fail = |error| CompileError::Write { source_name: name.clone(), error };
    let writer = Writer::create(output, default_bytes(&scenario.values)).map_err(fail)?;
    let (done, file) = fill(scenario, root, writer)?;
    crate::compiled::persist(file, output)
        .map_err(|source| fail(WriteError::Io { path: output.to_owned(), source }))?;
    Ok(done.at(output))
}

/// What is known of a workload before it has a place.
pub(crate) struct Done {
    pub(crate) header: Header,
    pub(crate) understood: Understood,
}

impl Done {
    /// Of a workload that somebody compiled before.
    pub(crate) fn found(header: Header) -> Self {
        Self { header, understood: Understood::default() }
    }

    /// The workload at its place.
    pub(crate) fn at(self, path: &Path) -> Compiled {
        Compiled {
            path: path.to_owned(),
            digest: self.digest(),
            requests: self.header.requests,
            unique_keys: self.header.unique_keys,
            understood: self.understood,
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
    let mut understood = Understood::default();
    let ended = match &scenario.workload {
        WorkloadPlan::Generated(plan) => {
            writer = writer.keys_below(generate::key_limit(plan));
            let Scenario { values, lifetime, seed, .. } = scenario;
            generate::generate(plan, values, *lifetime, *seed, &mut writer)
        }
        WorkloadPlan::Trace(source) => {
            writer = writer.limit(source.limit.unwrap_or(u64::MAX));
            traces::read(source, root, &mut writer, &mut understood)?
        }
    };
    let fail = |error| CompileError::Write { source_name: source_name(scenario), error };
    match ended {
        Ok(()) | Err(Stop::Enough) => {}
        Err(Stop::Failed(error)) => return Err(fail(error)),
    }
    let (header, file) = writer.finish_temporary().map_err(fail)?;
    Ok((Done { header, understood }, file))
}

/// The files that a source names, patterns resolved; relative ones count from `root`.
///
/// # Errors
/// [`TraceError::Io`] if a pattern fits nothing.
pub(crate) fn paths(source: &TraceSource, root: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let mut paths = Vec::new();
    for path in &source.paths {
        paths.extend(files_of(path, root)?);
    }
    Ok(paths)
}

/// Whether the files of a scenario's trace are there; relative ones count from `root`.
///
/// # Errors
/// [`TraceError::Io`] if one is not.
pub fn find_traces(scenario: &Scenario, root: &Path) -> Result<(), TraceError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(()) };
    for path in paths(source, root)? {
        if path != Path::new(trace::STANDARD_INPUT) {
            path.metadata().map_err(|source| TraceError::Io { path, source })?;
        }
    }
    Ok(())
}

fn files_of(path: &Path, root: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let is_input = path == Path::new(trace::STANDARD_INPUT);
    trace::files(&if is_input { path.to_owned() } else { root.join(path) })
}

/// The file of a scenario whose trace is a compiled workload. What is said of reading traces does
/// not apply to it.
///
/// # Errors
/// [`CompileError::AlreadyCompiled`] if something of the kind is said, or there are more files.
pub(crate) fn compiled_already(
    scenario: &Scenario,
    root: &Path,
) -> Result<Option<PathBuf>, CompileError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(None) };
    let paths = paths(source, root)?;
    let Some(path) = paths.iter().find(|path| output::is_workload(path)) else { return Ok(None) };
    let plain = TraceSource { paths: source.paths.clone(), ..TraceSource::default() };
    if paths.len() > 1 || **source != plain {
        return Err(CompileError::AlreadyCompiled(path.clone()));
    }
    Ok(Some(path.clone()))
}

/// Bytes of a value of which a trace says nothing.
pub(crate) fn default_bytes(values: &Values) -> u32 {
    match values {
        Values::Fixed { bytes } => *bytes,
        Values::Uniform { min, .. } | Values::Pareto { min, .. } => *min,
        Values::LogNormal { median, .. } => *median,
        Values::Histogram { bins } => bins.first().map_or(0, |&(size, _)| size),
    }
}

fn source_name(scenario: &Scenario) -> String {
    match &scenario.workload {
        WorkloadPlan::Generated(_) => format!("scenario {}", scenario.name),
        WorkloadPlan::Trace(source) => source.name(),
    }
}
