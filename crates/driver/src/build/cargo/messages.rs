//! Collects executables, errors and reused packages from the messages of `cargo build`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;

use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, PackageId};

use super::workspace::{CargoWorkspace, StrategyPackage};
use crate::build::process::end_of;

/// Result of one `cargo build`.
#[derive(Debug, Default)]
pub(in crate::build) struct CargoOutcome {
    /// Executables by package and name.
    executables: BTreeMap<(PackageId, String), PathBuf>,
    /// Compiler errors by package.
    errors: BTreeMap<PackageId, Vec<String>>,
    /// Packages that cargo compiled or reused.
    pub(in crate::build) compiled: BTreeSet<PackageId>,
    /// Packages that cargo reused.
    pub(in crate::build) fresh: BTreeSet<PackageId>,
    /// True if cargo reported success.
    pub(in crate::build) success: bool,
}

/// Reads all messages of cargo and writes the compiler's text to the log.
pub(in crate::build) fn read_messages(output: ChildStdout, mut log: File) -> CargoOutcome {
    let mut outcome = CargoOutcome::default();
    for message in Message::parse_stream(BufReader::new(output)).map_while(Result::ok) {
        outcome.add(message, &mut log);
    }
    outcome
}

impl CargoOutcome {
    /// Returns true if cargo reported neither an executable nor a compiler error.
    pub(in crate::build) fn is_empty(&self) -> bool {
        self.executables.is_empty() && self.errors.is_empty()
    }

    fn add(&mut self, message: Message, log: &mut File) {
        match message {
            Message::CompilerArtifact(artifact) => {
                self.compiled.insert(artifact.package_id.clone());
                if artifact.fresh {
                    self.fresh.insert(artifact.package_id.clone());
                }
                if let Some(executable) = artifact.executable {
                    let name = (artifact.package_id, artifact.target.name);
                    self.executables.insert(name, executable.into_std_path_buf());
                }
            }
            Message::CompilerMessage(compiler) => {
                let text = compiler.message.rendered.unwrap_or_default();
                // A log that cannot be written does not fail the build.
                let _ = log.write_all(text.as_bytes());
                if matches!(compiler.message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice) {
                    self.errors.entry(compiler.package_id).or_default().push(text);
                }
            }
            Message::TextLine(line) => drop(writeln!(log, "{line}")),
            _ => {}
        }
    }

    /// Returns the path of a built executable.
    pub(in crate::build) fn executable(&self, strategy: &StrategyPackage) -> Option<&Path> {
        let name = strategy.executable.clone()?;
        self.executables.get(&(strategy.id.clone(), name)).map(PathBuf::as_path)
    }

    /// Returns the cause of a missing executable: the strategy's own errors, else those of its
    /// dependencies, else the end of the log.
    pub(in crate::build) fn failure_message(
        &self,
        workspace: &CargoWorkspace,
        strategy: &StrategyPackage,
        log: &Path,
    ) -> String {
        let of = |id: &PackageId| self.errors.get(id).into_iter().flatten();
        let mut texts: Vec<&String> = of(&strategy.id).collect();
        if texts.is_empty() {
            texts = workspace.closure(&strategy.id).into_iter().flat_map(of).collect();
        }
        if texts.is_empty() {
            return end_of(log);
        }
        let texts: Vec<&str> = texts.into_iter().map(String::as_str).collect();
        texts.join("\n").trim_end().to_owned()
    }
}
