//! Errors of an exploration as a whole.

use crate::record::atomic_file::FileError;
use crate::record::locks::name_lock::LockError;
use crate::request::InvalidRequest;
use crate::resources::servers::ServerError;
use crate::resources::workloads::PrepareError;
use crate::source::SourceError;

/// Reason why an exploration cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// The request is invalid; nothing was created on disk.
    #[error(transparent)]
    Spec(#[from] InvalidRequest),
    /// Another driver works on the same NAME.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A workload cannot be compiled or opened.
    #[error(transparent)]
    Workload(#[from] PrepareError),
    /// A file cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A server contains keys of other programs, which the load could evict.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Keys of other programs are missing on a server after the run.
    #[error("{0}")]
    ForeignKeysLost(ServerError),
}

impl ExploreError {
    /// Returns true if changing the request, or waiting, solves the problem; the exit code is then
    /// 2.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Spec(InvalidRequest::File(_))
            | Self::Lock(LockError::File(_))
            | Self::File(_)
            | Self::ForeignKeysLost(_) => false,
            Self::Workload(error) => error.is_input_error(),
            Self::Spec(_) | Self::Lock(_) | Self::Server(_) => true,
        }
    }
}

impl From<SourceError> for ExploreError {
    fn from(error: SourceError) -> Self {
        Self::Spec(error.into())
    }
}
