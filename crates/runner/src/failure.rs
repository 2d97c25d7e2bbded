//! Why a request of the driver could not be served.

use bakeoff_protocol::message::ErrorKind;
use bakeoff_strategy::{OpenError, Pending};

/// A failure that becomes an `error` reply; the runner goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The message is unknown, malformed, or not one for this moment.
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
    /// The strategy was pending although it declares that it never is.
    #[error(transparent)]
    Pending(#[from] Pending),
    /// The strategy failed outside of a request: settle, len, snapshot or close.
    #[error("{call}: {error}")]
    Strategy {
        /// What was called.
        call: &'static str,
        /// The strategy's own words.
        error: String,
    },
    /// Something of the runner's own: a thread, a runtime, a file of the system.
    #[error("the runner itself failed: {0}")]
    Runner(String),
}

impl Failure {
    /// The kind under which the protocol knows it.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Protocol(_) => ErrorKind::Protocol,
            Self::Open(_) => ErrorKind::Open,
            Self::Workload(_) => ErrorKind::Workload,
            Self::Panic(_) => ErrorKind::Panic,
            Self::Pending(_) => ErrorKind::Pending,
            Self::Strategy { .. } | Self::Runner(_) => ErrorKind::Strategy,
        }
    }

    /// The failure of a caught panic.
    pub(crate) fn from_panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| String::from("a panic without a message"));
        Self::Panic(text)
    }
}
