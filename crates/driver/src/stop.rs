//! Reasons why an exploration or a variant stops.

use bakeoff_protocol::progress::Failure;

use crate::record::atomic_file::FileError;

/// Reason why the whole exploration stops.
#[derive(Debug, thiserror::Error)]
pub enum StopReason {
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A file of the exploration cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Reason why a step of a variant has no result.
#[derive(Debug)]
pub enum StepError {
    /// The variant failed; the others continue.
    Failed(Failure),
    /// The exploration stops.
    Stop(StopReason),
}

impl From<StopReason> for StepError {
    fn from(stop: StopReason) -> Self {
        Self::Stop(stop)
    }
}

impl From<FileError> for StepError {
    fn from(error: FileError) -> Self {
        Self::Stop(StopReason::File(error))
    }
}
