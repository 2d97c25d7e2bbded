//! How a runner is started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program with its arguments and its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The folder that it runs in; absent: ours.
    pub folder: Option<PathBuf>,
}

impl Launch {
    /// An executable that needs nothing else.
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
