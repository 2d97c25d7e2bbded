//! Errors of a runner's process, with their kind, message and hint.

use std::path::PathBuf;
use std::time::Duration;

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::REPLAY_LIMIT;

/// Failure of a runner.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The process cannot be started.
    #[error("cannot start {}: {source}", program.display())]
    Start {
        /// Executable.
        program: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The runner sent no message in time.
    #[error("no answer for {seconds:.0} s (expected: {awaited})")]
    Silent {
        /// Expected message.
        awaited: &'static str,
        /// Time limit in seconds.
        seconds: f64,
    },
    /// A rule of the conformance kit did not finish in time.
    #[error("no answer for {seconds:.0} s in rule `{rule}`")]
    HangingRule {
        /// Name of the rule.
        rule: String,
        /// Time limit in seconds.
        seconds: f64,
    },
    /// The time limit of the variant is exceeded.
    #[error("the time limit of the variant was exceeded")]
    OutOfTime,
    /// An exact replay takes longer than its time limit.
    #[error(
        "the replay took longer than {}; use --replay-limit {}min",
        rounded(*limit),
        longer_limit_minutes(*limit, *expected_seconds)
    )]
    ReplayLimit {
        /// Time limit of a replay.
        limit: Duration,
        /// Expected duration of the replay, in seconds.
        expected_seconds: f64,
    },
    /// The process ended.
    #[error("the runner ended early ({status}){}", last_line(stderr))]
    Exited {
        /// Exit code or signal.
        status: String,
        /// End of the runner's stderr.
        stderr: String,
    },
    /// The process closed its stdout but still runs.
    #[error("the runner closed its standard output early")]
    ClosedOutput,
    /// A line of stdout is not a message.
    #[error("invalid message on standard output ({why}): {line:?}")]
    Garbage {
        /// Beginning of the line.
        line: String,
        /// Cause.
        why: String,
    },
    /// A line of stdout is too long.
    #[error("the runner printed a line of more than {limit} bytes")]
    LongLine {
        /// Limit in bytes.
        limit: usize,
    },
    /// The answer has the wrong type.
    #[error("unexpected answer {got}, expected `{wanted}`")]
    Unexpected {
        /// Expected type.
        wanted: &'static str,
        /// Received message.
        got: String,
    },
    /// The runner reported an error.
    #[error("{message}")]
    Refused {
        /// Kind of the error.
        kind: RunnerErrorKind,
        /// Message of the runner.
        message: String,
    },
    /// The process exceeded its memory budget and was killed.
    #[error("the runner held {held_bytes} bytes, above its memory budget of {budget_bytes} bytes")]
    Memory {
        /// Memory budget in bytes.
        budget_bytes: u64,
        /// Memory that the runner held, in bytes.
        held_bytes: u64,
        /// Requests done according to the last `progress` message.
        done: Option<u64>,
    },
    /// The user interrupted the run.
    #[error("interrupted")]
    Interrupted,
    /// A pipe failed.
    #[error("cannot communicate with the runner: {0}")]
    Pipe(std::io::Error),
}

/// Formats a time limit in whole minutes or seconds.
fn rounded(limit: Duration) -> String {
    match limit.as_secs() {
        seconds if seconds > 0 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{} s", limit.as_secs_f64()),
    }
}

/// Returns a limit in minutes at which the replay should end: half more than expected.
fn longer_limit_minutes(limit: Duration, expected_seconds: f64) -> u64 {
    (limit.as_secs_f64().max(expected_seconds) * 1.5 / 60.0).ceil() as u64
}

/// Formats the message of a panic in `stderr`, or else the last line.
fn last_line(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let panic = lines.iter().rposition(|line| line.contains("panicked at"));
    let line = match panic {
        // The line after "panicked at" contains the message.
        Some(at) => lines.get(at + 1).or(lines.get(at)),
        None => lines.last(),
    };
    let Some(last) = line else { return String::new() };
    format!("; stderr: {}", &last[..last.floor_char_boundary(300)])
}

impl RunnerError {
    pub(super) fn garbage(line: &[u8], error: &serde_json::Error) -> Self {
        let mut line = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
        line.truncate(line.floor_char_boundary(120));
        Self::Garbage { line, why: error.to_string() }
    }

    /// Returns the value for [`Failure::kind`].
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Silent { .. } | Self::HangingRule { .. } | Self::OutOfTime => "timeout",
            Self::ReplayLimit { .. } => REPLAY_LIMIT,
            Self::Exited { stderr, .. } if stderr.contains("panicked at") => "panic",
            Self::Start { .. } | Self::Exited { .. } | Self::ClosedOutput | Self::Pipe(_) => "exit",
            Self::Garbage { .. } | Self::LongLine { .. } | Self::Unexpected { .. } => "protocol",
            Self::Memory { .. } => "memory",
            Self::Interrupted => "interrupted",
            Self::Refused { kind, .. } => match kind {
                RunnerErrorKind::Panic => "panic",
                RunnerErrorKind::Protocol | RunnerErrorKind::Meter => "protocol",
                RunnerErrorKind::Open => "open",
                RunnerErrorKind::Workload
                | RunnerErrorKind::Pending
                | RunnerErrorKind::Strategy => "strategy",
            },
        }
    }

    /// Returns advice for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.kind() {
            "timeout" if matches!(self, Self::HangingRule { .. }) => {
                "look for an endless loop or a lock that is never released; docs/STRATEGIES.md \
                 explains the rule"
            }
            "timeout" => {
                "look for an endless loop or a deadlock, or set a higher --timeout-minutes"
            }
            REPLAY_LIMIT => "set a higher --replay-limit",
            "panic" => "see the panic in the log",
            "protocol" => {
                "print only messages to standard output, everything else to standard error \
                 (docs/PROTOCOL.md)"
            }
            "memory" => "limit the cache, or set a higher --memory-budget",
            "open" => "check the options and services of the variant",
            "interrupted" => "run the same command again to continue",
            _ => "see the log",
        }
    }

    /// Converts the error to the form that progress files contain.
    #[must_use]
    pub fn failure(&self, log: String) -> Failure {
        Failure {
            kind: self.kind().to_owned(),
            message: self.to_string(),
            hint: self.hint().to_owned(),
            log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_and_an_exit_have_different_kinds() {
        let stderr =
            "thread 'main' panicked at src/lib.rs:3:5:\nboom\nnote: run with `RUST_BACKTRACE=1`";
        let error =
            RunnerError::Exited { status: String::from("exit status: 101"), stderr: stderr.into() };
        assert_eq!(error.kind(), "panic");
        assert!(error.to_string().ends_with("stderr: boom"), "{error}");
        let error =
            RunnerError::Exited { status: String::from("signal: 9"), stderr: String::new() };
        assert_eq!((error.kind(), error.to_string().contains("signal: 9")), ("exit", true));
    }

    #[test]
    fn an_exceeded_replay_limit_names_a_sufficient_one() {
        let error = |limit, expected_seconds| {
            let limit = Duration::from_secs(limit);
            RunnerError::ReplayLimit { limit, expected_seconds }.to_string()
        };
        assert_eq!(
            error(180, 400.0),
            "the replay took longer than 3 min; use --replay-limit 10min"
        );
        assert_eq!(error(20, 25.0), "the replay took longer than 20 s; use --replay-limit 1min");
    }

    #[test]
    fn an_invalid_message_is_shortened() {
        let line = vec![b'x'; 10_000];
        let json = serde_json::from_slice::<u8>(&line).unwrap_err();
        assert!(RunnerError::garbage(&line, &json).to_string().len() < 300);
    }
}
