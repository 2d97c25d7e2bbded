//! Counts instructions with valgrind's callgrind, independently of the load of the machine.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::trial::process::Launch;

/// Function of a runner that is counted, with its callees, on the calling thread; see
/// `docs/PROTOCOL.md`.
const COUNTED: &str = "*count_instructions*";

/// Reason why instructions cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum CallgrindError {
    /// valgrind is not installed.
    #[error("cannot count instructions: valgrind is not installed; run `apt-get install valgrind`")]
    Missing,
    /// The output file cannot be created or read.
    #[error("cannot read the output of callgrind: {0}")]
    File(#[from] std::io::Error),
    /// The output contains no count.
    #[error(
        "callgrind counted no instructions: the runner has no function with count_instructions in \
         its name, or did not call it"
    )]
    Nothing,
}

/// Process whose instructions are counted.
#[derive(Debug)]
pub struct Callgrind {
    valgrind: PathBuf,
    folder: TempDir,
}

impl Callgrind {
    /// Prepares the count of one process.
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
    pub fn launch(&self, plain: &Launch) -> Launch {
        let mut file = OsString::from("--callgrind-out-file=");
        file.push(self.file());
        let mut arguments: Vec<OsString> = vec![
            OsString::from("--quiet"),
            OsString::from("--tool=callgrind"),
            file,
            OsString::from(format!("--toggle-collect={COUNTED}")),
            plain.program.clone().into(),
        ];
        arguments.extend(plain.arguments.iter().cloned());
        Launch { program: self.valgrind.clone(), arguments, folder: plain.folder.clone() }
    }

    /// Returns the count of a process that has ended.
    ///
    /// # Errors
    /// [`CallgrindError`] if there is no count.
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
    fn the_count_is_found_among_costs() {
        let text = "version: 1\nevents: Ir\nsummary: 120\n\nfn=(1) main\n0 120\n\ntotals: 12345\n";
        assert_eq!(totals(text), Some(12_345));
        assert_eq!(totals("events: Ir\nsummary: 7\n"), Some(7));
        assert_eq!(totals("fn=(1) main\n"), None);
    }

    #[test]
    fn the_runner_keeps_its_arguments_and_its_folder() {
        let Some(_) = require(Program("valgrind")) else { return };
        let callgrind = Callgrind::prepare().unwrap();
        let plain = Launch {
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
