//! Command line of a runner.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Program with its arguments and working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchCommand {
    /// Executable.
    pub program: PathBuf,
    /// Arguments.
    pub arguments: Vec<OsString>,
    /// Working directory; `None` for the current one.
    pub folder: Option<PathBuf>,
}

impl LaunchCommand {
    /// Returns the command line of an executable without arguments.
    #[must_use]
    pub fn program(program: PathBuf) -> Self {
        Self { program, arguments: Vec::new(), folder: None }
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}
