//! Input files of a scenario's trace.

use std::path::{Path, PathBuf};

use crate::scenario::{ScenarioDefinition, TraceSource, WorkloadPlan};
use crate::trace::{STANDARD_INPUT, TraceError, expand_path};

/// Expands the paths and patterns of a trace; relative paths are resolved against `root`.
///
/// # Errors
/// [`TraceError::Io`] if a pattern is malformed or matches no file.
pub(crate) fn input_paths(source: &TraceSource, root: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let mut paths = Vec::new();
    for path in &source.paths {
        paths.extend(expand_input(path, root)?);
    }
    Ok(paths)
}

/// Checks that the trace files of a scenario exist; relative paths are resolved against `root`.
///
/// # Errors
/// [`TraceError::Io`] if a file does not exist.
pub fn check_inputs(scenario: &ScenarioDefinition, root: &Path) -> Result<(), TraceError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(()) };
    for path in input_paths(source, root)? {
        if path != Path::new(STANDARD_INPUT) {
            path.metadata().map_err(|source| TraceError::Io { path, source })?;
        }
    }
    Ok(())
}

/// Expands one path or pattern; `-` (standard input) is returned unchanged.
pub(super) fn expand_input(path: &Path, root: &Path) -> Result<Vec<PathBuf>, TraceError> {
    let is_standard_input = path == Path::new(STANDARD_INPUT);
    expand_path(&if is_standard_input { path.to_owned() } else { root.join(path) })
}
