//! Compiles scenarios and traces into compiled workloads (`.bkw` files).

mod output_check;
mod trace_inputs;
mod traces;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::atomic_file;
use crate::compiled::{Header, WorkloadWriter, WriteError};
use crate::generate;
use crate::scenario::{ScenarioDefinition, SizeDistribution, TraceSource, WorkloadPlan};
use crate::source::SinkStop;
use crate::trace::{ReadSummary, TraceError};

pub use output_check::{OutputError, refuse_inputs, refuse_other_files};
pub use trace_inputs::check_inputs;
pub(crate) use trace_inputs::input_paths;

/// Reason that a workload cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A compiled workload was combined with other files or with options for reading traces.
    #[error(
        "cannot compile {}: it is already a compiled workload; pass no other file and no format, limit, columns or keep_ops", .0.display()
    )]
    AlreadyCompiled(PathBuf),
    /// The output would overwrite an input or an unrelated file.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The workload cannot be written.
    #[error("cannot compile {source_name}: {error}")]
    Write {
        /// Name of the scenario or trace.
        source_name: String,
        /// Cause.
        error: WriteError,
    },
}

/// Result of a compilation: file, counts, and notes on the trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompileReport {
    /// Path of the compiled file.
    pub path: PathBuf,
    /// BLAKE3 digest of the file, in hexadecimal.
    pub digest: String,
    /// Number of requests.
    pub requests: u64,
    /// Number of distinct keys.
    pub unique_keys: u64,
    /// Notes on how the trace was read.
    #[serde(flatten)]
    pub read_summary: ReadSummary,
}

/// Compiles the workload of a scenario to `output`; relative trace paths are resolved against
/// `root`.
///
/// # Errors
/// [`CompileError`] if the trace cannot be read, or if the output cannot be written or would
/// overwrite anything but a workload.
pub fn compile(
    scenario: &ScenarioDefinition,
    root: &Path,
    output: &Path,
) -> Result<CompileReport, CompileError> {
    refuse_inputs(output, scenario, root)?;
    refuse_other_files(output)?;
    let name = source_name(scenario);
    let fail = |error| CompileError::Write { source_name: name.clone(), error };
    let writer =
        WorkloadWriter::create(output, assumed_bytes(&scenario.value_sizes)).map_err(fail)?;
    let (unnamed, file) = compile_temporary(scenario, root, writer)?;
    atomic_file::persist(file, output)
        .map_err(|source| fail(WriteError::Io { path: output.to_owned(), source }))?;
    Ok(unnamed.into_report(output))
}

/// Compiled workload whose final path is not known yet.
pub(crate) struct UnnamedWorkload {
    pub(crate) header: Header,
    pub(crate) read_summary: ReadSummary,
}

impl UnnamedWorkload {
    pub(crate) fn into_report(self, path: &Path) -> CompileReport {
        CompileReport {
            path: path.to_owned(),
            digest: self.digest(),
            requests: self.header.requests,
            unique_keys: self.header.unique_keys,
            read_summary: self.read_summary,
        }
    }

    /// Returns the digest in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        blake3::Hash::from_bytes(self.header.digest).to_hex().to_string()
    }
}

/// Compiles a scenario and leaves the file under its temporary name.
pub(crate) fn compile_temporary(
    scenario: &ScenarioDefinition,
    root: &Path,
    mut writer: WorkloadWriter,
) -> Result<(UnnamedWorkload, NamedTempFile), CompileError> {
    let mut read_summary = ReadSummary::default();
    let end = match &scenario.workload {
        WorkloadPlan::Generated(plan) => {
            writer = writer.with_key_limit(generate::key_limit(plan));
            let ScenarioDefinition { value_sizes, ttls, seed, .. } = scenario;
            generate::generate(plan, value_sizes, *ttls, *seed, &mut writer)
        }
        WorkloadPlan::Trace(source) => {
            writer = writer.with_request_limit(source.limit.unwrap_or(u64::MAX));
            traces::read(source, root, &mut writer, &mut read_summary)?
        }
    };
    let fail = |error| CompileError::Write { source_name: source_name(scenario), error };
    match end {
        Ok(()) | Err(SinkStop::LimitReached) => {}
        Err(SinkStop::Failed(error)) => return Err(fail(error)),
    }
    let (header, file) = writer.finish_temporary().map_err(fail)?;
    Ok((UnnamedWorkload { header, read_summary }, file))
}

/// Returns the path of a compiled workload that the scenario names as its trace, if any.
///
/// # Errors
/// [`CompileError::AlreadyCompiled`] if the scenario also has other files or trace options.
pub(crate) fn find_compiled_input(
    scenario: &ScenarioDefinition,
    root: &Path,
) -> Result<Option<PathBuf>, CompileError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(None) };
    let paths = input_paths(source, root)?;
    let Some(path) = paths.iter().find(|path| output_check::is_workload(path)) else {
        return Ok(None);
    };
    let without_options = TraceSource { paths: source.paths.clone(), ..TraceSource::default() };
    if paths.len() > 1 || **source != without_options {
        return Err(CompileError::AlreadyCompiled(path.clone()));
    }
    Ok(Some(path.clone()))
}

/// Returns the size in bytes to assume for values whose size the trace does not record.
pub(crate) fn assumed_bytes(sizes: &SizeDistribution) -> u32 {
    match sizes {
        SizeDistribution::Fixed { bytes } => *bytes,
        SizeDistribution::Uniform { min, .. } | SizeDistribution::Pareto { min, .. } => *min,
        SizeDistribution::LogNormal { median, .. } => *median,
        SizeDistribution::Histogram { bins } => bins.first().map_or(0, |&(size, _)| size),
    }
}

fn source_name(scenario: &ScenarioDefinition) -> String {
    match &scenario.workload {
        WorkloadPlan::Generated(_) => format!("scenario {}", scenario.name),
        WorkloadPlan::Trace(source) => source.display_name(),
    }
}
