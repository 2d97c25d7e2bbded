//! A running process and its group.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

use super::SpawnOptions;

/// How long a process has to obey a stop signal before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest pause between two looks at whether a process has ended.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// A process started by [`spawn`](super::spawn). Dropping it ends its whole group.
///
/// The end of the process is the end of its group: what is left of the group when the leader
/// has ended is killed before the leader is reaped, since only until then is the group's number
/// certain to be ours.
#[derive(Debug)]
pub struct Child {
    child: std::process::Child,
    options: SpawnOptions,
    ended: Option<ExitStatus>,
}

impl Child {
    pub(super) fn new(child: std::process::Child, options: SpawnOptions) -> Self {
        Self { child, options, ended: None }
    }

    /// Its process id; that of its group too, where it has one of its own.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Takes the pipe to its standard input, where one was asked for. Dropping that closes it.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes the pipe from its standard output, where one was asked for.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the pipe from its standard error, where one was asked for.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// Those of the system calls that wait.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.look(WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Those of the system calls that wait.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.stdin.take();
        loop {
            if let Some(status) = self.look(WaitIdOptions::EXITED)? {
                return Ok(status);
            }
        }
    }

    /// Waits for its end, at most so long; `None` if it is still running then.
    ///
    /// # Errors
    /// Those of the system calls that wait.
    pub fn wait_timeout(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let begun = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            let ended = self.try_wait()?;
            let left = timeout.saturating_sub(begun.elapsed());
            if ended.is_some() || left.is_zero() {
                return Ok(ended);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Sends a signal to its group (to it alone where it has no group of its own). A process
    /// that has ended gets none, which is no error.
    ///
    /// # Errors
    /// If the system refuses, other than because nobody is there.
    pub fn signal_group(&self, signal: Signal) -> io::Result<()> {
        let (None, Some(pid)) = (self.ended, self.raw_pid()) else { return Ok(()) };
        let sent = if self.options.own_group {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
        match sent {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the whole group, with the stop signal it was started with, and waits for the end.
    ///
    /// # Errors
    /// Those of the system calls that signal and wait.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        if self.options.stop_signal != Signal::KILL {
            self.signal_group(self.options.stop_signal)?;
            if let Some(status) = self.wait_timeout(PATIENCE)? {
                return Ok(status);
            }
        }
        self.signal_group(Signal::KILL)?;
        self.wait()
    }

    /// Looks whether it has ended, and if so, ends the rest of its group and reaps it.
    fn look(&mut self, options: WaitIdOptions) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_some() {
            return Ok(self.ended);
        }
        let Some(pid) = self.raw_pid() else { return Ok(None) };
        match waitid(WaitId::Pid(pid), options | WaitIdOptions::NOWAIT) {
            Ok(None) | Err(rustix::io::Errno::INTR) => return Ok(None),
            Ok(Some(_)) => {}
            Err(error) => return Err(error.into()),
        }
        if self.options.own_group {
            self.signal_group(Signal::KILL)?;
        }
        self.ended = Some(self.child.wait()?);
        Ok(self.ended)
    }

    fn raw_pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure, and the kernel's death signal is still to come.
        let _ = self.kill();
    }
}
