//! Exit codes, and how an error is told.
//!
//! 0 done; 1 an internal error; 2 usage or input, or another driver holds the name; 3 a variant
//! failed, or all were skipped; 4 a gate proved a regression; 5 unproven under `--strict`; 130
//! interrupted.

use std::io::ErrorKind;
use std::process::ExitCode;

/// What a subcommand ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Usage or input was wrong.
    Usage,
    /// A variant failed or was wrong, or all were skipped.
    VariantFailed,
    /// A gate proved a regression.
    Regression,
    /// The run is unproven or undecided, and `--strict` was given.
    Unproven,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::VariantFailed => 3,
            Self::Regression => 4,
            Self::Unproven => 5,
            Self::Interrupted => 130,
        }
    }
}

/// An error that is the user's to mend: exit code 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Tells an error on stderr and turns the outcome into the process's exit code.
pub fn code_of(outcome: anyhow::Result<Exit>) -> ExitCode {
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bakeoff: {}", in_full(&error));
            ExitCode::from(if error.is::<UsageError>() { Exit::Usage.code() } else { 1 })
        }
    }
}

/// An error with its causes, but for those that it tells of itself.
fn in_full(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Whether a reader such as `head` closed our output: no fault of anybody's.
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
    fn a_closed_pipe_is_no_failure() {
        let closed = anyhow::Error::from(std::io::Error::from(ErrorKind::BrokenPipe));
        assert!(is_broken_pipe(&closed.context("writing the table")));
        assert!(!is_broken_pipe(&anyhow::anyhow!("something else")));
    }

    #[test]
    fn a_cause_is_told_once() {
        let full = || anyhow::anyhow!("no space left");
        assert_eq!(in_full(&full().context("writing a.svg")), "writing a.svg: no space left");
        assert_eq!(in_full(&full().context("a.svg: no space left")), "a.svg: no space left");
    }
}
