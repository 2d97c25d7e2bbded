//! Handle to a running process and its process group.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

use super::SpawnOptions;

/// Time between a stop signal and SIGKILL.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest pause between two checks for the end of a process.
const MAX_PAUSE: Duration = Duration::from_millis(10);

/// Process started by [`spawn`](super::spawn). Dropping it ends its whole group.
///
/// After the process has ended, the rest of its group is killed before the process is reaped: only
/// until then the group id is certain to be ours.
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

    /// Returns the process id, which is also the group id if the process has its own group.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Takes the pipe to its standard input; dropping the pipe closes it.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes the pipe from its standard output.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the pipe from its standard error.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Returns the exit status if the process has ended.
    ///
    /// # Errors
    /// Errors of the system calls.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.poll(WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
    }

    /// Waits for the end of the process.
    ///
    /// # Errors
    /// Errors of the system calls.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.stdin.take();
        loop {
            if let Some(status) = self.poll(WaitIdOptions::EXITED)? {
                return Ok(status);
            }
        }
    }

    /// Waits for the end of the process; `None` if it still runs after `timeout`.
    ///
    /// # Errors
    /// Errors of the system calls.
    pub fn wait_timeout(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let started = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            let ended = self.try_wait()?;
            let left = timeout.saturating_sub(started.elapsed());
            if ended.is_some() || left.is_zero() {
                return Ok(ended);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Sends a signal to the group, or to the process alone if it does not have its own group.
    ///
    /// A process that has ended is not an error.
    ///
    /// # Errors
    /// Errors of the system call, except for a process that does not exist.
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

    /// Ends the whole group with its stop signal and waits for the end.
    ///
    /// # Errors
    /// Errors of the system calls.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        if self.options.stop_signal != Signal::KILL {
            self.signal_group(self.options.stop_signal)?;
            if let Some(status) = self.wait_timeout(STOP_TIMEOUT)? {
                return Ok(status);
            }
        }
        self.signal_group(Signal::KILL)?;
        self.wait()
    }

    /// Reaps the process if it has ended, after killing the rest of its group.
    fn poll(&mut self, options: WaitIdOptions) -> io::Result<Option<ExitStatus>> {
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
        // An error cannot be reported here; the death signal ends the process later.
        let _ = self.kill();
    }
}
