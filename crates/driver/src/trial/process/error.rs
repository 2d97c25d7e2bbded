//! Everything that can go wrong with a runner, and the word, message and hint for its user.

use std::path::PathBuf;

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_protocol::progress::Failure;

/// What a runner did.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// It could not be started.
    #[error("{} could not be started: {source}", program.display())]
    Start {
        /// The executable.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It said nothing for too long.
    #[error("it said nothing for {seconds:.0} s while {awaited} was awaited")]
    Silent {
        /// What was awaited.
        awaited: &'static str,
        /// How long.
        seconds: f64,
    },
    /// The variant's time is over.
    #[error("the variant's time was over before it was done")]
    OutOfTime,
    /// It ended.
    #[error("it ended ({status}) before it was done{}", last_words(said))]
    Exited {
        /// Exit code or signal.
        status: String,
        /// The end of its stderr.
        said: String,
    },
    /// It closed its stdout and lives on.
    #[error("it closed its standard output before it was done")]
    ClosedOutput,
    /// It printed something else than a message.
    #[error("it printed a line that is no message ({why}): {line:?}")]
    Garbage {
        /// The line, cut.
        line: String,
        /// What is wrong with it.
        why: String,
    },
    /// It printed a line without end.
    #[error("it printed a line of more than {limit} bytes")]
    LongLine {
        /// The limit.
        limit: usize,
    },
    /// It answered something else.
    #[error("it answered {got} where `{wanted}` was awaited")]
    Unexpected {
        /// What was awaited.
        wanted: &'static str,
        /// What came.
        got: String,
    },
    /// It said itself that it cannot.
    #[error("{message}")]
    Refused {
        /// What kind of failure.
        kind: RunnerErrorKind,
        /// Its message.
        message: String,
    },
    /// It outgrew its budget, and was killed.
    #[error("it held {held_bytes} bytes; its memory budget is {budget_bytes}")]
    Memory {
        /// The budget.
        budget_bytes: u64,
        /// What it held.
        held_bytes: u64,
        /// Requests done, as its last `progress` said.
        done: Option<u64>,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// Its pipes failed.
    #[error("its pipes failed: {0}")]
    Pipe(std::io::Error),
}

/// What it said of a panic, or else last.
fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let panic = lines.iter().rposition(|line| line.contains("panicked at"));
    let telling = match panic {
        // The line after it holds the message; what follows is the stack.
        Some(at) => lines.get(at + 1).or(lines.get(at)),
        None => lines.last(),
    };
    let Some(last) = telling else { return String::new() };
    format!("; it said: {}", &last[..last.floor_char_boundary(300)])
}

impl RunnerError {
    pub(super) fn garbage(line: &[u8], error: &serde_json::Error) -> Self {
        let mut line = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
        line.truncate(line.floor_char_boundary(120));
        Self::Garbage { line, why: error.to_string() }
    }

    /// The stable word of [`Failure::kind`].
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Silent { .. } | Self::OutOfTime => "timeout",
            Self::Exited { said, .. } if said.contains("panicked at") => "panic",
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

    /// What its user can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.kind() {
            "timeout" => {
                "look for an endless loop or a lock held for ever; --timeout-minutes gives more time"
            }
            "panic" => "the log shows where it panicked",
            "protocol" => {
                "only messages belong on standard output; print anything else to standard error (docs/PROTOCOL.md)"
            }
            "memory" => "bound the cache, or give more with --memory-budget",
            "open" => "look at the variant's options and services",
            "interrupted" => "run the same command again: it goes on where it stopped",
            _ => "the log shows what it said",
        }
    }

    /// As it stands in the progress file.
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
    fn a_panic_is_told_from_an_exit() {
        let said =
            "thread 'main' panicked at src/lib.rs:3:5:\nboom\nnote: run with `RUST_BACKTRACE=1`";
        let error =
            RunnerError::Exited { status: String::from("exit status: 101"), said: said.into() };
        assert_eq!(error.kind(), "panic");
        assert!(error.to_string().ends_with("it said: boom"), "{error}");
        let error = RunnerError::Exited { status: String::from("signal: 9"), said: String::new() };
        assert_eq!((error.kind(), error.to_string().contains("signal: 9")), ("exit", true));
    }

    #[test]
    fn garbage_is_shown_cut() {
        let line = vec![b'x'; 10_000];
        let json = serde_json::from_slice::<u8>(&line).unwrap_err();
        assert!(RunnerError::garbage(&line, &json).to_string().len() < 300);
    }
}
