//! Running cargo, or the command that builds a strategy, so that it ends when we do.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child, SpawnOptions};

use super::{BuildError, Builder};

/// A job server of the make that called us, whose file descriptors we do not pass on.
const JOB_SERVER: [&str; 3] = ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"];
/// How often the interrupt is looked at.
const GLANCE: Duration = Duration::from_millis(50);

impl Builder {
    /// A command that dies with us, together with its children.
    pub(super) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match &self.supervisor {
            Some(supervisor) => process::supervised_by(supervisor, program),
            None => Command::new(program),
        };
        for variable in JOB_SERVER {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).env("CARGO_TERM_COLOR", "never");
        command
    }

    const fn spawn_options(&self) -> SpawnOptions {
        SpawnOptions::supervised()
    }
}

/// Runs a command to its end, its standard error in the log, its standard output to `read`.
pub(super) fn run<T: Default + Send>(
    builder: &Builder,
    mut command: Command,
    log: &Path,
    read: impl FnOnce(ChildStdout, File) -> T + Send,
) -> Result<(ExitStatus, T), BuildError> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(BuildError::io("creating", folder))?;
    }
    let open = || {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(BuildError::io("opening", log))
    };
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdout(Stdio::piped()).stderr(open()?);
    let mut child = process::spawn(command, builder.spawn_options())
        .map_err(|source| BuildError::NoToolchain { program: program.clone(), source })?;
    let output = child.take_stdout();
    let own_log = open()?;
    std::thread::scope(|scope| {
        let reader = output.map(|output| scope.spawn(move || read(output, own_log)));
        let status = watch(builder, &mut child, &program, log);
        let answer = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        status.map(|status| (status, answer))
    })
}

fn watch(
    builder: &Builder,
    child: &mut Child,
    program: &str,
    log: &Path,
) -> Result<ExitStatus, BuildError> {
    let begun = Instant::now();
    loop {
        let failed = BuildError::io("waiting for", Path::new(program));
        if let Some(status) = child.wait_timeout(GLANCE).map_err(failed)? {
            return Ok(status);
        }
        let late = builder.time_limit.is_some_and(|limit| begun.elapsed() > limit);
        if !late && !builder.interrupt.asked() {
            continue;
        }
        let _ = child.kill();
        return Err(match builder.time_limit {
            Some(limit) if late => BuildError::TimeLimit {
                command: program.to_owned(),
                seconds: limit.as_secs(),
                log: log.to_path_buf(),
            },
            _ => BuildError::Interrupted,
        });
    }
}

/// The last lines of a log.
pub(super) fn end_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
