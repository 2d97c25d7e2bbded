//! A process that answers for a whole tree of others.
//!
//! A death signal reaches one process, and a process group loses whoever leaves it. So a command
//! with descendants of its own is started through a supervisor: this very executable, run again
//! with a hidden first argument. It adopts every orphan below it (Linux: child subreaper), so
//! that even a grandchild that made a session of its own is found, and it ends them all when the
//! command has ended, when it is told to, and when its parent dies.

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

/// The hidden first argument that turns an executable into a supervisor.
pub const SUPERVISE: &str = "supervise";

/// What a shell says of a command that it did not find.
const NOT_STARTED: u8 = 127;
/// How long the descendants have to disappear once they were killed.
const PATIENCE: Duration = Duration::from_secs(4);

/// A command that runs `program` under a supervisor: arguments, environment, folder and pipes
/// are added to it as to any other. To be started with
/// [`SpawnOptions::supervised`](super::SpawnOptions::supervised).
///
/// The supervisor is this executable, whose `main` has to begin with [`supervise_if_asked`].
///
/// # Errors
/// If the path of this executable is not known.
pub fn supervised(program: impl AsRef<OsStr>) -> io::Result<Command> {
    Ok(supervised_by(&std::env::current_exe()?, program))
}

/// The same, with the path of the executable that supervises.
pub fn supervised_by(executable: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(executable);
    command.arg(SUPERVISE).arg("--").arg(program);
    command
}

/// Supervises, if this process was started for that; `main` calls this before anything else and
/// returns what it gets.
#[must_use]
pub fn supervise_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != SUPERVISE {
        return None;
    }
    Some(supervise_main(words))
}

/// Runs a command, then ends all its descendants. `words` are those after [`SUPERVISE`]: an
/// optional `--`, the program, its arguments.
///
/// The exit code is the command's own; 128 + n where signal n ended it or us; 127 where it could
/// not be started.
pub fn supervise_main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut words = words.into_iter().skip_while(|word| word == "--");
    let Some(program) = words.next() else {
        eprintln!("{SUPERVISE}: no command was given");
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(words);
    match supervise(command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{}: could not be run: {error}", program.display());
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn supervise(mut command: Command) -> io::Result<u8> {
    // Listening comes first: whoever dies or calls from here on is heard.
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

/// Reaps whoever has ended; the exit code of the command if it is among them.
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

/// Kills until nobody is left. One round is not enough: who forked just before being killed has
/// left a child that was not on the list, and it becomes ours.
#[cfg(target_os = "linux")]
fn end_descendants(_leader: Option<Pid>) {
    let us = std::process::id();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        for pid in super::tree::descendants(us).unwrap_or_default() {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                // It may have ended since.
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

/// Kills the session's group and reaps it: all that can be known here.
#[cfg(not(target_os = "linux"))]
fn end_descendants(leader: Option<Pid>) {
    let begun = Instant::now();
    if let Some(leader) = leader {
        let _ = rustix::process::kill_process_group(leader, Signal::KILL);
    }
    while begun.elapsed() < PATIENCE && wait(WaitOptions::NOHANG).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Stands in for the death signal: a thread that ends us when our parent is gone.
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
