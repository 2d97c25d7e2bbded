//! Failures that a runner reports to the driver.

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_strategy::{OpenError, Pending};

/// Failure that the runner reports as an `error` message. The runner then waits for the next
/// message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The message is unknown, malformed or not expected now.
    #[error("{0}")]
    Protocol(String),
    /// The strategy could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The workload could not be read.
    #[error("{0}")]
    Workload(String),
    /// The strategy panicked.
    #[error("{0}")]
    Panic(String),
    /// A future of a strategy in `ExecutionMode::Sync` was pending.
    #[error(transparent)]
    Pending(#[from] Pending),
    /// The strategy failed in a call that is not a request, such as settle, len or close.
    #[error("{call} failed: {error}")]
    Strategy {
        /// Name of the called method.
        call: &'static str,
        /// Error of the strategy.
        error: String,
    },
    /// A thread, a runtime or a system file failed.
    #[error("the runner failed: {0}")]
    Runner(String),
}

impl Failure {
    /// Returns the kind of failure that the protocol reports.
    pub(crate) fn kind(&self) -> RunnerErrorKind {
        match self {
            Self::Protocol(_) => RunnerErrorKind::Protocol,
            Self::Open(_) => RunnerErrorKind::Open,
            Self::Workload(_) => RunnerErrorKind::Workload,
            Self::Panic(_) => RunnerErrorKind::Panic,
            Self::Pending(_) => RunnerErrorKind::Pending,
            Self::Strategy { .. } | Self::Runner(_) => RunnerErrorKind::Strategy,
        }
    }

    /// Converts the payload of a caught panic.
    pub(crate) fn from_panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| String::from("panic without a message"));
        Self::Panic(text)
    }

    /// Returns a function that converts an error of the given method of the strategy.
    pub(crate) fn in_call<E: std::error::Error>(call: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Strategy { call, error: error.to_string() }
    }
}
