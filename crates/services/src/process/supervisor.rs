//! Process that ends a whole tree of descendants.
//!
//! A death signal reaches one process, and a descendant can leave a process group. So a command
//! with descendants is started through a supervisor: this executable with a hidden first argument.
//! It adopts every orphan (Linux: child subreaper), so that it finds even grandchildren in their
//! own session. It ends all of them when the command ends, on a signal, and when its parent dies.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Hidden first argument that makes an executable a supervisor.
pub const SUPERVISE: &str = "supervise";

/// Exit code of shells for a command that was not found.
const NOT_STARTED: u8 = 127;
/// Time limit for the end of killed descendants.
const KILL_TIMEOUT: Duration = Duration::from_secs(4);

/// Returns a command that runs `program` under a supervisor.
///
/// Arguments, environment, directory and pipes are added as usual. Start the command with
/// [`SpawnOptions::supervised`](super::SpawnOptions::supervised). The supervisor is this
/// executable, whose `main` must begin with [`supervise_if_asked`].
///
/// # Errors
/// If the path of this executable is unknown.
pub fn supervised(program: impl AsRef<OsStr>) -> io::Result<Command> {
    Ok(supervised_by(&std::env::current_exe()?, program))
}

/// Returns a command that runs `program` under the given supervisor executable.
pub fn supervised_by(executable: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(executable);
    command.arg(SUPERVISE).arg("--").arg(program);
    command
}

/// Runs the supervisor if this process was started as one. `main` calls this function first and
/// returns its result.
#[must_use]
pub fn supervise_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != SUPERVISE {
        return None;
    }
    Some(supervise_main(words))
}

/// Runs a command, then ends all its descendants.
///
/// `words` follow [`SUPERVISE`]: an optional `--`, the program, its arguments. The exit code is
/// that of the command, 128 + n if signal n ended it or this process, or 127 if it cannot be
/// started.
pub fn supervise_main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut words = words.into_iter().skip_while(|word| word == "--");
    let Some(program) = words.next() else {
        eprintln!("{SUPERVISE}: the command is missing");
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(words);
    match supervise(command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("cannot run {}: {error}", program.display());
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn supervise(mut command: Command) -> io::Result<u8> {
    // Registered first, so that no signal is missed.
    let mut signals = Signals::new([SIGCHLD, SIGTERM, SIGINT, SIGHUP])?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        super::spawner::die_with_us(&mut command, Signal::KILL);
    }
    #[cfg(not(target_os = "linux"))]
    watch_parent();
    let own_session = || rustix::process::setsid().map(drop).map_err(io::Error::from);
    // SAFETY: one system call between fork and exec.
    unsafe { command.pre_exec(own_session) };
    let leader = i32::try_from(command.spawn()?.id()).ok().and_then(Pid::from_raw);

    for signal in signals.forever() {
        let code = if signal == SIGCHLD { reap(leader)? } else { Some(code_of_signal(signal)) };
        if let Some(code) = code {
            end_descendants(leader);
            return Ok(code);
        }
    }
    Ok(NOT_STARTED)
}

/// Reaps ended processes and returns the exit code of the command if it is one of them.
fn reap(leader: Option<Pid>) -> io::Result<Option<u8>> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if Some(pid) == leader => return Ok(Some(code_of(status))),
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

fn code_of(status: WaitStatus) -> u8 {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => u8::try_from(code).unwrap_or(1),
        (None, Some(signal)) => code_of_signal(signal),
        (None, None) => 1,
    }
}

fn code_of_signal(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Kills descendants until none is left. One pass is not enough: a process may fork just before it
/// is killed, and its child becomes ours.
#[cfg(target_os = "linux")]
fn end_descendants(_leader: Option<Pid>) {
    let us = std::process::id();
    let started = Instant::now();
    while started.elapsed() < KILL_TIMEOUT {
        for pid in super::tree::descendants(us).unwrap_or_default() {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                // The process may have ended since it was listed.
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
        match wait(WaitOptions::NOHANG) {
            Err(rustix::io::Errno::CHILD) => return,
            Ok(None) => thread::sleep(Duration::from_millis(1)),
            _ => {}
        }
    }
}

/// Kills the leader's process group; this system does not list other descendants.
#[cfg(not(target_os = "linux"))]
fn end_descendants(leader: Option<Pid>) {
    let started = Instant::now();
    if let Some(leader) = leader {
        let _ = rustix::process::kill_process_group(leader, Signal::KILL);
    }
    while started.elapsed() < KILL_TIMEOUT && wait(WaitOptions::NOHANG).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Replaces the death signal by a thread that ends this process when its parent is gone.
#[cfg(not(target_os = "linux"))]
fn watch_parent() {
    let parent = rustix::process::getppid();
    thread::spawn(move || {
        while rustix::process::getppid() == parent {
            thread::sleep(Duration::from_millis(250));
        }
        let _ = signal_hook::low_level::raise(SIGTERM);
    });
}
