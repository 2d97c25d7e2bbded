//! Counts instructions with valgrind's callgrind, independently of the load of the machine.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::trial::process::LaunchCommand;

/// Pattern of the runner's function in which instructions are counted, including its callees.
///
/// Only the thread that calls the function counts; see `docs/PROTOCOL.md`.
const COUNTED_FUNCTION: &str = "*count_instructions*";

/// Reason why instructions cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum CallgrindError {
    /// valgrind is not installed.
    #[error("cannot count instructions: valgrind is not installed; run `apt-get install valgrind`")]
    Missing,
    /// The output file cannot be created or read.
    #[error("cannot create or read the output file of callgrind: {0}")]
    File(#[from] std::io::Error),
    /// The output contains no count.
    #[error(
        "cannot count instructions: the runner has no function with count_instructions in its \
         name, or did not call it; see docs/PROTOCOL.md"
    )]
    Nothing,
}

/// Instruction counter for one process, which callgrind runs.
#[derive(Debug)]
pub struct Callgrind {
    valgrind: PathBuf,
    folder: TempDir,
}

impl Callgrind {
    /// Finds valgrind and creates a directory for its output.
    ///
    /// # Errors
    /// [`CallgrindError`] if valgrind is missing, or a temporary directory cannot be created.
    pub fn prepare() -> Result<Self, CallgrindError> {
        let valgrind = bakeoff_services::program("valgrind").ok_or(CallgrindError::Missing)?;
        Ok(Self { valgrind, folder: tempfile::tempdir()? })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("counted")
    }

    /// Returns the command line that runs `plain` in callgrind.
    #[must_use]
    pub fn launch(&self, plain: &LaunchCommand) -> LaunchCommand {
        let mut file = OsString::from("--callgrind-out-file=");
        file.push(self.file());
        let mut arguments: Vec<OsString> = vec![
            OsString::from("--quiet"),
            OsString::from("--tool=callgrind"),
            file,
            OsString::from(format!("--toggle-collect={COUNTED_FUNCTION}")),
            plain.program.clone().into(),
        ];
        arguments.extend(plain.arguments.iter().cloned());
        LaunchCommand { program: self.valgrind.clone(), arguments, folder: plain.folder.clone() }
    }

    /// Returns the number of instructions counted in the process, which must have ended.
    ///
    /// # Errors
    /// [`CallgrindError`] if the output cannot be read or contains no count.
    pub fn instructions(&self) -> Result<u64, CallgrindError> {
        read(&self.file())
    }
}

fn read(file: &Path) -> Result<u64, CallgrindError> {
    let text = fs::read_to_string(file)?;
    totals(&text).filter(|&count| count > 0).ok_or(CallgrindError::Nothing)
}

/// Parses the line `summary: N`, or `totals: N` if the output has several parts.
fn totals(text: &str) -> Option<u64> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    value("totals:").or_else(|| value("summary:"))
}

#[cfg(test)]
mod tests {
    use bakeoff_test_support::{Program, require};

    use super::*;

    #[test]
    fn the_total_count_is_found_in_the_output() {
        let text = "version: 1\nevents: Ir\nsummary: 120\n\nfn=(1) main\n0 120\n\ntotals: 12345\n";
        assert_eq!(totals(text), Some(12_345));
        assert_eq!(totals("events: Ir\nsummary: 7\n"), Some(7));
        assert_eq!(totals("fn=(1) main\n"), None);
    }

    #[test]
    fn the_runner_keeps_its_arguments_and_its_folder() {
        let Some(_) = require(Program("valgrind")) else { return };
        let callgrind = Callgrind::prepare().unwrap();
        let plain = LaunchCommand {
            program: PathBuf::from("/x/runner"),
            arguments: vec![OsString::from("a")],
            folder: Some(PathBuf::from("/y")),
        };
        let counted = callgrind.launch(&plain);
        assert!(counted.program.ends_with("valgrind"));
        assert_eq!(counted.arguments[4..], [OsString::from("/x/runner"), OsString::from("a")]);
        assert_eq!(counted.folder, plain.folder);
    }
}
