//! Long-lived thread that starts every process.
//!
//! Linux sends the death signal when the *thread* that forked ends, not the process. A build
//! started by a short-lived worker would be killed with that worker, so one thread starts all
//! processes and lives as long as this process.

use std::io;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread;

use rustix::process::Signal;

use super::child::Child;

/// Start and stop behavior of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpawnOptions {
    /// Signal that the child receives when this process dies (Linux). PostgreSQL needs
    /// [`Signal::QUIT`]: after SIGKILL it leaks a shared memory segment.
    pub death_signal: Signal,
    /// True if the child leads its own process group, which is ended as a whole.
    pub own_group: bool,
    /// First signal of [`Child::kill`] and of dropping the [`Child`]; [`Signal::KILL`] follows
    /// after five seconds.
    pub stop_signal: Signal,
}

impl SpawnOptions {
    /// Returns options for a command from [`supervised`](super::supervised), which needs time to
    /// end its descendants.
    #[must_use]
    pub const fn supervised() -> Self {
        Self { death_signal: Signal::TERM, own_group: true, stop_signal: Signal::TERM }
    }
}

impl Default for SpawnOptions {
    /// Own group, and SIGKILL as death signal and stop signal.
    fn default() -> Self {
        Self { death_signal: Signal::KILL, own_group: true, stop_signal: Signal::KILL }
    }
}

struct SpawnRequest {
    command: Command,
    options: SpawnOptions,
    reply: SyncSender<io::Result<Child>>,
}

/// Starts a process that does not outlive this one; callable from any thread.
///
/// # Errors
/// Errors of [`Command::spawn`]; [`io::ErrorKind::NotFound`] if the program does not exist.
pub fn spawn(command: Command, options: SpawnOptions) -> io::Result<Child> {
    let (reply, answer) = sync_channel(1);
    let gone =
        |_| io::Error::other("cannot start a process: the thread that starts processes has ended");
    let requests = spawner()?;
    requests.send(SpawnRequest { command, options, reply }).map_err(|_| gone(()))?;
    answer.recv().map_err(|_| gone(()))?
}

fn spawner() -> io::Result<Sender<SpawnRequest>> {
    static SPAWNER: OnceLock<Result<Sender<SpawnRequest>, io::ErrorKind>> = OnceLock::new();
    SPAWNER.get_or_init(start_thread).clone().map_err(io::Error::from)
}

fn start_thread() -> Result<Sender<SpawnRequest>, io::ErrorKind> {
    let (requests, inbox) = channel::<SpawnRequest>();
    thread::Builder::new()
        .name(String::from("spawner"))
        .spawn(move || {
            for SpawnRequest { command, options, reply } in inbox {
                // If the caller is gone, the child is dropped and thereby ended.
                let _ = reply.send(start(command, options));
            }
        })
        .map(|_| requests)
        .map_err(|error| error.kind())
}

fn start(mut command: Command, options: SpawnOptions) -> io::Result<Child> {
    #[cfg(unix)]
    if options.own_group {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    #[cfg(target_os = "linux")]
    die_with_us(&mut command, options.death_signal);
    Ok(Child::new(command.spawn()?, options))
}

/// Makes the child request its death signal between fork and exec.
#[cfg(target_os = "linux")]
pub(super) fn die_with_us(command: &mut Command, signal: Signal) {
    use std::os::unix::process::CommandExt;

    let us = rustix::process::getpid();
    let ask = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // If this process died before the request, the signal would never be sent.
        if rustix::process::getppid() == Some(us) {
            Ok(())
        } else {
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        }
    };
    // SAFETY: two system calls and a comparison; no allocation, no lock, nothing that another
    // thread could have left half done at the fork.
    unsafe { command.pre_exec(ask) };
}
