//! Where an output may go: never onto what it is made of, and a workload onto no other kind of
//! file, since what stood there is gone afterwards.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::compile;
use crate::compiled::MAGIC;
use crate::scenario::{Scenario, WorkloadPlan};
use crate::trace::TraceError;

/// Why nothing is written to an output.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is one of the files that are read.
    #[error("{}: this is what is read, and the output would replace it; give the output another name", .0.display())]
    IsInput(PathBuf),
    /// Something else stands there.
    #[error(
        "{}: what stands there is no compiled workload, and would be lost; give the output another name, or remove it first", .0.display()
    )]
    NoWorkload(PathBuf),
    /// The inputs cannot be listed.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Refuses an output that is one of the files that a scenario reads, by whatever name.
///
/// # Errors
/// [`OutputError::IsInput`] if it is one.
pub fn refuse_inputs(output: &Path, scenario: &Scenario, root: &Path) -> Result<(), OutputError> {
    let WorkloadPlan::Trace(source) = &scenario.workload else { return Ok(()) };
    // What is not there yet is no input.
    let Ok(place) = output.canonicalize() else { return Ok(()) };
    let inputs = compile::paths(source, root)?;
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == place)) {
        return Err(OutputError::IsInput(output.to_owned()));
    }
    Ok(())
}

/// Refuses to put a workload where something stands that is none. An empty file is nothing yet.
///
/// # Errors
/// [`OutputError::NoWorkload`] if there is such a thing.
pub fn refuse_others(output: &Path) -> Result<(), OutputError> {
    let Ok(metadata) = output.metadata() else { return Ok(()) };
    let replaceable = metadata.is_file() && metadata.len() == 0 || is_workload(output);
    if replaceable { Ok(()) } else { Err(OutputError::NoWorkload(output.to_owned())) }
}

/// Whether a file begins as compiled workloads do.
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
    fn an_output_replaces_neither_its_input_nor_what_is_no_workload() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        std::fs::write(path("a.log"), "1\n").unwrap();
        std::fs::write(path("old.bkw"), [&MAGIC[..], b"more"].concat()).unwrap();
        std::fs::write(path("empty"), "").unwrap();
        let reads = |name: &str| Scenario::for_trace(PathBuf::from(name), None);
        let refused = |output: &str, input: &str| {
            refuse_inputs(&path(output), &reads(input), place.path()).is_err()
        };
        assert!(refused("a.log", "a.log") && refused("./a.log", "?.log"));
        assert!(refused("old.bkw", "old.bkw") && !refused("old.bkw", "a.log"));
        assert!(!refused("new.bkw", "a.log"));
        for (name, allowed) in [("a.log", false), ("", false), ("old.bkw", true), ("empty", true)] {
            assert_eq!(refuse_others(&path(name)).is_ok(), allowed, "{name}");
        }
        assert!(refuse_others(&path("new.bkw")).is_ok());
    }
}
