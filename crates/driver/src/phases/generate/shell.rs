//! Runs the command of `--generate-cmd`; all its processes end when this process ends.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bakeoff_services::process::{self, SpawnOptions};

use crate::child_process::{self, ChildEnd};
use crate::interrupt::Interrupt;

/// One call of the command.
#[derive(Clone, Copy, Debug)]
pub struct ShellCall<'a> {
    /// Command for `sh -c`.
    pub command: &'a str,
    /// Working directory.
    pub folder: &'a Path,
    /// Additional environment variables.
    pub environment: &'a [(&'static str, OsString)],
    /// File for the output of the command.
    pub log: &'a Path,
    /// Time limit.
    pub time_limit: Duration,
}

/// Reason why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The user interrupted the run.
    #[error("interrupted")]
    Interrupted,
    /// The command exceeded the time limit.
    #[error("the command took longer than {0} s; it was ended with all its processes")]
    TimeLimit(u64),
    /// The command ended with an exit code other than 0, or by a signal.
    #[error("the command ended with {0}")]
    Status(std::process::ExitStatus),
    /// The command cannot be started, or its log cannot be written.
    #[error("cannot run the command: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs shell commands; tests use a fake.
pub trait Shell: Sync {
    /// Runs a command until it ends.
    ///
    /// # Errors
    /// [`ShellError`] unless the command ends with exit code 0 in time.
    fn run(&self, call: &ShellCall<'_>, interrupt: &Interrupt) -> Result<(), ShellError>;
}

/// Runs commands with `sh -c`, under a supervisor process if `executable` is set.
#[derive(Clone, Debug, Default)]
pub struct SupervisedShell {
    /// Program that acts as the supervisor.
    pub executable: Option<PathBuf>,
}

impl SupervisedShell {
    /// Returns a shell supervised by the current executable.
    #[must_use]
    pub fn supervised_by_self() -> Self {
        Self { executable: std::env::current_exe().ok() }
    }
}

impl Shell for SupervisedShell {
    fn run(&self, call: &ShellCall<'_>, interrupt: &Interrupt) -> Result<(), ShellError> {
        if let Some(folder) = call.log.parent() {
            fs::create_dir_all(folder)?;
        }
        let log = File::create(call.log)?;
        let mut command = child_process::command(self.executable.as_deref(), "sh");
        // Options of this run are not passed on, because the command may call `bakeoff` itself.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BAKEOFF_") {
                command.env_remove(name);
            }
        }
        command
            .args(["-c", call.command])
            .current_dir(call.folder)
            .envs(call.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child = process::spawn(command, SpawnOptions::supervised())?;
        match child_process::wait(&mut child, Some(call.time_limit), interrupt)? {
            ChildEnd::Exited(status) if status.success() => Ok(()),
            ChildEnd::Exited(status) => Err(ShellError::Status(status)),
            ChildEnd::TimeLimit => Err(ShellError::TimeLimit(call.time_limit.as_secs())),
            ChildEnd::Interrupted => Err(ShellError::Interrupted),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run(command: &str, seconds: u64, interrupt: &Interrupt) -> (Result<(), ShellError>, String) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("logs/one.log");
        let call = ShellCall {
            command,
            folder: folder.path(),
            environment: &[("BAKEOFF_VARIANT", OsString::from("it's \"$5\""))],
            log: &log,
            time_limit: Duration::from_secs(seconds),
        };
        let ended = SupervisedShell::default().run(&call, interrupt);
        (ended, fs::read_to_string(&log).unwrap())
    }

    #[test]
    fn a_command_gets_its_variables_and_its_output_is_logged() {
        let (ended, log) =
            run("echo \"$BAKEOFF_VARIANT\"; echo no >&2; exit 3", 60, &Interrupt::default());
        assert!(matches!(ended, Err(ShellError::Status(status)) if status.code() == Some(3)));
        assert_eq!(log, "it's \"$5\"\nno\n");
        assert!(run("true", 60, &Interrupt::default()).0.is_ok());
    }

    #[test]
    fn the_time_limit_or_an_interrupt_ends_all_processes() {
        let (ended, log) = run("sleep 600 & echo $!; wait", 0, &Interrupt::default());
        assert!(matches!(ended, Err(ShellError::TimeLimit(0))), "{ended:?}");
        // If the `sleep` process was started, it must end soon.
        if let Ok(id) = log.trim().parse::<u32>() {
            let stat = || fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let is_gone = |left: &str| left.is_empty() || left.contains(") Z");
            let begun = Instant::now();
            while !is_gone(&stat()) && begun.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(is_gone(&stat()), "{}", stat());
        }
        let asked = Interrupt::default();
        asked.set();
        assert!(matches!(run("sleep 600", 60, &asked).0, Err(ShellError::Interrupted)));
    }
}
