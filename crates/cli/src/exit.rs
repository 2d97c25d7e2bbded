//! Exit codes and error output.
//!
//! 0 done; 1 internal error; 2 wrong usage or input, or another driver uses the NAME; 3 a variant
//! failed or gave wrong answers, or all were skipped; 4 a gate confirmed a regression; 5
//! unconfirmed with `--strict`; 130 interrupted.

use std::io::ErrorKind;
use std::process::ExitCode;

/// Outcome of a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The subcommand succeeded.
    Done,
    /// Wrong usage or input.
    Usage,
    /// A variant failed or gave wrong answers, or all were skipped.
    VariantFailed,
    /// A gate confirmed a regression.
    Regression,
    /// The result is unconfirmed or undecided, with `--strict`.
    Unconfirmed,
    /// Interrupted by ctrl-C.
    Interrupted,
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::VariantFailed => 3,
            Self::Regression => 4,
            Self::Unconfirmed => 5,
            Self::Interrupted => 130,
        }
    }
}

/// Wrong usage or input; the process exits with 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Prints an error on stderr and returns the process's exit code.
pub fn code_of(outcome: anyhow::Result<Exit>) -> ExitCode {
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bakeoff: {}", with_causes(&error));
            ExitCode::from(if error.is::<UsageError>() { Exit::Usage.code() } else { 1 })
        }
    }
}

/// Formats an error with those causes that its message does not contain.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Returns true if the reader of our output, such as `head`, has closed the pipe. That is not an
/// error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let closed = anyhow::Error::from(std::io::Error::from(ErrorKind::BrokenPipe));
        assert!(is_broken_pipe(&closed.context("writing the table")));
        assert!(!is_broken_pipe(&anyhow::anyhow!("something else")));
    }

    #[test]
    fn a_cause_is_printed_once() {
        let full = || anyhow::anyhow!("no space left");
        assert_eq!(with_causes(&full().context("writing a.svg")), "writing a.svg: no space left");
        assert_eq!(with_causes(&full().context("a.svg: no space left")), "a.svg: no space left");
    }
}
