//! Checks that prevent an output from overwriting an input or an unrelated file.

use std::io::Read;
use std::path::{Path, PathBuf};

use bakeoff_compiled::MAGIC;

use super::trace_inputs::input_paths;
use crate::scenario::{ScenarioDefinition, WorkloadPlan};
use crate::trace::TraceError;

/// Reason that an output is refused.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The output is one of the input files.
    #[error(
        "cannot write {}: it is an input of this command; choose another output", .0.display()
    )]
    IsInput(PathBuf),
    /// The output exists and is not a compiled workload.
    #[error(
        "cannot replace {}: it is not a compiled workload; choose another output or delete the file", .0.display()
    )]
    NotAWorkload(PathBuf),
    /// The inputs cannot be listed.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Checks that an output is not an input file of the scenario, even under another name.
///
/// # Errors
/// [`OutputError::IsInput`] if it is; [`OutputError::Trace`] if the inputs cannot be listed.
pub fn refuse_inputs(
    output: &Path,
    scenario: &ScenarioDefinition,
    root: &Path,
) -> Result<(), OutputError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(()) };
    // An output that does not exist cannot be an input.
    let Ok(canonical) = output.canonicalize() else { return Ok(()) };
    let inputs = input_paths(source, root)?;
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == canonical)) {
        return Err(OutputError::IsInput(output.to_owned()));
    }
    Ok(())
}

/// Checks that an existing output is a compiled workload or an empty file.
///
/// # Errors
/// [`OutputError::NotAWorkload`] if it is anything else.
pub fn refuse_other_files(output: &Path) -> Result<(), OutputError> {
    let Ok(metadata) = output.metadata() else { return Ok(()) };
    let is_replaceable = metadata.is_file() && metadata.len() == 0 || is_workload(output);
    if is_replaceable { Ok(()) } else { Err(OutputError::NotAWorkload(output.to_owned())) }
}

/// Returns true if a file starts with the magic number of compiled workloads.
pub(crate) fn is_workload(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    path.is_file()
        && std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
        && magic == MAGIC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_and_other_files_are_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.log"), "1\n").unwrap();
        std::fs::write(path("old.bkw"), [&MAGIC[..], b"more"].concat()).unwrap();
        std::fs::write(path("empty"), "").unwrap();
        let scenario = |name: &str| ScenarioDefinition::for_trace(PathBuf::from(name), None);
        let is_refused = |output: &str, input: &str| {
            refuse_inputs(&path(output), &scenario(input), folder.path()).is_err()
        };
        assert!(is_refused("a.log", "a.log") && is_refused("./a.log", "?.log"));
        assert!(is_refused("old.bkw", "old.bkw") && !is_refused("old.bkw", "a.log"));
        assert!(!is_refused("new.bkw", "a.log"));
        for (name, allowed) in [("a.log", false), ("", false), ("old.bkw", true), ("empty", true)] {
            assert_eq!(refuse_other_files(&path(name)).is_ok(), allowed, "{name}");
        }
        assert!(refuse_other_files(&path("new.bkw")).is_ok());
    }
}
