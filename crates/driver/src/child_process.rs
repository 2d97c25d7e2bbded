//! Child processes that end with this process, at a time limit, or on an interrupt.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child};

use crate::interrupt::Interrupt;

/// Interval of the checks for an interrupt and for the time limit.
const POLL: Duration = Duration::from_millis(50);

/// Reason why a child process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildEnd {
    /// The process ended by itself.
    Exited(ExitStatus),
    /// The time limit was exceeded; the process was killed.
    TimeLimit,
    /// The user asked to stop; the process was killed.
    Interrupted,
}

/// Creates a command; with a supervisor, the descendants of its process also end with this process.
pub(crate) fn command(supervisor: Option<&Path>, program: impl AsRef<OsStr>) -> Command {
    match supervisor {
        Some(supervisor) => process::supervised_by(supervisor, program),
        None => Command::new(program),
    }
}

/// Waits for the end of a child process, the time limit or an interrupt.
///
/// # Errors
/// If waiting fails, or the process cannot be killed.
pub(crate) fn wait(
    child: &mut Child,
    time_limit: Option<Duration>,
    interrupt: &Interrupt,
) -> io::Result<ChildEnd> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.wait_timeout(POLL)? {
            return Ok(ChildEnd::Exited(status));
        }
        let end = if time_limit.is_some_and(|limit| start.elapsed() > limit) {
            ChildEnd::TimeLimit
        } else if interrupt.is_set() {
            ChildEnd::Interrupted
        } else {
            continue;
        };
        child.kill()?;
        return Ok(end);
    }
}
