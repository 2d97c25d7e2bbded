//! Runs the child processes of a build: cargo, or the build command of a strategy.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use bakeoff_services::process::{self, Child, SpawnOptions};

use super::error::BuildError;
use crate::child_process::{self, ChildEnd};
use crate::interrupt::Interrupt;

/// Environment variables of make's job server, whose file descriptors child processes do not
/// inherit.
const JOB_SERVER: [&str; 3] = ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"];
/// Number of lines of a log that an error quotes.
const QUOTED_LINES: usize = 20;

/// Settings of the child processes of a build.
#[derive(Clone, Debug)]
pub(super) struct ChildProcesses {
    pub(super) interrupt: Interrupt,
    /// Executable that supervises the child processes; `None` if they run without a supervisor.
    pub(super) supervisor: Option<PathBuf>,
    /// Time limit of each child process.
    pub(super) time_limit: Option<Duration>,
}

impl ChildProcesses {
    /// Creates a command; with a supervisor, its descendants also end with this process.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = child_process::command(self.supervisor.as_deref(), program);
        for variable in JOB_SERVER {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).env("CARGO_TERM_COLOR", "never");
        command
    }

    /// Runs a command to its end; sends standard error to the log and standard output to `read`.
    pub(super) fn run<T: Default + Send>(
        &self,
        mut command: Command,
        log: &Path,
        read: impl FnOnce(ChildStdout, File) -> T + Send,
    ) -> Result<(ExitStatus, T), BuildError> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder).map_err(BuildError::io("create", folder))?;
        }
        let open = || {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
                .map_err(BuildError::io("open", log))
        };
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdout(Stdio::piped()).stderr(open()?);
        let mut child = process::spawn(command, SpawnOptions::supervised())
            .map_err(|source| BuildError::NoToolchain { program: program.clone(), source })?;
        let output = child.take_stdout();
        let own_log = open()?;
        std::thread::scope(|scope| {
            let reader = output.map(|output| scope.spawn(move || read(output, own_log)));
            let status = self.wait(&mut child, &program, log);
            let answer = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
            status.map(|status| (status, answer))
        })
    }

    fn wait(&self, child: &mut Child, program: &str, log: &Path) -> Result<ExitStatus, BuildError> {
        let end = child_process::wait(child, self.time_limit, &self.interrupt)
            .map_err(BuildError::io("wait for", Path::new(program)))?;
        match end {
            ChildEnd::Exited(status) => Ok(status),
            ChildEnd::TimeLimit => Err(BuildError::TimeLimit {
                command: program.to_owned(),
                seconds: self.time_limit.unwrap_or_default().as_secs(),
                log: log.to_path_buf(),
            }),
            ChildEnd::Interrupted => Err(BuildError::Interrupted),
        }
    }
}

/// Returns the last non-blank lines of a log.
pub(super) fn end_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(QUOTED_LINES)..].join("\n")
}
