//! The long-lived thread that starts every process.
//!
//! Linux sends the death signal when the *thread* that forked ends, not the process. A build
//! started from a short-lived worker would be killed with that worker; so there is one thread for
//! all, and it lives as long as we do.

use std::io;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread;

use rustix::process::Signal;

use super::child::Child;

/// How a process is started, and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpawnOptions {
    /// What it gets when we die (Linux). PostgreSQL wants [`Signal::QUIT`]: killed outright, it
    /// leaks a shared memory segment.
    pub death_signal: Signal,
    /// Whether it leads a process group of its own, which is then ended as a whole.
    pub own_group: bool,
    /// What [`Child::kill`] and dropping the [`Child`] send first. Anything but
    /// [`Signal::KILL`] is followed by that after five seconds.
    pub stop_signal: Signal,
}

impl SpawnOptions {
    /// For a command made by [`supervised`](super::supervised): asked to end its descendants
    /// instead of being shot.
    #[must_use]
    pub const fn supervised() -> Self {
        Self { death_signal: Signal::TERM, own_group: true, stop_signal: Signal::TERM }
    }
}

impl Default for SpawnOptions {
    /// Killed when we die, in a group of its own, killed at once when asked to go.
    fn default() -> Self {
        Self { death_signal: Signal::KILL, own_group: true, stop_signal: Signal::KILL }
    }
}

struct Order {
    command: Command,
    options: SpawnOptions,
    reply: SyncSender<io::Result<Child>>,
}

/// Starts a process that does not outlive us, from any thread.
///
/// # Errors
/// Those of [`Command::spawn`]; [`io::ErrorKind::NotFound`] where the program does not exist.
pub fn spawn(command: Command, options: SpawnOptions) -> io::Result<Child> {
    let (reply, answer) = sync_channel(1);
    let gone = |_| io::Error::other("the thread that starts processes is gone");
    let orders = spawner()?;
    orders.send(Order { command, options, reply }).map_err(|_| gone(()))?;
    answer.recv().map_err(|_| gone(()))?
}

fn spawner() -> io::Result<Sender<Order>> {
    static SPAWNER: OnceLock<Result<Sender<Order>, io::ErrorKind>> = OnceLock::new();
    SPAWNER.get_or_init(start_thread).clone().map_err(io::Error::from)
}

fn start_thread() -> Result<Sender<Order>, io::ErrorKind> {
    let (orders, inbox) = channel::<Order>();
    thread::Builder::new()
        .name(String::from("spawner"))
        .spawn(move || {
            for Order { command, options, reply } in inbox {
                // Whoever asked may have given up; the child is dropped then, and so ended.
                let _ = reply.send(start(command, options));
            }
        })
        .map(|_| orders)
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

/// Asks the kernel for the death signal between fork and exec.
#[cfg(target_os = "linux")]
pub(super) fn die_with_us(command: &mut Command, signal: Signal) {
    use std::os::unix::process::CommandExt;

    let us = rustix::process::getpid();
    let ask = move || {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // We may have died before the kernel was asked: then nobody would ever send it.
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
