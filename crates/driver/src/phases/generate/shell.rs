//! Running the command of `--generate-cmd`, so that its whole tree of processes ends when we do.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, SpawnOptions};

use crate::interrupt::Interrupt;

/// How often the interrupt and the time are looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// One call of the command.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The command, for `sh -c`.
    pub command: &'a str,
    /// The folder that it works in.
    pub folder: &'a Path,
    /// What its environment says, beside ours.
    pub environment: &'a [(&'static str, OsString)],
    /// Where all that it prints goes.
    pub log: &'a Path,
    /// How long it may take.
    pub time_limit: Duration,
}

/// Why a call did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// It took too long.
    #[error("it took longer than {0} s, and was ended with all that it had started")]
    TimeLimit(u64),
    /// It ended badly.
    #[error("it ended with {0}")]
    Status(std::process::ExitStatus),
    /// It could not be run.
    #[error("it cannot be run: {0}")]
    Io(#[from] std::io::Error),
}

/// What runs commands: a shell, or a test's own.
pub trait Shell: Sync {
    /// Runs a command to its end.
    ///
    /// # Errors
    /// [`ShellError`] unless it ended with 0 in time.
    fn run(&self, call: &Call<'_>, interrupt: &Interrupt) -> Result<(), ShellError>;
}

/// `sh -c`, under a supervisor where this executable can be one.
#[derive(Clone, Debug, Default)]
pub struct Supervised {
    /// The executable that supervises.
    pub executable: Option<PathBuf>,
}

impl Supervised {
    /// Supervised by the executable that we are.
    #[must_use]
    pub fn by_us() -> Self {
        Self { executable: std::env::current_exe().ok() }
    }
}

impl Shell for Supervised {
    fn run(&self, call: &Call<'_>, interrupt: &Interrupt) -> Result<(), ShellError> {
        if let Some(folder) = call.log.parent() {
            fs::create_dir_all(folder)?;
        }
        let log = File::create(call.log)?;
        let mut command = match &self.executable {
            Some(executable) => process::supervised_by(executable, "sh"),
            None => Command::new("sh"),
        };
        // What was said to us is not said to it: a `bakeoff` that it calls is another one.
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
        let begun = Instant::now();
        loop {
            if let Some(status) = child.wait_timeout(GLANCE)? {
                return if status.success() { Ok(()) } else { Err(ShellError::Status(status)) };
            }
            let is_late = begun.elapsed() > call.time_limit;
            if is_late || interrupt.asked() {
                child.kill()?;
                return Err(if is_late {
                    ShellError::TimeLimit(call.time_limit.as_secs())
                } else {
                    ShellError::Interrupted
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str, seconds: u64, interrupt: &Interrupt) -> (Result<(), ShellError>, String) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("logs/one.log");
        let call = Call {
            command,
            folder: folder.path(),
            environment: &[("BAKEOFF_VARIANT", OsString::from("it's \"$5\""))],
            log: &log,
            time_limit: Duration::from_secs(seconds),
        };
        let ended = Supervised::default().run(&call, interrupt);
        (ended, fs::read_to_string(&log).unwrap())
    }

    #[test]
    fn a_command_sees_its_variant_and_its_words_are_kept() {
        let (ended, log) =
            run("echo \"$BAKEOFF_VARIANT\"; echo no >&2; exit 3", 60, &Interrupt::default());
        assert!(matches!(ended, Err(ShellError::Status(status)) if status.code() == Some(3)));
        assert_eq!(log, "it's \"$5\"\nno\n");
        assert!(run("true", 60, &Interrupt::default()).0.is_ok());
    }

    #[test]
    fn time_and_the_user_end_it_with_its_children() {
        let (ended, log) = run("sleep 600 & echo $!; wait", 0, &Interrupt::default());
        assert!(matches!(ended, Err(ShellError::TimeLimit(0))), "{ended:?}");
        // Where it got as far as starting it, the grandchild is gone, or is just going.
        if let Ok(id) = log.trim().parse::<u32>() {
            let stat = || fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let is_gone = |left: &str| left.is_empty() || left.contains(") Z");
            let begun = Instant::now();
            while !is_gone(&stat()) && begun.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(GLANCE);
            }
            assert!(is_gone(&stat()), "{}", stat());
        }
        let asked = Interrupt::default();
        asked.ask();
        assert!(matches!(run("sleep 600", 60, &asked).0, Err(ShellError::Interrupted)));
    }
}
