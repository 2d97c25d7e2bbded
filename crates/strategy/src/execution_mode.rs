//! Execution mode of a strategy: synchronous or asynchronous.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Execution mode of a strategy or an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionMode {
    /// Every future is ready at its first poll, so a request costs no more than plain function
    /// calls. For in-process caches.
    Sync,
    /// Futures may be pending and need an executor. For networked caches.
    Async,
}

impl ExecutionMode {
    /// Returns the mode of two combined parts: `Sync` only if both parts are `Sync`.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Sync, Self::Sync) => Self::Sync,
            _ => Self::Async,
        }
    }

    /// Returns true if every future is ready at its first poll.
    #[must_use]
    pub const fn is_sync(self) -> bool {
        matches!(self, Self::Sync)
    }
}

/// A future of a strategy that declares [`ExecutionMode::Sync`] was pending at its first poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a future was pending at its first poll, but the strategy declares ExecutionMode::Sync; \
     declare ExecutionMode::Async or do not await in its methods"
)]
pub struct Pending;

/// Polls a future once, with a no-op waker.
///
/// # Errors
/// [`Pending`] if the future is not ready. The future is dropped.
// Inlined always, because a function call would copy the future (and an unused state machine in it)
// for every request.
#[inline(always)]
pub fn poll_once<F: Future>(future: F) -> Result<F::Output, Pending> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Pending),
    }
}
